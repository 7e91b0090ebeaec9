//! Answers that are too large, too deep or without an end: they are given up in time, and what was
//! sent is not called unsent.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::TryStreamExt;
use proxy_orders::{Effect, Error, ErrorKind, Outcome, RawRequest, Vendor};
use serde_json::{Value, json};
use support::calls::call;
use support::faulty::{Fault, Faulty};
use support::fixture::*;
use support::recorder::{Recorded, success};
use support::relay::{Act, Relay};

/// Asserts that an answer to a purchase and to a question is given up as unreadable.
async fn is_given_up(answer: String, because: &str) {
    let server = Faulty::always(Fault::None).await.answering(answer);
    let clients = Clients::at(&server.base_url());
    for (vendor, id, effect) in [
        (Vendor::IpRoyal, "create_order", Effect::Spend),
        (Vendor::ProxyShard, "purchase_order", Effect::Spend),
        (Vendor::SmartProxy, "create_order", Effect::Spend),
        (Vendor::IpRoyal, "get_balance", Effect::Read),
        (Vendor::IpRoyal, "list_orders", Effect::Read),
    ] {
        let error = call(&clients, vendor, id).await.unwrap_err();
        assert_fails(&error, ErrorKind::Answer, Outcome::Unknown);
        assert!(
            error.to_string().contains(because),
            "{vendor} {id}: {error}"
        );
        assert_eq!(error.may_have_taken_effect(), effect == Effect::Spend);
        let raw = RawRequest::new("POST", "/x", effect);
        let error = clients.transport(vendor).send(raw).await.unwrap_err();
        assert_fails(&error, ErrorKind::Answer, Outcome::Unknown);
    }
}

#[tokio::test]
async fn an_answer_of_many_tiny_objects_is_given_up() {
    let objects = vec!["{}"; 9_000_000].join(",");
    is_given_up(
        format!("{{\"id\": 1, \"data\": [{objects}]}}"),
        "larger than the cap",
    )
    .await;
    let objects = vec!["{}"; 1_000_000].join(",");
    is_given_up(format!("{{\"id\": 1, \"data\": [{objects}]}}"), "more than").await;
}

#[tokio::test]
async fn an_answer_of_many_brackets_is_given_up() {
    for depth in [100, 60_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        is_given_up(format!("{{\"id\": 1, \"data\": {nested}}}"), "nested").await;
    }
}

/// A refusal is one by its status, whatever its body is like.
#[tokio::test]
async fn a_refusal_of_many_tiny_objects_is_a_refusal() {
    let body = format!(
        "{{\"message\": \"no\", \"errors\": [{}{{}}]}}",
        "{},".repeat(9_000_000)
    );
    let answer = support::recorder::answer("422 Unprocessable", "", &body);
    let server = support::recorder::Recorder::answering(answer).await;
    let clients = Clients::at(&server.base_url());
    for vendor in [Vendor::IpRoyal, Vendor::SmartProxy] {
        let error = call(&clients, vendor, "create_order").await.unwrap_err();
        assert_fails(&error, ErrorKind::Validation, Outcome::Rejected);
    }
}

// ---- Pages without an end ----------------------------------------------------------------------

/// One page of orders that nobody has seen before, with another one to follow.
fn endless(vendor: Vendor, number: usize, total: Option<i64>) -> Value {
    // The newest first, and never at an end.
    let id = i64::MAX / 2 - i64::try_from(number).unwrap();
    match vendor {
        Vendor::IpRoyal => json!({"data": [{"id": id}], "meta": {"total": total}}),
        Vendor::ProxyShard => json!({
            "success": true, "orders": [{"order_id": id + 1}, {"order_id": id}], "count": total,
            "next": "more",
        }),
        _ => json!({"code": 200, "data": {
            "list": [{"id": id, "trade_no": format!("T{id}")}], "pagination": {"total": total},
        }}),
    }
}

fn is_list(request: &Recorded) -> bool {
    let path = request.head.split([' ', '?']).nth(1).unwrap();
    request.head.starts_with("GET") && (path.ends_with("/orders") || path.ends_with("/order/list"))
}

#[tokio::test]
async fn a_list_that_never_ends_is_given_up_also_before_a_purchase() {
    let fixture = Fixture::new().await;
    for (request, total) in [
        (proxies(1), Some(1)),
        (proxies(1), Some(i64::MAX)),
        (spends().remove(2), Some(3)),
        (spends().remove(2), Some(i64::MAX)),
        (packages(1), None),
        (packages(1), Some(3)),
    ] {
        let vendor = request.vendor();
        let pages = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&pages);
        let relay = Relay::to(&fixture.sandbox, move |asked| match is_list(asked) {
            true => {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                // Far more than a client may ask for: without a bound, the test would not end.
                assert!(number < 30_000, "the list is followed for ever");
                Act::Answer(success(&endless(vendor, number, total)))
            }
            false => Act::Pass,
        })
        .await;
        let url = |vendor| relay.base_url(&fixture.sandbox, vendor);
        let clients = Clients::with_key_at(&fixture.key, url);
        let read: Result<Vec<_>, Error> = clients.of(vendor).orders().try_collect().await;
        let asked = pages.swap(0, Ordering::SeqCst);
        match read {
            Ok(all) => assert!(all.len() <= 3, "{vendor} {total:?}: {} orders", all.len()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Answer, "{error}"),
        }
        let buyer = clients.buyer(vendor).await;
        let result = spend(&buyer, "a", &request).await;
        println!(
            "{vendor}, length {total:?}: {asked} pages, {} before a purchase, {:?}",
            pages.load(Ordering::SeqCst),
            result.as_ref().map(drop).map_err(ToString::to_string)
        );
    }
}

// ---- Numbers -----------------------------------------------------------------------------------

#[tokio::test]
async fn quantities_that_overflow_their_sum_are_refused() {
    use proxy_orders::iproyal::{NewOrder, spend::order};
    let new = NewOrder {
        locations: vec![(1, i64::MAX), (2, i64::MAX)],
        ..NewOrder::new(123, 456, 789, 1)
    };
    let error = order(&new).unwrap_err();
    assert_fails(&error, ErrorKind::InvalidInput, Outcome::NotSent);
}
