//! Lists of many pages: nothing is lost and nothing comes twice, also while the pages shift.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use proxy_orders::purchase::{EntryState, SpendAdapter, SpendRequest};
use proxy_orders::{Error, ErrorKind, Vendor};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox};
use support::fixture::*;

fn shifted(times: Option<u64>) -> Fault {
    Fault {
        operation: Some("list_orders".to_owned()),
        times,
        ..Fault::new(FaultMode::ShiftedPages)
    }
}

async fn ids(account: &dyn SpendAdapter) -> Result<Vec<String>, Error> {
    account
        .orders()
        .map_ok(|order| order.id)
        .try_collect()
        .await
}

/// The second page has grown, then the third has shrunk, then both.
#[tokio::test]
async fn shifting_pages_lose_and_double_nothing() {
    let fixture = Fixture::with(Sandbox::builder().extra_orders(430), None).await;
    for account in fixture.clients.all() {
        let vendor = account.vendor();
        let still = ids(account).await.unwrap();
        let all: BTreeSet<_> = still.iter().cloned().collect();
        assert!(all.len() > 430, "{vendor}");
        for times in 1..=5 {
            fixture.sandbox.faults(vec![shifted(Some(times))]).unwrap();
            let moved = ids(account).await.unwrap();
            assert_eq!(moved.len(), all.len(), "{vendor}: {times} times");
            let moved: BTreeSet<_> = moved.into_iter().collect();
            assert_eq!(moved, all, "{vendor}: {times} times");
        }
    }
}

/// A list that moves with every page is read whole, or is an error. Pages that begin at any item
/// can be joined even then.
#[tokio::test]
async fn a_list_that_never_stands_still_is_not_taken_for_a_whole_one() {
    let fixture = Fixture::with(Sandbox::builder().extra_orders(430), None).await;
    for account in fixture.clients.all() {
        let vendor = account.vendor();
        fixture.sandbox.clear_faults();
        let still: BTreeSet<_> = ids(account).await.unwrap().into_iter().collect();
        fixture.sandbox.faults(vec![shifted(None)]).unwrap();
        match ids(account).await {
            Ok(all) => {
                assert_eq!(vendor, Vendor::ProxyShard);
                assert_eq!(all.len(), still.len());
                assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), still);
            }
            Err(error) => {
                assert_ne!(vendor, Vendor::ProxyShard);
                assert_eq!(error.kind(), ErrorKind::Answer, "{error}");
                assert!(error.to_string().contains("keeps changing"), "{error}");
            }
        }
    }
}

/// Returns the number of pages of orders that were requested since the last call.
fn pages(fixture: &Fixture, since: &mut usize) -> usize {
    let requests = fixture.sandbox.requests();
    let new = requests.iter().skip(*since);
    *since = requests.len();
    let is_list = |path: &str| path.ends_with("/orders") || path.ends_with("/order/list");
    new.filter(|it| it.method == "GET" && is_list(&it.path))
        .count()
}

/// Neither a purchase nor reconciling reads more pages where an account has more orders.
#[tokio::test]
async fn the_number_of_orders_does_not_slow_a_purchase_down() {
    let makes_an_order = |request: &SpendRequest| {
        let id = request.operation().id;
        ["create_order", "purchase_order"].contains(&id)
    };
    for request in spends().into_iter().filter(makes_an_order) {
        let vendor = request.vendor();
        let mut counts = Vec::new();
        for orders in [500, 5_000] {
            let fixture = Fixture::with(Sandbox::builder().extra_orders(orders), None).await;
            let buyer = fixture.buyer(vendor);
            let mut since = 0;
            fixture.fault(&request, FaultMode::DropAfter);
            spend(&buyer, "a", &request).await.unwrap_err();
            let baseline = pages(&fixture, &mut since);
            let found = buyer.reconcile().await.unwrap().remove(0);
            assert_eq!(found.entry.state, EntryState::Reconciled, "{found:?}");
            counts.push((baseline, pages(&fixture, &mut since)));
        }
        assert_eq!(counts[0], counts[1], "{vendor}");
        assert!(counts[0].0 <= 2 && counts[0].1 <= 3, "{vendor}: {counts:?}");
    }
}
