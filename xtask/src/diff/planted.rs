//! Changes planted into the real specs, and what each has to be called.

#![allow(clippy::unwrap_used)]

mod answers;
mod requests;

use std::io::Write;

use serde_json::{Value, json};

use super::fact::Verdict::{self, Breaking, Compatible, None};
use super::oasdiff::{Engine, INSTALL};
use super::{Change, changes, compare};
use crate::api::Api;
use crate::spec::Spec;
use crate::workspace::Workspace;

/// One change: what it is called, which spec, how it is planted, what Rust users and wire users are told, and words of the report.
struct Planted {
    name: &'static str,
    vendor: &'static str,
    plant: fn(&mut Value),
    rust: Verdict,
    wire: Verdict,
    words: &'static str,
}

fn spec(vendor: &str) -> Spec {
    let file = format!("openapi/{vendor}.yaml");
    let text = Workspace::here().read(&file).unwrap();
    Api::parse(&file, &text).unwrap().spec
}

fn planted(engine: Option<&Engine>, vendor: &str, plant: fn(&mut Value)) -> Vec<Change> {
    let old = spec(vendor);
    let mut new = old.clone();
    plant(&mut new.root);
    let found = compare(engine, vendor, &old, &new).unwrap();
    assert_eq!(found.note, Option::None);
    found.changes
}

/// oasdiff, or a line for whoever reads the tests' output; not for the test runner, which would keep it to itself.
pub fn engine() -> Option<Engine> {
    let engine = Engine::find(&Workspace::here());
    if engine.is_none() {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or_default();
        let _ = writeln!(
            std::io::stderr(),
            "{test}: NOT CHECKED on the wire, as oasdiff is not there: {INSTALL}"
        );
    }
    engine
}

fn check(table: &[Planted]) {
    let engine = engine();
    for it in table {
        let found = planted(engine.as_ref(), it.vendor, it.plant);
        let said: Vec<_> = found.iter().map(Change::in_words).collect();
        let [change] = found.as_slice() else {
            panic!(
                "{}: {} changes instead of one: {said:#?}",
                it.name,
                found.len()
            );
        };
        assert_eq!(change.rust, it.rust, "{} for Rust: {said:?}", it.name);
        // Without oasdiff only what it can't see is called breaking.
        if engine.is_some() || change.wire != Compatible {
            assert_eq!(change.wire, it.wire, "{} on the wire: {said:?}", it.name);
        }
        let reason = change.wire_reason();
        assert_eq!(reason.is_empty(), change.wire != Breaking, "{reason}");
        assert!(
            said[0].contains(it.words),
            "{}: {said:?} lacks `{}`",
            it.name,
            it.words
        );
    }
}

fn operation<'a>(root: &'a mut Value, id: &str) -> &'a mut Value {
    let paths = root["paths"].as_object_mut().unwrap();
    let mut operations = paths
        .values_mut()
        .flat_map(|item| item.as_object_mut().unwrap().values_mut());
    operations.find(|it| it["operationId"] == id).unwrap()
}

fn parameters<'a>(root: &'a mut Value, id: &str) -> &'a mut Vec<Value> {
    operation(root, id)["parameters"].as_array_mut().unwrap()
}

fn parameter<'a>(root: &'a mut Value, id: &str, name: &str) -> &'a mut Value {
    parameters(root, id)
        .iter_mut()
        .find(|it| it["name"] == name)
        .unwrap()
}

fn schema<'a>(root: &'a mut Value, name: &str) -> &'a mut Value {
    root["components"]["schemas"].get_mut(name).unwrap()
}

fn rename(map: &mut Value, from: &str, to: &str) {
    let map = map.as_object_mut().unwrap();
    let value = map.remove(from).unwrap();
    map.insert(to.to_owned(), value);
}

