//! The amount that was charged is booked, whatever was quoted; and one credential is one account.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use proxy_orders::purchase::{Buyer, EntryState, SpendRequest};
use proxy_orders::{ErrorKind, Outcome, Vendor, proxyshard};
use proxy_orders_sandbox::FaultMode;
use rust_decimal::Decimal;
use support::fixture::*;
use support::recorder::answer;
use support::relay::{Act, Relay};

/// One proxy at ProxyShard, for 0.50.
fn one_proxy() -> SpendRequest {
    let one = std::num::NonZeroU64::MIN;
    let new = proxyshard::NewOrder::proxies("Datacenter Proxy", "DE", "weekly", one);
    proxyshard::spend::order(&new).unwrap()
}

#[tokio::test]
async fn a_price_that_moved_after_the_quote_is_booked_and_counts() {
    // At IPRoyal, one proxy costs 3.00.
    for (request, quote) in [(one_proxy(), 50), (proxies(1), 300)] {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(request.vendor());
        let (cap, charged) = (quote + quote / 10, cents(quote + quote / 5));
        fixture.fault(&request, FaultMode::PriceMove);
        let receipt = buyer.spend(&key("a"), &request, &up_to(cap)).await.unwrap();
        assert_eq!(receipt.charged, Some(charged));
        assert_eq!(receipt.quote, Some(cents(quote)));
        assert_eq!(
            (receipt.amount, receipt.max_total),
            (Some(charged), cents(cap))
        );
        assert!(receipt.is_above_cap());
        let entry = buyer.entries().await.unwrap().remove(0);
        assert_eq!(
            (entry.state, entry.amount),
            (EntryState::Confirmed, Some(charged))
        );
        // The recorded result says so, too.
        let again = buyer.spend(&key("a"), &request, &up_to(cap)).await.unwrap();
        assert!(again.is_recorded && again.is_above_cap());
        // Twice the quote would fit under this cap; the charge and the quote do not.
        let capped = buyer.clone().per_day(cents(quote * 2));
        not_sent(spend(&capped, "b", &request).await, ErrorKind::OverCap);
        let capped = buyer.per_day(charged + cents(quote));
        let receipt = spend(&capped, "b", &request).await.unwrap();
        assert!(!receipt.is_above_cap());
        assert_eq!(receipt.charged, Some(cents(quote)));
    }
}

/// The purchase is made; that the price cannot be looked up does not change that.
#[tokio::test]
async fn a_price_that_cannot_be_looked_up_takes_no_receipt_away() {
    let fixture = Fixture::new().await;
    let bought = std::sync::atomic::AtomicBool::new(false);
    let relay = Relay::to(&fixture.sandbox, move |request| {
        let is_post = request.head.starts_with("POST") && request.head.contains("/orders");
        match bought.fetch_or(is_post, std::sync::atomic::Ordering::SeqCst) {
            true => Act::Answer(answer("400 Bad Request", "", "{}")),
            false => Act::Pass,
        }
    })
    .await;
    let buyer = fixture.buyer_behind(&relay, Vendor::IpRoyal);
    let receipt = spend(&buyer, "a", &proxies(1)).await.unwrap();
    assert_eq!((receipt.charged, receipt.amount), (None, Some(cents(300))));
    let entry = buyer.entries().await.unwrap().remove(0);
    assert_eq!(entry.state, EntryState::Confirmed);
}

/// An order above the cap that the vendor calls paid was paid.
#[tokio::test]
async fn a_paid_order_above_the_cap_is_booked_and_not_called_rejected() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::SmartProxy);
    fixture.fault(&packages(1), FaultMode::PaidAtOnce);
    let receipt = buyer.spend(&key("a"), &packages(1), &up_to(100)).await;
    let receipt = receipt.unwrap();
    assert!(receipt.is_above_cap(), "{receipt:?}");
    assert_eq!(receipt.charged, Some(cents(320)));
    assert!(receipt.note.unwrap().contains("unpaid"));
    let entry = buyer.entries().await.unwrap().remove(0);
    assert_eq!(entry.state, EntryState::Confirmed);
    // Nothing was closed, and the amount counts.
    assert_eq!(fixture.posts(), 1);
    let capped = buyer.per_day(cents(500));
    let next = capped.spend(&key("b"), &packages(1), &up_to(200)).await;
    not_sent(next, ErrorKind::OverCap);
}

