//! A wrong spec is named, with its file, its operation and the way to fix it. The same rules stop the build.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../build/mod.rs"]
#[allow(dead_code, reason = "the build script uses what this test does not")]
mod build;

use build::{rules, spec::Spec};
use serde_json::{Value, json};

/// IPRoyal's spec with one thing changed, and everything that is then said of it.
fn said_of(change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut spec = match Spec::read("openapi/iproyal.yaml") {
        Ok(spec) => spec,
        Err(diagnostic) => panic!("{diagnostic}"),
    };
    change(&mut spec.root);
    let found = rules::check(&spec).err().unwrap_or_default();
    found.iter().map(ToString::to_string).collect()
}

fn at<'a>(root: &'a mut Value, pointer: &str) -> &'a mut Value {
    root.pointer_mut(pointer)
        .unwrap_or_else(|| panic!("{pointer}"))
}

type Put = Option<fn() -> Value>;

/// A place in the spec, what is put there (`None`: it is taken away), and what must be said.
const fn case(
    pointer: &'static str,
    put: Put,
    said: &'static str,
) -> (&'static str, Put, &'static str) {
    (pointer, put, said)
}

#[test]
fn the_specs_as_they_stand_keep_the_rules() {
    assert_eq!(said_of(|_| ()), Vec::<String>::new());
}

#[test]
fn every_planted_fault_is_named() {
    let cases = [
        case(
            "/openapi",
            Some(|| json!("3.1.0")),
            ": `openapi` is \"3.1.0\"",
        ),
        case(
            "/paths/~1orders/get/operationId",
            None,
            "GET /orders: has no operationId",
        ),
        case(
            "/paths/~1orders/get/operationId",
            Some(|| json!("get_order")),
            "get_order: operationId is used at",
        ),
        case(
            "/paths/~1orders/get/x-effect",
            None,
            "list_orders: has no `x-effect`",
        ),
        case(
            "/paths/~1orders/get/x-effect",
            Some(|| json!("reed")),
            "list_orders: `x-effect: reed` is none of read, set, change, spend",
        ),
        case(
            "/paths/~1orders/get/x-provenance/document",
            Some(|| json!("hearsay")),
            "list_orders: `x-provenance.document` is `hearsay`",
        ),
        case(
            "/paths/~1orders/get/x-provenance/confidence",
            Some(|| json!("sure")),
            "list_orders: `x-provenance.confidence` is `sure`",
        ),
        case(
            "/paths/~1orders/get/parameters/0/in",
            Some(|| json!("cookie")),
            "only path and query are supported",
        ),
        case(
            "/paths/~1orders/get/parameters/0/schema",
            Some(|| json!({"type": "array", "items": {}})),
            "list_orders: query parameter",
        ),
        case(
            "/paths/~1orders~1{order_id}/get/parameters",
            Some(|| json!([])),
            "get_order: the path contains `{order_id}`",
        ),
        case(
            "/paths/~1orders/get/responses",
            Some(|| json!({})),
            "list_orders: documents no `200` answer",
        ),
        case(
            "/paths/~1orders/get/responses/200/content/application~1json/schema",
            Some(|| json!({"type": "object"})),
            "list_orders: the answer is not a named schema",
        ),
        case(
            "/paths/~1orders/get/responses/200/content/application~1json/schema",
            Some(|| json!({"$ref": "#/components/schemas/Orders"})),
            "list_orders: `$ref: #/components/schemas/Orders` leads nowhere",
        ),
        case(
            "/paths/~1orders/post/responses",
            Some(|| json!({"200": {"description": "The order."}})),
            "create_order: spends, and documents `200` alone",
        ),
        case(
            "/paths/~1orders/post/requestBody/content/application~1json/schema",
            Some(|| json!({"type": "object"})),
            "create_order: the request body is not one named schema",
        ),
        case(
            "/components/schemas/Order/properties/status",
            Some(|| json!({"type": "string", "enum": ["a"]})),
            "Order.status: `enum` would make the 200 answer of list_orders unreadable",
        ),
        case(
            "/components/schemas/Order/additionalProperties",
            Some(|| json!(false)),
            "Order: `additionalProperties` would make the 200 answer of list_orders unreadable",
        ),
        case(
            "/components/schemas/Order/properties/quantity",
            Some(|| json!({"type": "integer", "minimum": 1})),
            "Order.quantity: `minimum` would make the 200 answer of list_orders unreadable",
        ),
        case(
            "/components/schemas/Order/properties/note",
            Some(|| json!({"nullable": true})),
            "Order.note: `nullable` without `type`",
        ),
        case(
            "/components/schemas/oRDER",
            Some(|| json!({})),
            "schema differs from `Order` by case alone",
        ),
        case(
            "/paths/~1orders/summary",
            Some(|| json!("x")),
            "/orders: `summary` is not supported here",
        ),
        case("/x-refusal", None, "lacks `x-refusal: {message: [...]}`"),
        case(
            "/x-refusal/mesage",
            Some(|| json!(["message"])),
            "x-refusal/mesage: `mesage` is none of flag, code, errors",
        ),
        case(
            "/x-refusal/message",
            Some(|| json!("message")),
            "x-refusal/message: `message` is not a list of values",
        ),
        case("/x-refusal/message", None, "lacks `message`"),
        case(
            "/x-refusal/flag",
            Some(|| json!("success")),
            "`flag` and `success` need each other",
        ),
        case(
            "/x-refusal/forbidden",
            Some(|| json!([3])),
            "lists codes without `code`",
        ),
        case(
            "/components/securitySchemes/accessToken/x-credential",
            None,
            "lacks `x-credential: {variable: ..., found_at: ...}`",
        ),
        case(
            "/components/securitySchemes/accessToken/x-credential/variable",
            None,
            "lacks the text `variable`",
        ),
        case(
            "/components/securitySchemes/accessToken/x-credential/prefix",
            Some(|| json!("Bearer")),
            "`prefix` is not known",
        ),
    ];
    for (pointer, put, due) in cases {
        let said = said_of(|root| {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let parent = at(root, parent);
            match (parent, put) {
                (Value::Object(map), Some(put)) => {
                    map.insert(name.to_owned(), put());
                }
                (Value::Object(map), None) => {
                    map.remove(name).unwrap();
                }
                (other, _) => panic!("{pointer}: {other}"),
            }
        });
        assert!(
            said.iter().any(|line| line.contains(due)),
            "{pointer}: {due}\nsaid: {said:#?}"
        );
        assert!(
            said.iter()
                .all(|line| line.starts_with("openapi/iproyal.yaml:") && !line.contains('\n')),
            "{said:#?}"
        );
    }
}
