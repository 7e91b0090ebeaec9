//! Reconciliation: nothing is adopted or called not made unless nothing speaks against it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::LazyLock;
use std::time::Duration;

use jiff::Timestamp;
use proxy_orders::purchase::{
    Buyer, EntryState, IdempotencyKey, Reconciled, Resolution, SpendRequest,
};
use proxy_orders::{ErrorKind, Outcome, Vendor, iproyal, proxyshard};
use proxy_orders_sandbox::{FaultMode, Sandbox};
use support::fixture::*;
use support::recorder::{answer, success};
use support::relay::{Act, Relay};

static A: LazyLock<IdempotencyKey> = LazyLock::new(|| key("a"));

#[tokio::test]
async fn an_order_is_not_adopted_when_somebody_else_bought_the_same_meanwhile() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::DropAfter);
    spend(&buyer, "mine", &proxies(1)).await.unwrap_err();
    // The same order, past the journal.
    fixture.by_hand(&proxies(1)).await;
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Unknown);
    let why = found.needs_review.unwrap();
    assert!(why.contains("several"), "{why}");
    assert_eq!(found.entry.note, Some(why));
    // The same findings again are no news.
    let history = fixture.journal.history(&found.entry).await.unwrap();
    let found = buyer.reconcile().await.unwrap().remove(0);
    let later = fixture.journal.history(&found.entry).await.unwrap();
    assert_eq!(later.len(), history.len());
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
        assert!(!found.is_above_cap());
        let before = found.entry.baseline.unwrap();
        if before.order.is_empty() {
            assert!(before.total.unwrap() > 230, "{before:?}");
            assert!(before.newest.is_some(), "{before:?}");
        }
    }
}

/// Loses the answer to a purchase at IPRoyal.
async fn lost(fixture: &Fixture, buyer: &Buyer, name: &str, request: &SpendRequest) {
    fixture.fault(request, FaultMode::DropAfter);
    let error = spend(buyer, name, request).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
}

/// Asserts that the one open entry needs review, and returns why.
#[track_caller]
fn needs_review(found: Vec<Reconciled>) -> String {
    let [found] = found.try_into().unwrap();
    assert_eq!(found.entry.state, EntryState::Unknown, "{found:?}");
    found.needs_review.unwrap()
}

#[tokio::test]
async fn an_order_is_adopted_only_after_the_grace_period() {
    let fixture = Fixture::new().await;
    let hour = Duration::from_secs(3600);
    let buyer = fixture.buyer(Vendor::IpRoyal).grace_period(hour);
    lost(&fixture, &buyer, "a", &proxies(1)).await;
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Unknown);
    assert!(found.wait.unwrap() > Duration::from_secs(3000));
}

/// The same order made by hand, paid by card, while the balance should have paid ours.
#[tokio::test]
async fn an_order_that_the_balance_did_not_pay_for_is_not_adopted() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::DropBefore);
    spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    let new = iproyal::NewOrder {
        pay_with: iproyal::PayWith::Card(1),
        ..iproyal::NewOrder::new(123, 456, 789, 1)
    };
    fixture.by_hand(&iproyal::spend::order(&new).unwrap()).await;
    let why = needs_review(buyer.reconcile().await.unwrap());
    assert!(why.contains("balance"), "{why}");
}

/// Days later, somebody makes the same order by hand.
#[tokio::test]
async fn an_order_made_outside_the_window_is_not_adopted() {
    for request in [packages(2), spends()[2].clone()] {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(request.vendor());
        fixture.fault(&request, FaultMode::DropBefore);
        spend(&buyer, "a", &request).await.unwrap_err();
        fixture.sandbox.advance(3 * DAY);
        fixture.by_hand(&request).await;
        let why = needs_review(buyer.reconcile().await.unwrap());
        assert!(why.contains("made"), "{why}");
    }
}

