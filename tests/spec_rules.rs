//! A wrong spec is named, with its file, its operation and the way to fix it. The same rules stop
//! the build.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../build/mod.rs"]
#[allow(dead_code, reason = "the build script uses what this test does not")]
mod build;

use build::{rules, spec::Spec};
use serde_json::{Value, json};

/// Changes IPRoyal's spec and returns the diagnostics.
fn said_of(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut spec = match Spec::read("openapi/iproyal.yaml") {
        Ok(spec) => spec,
        Err(diagnostic) => panic!("{diagnostic}"),
    };
    change(&mut spec.root);
    let found = rules::check(&spec).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

/// Stands for a value that is taken away.
fn gone() -> Value {
    json!("<gone>")
}

/// Places in the spec with a wrong value, and the diagnostics that they must bring about.
#[rustfmt::skip]
fn mutations() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/openapi", json!("3.1.0"),
            ": `openapi` is \"3.1.0\""),
        ("/paths/~1orders/get/operationId", gone(),
            "GET /orders: has no operationId"),
        ("/paths/~1orders/get/operationId", json!("get_order"),
            "get_order: operationId is used at"),
        ("/paths/~1orders/get/x-effect", gone(),
            "list_orders: has no `x-effect`"),
        ("/paths/~1orders/get/x-effect", json!("reed"),
            "list_orders: `x-effect: reed` is none of read, set, change, spend"),
        ("/paths/~1orders/get/x-provenance/document", json!("hearsay"),
            "list_orders: `x-provenance.document` is `hearsay`"),
        ("/paths/~1orders/get/x-provenance/confidence", json!("sure"),
            "list_orders: `x-provenance.confidence` is `sure`"),
        ("/paths/~1orders/get/parameters/0/in", json!("cookie"),
            "only path and query are supported"),
        ("/paths/~1orders/get/parameters/0/schema", json!({"type": "array", "items": {}}),
            "list_orders: query parameter"),
        ("/paths/~1orders~1{order_id}/get/parameters", json!([]),
            "get_order: the path contains `{order_id}`"),
        ("/paths/~1orders/get/responses", json!({}),
            "list_orders: documents no `200` answer"),
        ("/paths/~1orders/get/responses/200/content/application~1json/schema", json!({"type": "object"}),
            "list_orders: the answer is not a named schema"),
        ("/paths/~1orders/get/responses/200/content/application~1json/schema", json!({"$ref": "#/components/schemas/Orders"}),
            "list_orders: `$ref: #/components/schemas/Orders` leads nowhere"),
        ("/paths/~1orders/post/responses", json!({"200": {"description": "The order."}}),
            "create_order: spends, and documents `200` alone"),
        ("/paths/~1orders/post/requestBody/content/application~1json/schema", json!({"type": "object"}),
            "create_order: the request body is not one named schema"),
        ("/components/schemas/Order/properties/status", json!({"type": "string", "enum": ["a"]}),
            "Order.status: `enum` would make the 200 answer of list_orders unreadable"),
        ("/components/schemas/Order/additionalProperties", json!(false),
            "Order: `additionalProperties` would make the 200 answer of list_orders unreadable"),
        ("/components/schemas/Order/properties/quantity", json!({"type": "integer", "minimum": 1}),
            "Order.quantity: `minimum` would make the 200 answer of list_orders unreadable"),
        ("/components/schemas/Order/properties/note", json!({"nullable": true}),
            "Order.note: `nullable` without `type`"),
        ("/components/schemas/oRDER", json!({}),
            "schema differs from `Order` by case alone"),
        ("/paths/~1orders/summary", json!("x"),
            "/orders: `summary` is not supported here"),
        ("/x-refusal", gone(), "lacks `x-refusal: {message: [...]}`"),
        ("/x-refusal/mesage", json!(["message"]),
            "x-refusal/mesage: `mesage` is none of flag, code, errors"),
        ("/x-refusal/message", json!("message"),
            "x-refusal/message: `message` is not a list of values"),
        ("/x-refusal/message", gone(), "lacks `message`"),
        ("/x-refusal/flag", json!("success"), "`flag` and `success` need each other"),
        ("/x-refusal/forbidden", json!([3]), "lists codes without `code`"),
        ("/components/securitySchemes/accessToken/x-credential", gone(),
            "lacks `x-credential: {variable: ..., found_at: ...}`"),
        ("/components/securitySchemes/accessToken/x-credential/variable", gone(),
            "lacks the text `variable`"),
        ("/components/securitySchemes/accessToken/x-credential/prefix", json!("Bearer"),
            "`prefix` is not known"),
        ("/paths/~1orders/get/x-conditions", json!({"when": "order"}),
            "list_orders: `x-conditions` is not a list of conditions"),
        ("/paths/~1orders/get/x-conditions", json!(["order"]),
            "list_orders: is not `{when: ..., needs: [...]}`"),
        ("/paths/~1orders/get/x-conditions/0/require", json!(["order"]),
            "list_orders: `require` is none of when, unless, is, needs, excludes"),
        ("/paths/~1orders/get/x-conditions/0/when", gone(),
            "list_orders: has not exactly one of `when` and `unless`"),
        ("/paths/~1orders/get/x-conditions/0/excludes", json!(["order"]),
            "list_orders: has not exactly one of `needs` and `excludes`"),
        ("/paths/~1orders/get/x-conditions/0/when", json!(["sort_by"]),
            "list_orders: `when` is not a field"),
        ("/paths/~1orders/get/x-conditions/0/when", json!("sort-by"),
            "list_orders: `sort-by` is no field of the request"),
        ("/paths/~1orders/get/x-conditions/0/needs", json!("order"),
            "list_orders: `needs` is not a list of fields"),
        ("/paths/~1orders/get/x-conditions/0/needs", json!(["/order"]),
            "list_orders: `/order` is no field of the request"),
        ("/paths/~1orders/get/x-conditions/0/needs", json!(["sort_by"]),
            "list_orders: `sort_by` depends on itself"),
        ("/paths/~1orders/post/x-conditions/1/excludes", json!(["/selection/place"]),
            "create_order: `/selection/place` is no field of the request"),
        ("/paths/~1orders/post/x-conditions/0/needs", json!(["/product_id"]),
            "create_order: `/product_id` is always required"),
        ("/paths/~1orders~1toggle-auto-extend/post/x-conditions/0/is", gone(),
            "toggle_auto_extend: `/is_enabled` is always there"),
        ("/paths/~1orders~1toggle-auto-extend/post/x-conditions/1/is", json!("card"),
            "toggle_auto_extend: `is` is not a list of values"),
        ("/paths/~1orders~1toggle-auto-extend/post/x-conditions/1/is", json!(["crad"]),
            "toggle_auto_extend: `crad` is no value of `/payment_type`, which has card, balance"),
    ]
}

#[test]
fn the_specs_as_they_stand_keep_the_rules() {
    assert_eq!(said_of(|_| ()), Vec::<String>::new());
}

#[test]
fn every_mutation_is_named() {
    for (pointer, value, expected) in mutations() {
        let said = said_of(|root| {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = root.pointer_mut(parent).unwrap();
            let parent = parent.as_object_mut().unwrap();
            match value == gone() {
                true => drop(parent.remove(name).unwrap()),
                false => drop(parent.insert(name.to_owned(), value)),
            }
        });
        let found = said.iter().any(|line| line.contains(expected));
        assert!(found, "{pointer}: {expected}\nsaid: {said:#?}");
        for line in said {
            assert!(line.starts_with("openapi/iproyal.yaml:"), "{line}");
            assert!(!line.contains('\n'), "{line}");
        }
    }
}
