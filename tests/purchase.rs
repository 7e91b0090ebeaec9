//! Money is spent once: every request that spends, with everything that can go wrong with it, against the sandbox's own ledger.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::BTreeSet;

use proxy_orders::Effect;
use proxy_orders::purchase::EntryState;
use proxy_orders::{ErrorKind, Outcome, Vendor};
use proxy_orders_sandbox::FaultMode;
use support::shop::{Shop, enough, key, spends};

#[test]
fn all_operations_that_spend_are_here() {
    let here: BTreeSet<_> = spends()
        .iter()
        .map(|spend| (spend.vendor(), spend.operation().id))
        .collect();
    let due: BTreeSet<_> = Vendor::all()
        .iter()
        .copied()
        .flat_map(|it| it.operations())
        .filter(|operation| operation.effect == Effect::Spend)
        .map(|operation| (operation.vendor, operation.id))
        .collect();
    assert_eq!(here, due);
}

#[tokio::test]
async fn each_spend_is_made_once_and_its_key_gives_the_same_result_again() {
    for spend in spends() {
        let shop = Shop::open().await;
        let buyer = shop.buyer(spend.vendor());
        let name = format!("{}-{}", spend.vendor(), spend.operation().id);
        let receipt = buyer.spend(&key(&name), &spend, &enough()).await.unwrap();
        assert!(!receipt.is_recorded && !receipt.order.is_empty(), "{name}");
        let again = buyer.spend(&key(&name), &spend, &enough()).await.unwrap();
        assert_eq!((again.is_recorded, &again.order), (true, &receipt.order));
        assert_eq!(shop.posts(), 1, "{name}");
        let entries = buyer.entries().await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].state, EntryState::Confirmed);
        let states: Vec<_> = shop.journal.history(&entries[0]).await.unwrap();
        let states: Vec<_> = states.iter().map(|event| event.state).collect();
        assert_eq!(
            states,
            [EntryState::Planned, EntryState::Sent, EntryState::Confirmed]
        );
        if let [charge] = shop.sandbox.ledger().as_slice() {
            assert_eq!(
                charge.amount.parse(),
                Ok(entries[0].amount.unwrap()),
                "{name}"
            );
            assert_eq!(charge.order, receipt.order, "{name}");
        } else {
            assert_eq!(spend.vendor(), Vendor::SmartProxy);
        }
    }
}

#[tokio::test]
async fn what_was_made_and_not_answered_is_found_and_never_made_again() {
    let modes = [
        FaultMode::DropAfter,
        FaultMode::Status500After,
        FaultMode::TruncatedJson,
        FaultMode::MissingId,
    ];
    for mode in modes {
        for spend in spends() {
            let shop = Shop::open().await;
            let buyer = shop.buyer(spend.vendor());
            let name = format!(
                "{}-{}-{}",
                mode.name(),
                spend.vendor(),
                spend.operation().id
            );
            shop.fault(&spend, mode);
            let result = buyer.spend(&key(&name), &spend, &enough()).await;
            if let Ok(receipt) = &result {
                // An answer without the order's id is enough where the order was named in the request.
                assert_eq!(mode, FaultMode::MissingId, "{name}");
                assert!(!receipt.order.is_empty());
                continue;
            }
            let error = result.unwrap_err();
            assert!(error.may_have_taken_effect(), "{name}: {error}");
            // Neither the same nor another one is sent before it is known.
            let same = buyer
                .spend(&key(&name), &spend, &enough())
                .await
                .unwrap_err();
            assert_eq!(same.kind(), ErrorKind::Unsettled, "{name}");
            assert!(same.may_have_taken_effect());
            let other = buyer
                .spend(&key("other"), &spend, &enough())
                .await
                .unwrap_err();
            assert_eq!(
                (other.kind(), other.outcome()),
                (ErrorKind::Unsettled, Outcome::NotSent)
            );

            let found = buyer.reconcile().await.unwrap();
            assert_eq!(found.len(), 1);
            assert_eq!(
                found[0].entry.state,
                EntryState::Reconciled,
                "{name}: {:?}",
                found[0]
            );
            if let [charge] = shop.sandbox.ledger().as_slice() {
                assert_eq!(Some(&charge.order), found[0].entry.order.as_ref(), "{name}");
            }
            let receipt = buyer.spend(&key(&name), &spend, &enough()).await.unwrap();
            assert!(receipt.is_recorded);
            assert_eq!(shop.posts(), 1, "{name}");
            assert!(shop.sandbox.ledger().len() <= 1, "{name}");
        }
    }
}

#[tokio::test]
async fn what_was_not_made_is_said_to_be_so_and_can_be_tried_again() {
    for mode in [
        FaultMode::DropBefore,
        FaultMode::Html502,
        FaultMode::Status429,
    ] {
        for spend in spends() {
            let shop = Shop::open().await;
            let buyer = shop.buyer(spend.vendor());
            let name = format!(
                "{}-{}-{}",
                mode.name(),
                spend.vendor(),
                spend.operation().id
            );
            shop.fault(&spend, mode);
            let error = buyer
                .spend(&key(&name), &spend, &enough())
                .await
                .unwrap_err();
            assert!(error.may_have_taken_effect(), "{name}: {error}");
            let found = buyer.reconcile().await.unwrap();
            assert_eq!(
                found[0].entry.state,
                EntryState::NotMade,
                "{name}: {:?}",
                found[0]
            );
            let error = buyer
                .spend(&key(&name), &spend, &enough())
                .await
                .unwrap_err();
            assert_eq!(error.outcome(), Outcome::Rejected, "{name}: {error}");
            assert_eq!(shop.sandbox.ledger().len(), 0, "{name}");
            let receipt = buyer
                .spend(&key(&name), &spend, &enough().again())
                .await
                .unwrap();
            assert!(!receipt.is_recorded, "{name}");
            assert_eq!(shop.posts(), 2, "{name}");
        }
    }
}