/// The clock of the machine was ahead for one purchase, or behind, and is right again.
#[tokio::test]
async fn a_step_of_the_clock_is_no_sign_of_others() {
    for request in [proxies(1), spends()[2].clone(), packages(2)] {
        for by in ["+240 seconds", "-240 seconds"] {
            let fixture = Fixture::new().await;
            let vendor = request.vendor();
            let buyer = fixture.buyer(vendor);
            bought(spend(&buyer, "a", &request).await);
            bought(spend(&buyer, "b", &request).await);
            let step = format!(
                "UPDATE intents SET sent_at = strftime('%Y-%m-%dT%H:%M:%fZ', sent_at, '{by}') \
                 WHERE idempotency_key = 'b'"
            );
            fixture.execute(&step).await;
            lost(&fixture, &buyer, "c", &request).await;
            let found = reconciled(&buyer).await;
            assert_eq!(
                found.entry.state,
                EntryState::Reconciled,
                "{vendor} {by}: {found:?}"
            );
        }
    }
}

/// Entries without an order may have made the orders that no entry has.
#[tokio::test]
async fn an_audit_blames_nobody_for_an_order_that_may_be_ours() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    bought(spend(&buyer, "a", &proxies(1)).await);
    // What was never sent has made nothing.
    let above = buyer.spend(&key("b"), &proxies(1), &up_to(1)).await;
    not_sent(above, ErrorKind::OverCap);
    buyer.dismiss(&key("b"), "the test says so").await.unwrap();
    assert_eq!(buyer.audit().await.unwrap().without_order, 0);
    lost(&fixture, &buyer, "c", &proxies(1)).await;
    let audit = buyer.audit().await.unwrap();
    assert_eq!((audit.foreign_orders.len(), audit.without_order), (1, 1));
    let found = reconciled(&buyer).await.entry;
    assert_eq!(found.state, EntryState::Reconciled, "{found:?}");
    // A dismissed one may have made what it was sent for.
    lost(&fixture, &buyer, "d", &proxies(1)).await;
    buyer.dismiss(&key("d"), "the test says so").await.unwrap();
    assert_eq!(buyer.audit().await.unwrap().without_order, 1);
}

#[tokio::test]
async fn nothing_is_adopted_on_an_account_that_others_buy_on() {
    // Somebody bought between two purchases.
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    bought(spend(&buyer, "a", &proxies(2)).await);
    fixture.by_hand(&proxies(3)).await;
    lost(&fixture, &buyer, "b", &proxies(1)).await;
    let why = needs_review(buyer.reconcile().await.unwrap());
    assert!(why.contains("others"), "{why}");
    // The caller says so.
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::ProxyShard).others_buy(true);
    lost(&fixture, &buyer, "a", &spends()[2]).await;
    let why = needs_review(buyer.reconcile().await.unwrap());
    assert!(why.contains("others"), "{why}");
    // Absence is no adoption.
    buyer.dismiss(&key("a"), "the test says so").await.unwrap();
    fixture.fault(&spends()[2], FaultMode::DropBefore);
    spend(&buyer, "b", &spends()[2]).await.unwrap_err();
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::NotMade, "{found:?}");
}

/// The request of a dismissed purchase may be carried out late, after the baseline of the next one.
#[tokio::test]
async fn an_order_that_a_dismissed_purchase_could_have_made_needs_review() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    fixture.fault(&proxies(1), FaultMode::DropBefore);
    spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    buyer.dismiss(&key("a"), "the test says so").await.unwrap();
    lost(&fixture, &buyer, "b", &proxies(1)).await;
    let why = needs_review(buyer.reconcile().await.unwrap());
    assert!(why.contains("`a`"), "{why}");
}

/// One purchase is in the dark, and a second one is sent in spite of it.
#[tokio::test]
async fn an_order_that_two_open_entries_could_have_made_needs_review() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::SmartProxy);
    fixture.fault(&packages(2), FaultMode::DropBefore);
    spend(&buyer, "a", &packages(2)).await.unwrap_err();
    fixture.fault(&packages(2), FaultMode::DropAfter);
    let options = high_cap().despite_unknown("the test says so");
    let result = buyer.spend(&key("b"), &packages(2), &options).await;
    assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
    let found = buyer.reconcile().await.unwrap();
    assert_eq!(found.len(), 2);
    for found in found {
        assert_eq!(found.entry.state, EntryState::Unknown, "{found:?}");
        assert!(found.needs_review.is_some(), "{found:?}");
    }
}

