//! Mutations of the specs, and the verdicts that each of them must have.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::Verdict::{self, Breaking, Compatible, None};
use super::change::{Side, worst};
use super::tests::engine;
use super::{Texts, changes};
use crate::build::fixups;
use crate::build::spec::Spec;
use crate::client;
use crate::workspace::Workspace;

#[path = "../../../tests/support/surface.rs"]
mod surface;

/// An edit of a spec.
enum Edit {
    /// Puts the JSON there.
    Set(&'static str),
    /// Adds the JSON to the list.
    Push(&'static str),
    Remove,
    /// Gives the key another name.
    Rename(&'static str),
}
use Edit::{Push, Remove, Rename, Set};

/// A name, the vendor, the edits, and the verdicts for Rust users and for wire users.
///
/// A pointer leads through a list by the `name` of an item, or by the item itself.
type Mutation = (
    &'static str,
    &'static str,
    &'static [(&'static str, Edit)],
    Verdict,
    Verdict,
);

#[rustfmt::skip]
const MUTATIONS: &[Mutation] = &[
    // Requests
    ("parameter removed", "iproyal", &[("/paths/~1orders/get/parameters/note_search", Remove)], Breaking, Breaking),
    ("parameter required", "iproyal", &[("/paths/~1orders/get/parameters/product_id/required", Set("true"))], Breaking, Breaking),
    ("condition added", "iproyal", &[("/paths/~1orders/get/x-conditions", Push(r#"{"when": "per_page", "needs": ["page"]}"#))], Breaking, None),
    ("condition removed", "iproyal", &[("/paths/~1orders/get/x-conditions/0", Remove)], None, None),
    ("parameter added", "iproyal", &[("/paths/~1orders/get/parameters", Push(r#"{"name": "tag", "in": "query", "schema": {"type": "string"}}"#))], Compatible, Compatible),
    ("required parameter added", "iproyal", &[("/paths/~1orders/get/parameters", Push(r#"{"name": "tag", "in": "query", "required": true, "schema": {"type": "string"}}"#))], Breaking, Breaking),
    ("parameter renamed", "iproyal", &[("/paths/~1orders/get/parameters/note_search/name", Set(r#""note""#))], Breaking, Breaking),
    ("parameter of another type", "iproyal", &[("/paths/~1orders~1calculate-pricing/get/parameters/quantity/schema", Set(r#"{"type": "string"}"#))], Breaking, Breaking),
    ("closed enum lost a value", "proxyshard", &[("/components/schemas/OrderStatusFilter/enum/on-hold", Remove)], Breaking, Breaking),
    ("closed enum gained a value", "proxyshard", &[("/components/schemas/OrderStatusFilter/enum", Push(r#""paused""#))], Breaking, Compatible),
    ("integer enum gained a value", "smartproxy", &[("/components/schemas/OrderStatusFilter/enum", Push("4")), ("/components/schemas/OrderStatusFilter/x-enum-varnames", Push(r#""Lost""#))], Compatible, Compatible),
    ("enum of a body lost a value", "proxyshard", &[("/components/schemas/ProxySignatureChoice/enum/win11", Remove)], Breaking, Breaking),
    // The library sends no default, before or after; other generators write it into requests that
    // leave it out.
    ("default changed", "proxyshard", &[("/paths/~1user~1api~1orders/get/parameters/limit/schema/default", Set("50"))], None, Breaking),
    // `u64` becomes `NonZeroU64`, and 0 is refused.
    ("bound tightened", "proxyshard", &[("/paths/~1user~1api~1orders/get/parameters/offset/schema/minimum", Set("1"))], Breaking, Breaking),
    ("bound loosened", "proxyshard", &[("/paths/~1user~1api~1orders/get/parameters/limit/schema/maximum", Set("200"))], None, Compatible),
    ("nullable dropped", "proxyshard", &[("/paths/~1user~1api~1orders~1calculate/get/parameters/location/schema/nullable", Remove)], None, Breaking),
    ("encoding changed", "iproyal", &[("/paths/~1orders/get/parameters/statuses[]/explode", Set("false"))], None, Breaking),
    ("items of another type", "iproyal", &[("/components/schemas/OrderIds/items", Set(r#"{"type": "string"}"#))], Breaking, Breaking),
    // The literal of a body is written out field by field; JSON may leave the field out.
    ("optional body field added", "iproyal", &[("/components/schemas/CreateOrderRequest/properties/tag", Set(r#"{"type": "string"}"#))], Breaking, Compatible),
    ("body field no longer required", "iproyal", &[("/components/schemas/CreateOrderRequest/required/product_plan_id", Remove)], Breaking, Compatible),
    ("body field renamed and required", "iproyal", &[("/components/schemas/CreateOrderRequest/properties/quantity", Rename("count")), ("/components/schemas/CreateOrderRequest/required", Push(r#""count""#))], Breaking, Breaking),
    ("body without other properties", "smartproxy", &[("/components/schemas/CloseOrderRequest/additionalProperties", Set("false"))], Breaking, None),
    // Answers
    ("field renamed", "iproyal", &[("/components/schemas/Order/properties/plan_name", Rename("plan_title"))], Breaking, Breaking),
    ("field added", "iproyal", &[("/components/schemas/Card/properties/color", Set(r#"{"type": "string"}"#))], Compatible, Compatible),
    ("field removed", "iproyal", &[("/components/schemas/Card/properties/currency", Remove)], Breaking, Breaking),
    ("field of another type", "iproyal", &[("/components/schemas/Order/properties/is_test/type", Set(r#""string""#))], Breaking, Breaking),
    // The fixup `answers_require_only_identity` keeps the `Option`.
    ("field required", "proxyshard", &[("/components/schemas/Order/required", Set(r#"["quantity"]"#))], None, Compatible),
    ("field required beside the identity", "iproyal", &[("/components/schemas/Order/required", Set(r#"["id", "quantity"]"#))], None, Compatible),
    ("open enum lost a value", "proxyshard", &[("/components/schemas/OrderStatus/x-extensible-enum/on-hold", Remove)], Breaking, None),
    ("open enum gained a value", "iproyal", &[("/components/schemas/OrderStatus/x-extensible-enum", Push(r#""paused""#))], Compatible, None),
    ("field may be null", "iproyal", &[("/components/schemas/Card/properties/currency/nullable", Set("true"))], None, Breaking),
    ("timestamp may be null", "iproyal", &[("/components/schemas/Card/properties/updated_at/allOf", Set(r##"[{"$ref": "#/components/schemas/NullableTimestamp"}]"##))], None, Breaking),
    ("field is a secret", "iproyal", &[("/components/schemas/Card/properties/last_four_digits/x-secret", Set("true"))], Breaking, None),
    ("schema renamed", "iproyal", &[("/components/schemas/PageMeta", Rename("Paging")), ("/components/schemas/OrderList/properties/meta", Set(r##"{"$ref": "#/components/schemas/Paging"}"##))], Breaking, Breaking),
    ("field of a failure removed", "iproyal", &[("/components/schemas/Failure/properties/error", Remove)], Breaking, Breaking),
    ("answer where there was none", "iproyal", &[("/paths/~1orders~1proxies~1change-credentials/post/responses/200/content", Set(r##"{"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}"##))], Breaking, Compatible),
    // Operations
    ("path renamed", "iproyal", &[("/paths/~1orders~1{order_id}~1extend", Rename("/orders/{order_id}/renew"))], None, Breaking),
    ("path parameter renamed", "proxyshard", &[("/paths/~1user~1api~1orders~1{id}", Rename("/user/api/orders/{order_id}")), ("/paths/~1user~1api~1orders~1{order_id}/get/parameters/id/name", Set(r#""order_id""#))], Breaking, Breaking),
    ("operationId renamed", "iproyal", &[("/paths/~1balance/get/operationId", Set(r#""read_balance""#))], Breaking, Breaking),
    ("operation removed", "iproyal", &[("/paths/~1balance", Remove)], Breaking, Breaking),
    ("operation added", "smartproxy", &[("/paths/~1pub~1refund", Set(r#"{"get": {"operationId": "list_refunds", "x-effect": "read", "responses": {"200": {"description": "None."}}}}"#))], Compatible, Compatible),
    // The transport repeated it after a failure and now may not.
    ("effect is spend", "iproyal", &[("/paths/~1orders~1{order_id}/get/x-effect", Set(r#""spend""#))], Breaking, None),
    // The library knows the credential and the address; others have generated them.
    ("credential moved", "iproyal", &[("/components/securitySchemes/accessToken", Set(r#"{"type": "apiKey", "in": "query", "name": "token"}"#))], None, Breaking),
    ("base URL changed", "iproyal", &[("/servers/0/url", Set(r#""https://elsewhere.example""#))], None, Breaking),
    ("description edited", "iproyal", &[("/components/schemas/Order/properties/note/description", Set(r#""A note.""#))], None, None),
];

#[test]
fn every_mutation_has_its_verdicts() {
    let Some(oasdiff) = engine() else {
        return;
    };
    let specs = Workspace::here().specs().unwrap();
    let texts = |spec: &Spec| Texts {
        spec: spec.root.to_string(),
        types: types(spec),
    };
    let specs = specs
        .iter()
        .map(|spec| (spec.vendor(), (spec, texts(spec))));
    let specs: BTreeMap<_, _> = specs.collect();
    let mut wrong = Vec::new();
    for (name, vendor, edits, rust, wire) in MUTATIONS {
        let (spec, old) = &specs[vendor];
        let mut root = spec.root.clone();
        edits
            .iter()
            .for_each(|(pointer, edit)| apply(&mut root, pointer, edit));
        let new = Spec::parse(&spec.file, &root.to_string()).unwrap();
        let found = changes(&oasdiff, &spec.file, old, &texts(&new)).unwrap();
        let verdicts = (worst(&found, Side::Rust), worst(&found, Side::Wire));
        if verdicts != (*rust, *wire) {
            wrong.push(format!(
                "{name}: {verdicts:?} instead of {:?}: {found:#?}",
                (rust, wire)
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The surface that the generator makes of a spec.
fn types(spec: &Spec) -> String {
    let (fixed, _) = fixups::apply(spec);
    match client::generate(&fixed) {
        Ok(client) => surface::types(&client, &fixups::enums(&fixed)),
        Err(diagnostic) => panic!("{diagnostic}"),
    }
}

fn apply(root: &mut Value, pointer: &str, edit: &Edit) {
    let steps = pointer.split('/').skip(1);
    let mut steps: Vec<_> = steps
        .map(|it| it.replace("~1", "/").replace("~0", "~"))
        .collect();
    let last = match edit {
        Push(_) => Option::None,
        _ => steps.pop(),
    };
    let holder = steps.iter().fold(root, |value, step| match value {
        Value::Array(list) => {
            let index = position(list, step);
            &mut list[index]
        }
        value => value
            .get_mut(step)
            .unwrap_or_else(|| panic!("{pointer}: {step}")),
    });
    match (edit, holder, last) {
        (Push(json), Value::Array(list), _) => list.push(serde_json::from_str(json).unwrap()),
        (Set(json), Value::Object(map), Some(key)) => {
            map.insert(key, serde_json::from_str(json).unwrap());
        }
        (Remove, Value::Object(map), Some(key)) => drop(map.remove(&key).unwrap()),
        (Remove, Value::Array(list), Some(key)) => drop(list.remove(position(list, &key))),
        (Rename(to), Value::Object(map), Some(key)) => {
            let value = map.remove(&key).unwrap();
            map.insert((*to).to_owned(), value);
        }
        (_, holder, _) => panic!("{pointer} cannot be edited so: {holder}"),
    }
}

fn position(list: &[Value], step: &str) -> usize {
    let found = list.iter().position(|it| it == step || it["name"] == step);
    found
        .or_else(|| step.parse().ok())
        .unwrap_or_else(|| panic!("no {step} in {list:?}"))
}
