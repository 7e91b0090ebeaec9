//! Confirmations that come late, requests that would leave too late, and callers who stop waiting.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::future::Future;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use proxy_orders::purchase::{EntryState, Receipt};
use proxy_orders::{Error, ErrorKind, Outcome, Vendor};
use support::fixture::*;
use support::relay::{Act, Relay};
use tokio::sync::Notify;

/// Makes a relay that delays the answer to every purchase until the notice.
async fn delaying(fixture: &Fixture) -> (Relay, Arc<Notify>) {
    let notice = Arc::new(Notify::new());
    let kept = Arc::clone(&notice);
    let relay = Relay::to(&fixture.sandbox, move |request| {
        match request.head.starts_with("POST") {
            true => Act::PassAndWait(Arc::clone(&kept)),
            false => Act::Pass,
        }
    });
    (relay.await, notice)
}

/// Changes the journal behind the back of a purchase that is under way.
async fn overtaken(change: &str) -> (Fixture, Result<Receipt, Error>) {
    let fixture = Fixture::new().await;
    let (relay, notice) = delaying(&fixture).await;
    let buyer = fixture.buyer_behind(&relay, Vendor::IpRoyal);
    let spending = tokio::spawn(async move { spend(&buyer, "a", &proxies(1)).await });
    while fixture.sandbox.ledger().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    fixture.execute(change).await;
    notice.notify_one();
    let result = spending.await.unwrap();
    (fixture, result)
}

#[tokio::test]
async fn a_confirmation_reaches_an_entry_that_was_called_not_made() {
    for state in ["not-made", "dismissed", "unknown"] {
        let change = format!("UPDATE intents SET state = '{state}'");
        let (fixture, result) = overtaken(&change).await;
        let receipt = result.unwrap();
        assert_eq!(receipt.order, fixture.sandbox.ledger()[0].order, "{state}");
        let buyer = fixture.buyer(Vendor::IpRoyal);
        let entry = buyer.entries().await.unwrap().remove(0);
        assert_eq!(entry.state, EntryState::Confirmed, "{state}");
        assert_eq!(entry.order, Some(receipt.order));
        assert!(spend(&buyer, "a", &proxies(1)).await.unwrap().is_recorded);
    }
}

/// The journal got another order for the purchase meanwhile: both are kept, and the caller is told.
#[tokio::test]
async fn a_second_order_of_one_purchase_is_booked_and_told() {
    let change = "UPDATE intents SET state = 'reconciled', order_id = '4711'";
    let (fixture, result) = overtaken(change).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Duplicate, "{error}");
    let second = fixture.sandbox.ledger()[0].order.clone();
    assert_eq!(error.orders(), ["4711".to_owned(), second.clone()]);
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let entries = buyer.entries().await.unwrap();
    let found: Vec<_> = entries
        .iter()
        .map(|it| (it.key.to_string(), it.state, it.order.clone().unwrap()))
        .collect();
    let first = ("a".to_owned(), EntryState::Reconciled, "4711".to_owned());
    assert!(found.contains(&first), "{found:?}");
    let second = ("a+2".to_owned(), EntryState::Confirmed, second);
    assert!(found.contains(&second), "{found:?}");
    // Both count: two at 3.00 leave no room for a third.
    let capped = buyer.per_day(cents(899));
    not_sent(spend(&capped, "b", &proxies(1)).await, ErrorKind::OverCap);
}

/// The process slept between the mark `sent` and the sending, longer than the bound.
#[tokio::test]
async fn nothing_is_sent_when_the_mark_is_too_old() {
    let fixture = Fixture::new().await;
    let limit = fixture.clients.timeouts.non_repeatable;
    let buyer = fixture.buyer_with_hook("create_order", move || {
        std::thread::sleep(limit + Duration::from_millis(500));
    });
    not_sent(spend(&buyer, "a", &proxies(1)).await, ErrorKind::Deadline);
    assert_eq!(fixture.posts(), 0);
    let buyer = fixture.buyer(Vendor::IpRoyal);
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::NotSent);
    bought(spend(&buyer, "a", &proxies(1)).await);
}