/// The same, but the order has another quantity than the first request.
#[tokio::test]
async fn an_order_is_adopted_that_no_other_open_entry_could_have_made() {
    for is_over in [true, false] {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(Vendor::IpRoyal);
        fixture.fault(&proxies(1), FaultMode::DropBefore);
        spend(&buyer, "a", &proxies(1)).await.unwrap_err();
        fixture.fault(&proxies(2), FaultMode::DropAfter);
        let options = high_cap().despite_unknown("the test says so");
        let result = buyer.spend(&key("b"), &proxies(2), &options).await;
        assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
        let mut clients = Clients::with_key(&fixture.key, &fixture.sandbox);
        if !is_over {
            // Nobody has seen the end of the first request, and it may take long.
            clients.timeouts.non_repeatable = Duration::from_secs(3600);
            let sent = "UPDATE intents SET state = 'sent' WHERE idempotency_key = 'a'";
            fixture.execute(sent).await;
        }
        let client = clients.of(Vendor::IpRoyal).clone();
        let buyer = Buyer::shared(client, fixture.journal.clone()).grace_period(Duration::ZERO);
        let buyer = buyer.account(&fixture.account).unwrap();
        let [first, second] = loop {
            let found: [_; 2] = buyer.reconcile().await.unwrap().try_into().unwrap();
            match found[1].wait {
                Some(wait) => tokio::time::sleep(wait).await,
                None => break found,
            }
        };
        assert_eq!(first.wait.is_none(), is_over, "{first:?}");
        match is_over {
            true => assert_eq!(second.entry.state, EntryState::Reconciled, "{second:?}"),
            false => assert!(second.needs_review.unwrap().contains("`a`")),
        }
    }
}

/// The order of one entry is gone, and the vendor fails for another: the rest is reconciled.
#[tokio::test]
async fn an_entry_that_cannot_be_looked_into_holds_up_no_other() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::ProxyShard);
    let renewal = proxyshard::spend::renewal(1002).unwrap();
    lost(&fixture, &buyer, "gone", &renewal).await;
    let despite = || high_cap().despite_unknown("the test says so");
    let traffic = proxyshard::spend::bandwidth(1004, 5, None).unwrap();
    fixture.fault(&traffic, FaultMode::DropBefore);
    let result = buyer.spend(&key("failing"), &traffic, &despite()).await;
    assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
    let cycle = proxyshard::spend::cycle_change(1001, &quarterly()).unwrap();
    fixture.fault(&cycle, FaultMode::DropBefore);
    let result = buyer.spend(&key("fine"), &cycle, &despite()).await;
    assert_eq!(result.unwrap_err().outcome(), Outcome::Unknown);
    let relay = Relay::to(&fixture.sandbox, |request| {
        let line = request.head.lines().next().unwrap_or_default();
        let status = match (line.contains("/1002"), line.contains("/1004")) {
            (true, _) => "404 Not Found",
            (_, true) => "403 Forbidden",
            _ => return Act::Pass,
        };
        Act::Answer(answer(status, "", r#"{"success": false, "message": "no"}"#))
    })
    .await;
    let behind = fixture.buyer_behind(&relay, Vendor::ProxyShard);
    let found = behind.reconcile().await.unwrap();
    let of = |name: &str| found.iter().find(|it| it.entry.key == key(name)).unwrap();
    let why = of("gone").needs_review.as_deref().unwrap();
    assert!(why.contains("1002"), "{why}");
    assert_eq!(of("failing").entry.state, EntryState::Unknown);
    assert_eq!(
        of("failing").error.as_ref().unwrap().kind(),
        ErrorKind::Forbidden
    );
    assert_eq!(
        of("fine").entry.state,
        EntryState::NotMade,
        "{:?}",
        of("fine")
    );
}

/// The vendor confirms an order that is not new: one of another purchase, or an old one.
#[tokio::test]
async fn a_confirmation_of_an_old_order_is_looked_into() {
    for old in ["420", "first"] {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(Vendor::IpRoyal);
        let first = bought(spend(&buyer, "first", &proxies(2)).await);
        let id = if old == "first" {
            first
        } else {
            old.to_owned()
        };
        let wrong = success(&serde_json::json!({"id": id.parse::<i64>().unwrap()}));
        let relay = Relay::to(&fixture.sandbox, move |request| {
            match request.head.starts_with("POST") && !request.head.contains("pric") {
                true => Act::PassAndAnswer(wrong.clone()),
                false => Act::Pass,
            }
        })
        .await;
        let behind = fixture.buyer_behind(&relay, Vendor::IpRoyal);
        let error = spend(&behind, "second", &proxies(1)).await.unwrap_err();
        assert!(error.may_have_taken_effect(), "{error}");
        assert!(error.to_string().contains(&id), "{error}");
        let found = behind.reconcile().await.unwrap().remove(0);
        assert_eq!(found.entry.state, EntryState::Reconciled, "{found:?}");
        assert_eq!(
            found.entry.order,
            Some(fixture.sandbox.ledger()[1].order.clone())
        );
    }
}

/// The wall clock jumped by years; the grace period goes by another clock.
#[tokio::test]
async fn a_step_of_the_wall_clock_ends_no_grace_period() {
    let fixture = Fixture::new().await;
    let hour = Duration::from_secs(3600);
    let buyer = fixture.buyer(Vendor::IpRoyal).grace_period(hour);
    fixture.fault(&proxies(1), FaultMode::DropBefore);
    spend(&buyer, "a", &proxies(1)).await.unwrap_err();
    let past = "2020-01-01T00:00:00.000000Z";
    let step = format!(
        "UPDATE intents SET planned_at = '{past}', sent_at = '{past}', changed_at = '{past}'"
    );
    fixture.execute(&step).await;
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Unknown, "{found:?}");
    assert!(found.wait.unwrap() > Duration::from_secs(3000), "{found:?}");
}

