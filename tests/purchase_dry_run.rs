//! A dry run forecasts what the purchase would do, by the same checks, and sends nothing that
//! spends.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::{Buyer, EntryState, SpendOptions, SpendRequest};
use proxy_orders::{Error, ErrorKind, Vendor, proxyshard};
use proxy_orders_sandbox::{Fault, FaultMode};
use support::fixture::*;

#[tokio::test]
async fn a_dry_run_shows_the_request_and_sends_nothing_that_spends() {
    for request in spends() {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(request.vendor());
        let has_quotes = wanted(request.vendor()).has_quotes;
        let name = key("a");
        let run = buyer.dry_run(Some(&name), &request, &high_cap()).await;
        let run = run.unwrap();
        assert_eq!(run.method, "POST", "{request:?}");
        assert!(run.would_send() && run.refusal.is_none(), "{run:?}");
        assert!(run.path.starts_with('/'));
        assert_eq!(run.quote.is_some(), has_quotes);
        let run = buyer.dry_run(None, &request, &up_to(0)).await.unwrap();
        assert_eq!(run.refusal.is_some(), has_quotes, "{request:?}");
        assert_eq!(fixture.posts(), 0);
        assert_eq!(buyer.entries().await.unwrap(), []);
    }
}

/// Asserts that a dry run writes nothing down and refuses with the error of the purchase, and
/// returns that error.
async fn refused(
    buyer: &Buyer,
    name: &str,
    request: &SpendRequest,
    options: &SpendOptions,
) -> Error {
    let before = buyer.entries().await.unwrap();
    let run = buyer.dry_run(Some(&key(name)), request, options).await;
    let run = run.unwrap();
    assert!(!run.would_send(), "{name}: {run:?}");
    assert_eq!(buyer.entries().await.unwrap(), before);
    let forecast = run.refusal.unwrap();
    let result = buyer.spend(&key(name), request, options).await;
    let error = fails(result, forecast.kind(), forecast.outcome());
    assert_eq!(forecast.to_string(), error.to_string());
    error
}

#[tokio::test]
async fn a_dry_run_shows_a_recorded_key_and_refuses_a_reused_one() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let receipt = spend(&buyer, "a", &proxies(1)).await.unwrap();
    // The vendor is not asked.
    let requests = fixture.requests();
    let run = buyer
        .dry_run(Some(&key("a")), &proxies(1), &high_cap())
        .await;
    let run = run.unwrap();
    assert!(!run.would_send() && run.refusal.is_none());
    let entry = run.recorded.unwrap();
    assert_eq!(entry.state, EntryState::Confirmed);
    assert_eq!(entry.order, Some(receipt.order));
    let recorded = buyer.recorded(&key("a"), &proxies(1), &high_cap()).await;
    assert!(recorded.unwrap().unwrap().is_recorded);
    let error = refused(&buyer, "a", &proxies(2), &high_cap()).await;
    assert_eq!(error.kind(), ErrorKind::KeyReused);
    assert_eq!(error.idempotency_key(), Some("a"));
    assert_eq!(fixture.requests(), requests);
}

#[tokio::test]
async fn a_dry_run_refuses_what_is_above_a_cap() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    for (buyer, options) in [
        (buyer.clone(), up_to(1)),
        (buyer.clone().per_day(cents(1)), high_cap()),
        (buyer.per_month(cents(1)), high_cap()),
    ] {
        let error = refused(&buyer, "a", &proxies(1), &options).await;
        assert_eq!(error.kind(), ErrorKind::OverCap);
    }
    assert_eq!(fixture.posts(), 0);
}

#[tokio::test]
async fn a_dry_run_refuses_while_an_outcome_is_unknown() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::DropAfter);
    spend(&buyer, "lost", &proxies(1)).await.unwrap_err();
    for name in ["lost", "next"] {
        let error = refused(&buyer, name, &proxies(1), &high_cap()).await;
        assert_eq!(error.kind(), ErrorKind::Unsettled);
        assert_eq!(error.idempotency_key(), Some("lost"));
    }
    let run = buyer.dry_run(None, &proxies(1), &high_cap()).await.unwrap();
    assert_eq!(run.refusal.unwrap().kind(), ErrorKind::Unsettled);
    let reason = "the test says so";
    buyer.dismiss(&key("lost"), reason).await.unwrap();
    let error = refused(&buyer, "lost", &proxies(1), &high_cap()).await;
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(fixture.posts(), 1);
}

/// ProxyShard renews only orders that are on hold: order 1002 is, order 1001 is not.
#[tokio::test]
async fn a_dry_run_refuses_the_renewal_of_an_order_that_is_not_on_hold() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::ProxyShard);
    let renewal = |order| proxyshard::spend::renewal(order).unwrap();
    let error = refused(&buyer, "a", &renewal(1001), &high_cap()).await;
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("on-hold"), "{error}");
    assert_eq!(fixture.posts(), 0);
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::NotSent);
    let run = buyer.dry_run(None, &renewal(1002), &high_cap()).await;
    let run = run.unwrap();
    assert!(run.would_send(), "{:?}", run.refusal);
}

/// A vendor that does not answer refuses nothing: the forecast fails.
#[tokio::test]
async fn a_dry_run_fails_if_the_vendor_cannot_be_asked() {
    let fixture = Fixture::new().await;
    let fault = Fault {
        operation: Some("calculate_pricing".to_owned()),
        ..Fault::new(FaultMode::Html502)
    };
    fixture.sandbox.faults(vec![fault]).unwrap();
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let run = buyer.dry_run(None, &proxies(1), &high_cap()).await;
    assert_eq!(run.unwrap_err().kind(), ErrorKind::Server);
}
