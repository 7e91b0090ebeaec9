//! Checks before a purchase: keys, caps, funds, and the request itself. Nothing is sent when one of
//! them fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::{Buyer, EntryState, Journal, SpendOptions, SpendRequest};
use proxy_orders::{Effect, Error, ErrorKind, Outcome, Vendor, iproyal, proxyshard};
use proxy_orders_sandbox::{Fault, FaultMode};
use rust_decimal::Decimal;
use serde_json::json;
use support::fixture::*;
use support::with_effect;

/// Asserts a refusal before anything that changes something was sent.
#[track_caller]
fn refused<T: std::fmt::Debug>(
    fixture: &Fixture,
    result: Result<T, Error>,
    kind: ErrorKind,
) -> Error {
    let error = not_sent(result, kind);
    assert_eq!(fixture.posts(), 0, "{error}");
    error
}

/// Returns the price of a request.
async fn price(buyer: &Buyer, request: &SpendRequest) -> Decimal {
    let run = buyer.dry_run(None, request, &high_cap()).await;
    run.unwrap().quote.unwrap().total.amount().unwrap()
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    bought(spend(&buyer, "a", &proxies(1)).await);
    let error = not_sent(spend(&buyer, "a", &proxies(2)).await, ErrorKind::KeyReused);
    assert!(error.to_string().contains("`a`"), "{error}");
    assert_eq!(fixture.posts(), 1);
    assert_eq!(proxies(1), proxies(1));
    // What a request does not have is no part of its hash, which the journal keeps.
    let canonical = proxies(1).canonical();
    let names: Vec<_> = canonical.as_object().unwrap().keys().collect();
    assert_eq!(names, ["body", "operation", "path", "vendor"]);
    assert_ne!(proxies(1), proxies(2));
    // The cap is no part of the request.
    let again = buyer.spend(&key("a"), &proxies(1), &up_to(1)).await;
    assert!(again.unwrap().is_recorded);
    // Another account's keys are its own.
    let other = fixture.other_buyer(Vendor::IpRoyal);
    let other = other
        .account(&format!("{}-other", fixture.account))
        .unwrap();
    let receipt = spend(&other, "a", &proxies(2)).await.unwrap();
    assert!(!receipt.is_recorded);
}

#[tokio::test]
async fn a_refusal_of_the_vendor_is_recorded() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let order = declined();
    for _ in 0..2 {
        let error = spend(&buyer, "r", &order).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    }
    assert_eq!(fixture.posts(), 1);
    let entry = buyer.entries().await.unwrap().remove(0);
    assert_eq!(entry.state, EntryState::Rejected);
    let again = high_cap().again();
    let error = buyer.spend(&key("r"), &order, &again).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(fixture.posts(), 2);
    // A refusal is no purchase: the next one is not held up.
    bought(spend(&buyer, "n", &proxies(1)).await);
}

#[tokio::test]
async fn caps_per_call_day_and_month_are_kept_and_unknowns_count() {
    for fixture in Fixture::of_each_kind().await {
        let buyer = fixture.buyer(Vendor::IpRoyal);
        let one = proxies(1);
        let cost = price(&buyer, &one).await;
        let low = cost - cents(1);
        let result = buyer
            .spend(&key("a"), &one, &SpendOptions::up_to(low))
            .await;
        refused(&fixture, result, ErrorKind::OverCap);
        for buyer in [buyer.clone().per_day(low), buyer.clone().per_month(low)] {
            let result = spend(&buyer, "a", &one).await;
            let error = refused(&fixture, result, ErrorKind::OverCap);
            assert!(error.to_string().contains("cap of"), "{error}");
        }
        // A purchase that was refused before it was sent is taken up again under its key.
        let twice = cost * Decimal::TWO;
        let buyer = buyer.per_day(twice).per_month(twice);
        fixture.fault(&one, FaultMode::DropAfter);
        let error = spend(&buyer, "a", &one).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown);
        buyer.dismiss(&key("a"), "the test says so").await.unwrap();
        bought(spend(&buyer, "b", &one).await);
        let error = spend(&buyer, "c", &one).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OverCap, "{error}");
        assert_eq!(fixture.posts(), 2);
    }
}

