//! Money is spent once: every request that spends, under every fault, against the sandbox's own
//! ledger.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;

use proxy_orders::purchase::{EntryState, SpendRequest};
use proxy_orders::{Effect, ErrorKind, Outcome};
use proxy_orders_sandbox::FaultMode;
use support::fixture::*;
use support::with_effect;

/// A name for a request under a fault.
fn name(request: &SpendRequest, mode: Option<FaultMode>) -> String {
    let mode = mode.map_or("no-fault", FaultMode::name);
    format!("{mode}-{}-{}", request.vendor(), request.operation().id)
}

#[test]
fn all_operations_that_spend_are_here() {
    let requests = spends();
    let here = requests.iter().map(|it| (it.vendor(), it.operation().id));
    let all = with_effect(&[Effect::Spend]);
    let all: BTreeSet<_> = all.iter().map(|it| (it.vendor, it.id)).collect();
    assert_eq!(here.collect::<BTreeSet<_>>(), all);
}

#[tokio::test]
async fn each_spend_is_made_once_and_its_key_gives_the_same_result_again() {
    for request in spends() {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(request.vendor());
        let name = name(&request, None);
        let receipt = spend(&buyer, &name, &request).await.unwrap();
        assert!(!receipt.is_recorded && !receipt.order.is_empty(), "{name}");
        let again = spend(&buyer, &name, &request).await.unwrap();
        assert_eq!((again.is_recorded, &again.order), (true, &receipt.order));
        assert_eq!(fixture.posts(), 1, "{name}");
        let entries = buyer.entries().await.unwrap();
        let [entry] = entries.as_slice() else {
            panic!("{name}: {entries:?}");
        };
        assert_eq!(entry.state, EntryState::Confirmed);
        let history = fixture.journal.history(entry).await.unwrap();
        let states: Vec<_> = history.iter().map(|event| event.state).collect();
        let expected = [EntryState::Planned, EntryState::Sent, EntryState::Confirmed];
        assert_eq!(states, expected, "{name}");
        match fixture.sandbox.ledger().as_slice() {
            [charge] => {
                assert_eq!(charge.amount.parse(), Ok(entry.amount.unwrap()), "{name}");
                assert_eq!(charge.order, receipt.order, "{name}");
            }
            // An order that is paid later is not charged yet.
            other => assert!(
                other.is_empty() && !wanted(request.vendor()).has_quotes,
                "{name}"
            ),
        }
    }
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_is_found_and_never_made_again() {
    let modes = [
        FaultMode::DropAfter,
        FaultMode::Status500After,
        FaultMode::TruncatedJson,
        FaultMode::MissingId,
    ];
    for mode in modes {
        for request in spends() {
            let fixture = Fixture::new().await;
            let buyer = fixture.buyer(request.vendor());
            let name = name(&request, Some(mode));
            fixture.fault(&request, mode);
            let result = spend(&buyer, &name, &request).await;
            if let Ok(receipt) = &result {
                // An answer without the order's id is enough where the request names the order.
                assert_eq!(mode, FaultMode::MissingId, "{name}");
                assert!(!receipt.order.is_empty());
                continue;
            }
            let error = result.unwrap_err();
            assert!(error.may_have_taken_effect(), "{name}: {error}");
            // Neither the same purchase nor another one is sent before the outcome is known.
            let same = spend(&buyer, &name, &request).await.unwrap_err();
            assert_eq!(same.kind(), ErrorKind::Unsettled, "{name}");
            assert!(same.may_have_taken_effect());
            let other = spend(&buyer, "other", &request).await;
            not_sent(other, ErrorKind::Unsettled);

            let found = buyer.reconcile().await.unwrap();
            assert_eq!(found.len(), 1);
            let entry = &found[0].entry;
            assert_eq!(entry.state, EntryState::Reconciled, "{name}: {found:?}");
            if let [charge] = fixture.sandbox.ledger().as_slice() {
                assert_eq!(Some(&charge.order), entry.order.as_ref(), "{name}");
            }
            let receipt = spend(&buyer, &name, &request).await.unwrap();
            assert!(receipt.is_recorded);
            assert_eq!(fixture.posts(), 1, "{name}");
            assert!(fixture.sandbox.ledger().len() <= 1, "{name}");
        }
    }
}

#[tokio::test]
async fn a_purchase_that_was_not_made_is_recorded_as_such_and_can_be_tried_again() {
    let modes = [
        FaultMode::DropBefore,
        FaultMode::Html502,
        FaultMode::Status429,
    ];
    for mode in modes {
        for request in spends() {
            let fixture = Fixture::new().await;
            let buyer = fixture.buyer(request.vendor());
            let name = name(&request, Some(mode));
            fixture.fault(&request, mode);
            let error = spend(&buyer, &name, &request).await.unwrap_err();
            assert!(error.may_have_taken_effect(), "{name}: {error}");
            let found = buyer.reconcile().await.unwrap();
            let state = found[0].entry.state;
            assert_eq!(state, EntryState::NotMade, "{name}: {:?}", found[0]);
            let error = spend(&buyer, &name, &request).await.unwrap_err();
            assert_eq!(error.outcome(), Outcome::Rejected, "{name}: {error}");
            assert_eq!(fixture.sandbox.ledger(), [], "{name}");
            let again = high_cap().again();
            let receipt = buyer.spend(&key(&name), &request, &again).await.unwrap();
            assert!(!receipt.is_recorded, "{name}");
            assert_eq!(fixture.posts(), 2, "{name}");
        }
    }
}