/// The wall clock was set back between two purchases, so that the first looks later than the second.
#[tokio::test]
async fn a_purchase_before_the_baseline_never_counts_as_made_since() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    bought(spend(&buyer, "a", &proxies(2)).await);
    let later = "UPDATE intents SET planned_at = '2999-01-01T00:00:00.000000Z'";
    fixture.execute(later).await;
    lost(&fixture, &buyer, "b", &proxies(1)).await;
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Reconciled, "{found:?}");
}

/// Another purchase takes money from the balance after the open one was sent, and a third one is
/// paid by card.
#[tokio::test]
async fn the_charges_of_later_purchases_are_taken_out() {
    let extension = iproyal::spend::extension(420, &iproyal::Extension::new(456)).unwrap();
    let by_card = iproyal::NewOrder {
        pay_with: iproyal::PayWith::Card(1),
        ..iproyal::NewOrder::new(123, 456, 789, 3)
    };
    let by_card = iproyal::spend::order(&by_card).unwrap();
    let elsewhere = "UPDATE intents SET sent_clock = 'another-start 1.0' WHERE sent_clock > ''";
    for (open, is_restarted) in [
        (proxies(1), false),
        (extension.clone(), false),
        (extension, true),
    ] {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(Vendor::IpRoyal);
        bought(spend(&buyer, "before", &proxies(1)).await);
        fixture.fault(&open, FaultMode::DropBefore);
        let error = spend(&buyer, "a", &open).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{error}");
        let despite = || high_cap().despite_unknown("the test says so");
        for (name, request) in [("b", &proxies(2)), ("c", &by_card)] {
            bought(buyer.spend(&key(name), request, &despite()).await);
        }
        if is_restarted {
            // The machine was started anew: its clock cannot be compared.
            fixture.execute(elsewhere).await;
        }
        let found = reconciled(&buyer).await;
        assert_eq!(found.entry.state, EntryState::NotMade, "{found:?}");
    }
}

#[tokio::test]
async fn only_the_order_that_a_purchase_changes_can_be_named_for_it() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal);
    let other = bought(spend(&buyer, "other", &proxies(1)).await);
    let extension = iproyal::spend::extension(420, &iproyal::Extension::new(456)).unwrap();
    lost(&fixture, &buyer, "a", &extension).await;
    let resolve = async |id: &str| {
        let (id, amount) = (id.to_owned(), None);
        let resolution = Resolution::Order { id, amount };
        buyer
            .resolve(&A, resolution, "the vendor's site shows it")
            .await
    };
    let error = not_sent(resolve(&other).await, ErrorKind::InvalidInput);
    assert!(error.to_string().contains("changes order 420"), "{error}");
    let entry = resolve("420").await.unwrap();
    assert_eq!(entry.state, EntryState::Reconciled);
    assert_eq!(entry.order.as_deref(), Some("420"));
}