/// Sixteen buyers, each with connections of its own, on one account whose cap leaves room for five.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_caps_hold_under_sixteen_buyers_at_once() {
    for fixture in Fixture::of_each_kind().await {
        let cost = price(&fixture.buyer(Vendor::IpRoyal), &proxies(1)).await;
        let cap = cost * Decimal::from(5) + cents(1);
        let mut buying = Vec::new();
        for number in 0..16 {
            let journal = Journal::open(&fixture.location).await.unwrap();
            let buyer = fixture.buyer_with(Vendor::IpRoyal, journal).per_day(cap);
            buying.push(tokio::spawn(async move {
                spend(&buyer, &format!("k{number}"), &proxies(1)).await
            }));
        }
        let (mut bought, mut refused) = (0, 0);
        for ended in buying {
            match ended.await.unwrap() {
                Ok(_) => bought += 1,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::OverCap, "{error}");
                    refused += 1;
                }
            }
        }
        assert_eq!((bought, refused), (5, 11));
        let charges = fixture.sandbox.ledger().into_iter();
        let charged: Decimal = charges
            .map(|it| it.amount.parse::<Decimal>().unwrap())
            .sum();
        assert_eq!(charged, cost * Decimal::from(5));
    }
}

/// Amounts that cannot be added up are above every cap.
#[tokio::test]
async fn an_enormous_cap_overflows_nothing() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::SmartProxy);
    let enormous = SpendOptions::up_to(Decimal::MAX);
    fixture.fault(&packages(1), FaultMode::DropAfter);
    let result = buyer.spend(&key("a"), &packages(1), &enormous).await;
    assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
    buyer.dismiss(&key("a"), "the test says so").await.unwrap();
    let capped = buyer.per_day(cents(1_000_000));
    let result = capped.spend(&key("b"), &packages(1), &enormous).await;
    not_sent(result, ErrorKind::OverCap);
    assert_eq!(fixture.posts(), 1);
}

#[tokio::test]
async fn a_balance_that_does_not_suffice_is_seen_before_anything_is_sent() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::ProxyShard);
    let bandwidth = proxyshard::spend::bandwidth(1004, 5000, None).unwrap();
    let result = buyer
        .spend(&key("b"), &bandwidth, &up_to(100_000_000))
        .await;
    let error = refused(&fixture, result, ErrorKind::Funds);
    assert!(error.to_string().contains("balance"), "{error}");
    // It waits for the money under the same key.
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::NotSent);
}

/// The answer to a question is lost: the question may have arrived, the purchase has not.
#[tokio::test]
async fn a_check_whose_answer_is_lost_is_no_lost_purchase() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let lost = Fault {
        operation: Some("calculate_pricing".to_owned()),
        ..Fault::new(FaultMode::DropAfter)
    };
    fixture.sandbox.faults(vec![lost]).unwrap();
    let error = spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    assert_eq!(
        (error.outcome(), error.effect()),
        (Outcome::Unknown, Some(Effect::Read))
    );
    assert!(!error.may_have_taken_effect(), "{error}");
    assert_eq!(fixture.sandbox.ledger().len(), 0);
    let entry = buyer.entries().await.unwrap().remove(0);
    assert_eq!(entry.state, EntryState::NotSent);
    fixture.sandbox.faults(Vec::new()).unwrap();
    bought(spend(&buyer, "a", &proxies(1)).await);
}

#[tokio::test]
async fn a_purchase_without_a_price_is_not_sent() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let no_such_plan = iproyal::NewOrder::new(123, 999, 789, 1);
    let no_such_plan = iproyal::spend::order(&no_such_plan).unwrap();
    let error = spend(&buyer, "p", &no_such_plan).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert_eq!(fixture.posts(), 0);
}

#[tokio::test]
async fn a_credential_in_the_request_is_refused() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::SmartProxy);
    let operation = Vendor::SmartProxy.operation("create_order").unwrap();
    let body = json!({"pid": 1003, "pm_id": 1, "amount": 1, "app_key": fixture.key});
    let request = SpendRequest::new(operation, [], Vec::new(), Some(body)).unwrap();
    let result = spend(&buyer, "a", &request).await;
    let error = refused(&fixture, result, ErrorKind::InvalidInput);
    assert!(!error.to_string().contains(&fixture.key));
}

#[test]
fn only_operations_that_spend_make_a_spend_request() {
    for operation in with_effect(&[Effect::Read, Effect::Set, Effect::Change]) {
        let result = SpendRequest::new(operation, [], Vec::new(), None);
        assert_eq!(result.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}

#[tokio::test]
async fn an_empty_list_never_extends_all() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let operation = Vendor::IpRoyal.operation("extend_order").unwrap();
    let body = json!({"product_plan_id": 456, "proxies": []});
    let path = [("order_id".to_owned(), "420".to_owned())];
    let request = SpendRequest::new(operation, path, Vec::new(), Some(body)).unwrap();
    let result = spend(&buyer, "a", &request).await;
    refused(&fixture, result, ErrorKind::InvalidInput);
}

#[tokio::test]
async fn an_account_has_a_visible_name() {
    let fixture = Fixture::new().await;
    for name in ["", "two words", "tab\t", "\u{e9}"] {
        let error = fixture.buyer(Vendor::IpRoyal).account(name).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name:?}: {error}");
    }
}