/// An unpaid order above the cap is closed, whether its answer arrives or it is found later.
#[tokio::test]
async fn an_unpaid_order_above_the_cap_is_closed_even_if_its_answer_was_lost() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::SmartProxy);
    let low = up_to(100);
    let error = buyer
        .spend(&key("a"), &packages(1), &low)
        .await
        .unwrap_err();
    assert_fails(&error, ErrorKind::OverCap, Outcome::Rejected);
    fixture.fault(&packages(1), FaultMode::DropAfter);
    let error = buyer
        .spend(&key("b"), &packages(1), &low)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Rejected, "{found:?}");
    assert!(found.entry.note.unwrap().contains("closed"));
    let closed = fixture
        .posted()
        .into_iter()
        .filter(|it| it.contains("close"));
    assert_eq!(closed.count(), 2);
    // One that can no longer be closed is told.
    fixture.fault(&packages(1), FaultMode::DropAfter);
    let error = buyer
        .spend(&key("c"), &packages(1), &low)
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let refusal = answer("400 Bad Request", "", "{}");
    let relay = Relay::to(&fixture.sandbox, move |request| {
        match request.head.starts_with("POST") && request.head.contains("close") {
            true => Act::Answer(refusal.clone()),
            false => Act::Pass,
        }
    })
    .await;
    let behind = fixture.buyer_behind(&relay, Vendor::SmartProxy);
    let found = behind.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Reconciled, "{found:?}");
    assert!(found.is_above_cap());
}

async fn bought_or(buyer: &Buyer, name: &str) -> Result<bool, ErrorKind> {
    let result = spend(buyer, name, &proxies(1)).await;
    result
        .map(|it| it.is_recorded)
        .map_err(|error| error.kind())
}

#[tokio::test]
async fn one_credential_is_one_account_under_whatever_name() {
    for fixture in Fixture::of_each_kind().await {
        let client = fixture.clients.of(Vendor::IpRoyal).clone();
        let unnamed = Buyer::shared(client, fixture.journal.clone());
        let unnamed = unnamed.grace_period(std::time::Duration::ZERO);
        let named = fixture.buyer(Vendor::IpRoyal);
        assert_eq!(bought_or(&named, "a").await, Ok(false));
        assert_eq!(bought_or(&unnamed, "a").await, Ok(true));
        assert_eq!(fixture.posts(), 1);
        assert_eq!(
            unnamed.account_name().await.unwrap(),
            named.account_name().await.unwrap()
        );
        // The caps count together.
        let cap = Decimal::from(5);
        let capped = unnamed.clone().per_day(cap);
        assert_eq!(bought_or(&capped, "b").await, Err(ErrorKind::OverCap));
        // An unknown outcome of one blocks the other, which can reconcile it.
        fixture.fault(&proxies(1), FaultMode::DropAfter);
        spend(&unnamed, "c", &proxies(1)).await.unwrap_err();
        assert_eq!(bought_or(&named, "d").await, Err(ErrorKind::Unsettled));
        let found = named.reconcile().await.unwrap().remove(0);
        assert_eq!(found.entry.state, EntryState::Reconciled);
        assert_eq!(bought_or(&unnamed, "c").await, Ok(true));
        assert_eq!(fixture.posts(), 2);
    }
}

/// Both have the same credential, and one holds the account's lock.
#[tokio::test]
async fn the_lock_is_the_same_under_whatever_name() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.of(Vendor::IpRoyal).clone();
    let named = fixture.buyer(Vendor::IpRoyal);
    bought(spend(&named, "a", &proxies(1)).await);
    fixture.fault(&proxies(1), FaultMode::HangAfter);
    let hanging = tokio::spawn(async move { spend(&named, "b", &proxies(1)).await });
    while fixture.posts() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let unnamed = Buyer::shared(client, fixture.journal.clone());
    let unnamed = unnamed.lock_timeout(std::time::Duration::from_millis(200));
    not_sent(spend(&unnamed, "c", &proxies(1)).await, ErrorKind::Busy);
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn an_unknown_credential_is_refused_until_its_account_is_named() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    bought(spend(&buyer, "a", &proxies(1)).await);
    let rotated = fixture.other_buyer(Vendor::IpRoyal);
    for name in ["a", "b"] {
        let error = not_sent(
            spend(&rotated, name, &proxies(1)).await,
            ErrorKind::UnknownAccount,
        );
        assert_eq!(error.accounts(), [fixture.account.as_str()]);
    }
    assert_eq!(fixture.posts(), 1);
    // The same account: its keys, caps and unknown outcomes hold.
    let same = rotated.clone().account(&fixture.account).unwrap();
    assert!(spend(&same, "a", &proxies(1)).await.unwrap().is_recorded);
    assert!(same.reconcile().await.unwrap().is_empty());
    // From now on, the credential is known.
    assert!(spend(&rotated, "a", &proxies(1)).await.unwrap().is_recorded);
    // Another account has keys of its own, but the same purchase under the same key is refused.
    let other = fixture
        .other_buyer(Vendor::IpRoyal)
        .account("another")
        .unwrap();
    let error = not_sent(spend(&other, "a", &proxies(1)).await, ErrorKind::KeyReused);
    assert!(error.to_string().contains(&fixture.account), "{error}");
    bought(spend(&other, "b", &proxies(1)).await);
    // A name and a credential of two accounts contradict each other.
    let mixed = other.account(&fixture.account).unwrap();
    not_sent(
        spend(&mixed, "d", &proxies(1)).await,
        ErrorKind::UnknownAccount,
    );
    assert_eq!(fixture.posts(), 2);
}
