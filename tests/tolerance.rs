//! No field but the identity makes an answer unreadable: every documented answer, mutated in every one of its fields, still decodes.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "support/faulty.rs"]
mod faulty;
mod support;

use std::time::Duration;

use faulty::{Fault, Faulty, hasty};
use proxy_orders::{Effect, ErrorKind, OrderState, Vendor, iproyal};
use serde_json::{Value, json};
use support::calls::call;
use support::spec::Spec;

/// What stands in for a field: nothing, null, other scalars, an unknown word, and containers where a scalar was due.
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

/// The pointers to every field of every object in a value.
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
            value
                .pointer_mut(parent)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove(&name);
        }
    }
    value
}

/// Whether the schema at that pointer of an answer is marked as the identity, without which the answer is worthless.
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

/// A mutation that means something else: the vendor's own way to say "refused", or a spend whose success nothing confirms.
fn changes_the_meaning(
    vendor: Vendor,
    effect: Effect,
    pointer: &str,
    replacement: Option<&Value>,
) -> bool {
    let text = replacement.map(ToString::to_string).unwrap_or_default();
    match (vendor, pointer) {
        (Vendor::ProxyShard, "/success") => effect == Effect::Spend || text == "false",
        (Vendor::SmartProxy, "/code") => text
            .parse::<i64>()
            .is_ok_and(|code| code != 0 && code != 200),
        _ => false,
    }
}

#[tokio::test]
async fn every_documented_answer_decodes_with_any_one_field_mutated() {
    let server = Faulty::always(Fault::None).await;
    let clients = hasty(&server.base_url(), Duration::from_secs(30));
    let mut problems = Vec::new();
    let (mut tried, mut answers, mut identities, mut meanings) = (0, 0, 0, 0);
    for vendor in Vendor::all().iter().copied() {
        let spec = Spec::read(vendor);
        for operation in vendor.operations() {
            let stated = spec.operation(operation.id);
            let Some(media) = spec.answer(stated) else {
                continue;
            };
            for (name, example) in spec.examples(stated) {
                answers += 1;
                let mut pointers = Vec::new();
                fields(&example, "", &mut pointers);
                for pointer in pointers {
                    if is_identity(&spec, &media["schema"], &pointer) {
                        identities += 1;
                        continue;
                    }
                    for replacement in replacements() {
                        if changes_the_meaning(
                            vendor,
                            operation.effect,
                            &pointer,
                            replacement.as_ref(),
                        ) {
                            meanings += 1;
                            continue;
                        }
                        let answer = mutated(&example, &pointer, replacement.as_ref());
                        server.answer_with(answer.to_string());
                        tried += 1;
                        if let Err(error) = call(&clients, vendor, operation.id).await {
                            let shown =
                                replacement.map_or("removed".to_owned(), |it| it.to_string());
                            problems.push(format!(
                                "{vendor} {} ({name}) {pointer} {shown}: {error}",
                                operation.id
                            ));
                        }
                    }
                }
            }
        }
    }
    println!(
        "{answers} answers, {tried} mutations tried, {} decoded",
        tried - problems.len()
    );
    println!(
        "left out: {identities} identities, {meanings} mutations that mean a refusal or leave a spend unconfirmed"
    );
    assert!(tried > 3000, "only {tried} mutations");
    support::report("mutated answers did not decode", &problems);
}

#[tokio::test]
async fn a_page_with_odd_orders_is_listed_whole() {
    let order = |id: i64, status: &str, product: Value, expires: Value| json!({"id": id, "status": status, "product_name": product, "expire_date": expires, "quantity": "5", "news": {"a": 1}});
    let page = json!({"data": [
        order(1, "confirmed", json!("Static Residential"), json!("2026-12-01 00:00:00")),
        order(2, "paused-by-moon", json!("Static Residential"), json!("2026-12-01 00:00:00")),
        order(3, "confirmed", json!({"new": "form"}), json!("2026-12-01 00:00:00")),
        order(4, "expired", json!("Static Residential"), json!("the day after tomorrow")),
    ], "meta": {"total": 4}});
    let server = Faulty::always(Fault::None)
        .await
        .answering(page.to_string());
    let client = hasty(&server.base_url(), Duration::from_secs(30)).iproyal;
    let list = client
        .api()
        .list_orders()
        .send()
        .await
        .unwrap()
        .into_inner();
    let orders: Vec<proxy_orders::Order> = list.data.into_iter().map(Into::into).collect();
    assert_eq!(
        orders
            .iter()
            .map(|order| order.id.as_str())
            .collect::<Vec<_>>(),
        ["1", "2", "3", "4"]
    );
    assert_eq!(orders[1].state, OrderState::Unknown);
    assert_eq!(orders[1].status.as_deref(), Some("paused-by-moon"));
    assert_eq!(orders[2].product, None);
    assert_eq!(orders[2].quantity, Some(5));
    assert_eq!(
        orders[3].expires.as_ref().unwrap().as_text(),
        "the day after tomorrow"
    );
}

#[tokio::test]
async fn a_spend_without_its_orders_id_is_unknown_and_keeps_the_answer() {
    let server = Faulty::always(Fault::None)
        .await
        .answering(r#"{"status": "confirmed", "quantity": 5}"#);
    let client = hasty(&server.base_url(), Duration::from_secs(30)).iproyal;
    let body = iproyal::types::CreateOrderRequest::builder()
        .product_id(9)
        .product_plan_id(4);
    let error: proxy_orders::Error = client
        .api()
        .create_order()
        .body(body)
        .send()
        .await
        .unwrap_err()
        .into();
    assert_eq!(
        (error.kind(), error.may_have_taken_effect()),
        (ErrorKind::Answer, true),
        "{error}"
    );
    assert!(error.to_string().contains("$.id"), "{error}");
    assert!(String::from_utf8_lossy(&error.raw().unwrap().body).contains("confirmed"));
}

#[tokio::test]
async fn a_missing_list_is_an_error_and_not_an_empty_one() {
    use futures_util::TryStreamExt;
    use proxy_orders::Account;
    let server = Faulty::always(Fault::None).await;
    let clients = hasty(&server.base_url(), Duration::from_secs(30));
    let accounts: [(&dyn Account, Value); 3] = [
        (&clients.iproyal, json!({"meta": {"total": 3}})),
        (&clients.proxyshard, json!({"success": true, "count": 3})),
        (
            &clients.smartproxy,
            json!({"code": 0, "message": "fine", "data": {"pagination": {"total": 3}}}),
        ),
    ];
    for (account, answer) in accounts {
        server.answer_with(answer.to_string());
        let listed: Result<Vec<_>, _> = account.orders().try_collect().await;
        let error = listed.unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::Answer,
            "{}: {error}",
            account.vendor()
        );
    }
}
