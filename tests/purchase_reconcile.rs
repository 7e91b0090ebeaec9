//! Reconciliation: nothing is adopted or called not made unless nothing speaks against it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::time::Duration;

use proxy_orders::purchase::EntryState;
use proxy_orders::{ErrorKind, RawRequest, Vendor};
use proxy_orders_sandbox::{FaultMode, Sandbox};
use support::fixture::*;

#[tokio::test]
async fn an_order_is_not_adopted_when_somebody_else_bought_the_same_meanwhile() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::DropAfter);
    spend(&buyer, "mine", &proxies(1)).await.unwrap_err();
    // The same order, past the journal.
    let operation = Vendor::IpRoyal.operation("create_order").unwrap();
    let by_hand = RawRequest::to(operation, &[]).unwrap();
    let by_hand = by_hand.json(proxies(1).body().clone());
    buyer.client().transport().send(by_hand).await.unwrap();
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Unknown);
    assert!(found.needs_review.unwrap().contains("several"));
    let blocked = spend(&buyer, "next", &proxies(1)).await.unwrap_err();
    assert_eq!(blocked.kind(), ErrorKind::Unsettled);
    let reason = "both orders were looked at";
    let options = high_cap().despite_unknown(reason);
    bought(buyer.spend(&key("next"), &proxies(1), &options).await);
    let next = buyer.entries().await.unwrap().pop().unwrap();
    let history = fixture.journal.history(&next).await.unwrap();
    assert!(history[0].note.as_deref().unwrap().contains(reason));
    let reason = "it is one of the two";
    buyer.dismiss(&key("mine"), reason).await.unwrap();
    bought(spend(&buyer, "last", &proxies(1)).await);
    let error = buyer.dismiss(&key("last"), "no reason").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn nothing_is_called_not_made_within_the_grace_period() {
    let fixture = Fixture::new().await;
    let hour = Duration::from_secs(3600);
    let buyer = fixture.buyer(Vendor::IpRoyal).grace_period(hour);
    fixture.fault(&proxies(1), FaultMode::DropBefore);
    spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Unknown);
    assert_eq!(found.needs_review, None);
    assert!(found.wait.unwrap() > Duration::from_secs(3000));
    let found = buyer.grace_period(Duration::ZERO).reconcile().await;
    assert_eq!(found.unwrap().remove(0).entry.state, EntryState::NotMade);
}

/// The baseline holds over several pages, at vendors whose lists run either way.
#[tokio::test]
async fn an_account_with_many_orders_is_reconciled() {
    for request in spends() {
        let fixture = Fixture::with(Sandbox::builder().extra_orders(230), None).await;
        let buyer = fixture.buyer(request.vendor());
        fixture.fault(&request, FaultMode::DropAfter);
        spend(&buyer, "a", &request).await.unwrap_err();
        let found = buyer.reconcile().await.unwrap().remove(0);
        assert_eq!(found.entry.state, EntryState::Reconciled, "{found:?}");
        let before = found.entry.baseline.unwrap();
        if before.order.is_empty() {
            assert!(before.total.unwrap() > 230, "{before:?}");
            assert!(before.newest.is_some(), "{before:?}");
        }
    }
}
