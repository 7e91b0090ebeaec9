//! A dry run says what the purchase would say, and sends nothing that spends.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::{ErrorKind, Vendor, proxyshard};
use proxy_orders_sandbox::FaultMode;
use support::fixture::*;

#[tokio::test]
async fn a_dry_run_shows_the_request_and_sends_nothing_that_spends() {
    for request in spends() {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(request.vendor());
        let has_quotes = wanted(request.vendor()).has_quotes;
        let run = buyer
            .dry_run(Some(&key("a")), &request, &high_cap())
            .await
            .unwrap();
        assert_eq!(run.method, "POST", "{request:?}");
        assert!(run.refusal.is_none(), "{request:?}: {:?}", run.refusal);
        assert!(run.path.starts_with('/'));
        assert_eq!(run.quote.is_some(), has_quotes);
        let run = buyer
            .dry_run(Some(&key("a")), &request, &up_to(0))
            .await
            .unwrap();
        assert_eq!(run.refusal.is_some(), has_quotes, "{request:?}");
        assert_eq!(fixture.posts(), 0);
        assert_eq!(buyer.entries().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_dry_run_refuses_while_another_purchase_is_unsettled() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::DropAfter);
    spend(&buyer, "lost", &proxies(1)).await.unwrap_err();
    for name in ["lost", "next"] {
        let real = spend(&buyer, name, &proxies(1)).await.unwrap_err();
        assert_eq!(real.kind(), ErrorKind::Unsettled);
        let run = buyer
            .dry_run(Some(&key(name)), &proxies(1), &high_cap())
            .await;
        assert_eq!(run.unwrap().refusal.unwrap().kind(), real.kind(), "{name}");
    }
    assert_eq!(fixture.posts(), 1);
}

#[tokio::test]
async fn a_dry_run_knows_a_recorded_and_a_reused_key() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let receipt = spend(&buyer, "a", &proxies(1)).await.unwrap();
    let run = buyer
        .dry_run(Some(&key("a")), &proxies(1), &high_cap())
        .await
        .unwrap();
    assert_eq!(run.recorded.unwrap().order, receipt.order);
    let run = buyer
        .dry_run(Some(&key("a")), &proxies(2), &high_cap())
        .await
        .unwrap();
    assert_eq!(run.refusal.unwrap().kind(), ErrorKind::KeyReused);
    assert_eq!(fixture.posts(), 1);
}

/// ProxyShard renews only orders that are on hold.
#[tokio::test]
async fn a_dry_run_refuses_the_renewal_of_an_order_that_is_not_on_hold() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::ProxyShard);
    let renewal = |order| proxyshard::spend::renewal(order).unwrap();
    let run = buyer
        .dry_run(Some(&key("a")), &renewal(1001), &high_cap())
        .await
        .unwrap();
    assert!(run.refusal.is_some());
    let run = buyer
        .dry_run(Some(&key("a")), &renewal(1002), &high_cap())
        .await
        .unwrap();
    assert!(run.refusal.is_none(), "{:?}", run.refusal);
    // The real purchase is refused for the same reason, before it is sent.
    spend(&buyer, "a", &renewal(1001)).await.unwrap_err();
    assert_eq!(fixture.posts(), 0);
}
