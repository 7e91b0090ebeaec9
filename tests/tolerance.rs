//! No field but the identity makes an answer unreadable: every documented answer still decodes when
//! any one of its fields is mutated.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use futures_util::TryStreamExt;
use proxy_orders::operation::Operation;
use proxy_orders::{Effect, Error, ErrorKind, Order, OrderState, Outcome, Vendor, iproyal};
use serde_json::{Value, json};
use support::calls::call;
use support::faulty::{Fault, Faulty};
use support::fixture::{Clients, fails};
use support::spec::{Spec, specs};

/// Replacements for a field: none, null, other scalars, an unknown word, and containers in place of
/// a scalar.
fn replacements() -> Vec<Option<Value>> {
    vec![
        None,
        Some(Value::Null),
        Some(json!("a value nobody documented")),
        Some(json!("")),
        Some(json!(7)),
        Some(json!(-1.5)),
        Some(json!(u64::MAX)),
        Some(json!(true)),
        Some(json!([])),
        Some(json!({})),
        Some(json!([1, "x", null, [2]])),
        Some(json!([true])),
    ]
}

/// Collects the pointers to every field of every object in a value.
fn fields(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
                found.push(at.clone());
                fields(inner, &at, found);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                fields(inner, &format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn mutated(value: &Value, pointer: &str, replacement: Option<&Value>) -> Value {
    let mut value = value.clone();
    match replacement {
        Some(replacement) => *value.pointer_mut(pointer).unwrap() = replacement.clone(),
        None => {
            let (parent, name) = pointer.rsplit_once('/').unwrap();
            let name = name.replace("~1", "/").replace("~0", "~");
            let parent = value.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(&name);
        }
    }
    value
}

/// Returns whether the schema at a pointer of an answer is marked as the identity, without which
/// the answer is worthless.
fn is_identity(spec: &Spec, schema: &Value, pointer: &str) -> bool {
    let mut schema = spec.resolve(schema);
    let mut steps = pointer.split('/').skip(1).peekable();
    while let Some(step) = steps.next() {
        if schema["type"] == "array" {
            schema = spec.resolve(&schema["items"]);
            continue;
        }
        let name = step.replace("~1", "/").replace("~0", "~");
        let Some(property) = schema["properties"].get(&name) else {
            return false;
        };
        if steps.peek().is_none() {
            return property["x-identity"] == true;
        }
        let target = property["allOf"].get(0).unwrap_or(property);
        schema = spec.resolve(target);
    }
    false
}

/// Returns whether a mutation changes the meaning of an answer: it refuses, or it leaves a spend
/// unconfirmed.
fn changes_the_meaning(operation: &Operation, pointer: &str, replacement: Option<&Value>) -> bool {
    match (operation.vendor, pointer) {
        (Vendor::ProxyShard, "/success") => {
            operation.effect == Effect::Spend || replacement == Some(&json!(false))
        }
        (Vendor::SmartProxy, "/code") => {
            let text = replacement.map(ToString::to_string).unwrap_or_default();
            text.parse().is_ok_and(|code: i64| code != 0 && code != 200)
        }
        _ => false,
    }
}

#[tokio::test]
async fn every_documented_answer_decodes_with_any_one_field_mutated() {
    let server = Faulty::always(Fault::None).await;
    let clients = Clients::at(&server.base_url());
    let mut problems = Vec::new();
    let (mut tried, mut answers, mut left_out) = (0, 0, 0);
    for (vendor, spec) in specs() {
        for operation in vendor.operations() {
            let stated = spec.operation(operation.id);
            let Some(media) = spec.answer(stated) else {
                continue;
            };
            for (name, example) in spec.examples(stated) {
                answers += 1;
                let mut pointers = Vec::new();
                fields(&example, "", &mut pointers);
                pointers.retain(|it| !is_identity(&spec, &media["schema"], it));
                let all = pointers.iter();
                let all = all.flat_map(|it| replacements().into_iter().map(move |by| (it, by)));
                for (pointer, replacement) in all {
                    let replacement = replacement.as_ref();
                    if changes_the_meaning(operation, pointer, replacement) {
                        left_out += 1;
                        continue;
                    }
                    let answer = mutated(&example, pointer, replacement);
                    server.answer_with(answer.to_string());
                    tried += 1;
                    if let Err(error) = call(&clients, vendor, operation.id).await {
                        let shown = replacement.map_or("removed".to_owned(), ToString::to_string);
                        let id = operation.id;
                        problems.push(format!("{vendor} {id} ({name}) {pointer} {shown}: {error}"));
                    }
                }
            }
        }
    }
    let decoded = tried - problems.len();
    println!("{answers} answers, {tried} mutations tried, {decoded} decoded");
    println!("left out: {left_out} mutations that refuse or leave a spend unconfirmed");
    assert!(tried > 3000, "only {tried} mutations");
    support::report("mutated answers did not decode", &problems);
}

#[tokio::test]
async fn a_page_with_odd_orders_is_listed_whole() {
    let order = |id: i64, status: &str, product: Value, expires: &str| {
        json!({
            "id": id, "status": status, "product_name": product, "expire_date": expires,
            "quantity": "5", "news": {"a": 1},
        })
    };
    let (name, date) = (json!("Static Residential"), "2026-12-01 00:00:00");
    let page = json!({"data": [
        order(1, "confirmed", name.clone(), date),
        order(2, "paused-by-moon", name.clone(), date),
        order(3, "confirmed", json!({"new": "form"}), date),
        order(4, "expired", name, "the day after tomorrow"),
    ], "meta": {"total": 4}});
    let server = Faulty::always(Fault::None).await;
    server.answer_with(page.to_string());
    let clients = Clients::at(&server.base_url());
    let client = clients.iproyal();
    let list = client.api().list_orders().send().await.unwrap();
    let list = list.into_inner().data.into_iter();
    let orders: Vec<Order> = list.map(Into::into).collect();
    let ids: Vec<_> = orders.iter().map(|order| order.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    assert_eq!(orders[1].state, OrderState::Unknown);
    assert_eq!(orders[1].status.as_deref(), Some("paused-by-moon"));
    assert_eq!(orders[2].product, None);
    assert_eq!(orders[2].quantity, Some(5));
    let expires = orders[3].expires.as_ref().unwrap();
    assert_eq!(expires.as_text(), "the day after tomorrow");
}

#[tokio::test]
async fn a_spend_without_its_orders_id_is_unknown_and_keeps_the_answer() {
    let server = Faulty::always(Fault::None).await;
    server.answer_with(r#"{"status": "confirmed", "quantity": 5}"#.to_owned());
    let clients = Clients::at(&server.base_url());
    let client = clients.iproyal();
    let body = iproyal::types::CreateOrderRequest::builder();
    let call = client.api().create_order();
    let body = body.product_id(9).product_plan_id(4);
    let call = call.body(body.product_location_id(51).quantity(5));
    let result = call.send().await.map_err(Error::from);
    let error = fails(result, ErrorKind::Answer, Outcome::Unknown);
    assert!(error.to_string().contains("$.id"), "{error}");
    assert!(String::from_utf8_lossy(&error.raw().unwrap().body).contains("confirmed"));
}

#[tokio::test]
async fn a_missing_list_is_an_error_and_not_an_empty_one() {
    let server = Faulty::always(Fault::None).await;
    let clients = Clients::at(&server.base_url());
    // The lists of all vendors are missing here, and the counts beside them are not 0.
    let answer = json!({
        "code": 0, "message": "fine", "success": true, "count": 3,
        "meta": {"total": 3}, "data": {"pagination": {"total": 3}},
    });
    for client in clients.all() {
        let mut answer = answer.clone();
        if client.vendor() == Vendor::IpRoyal {
            answer.as_object_mut().unwrap().remove("data");
        }
        server.answer_with(answer.to_string());
        let listed: Result<Vec<_>, _> = client.orders().try_collect().await;
        let error = listed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Answer, "{error}");
    }
}