/// A request that may still be on its way from a process that lost its lock is not called not made.
#[tokio::test]
async fn nothing_is_decided_while_the_request_may_be_under_way() {
    let fixture = Fixture::new().await;
    let relay = Relay::to(&fixture.sandbox, |request| {
        match request.head.starts_with("POST") {
            true => Act::Keep,
            false => Act::Pass,
        }
    });
    let relay = relay.await;
    let buyer = fixture.buyer_behind(&relay, Vendor::IpRoyal);
    let request = proxies(1);
    let mut spending = Box::pin(spend(&buyer, "a", &request));
    let is_sent = async {
        let buyer = fixture.buyer(Vendor::IpRoyal);
        while !matches!(buyer.entries().await.unwrap().first(), Some(it) if it.state == EntryState::Sent)
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        _ = &mut spending => panic!("it ended"),
        () = is_sent => {}
    }
    drop(spending);
    // Without a grace period, but a request may take up to its timeout.
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Sent, "{found:?}");
    // Nor is it sent again.
    let again = spend(&buyer, "a", &request).await;
    fails(again, ErrorKind::Unsettled, Outcome::Unknown);
    assert_eq!(fixture.posts(), 0);
    tokio::time::sleep(found.wait.unwrap()).await;
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::NotMade, "{found:?}");
}

/// Calls again while the last write of a dropped call comes in between.
async fn patiently<T, F: Future<Output = Result<T, Error>>>(call: impl Fn() -> F) -> T {
    loop {
        match call().await {
            Err(error) if error.kind() == ErrorKind::Journal => {
                assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
            }
            result => return result.unwrap(),
        }
    }
}

/// Drops a purchase at each point at which it can wait: the journal and the vendor's ledger agree
/// after reconciling, and the key buys once.
#[tokio::test]
async fn a_purchase_may_be_dropped_at_every_await_point() {
    let mut dropped_in = std::collections::BTreeMap::new();
    let (mut most, mut rounds) = (0, 0);
    loop {
        most += 1;
        let fixture = Fixture::quick().await;
        let buyer = fixture.buyer(Vendor::IpRoyal);
        let request = proxies(1);
        let mut spending = Box::pin(spend(&buyer, "a", &request));
        let mut polls = 0;
        let ended = std::future::poll_fn(|context| {
            polls += 1;
            match spending.as_mut().poll(context) {
                Poll::Pending if polls == most => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
                Poll::Ready(result) => Poll::Ready(Some(result)),
            }
        });
        let ended = ended.await;
        drop(spending);
        if let Some(result) = ended {
            bought(result);
            // A purchase waits more or less often, as its answers come together or one by one.
            let is_complete = ["none", "planned", "sent"]
                .iter()
                .all(|state| dropped_in.contains_key(state));
            if is_complete {
                break;
            }
            rounds += 1;
            assert!(rounds < 50, "never dropped in each state: {dropped_in:?}");
            most = most * 3 / 4;
            continue;
        }
        let state = || async {
            let entries = buyer.entries().await.unwrap();
            entries.first().map(|it| it.state)
        };
        let before = state().await;
        *dropped_in
            .entry(before.map_or("none", |it| it.as_str()))
            .or_insert(0) += 1;
        while let Some(found) = patiently(|| buyer.reconcile()).await.pop() {
            match found.wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => assert!(!found.entry.state.is_open(), "{most}: {found:?}"),
            }
        }
        let charges = fixture.sandbox.ledger().len();
        let is_done = state().await.is_some_and(EntryState::is_done);
        assert_eq!(charges, usize::from(is_done), "{most}: {before:?}");
        let (name, options) = (key("a"), high_cap().again());
        let receipt = patiently(|| buyer.spend(&name, &request, &options)).await;
        assert_eq!(receipt.is_recorded, is_done, "{most}: {before:?}");
        assert_eq!(fixture.sandbox.ledger().len(), 1, "{most}: {before:?}");
    }
}