#[tokio::test]
async fn a_person_names_the_order_or_says_that_there_is_none() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(Vendor::IpRoyal).others_buy(true);
    let other = bought(spend(&buyer, "other", &proxies(2)).await);
    lost(&fixture, &buyer, "a", &proxies(1)).await;
    needs_review(buyer.reconcile().await.unwrap());
    let order = |id: &str, amount| Resolution::Order {
        id: id.to_owned(),
        amount,
    };
    let reason = "the vendor's site shows it";
    let resolve = |resolution, reason| buyer.resolve(&A, resolution, reason);
    not_sent(
        resolve(Resolution::NotMade, " ").await,
        ErrorKind::InvalidInput,
    );
    let error = resolve(order("999999", None), reason).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound, "{error}");
    let error = not_sent(
        resolve(order(&other, None), reason).await,
        ErrorKind::InvalidInput,
    );
    assert!(error.to_string().contains("`other`"), "{error}");
    let made = fixture.sandbox.ledger()[1].order.clone();
    let entry = resolve(order(&made, Some(cents(333))), reason)
        .await
        .unwrap();
    assert_eq!(entry.state, EntryState::Reconciled);
    assert_eq!(
        (entry.order, entry.amount),
        (Some(made.clone()), Some(cents(333)))
    );
    assert_eq!(entry.note.as_deref(), Some(reason));
    let error = not_sent(
        resolve(Resolution::NotMade, reason).await,
        ErrorKind::InvalidInput,
    );
    assert!(error.to_string().contains("reconciled"), "{error}");
    // The order belongs to that purchase now.
    let again = spend(&buyer, "a", &proxies(1)).await.unwrap();
    assert_eq!((again.is_recorded, again.order), (true, made));
    // One that was not made can be tried again.
    fixture.fault(&proxies(1), FaultMode::DropBefore);
    spend(&buyer, "b", &proxies(1)).await.unwrap_err();
    let entry = buyer
        .resolve(&key("b"), Resolution::NotMade, reason)
        .await
        .unwrap();
    assert_eq!(entry.state, EntryState::NotMade);
    let options = high_cap().again();
    bought(buyer.spend(&key("b"), &proxies(1), &options).await);
}

#[tokio::test]
async fn an_audit_finds_foreign_and_missing_orders() {
    for request in [proxies(1), spends()[2].clone(), packages(1)] {
        // Vendors give whole seconds.
        let minute = Duration::from_secs(60);
        let sandbox = Sandbox::builder().starts_at(Timestamp::now() - minute);
        let fixture = Fixture::with(sandbox, None).await;
        fixture.sandbox.advance(minute);
        let vendor = request.vendor();
        let buyer = fixture.buyer(vendor);
        // The orders from before the journal's first entry are nobody's business.
        let ours = bought(spend(&buyer, "a", &request).await);
        let audit = buyer.audit().await.unwrap();
        assert!(audit.since.is_some());
        assert_eq!(
            (audit.foreign_orders.len(), audit.missing_orders.len()),
            (0, 0),
            "{audit:?}"
        );
        fixture.by_hand(&request).await;
        let audit = buyer.audit().await.unwrap();
        let [foreign] = audit.foreign_orders.as_slice() else {
            panic!("{audit:?}");
        };
        assert_ne!(foreign.id, ours);
        assert_eq!(audit.missing_orders, [], "{vendor}");
        let known = fixture.journal.accounts(Some(vendor)).await.unwrap();
        assert!(known[0].shared_since.is_some(), "{known:?}");
        // Others buy here, so that nothing is adopted any more.
        lost(&fixture, &buyer, "b", &request).await;
        let why = needs_review(buyer.reconcile().await.unwrap());
        assert!(why.contains("others"), "{why}");
        // With another sandbox, the order is gone.
        let elsewhere = Fixture::with(Sandbox::builder(), Some(fixture.location.clone())).await;
        let clients = Clients::with_key(&fixture.key, &elsewhere.sandbox);
        let buyer = Buyer::shared(clients.of(vendor).clone(), fixture.journal.clone());
        let audit = buyer
            .account(&fixture.account)
            .unwrap()
            .audit()
            .await
            .unwrap();
        let missing: Vec<_> = audit
            .missing_orders
            .iter()
            .map(|it| it.key.as_str())
            .collect();
        assert_eq!(missing, ["a"]);
    }
}