/// The twelve that the task names.
#[test]
fn twelve_changes_are_called_what_they_are() {
    check(&[
        // A builder loses the call, and other generators the argument: what is written no longer compiles.
        Planted {
            name: "parameter removed",
            vendor: "iproyal",
            plant: |root| parameters(root, "list_orders").retain(|it| it["name"] != "note_search"),
            rust: Breaking,
            wire: Breaking,
            words: "list_orders `note_search` (query): removed",
        },
        // The builder still compiles without it, and then refuses to send; the vendor refuses everyone else.
        Planted {
            name: "parameter made required",
            vendor: "iproyal",
            plant: |root| parameter(root, "list_orders", "product_id")["required"] = json!(true),
            rust: Breaking,
            wire: Breaking,
            words: "list_orders `product_id` (query): made required",
        },
        // A closed enum of a request: the variant is gone, and the vendor takes the value no more.
        Planted {
            name: "enum value lost",
            vendor: "proxyshard",
            plant: |root| {
                let values = schema(root, "OrderStatusFilter")["enum"]
                    .as_array_mut()
                    .unwrap();
                values.retain(|it| it != "on-hold");
            },
            rust: Breaking,
            wire: Breaking,
            words: "OrderStatusFilter: value `on-hold` lost",
        },
        // An integer is neither taken for a text by a compiler nor by the vendor.
        Planted {
            name: "type changed",
            vendor: "iproyal",
            plant: |root| {
                parameter(root, "calculate_pricing", "quantity")["schema"] =
                    json!({"type": "string"})
            },
            rust: Breaking,
            wire: Breaking,
            words: "calculate_pricing `quantity` (query): type integer -> text",
        },
        // Who reads the old name reads nothing: in Rust it doesn't compile, elsewhere it is undefined.
        Planted {
            name: "field renamed",
            vendor: "iproyal",
            plant: |root| {
                rename(
                    &mut schema(root, "Order")["properties"],
                    "plan_name",
                    "plan_title",
                )
            },
            rust: Breaking,
            wire: Breaking,
            words: "Order.plan_name: renamed to `plan_title` (answer of create_order, extend_order, get_order, list_orders)",
        },
        // The vendor promises more than before. A reader loses nothing, and `answers_require_only_identity` keeps the `Option` in Rust.
        Planted {
            name: "answer field made required",
            vendor: "proxyshard",
            plant: |root| schema(root, "Order")["required"] = json!(["quantity"]),
            rust: Compatible,
            wire: Compatible,
            words: "Order.quantity: made required (answer of get_order)",
        },
        // The method is named by its operationId and keeps its name, and the library knows the path; everyone else has the path in hand.
        Planted {
            name: "path renamed",
            vendor: "iproyal",
            plant: |root| {
                rename(
                    &mut root["paths"],
                    "/orders/{order_id}/extend",
                    "/orders/{order_id}/renew",
                )
            },
            rust: Compatible,
            wire: Breaking,
            words: "request `POST /orders/{order_id}/extend` -> `POST /orders/{order_id}/renew`",
        },
        // The transport repeated it after a failure and now may not: what a Rust caller relied on is gone. The bytes are the same.
        Planted {
            name: "effect changed",
            vendor: "iproyal",
            plant: |root| operation(root, "get_order")["x-effect"] = json!("spend"),
            rust: Breaking,
            wire: Compatible,
            words: "effect read -> spend: it is no longer sent again after a failure",
        },
        // `defaults_are_the_vendors`: Rust sends no default, before or after. Other generators write it into requests that leave it out.
        Planted {
            name: "default changed",
            vendor: "proxyshard",
            plant: |root| parameter(root, "list_orders", "limit")["schema"]["default"] = json!(50),
            rust: Compatible,
            wire: Breaking,
            words: "list_orders `limit` (query): default `20` -> `50`",
        },
        // Signing is the transport's; a wire user has to send the key elsewhere, or is refused. One change, not one an operation.
        Planted {
            name: "auth moved",
            vendor: "iproyal",
            plant: |root| {
                root["components"]["securitySchemes"]["accessToken"] =
                    json!({"type": "apiKey", "in": "query", "name": "token"});
            },
            rust: Compatible,
            wire: Breaking,
            words: "credential moved: header `X-Access-Token` -> query `token`",
        },
        // One more method beside the others.
        Planted {
            name: "operation added",
            vendor: "smartproxy",
            plant: |root| {
                let mut item = root["paths"]["/pub/order/list"].clone();
                item["get"]["operationId"] = json!("list_refunds");
                root["paths"]["/pub/refund/list"] = item;
            },
            rust: Compatible,
            wire: Compatible,
            words: "list_refunds: operation added",
        },
        // Words.
        Planted {
            name: "description edited",
            vendor: "iproyal",
            plant: |root| {
                schema(root, "Order")["properties"]["note"]["description"] = json!("A note.")
            },
            rust: None,
            wire: None,
            words: "Order.note: reworded",
        },
    ]);
}

/// For IPRoyal no fixup relaxes `required`, as its spec requires nothing but identities: the `Option` would go, and an answer without the
/// field could no longer be read. Whoever plants this has to put the vendor on the list of `answers_require_only_identity`.
#[test]
fn a_required_answer_field_breaks_where_no_fixup_relaxes_it() {
    let found = planted(engine().as_ref(), "iproyal", |root| {
        schema(root, "Order")["required"] = json!(["id", "quantity"])
    });
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.place.as_str(), it.rust, it.wire))
        .collect();
    assert_eq!(found, [("Order.quantity", Breaking, Compatible)]);
}

#[test]
fn a_spec_does_not_differ_from_itself() {
    let engine = engine();
    for vendor in ["iproyal", "proxyshard", "smartproxy"] {
        let found = planted(engine.as_ref(), vendor, |_| {});
        assert_eq!(found.len(), 0, "{vendor}");
    }
}

/// A spec that has nothing of what a fixup bends: Rust is judged by the spec as it stands, and that is said.
#[test]
fn where_a_fixup_finds_nothing_it_is_said() {
    let bare = |name: &str| Spec {
        file: "openapi/iproyal.yaml".to_owned(),
        root: json!({"paths": {"/a": {"get": {"operationId": "a", "parameters": [{"name": name, "in": "query"}]}}}}),
    };
    let (found, note) = changes("iproyal", &bare("x"), &bare("y"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].rust, Breaking);
    let note = note.unwrap();
    assert!(
        note.contains("can't be bent") && note.contains("fixup `"),
        "{note}"
    );
}
