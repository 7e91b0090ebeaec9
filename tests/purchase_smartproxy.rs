//! Purchases at SmartProxy where its pages leave open what an answer means.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use jiff::Timestamp;
use proxy_orders::purchase::{
    Baseline, Buyer, EntryState, Journal, JournalEntry, Payment, SpendAdapter,
};
use proxy_orders::{ErrorKind, Outcome, Renewal, Vendor, smartproxy};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox};
use support::faulty;
use support::fixture::*;

const VENDOR: Vendor = Vendor::SmartProxy;

/// Lets these things go wrong with every call of an operation.
fn faults(fixture: &Fixture, faults: &[(&str, FaultMode)]) {
    let all = faults.iter().map(|(operation, mode)| Fault {
        operation: Some((*operation).to_owned()),
        ..Fault::new(*mode)
    });
    fixture.sandbox.faults(all.collect()).unwrap();
}

async fn only_entry(fixture: &Fixture) -> JournalEntry {
    let mut entries = fixture.buyer(VENDOR).entries().await.unwrap();
    assert_eq!(entries.len(), 1, "{entries:?}");
    entries.remove(0)
}

async fn entry(buyer: &Buyer, name: &str) -> JournalEntry {
    let entries = buyer.entries().await.unwrap();
    let found = entries.iter().find(|it| it.key.as_str() == name);
    found
        .unwrap_or_else(|| panic!("{name}: {entries:?}"))
        .clone()
}

fn made_in_sandbox(fixture: &Fixture) -> usize {
    let posts = fixture.posted();
    posts.iter().filter(|it| *it == "create").count()
}

// ---- Lists without ids and length --------------------------------------------------------------

#[tokio::test]
async fn an_order_in_lists_without_ids_and_length_is_found() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(VENDOR);
    let bare = ("list_orders", FaultMode::BareLists);
    faults(&fixture, &[bare, ("create_order", FaultMode::DropAfter)]);
    spend(&buyer, "a", &packages(2)).await.unwrap_err();
    let found = reconciled(&buyer).await.entry;
    assert_eq!(found.state, EntryState::Reconciled, "{found:?}");
    assert_eq!(found.amount, Some(cents(640)));
}

#[tokio::test]
async fn lists_without_ids_and_length_show_that_nothing_was_made() {
    let fixture = Fixture::with(Sandbox::builder().extra_orders(230), None).await;
    let buyer = fixture.buyer(VENDOR);
    let bare = ("list_orders", FaultMode::BareLists);
    faults(&fixture, &[bare, ("create_order", FaultMode::DropBefore)]);
    spend(&buyer, "a", &packages(2)).await.unwrap_err();
    let found = reconciled(&buyer).await.entry;
    assert_eq!(found.state, EntryState::NotMade, "{found:?}");
}

/// Ids were there before and are missing now, so that nobody can tell which orders are new.
#[tokio::test]
async fn orders_that_cannot_be_placed_need_review() {
    for lost in [FaultMode::DropAfter, FaultMode::DropBefore] {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(VENDOR);
        fixture.fault(&packages(2), lost);
        spend(&buyer, "a", &packages(2)).await.unwrap_err();
        faults(&fixture, &[("list_orders", FaultMode::BareLists)]);
        let found = reconciled(&buyer).await;
        assert_eq!(found.entry.state, EntryState::Unknown, "{found:?}");
        assert!(found.needs_review.is_some());
        fixture.sandbox.clear_faults();
        let found = reconciled(&buyer).await.entry;
        let expected = match lost {
            FaultMode::DropAfter => EntryState::Reconciled,
            _ => EntryState::NotMade,
        };
        assert_eq!(found.state, expected, "{found:?}");
    }
}

#[tokio::test]
async fn nothing_is_bought_when_a_long_list_has_no_ids() {
    let fixture = Fixture::with(Sandbox::builder().extra_orders(1100), None).await;
    faults(&fixture, &[("list_orders", FaultMode::BareLists)]);
    let buyer = fixture.buyer(VENDOR);
    let error = not_sent(spend(&buyer, "a", &packages(2)).await, ErrorKind::Answer);
    assert!(error.to_string().contains("ids"), "{error}");
    assert_eq!(fixture.posts(), 0);
}

/// The server ignores the number of the page, and does not say how many there are.
#[tokio::test]
async fn nothing_is_bought_when_the_end_of_the_list_cannot_be_told() {
    let order =
        |number: usize| serde_json::json!({ "id": number, "trade_no": format!("T{number}") });
    let orders: Vec<_> = (0..100).map(order).collect();
    let list = serde_json::json!({ "code": 0, "data": { "list": orders } });
    let server = faulty::Faulty::always(faulty::Fault::None).await;
    let server = server.answering(list.to_string());
    let client = smartproxy::Client::builder().credential(CANARY);
    let client = client.limits(unlimited()).base_url(server.base_url());
    let journal = Journal::in_memory().await.unwrap();
    let buyer = Buyer::new(client.build().unwrap(), journal);
    let error = spend(&buyer, "a", &packages(2)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Answer, "{error}");
    assert!(!error.may_have_taken_effect(), "{error}");
    assert_eq!(buyer.entries().await.unwrap()[0].sent_at, None);
}

// ---- Codes under HTTP 200 ----------------------------------------------------------------------

/// No page says that these codes are refusals, and here they are none.
#[tokio::test]
async fn only_documented_codes_are_refusals() {
    for mode in [FaultMode::UnknownCodeAfter, FaultMode::Code500After] {
        let fixture = Fixture::new().await;
        let buyer = fixture.buyer(VENDOR);
        fixture.fault(&packages(2), mode);
        let error = spend(&buyer, "a", &packages(2)).await.unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown, "{mode:?}: {error}");
        assert!(error.may_have_taken_effect(), "{mode:?}: {error}");
        let options = high_cap().again();
        let again = buyer.spend(&key("a"), &packages(2), &options).await;
        let error = again.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsettled, "{mode:?}: {error}");
        assert_eq!(made_in_sandbox(&fixture), 1, "{mode:?}");
        let found = reconciled(&buyer).await.entry;
        assert_eq!(found.state, EntryState::Reconciled, "{mode:?}: {found:?}");
    }
}

// ---- Orders that are answered as paid ----------------------------------------------------------

/// A paid order cannot be closed, and its price counts.
#[tokio::test]
async fn an_order_above_the_cap_is_not_closed_unless_it_is_unpaid() {
    for mode in [FaultMode::PaidAtOnce, FaultMode::UnknownStatus] {
        let fixture = Fixture::new().await;
        fixture.fault(&packages(2), mode);
        let result = fixture.spend(Ok(packages(2)), 500).await;
        if let Err(error) = result {
            assert!(error.may_have_taken_effect(), "{mode:?}: {error}");
        }
        assert_eq!(fixture.posted(), ["create"], "{mode:?}");
        let entry = only_entry(&fixture).await;
        assert_eq!(entry.state, EntryState::Confirmed, "{mode:?}: {entry:?}");
        assert_eq!(entry.amount, Some(cents(640)), "{mode:?}");
    }
}

/// An order that was closed stays in the journal when its key buys again, and is nobody else's.
#[tokio::test]
async fn a_closed_order_is_kept_when_its_key_buys_again() {
    let fixture = Fixture::new().await;
    let buyer = fixture.buyer(VENDOR);
    bought(spend(&buyer, "first", &packages(2)).await);
    let refused = buyer.spend(&key("a"), &packages(2), &up_to(500)).await;
    rejected(refused, ErrorKind::OverCap);
    let closed = entry(&buyer, "a").await.order.unwrap();
    let options = high_cap().again();
    let ours = bought(buyer.spend(&key("a"), &packages(2), &options).await);
    assert_eq!(entry(&buyer, "a").await.order, Some(ours.clone()));
    let kept = entry(&buyer, "a+2").await;
    assert_eq!(
        (kept.state, kept.order.as_deref()),
        (EntryState::Rejected, Some(&*closed))
    );
    assert_ne!(closed, ours);
    // It is no sign that others buy here.
    faults(&fixture, &[("create_order", FaultMode::DropAfter)]);
    spend(&buyer, "b", &packages(2)).await.unwrap_err();
    let found = reconciled(&buyer).await;
    assert_eq!(found.entry.state, EntryState::Reconciled, "{found:?}");
}

// ---- Two fees ----------------------------------------------------------------------------------

#[tokio::test]
async fn the_larger_of_two_fees_counts() {
    let fixture = Fixture::new().await;
    fixture.fault(&packages(2), FaultMode::ZeroPayFee);
    let error = fixture.spend(Ok(packages(2)), 500).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OverCap, "{error}");
    assert_eq!(fixture.posted(), ["create", "close"]);
    let entry = only_entry(&fixture).await;
    assert_eq!(entry.state, EntryState::Rejected, "{entry:?}");
    assert_eq!(entry.amount, Some(cents(640)));
}

#[tokio::test]
async fn the_larger_of_two_fees_is_booked() {
    for mode in [None, Some(FaultMode::DropAfter)] {
        let fixture = Fixture::new().await;
        let zero = ("create_order", FaultMode::ZeroPayFee);
        let lost = mode.map(|mode| ("create_order", mode));
        faults(
            &fixture,
            &[Some(zero), lost].into_iter().flatten().collect::<Vec<_>>(),
        );
        let buyer = fixture.buyer(VENDOR);
        if spend(&buyer, "a", &packages(2)).await.is_err() {
            let found = reconciled(&buyer).await;
            assert!(found.entry.state.is_done(), "{found:?}");
        }
        let entry = only_entry(&fixture).await;
        assert!(entry.state.is_done(), "{entry:?}");
        assert_eq!(entry.amount, Some(cents(640)), "{mode:?}");
    }
}

#[tokio::test]
async fn a_coupon_explains_a_lower_fee() {
    let fixture = Fixture::new().await;
    let new = smartproxy::NewOrder {
        amount: Some(2),
        coupon_sn: Some("SAVE10".to_owned()),
        ..smartproxy::NewOrder::new(1003, 0)
    };
    bought(fixture.spend(smartproxy::spend::order(&new), 600).await);
    assert_eq!(only_entry(&fixture).await.amount, Some(cents(576)));
}

// ---- Evidence ----------------------------------------------------------------------------------

/// An order shows its price by the larger fee, whether it is paid, and when it was made.
#[tokio::test]
async fn an_observed_order_has_its_price_payment_and_time() {
    let fixture = Fixture::new().await;
    let client = fixture.clients.smartproxy();
    let prepared = client.prepare(packages(2)).unwrap();
    let before = prepared.baseline().await.unwrap();
    for (mode, payment) in [
        (FaultMode::ZeroPayFee, Payment::Unpaid),
        (FaultMode::PaidAtOnce, Payment::Paid),
    ] {
        fixture.fault(&packages(2), mode);
        bought(fixture.spend(Ok(packages(2)), 640).await);
        let found = prepared.evidence(&before).await.unwrap().new_orders;
        let newest = found
            .into_iter()
            .find(|it| it.payment == payment)
            .expect("the order");
        assert_eq!(newest.price.unwrap().amount(), Some(cents(640)));
        let age = Timestamp::now().duration_since(newest.made_at.unwrap());
        assert!(age.as_secs().abs() < 600, "{age}");
    }
    faults(&fixture, &[("list_orders", FaultMode::UnknownStatus)]);
    let found = prepared.evidence(&before).await.unwrap().new_orders;
    assert!(
        found.iter().all(|it| it.payment == Payment::Unknown),
        "{found:?}"
    );
    let nothing = Baseline::default();
    let found = prepared.evidence(&nothing).await.unwrap();
    assert_eq!((found.new_orders.len(), found.unplaced.len()), (0, 10));
}

// ---- Renewals ----------------------------------------------------------------------------------

/// Buys proxies that can be renewed, and returns their order.
async fn renewable(fixture: &Fixture) -> String {
    let wanted = wanted(VENDOR);
    let order = bought(fixture.buy(VENDOR, &wanted.purchase, wanted.price).await);
    fixture.provision();
    order
}

fn last_body(fixture: &Fixture) -> String {
    let mut requests = fixture.sandbox.requests().into_iter().rev();
    requests.find(|it| it.method == "POST").unwrap().body
}

#[tokio::test]
async fn a_renewal_needs_the_ids_or_leave_to_guess_them() {
    let fixture = Fixture::new().await;
    let order = renewable(&fixture).await;
    let posts = fixture.posts();
    let with = |proxies: &[&str], guess_ids| Renewal {
        proxies: proxies.iter().map(|id| (*id).to_owned()).collect(),
        guess_ids,
        ..wanted(VENDOR).renewal
    };
    for wrong in [with(&[], false), with(&["1"], true), with(&["one"], false)] {
        let result = fixture.renew(VENDOR, &order, &wrong, 10_000).await;
        not_sent(result, ErrorKind::InvalidInput);
    }
    assert_eq!(fixture.posts(), posts);
    let given = with(&["1", "2"], false);
    bought(fixture.renew(VENDOR, &order, &given, 10_000).await);
    assert!(
        last_body(&fixture).contains("\"upids\":\"1,2\""),
        "{}",
        last_body(&fixture)
    );
    for vendor in [Vendor::IpRoyal, Vendor::ProxyShard] {
        let result = fixture.renew(vendor, "1", &given, 10_000).await;
        not_sent(result, ErrorKind::InvalidInput);
    }
}

/// Guessed ids are looked up when the renewal is sent; they are no part of the key. A dry run says
/// that they are a guess.
#[tokio::test]
async fn guessed_ids_are_shown_as_a_guess_and_keep_the_key() {
    let fixture = Fixture::new().await;
    let order = renewable(&fixture).await;
    let buyer = fixture.buyer(VENDOR);
    let renewal = wanted(VENDOR).renewal;
    let request = buyer.client().renewal(&order, &renewal).unwrap();
    let run = buyer.dry_run(None, &request, &high_cap()).await.unwrap();
    let remark = run.remark.unwrap();
    assert!(
        remark.contains("guess") && remark.contains("upids"),
        "{remark}"
    );
    assert_eq!(run.body["upids"], "4");
    let (name, options) = (key("again"), high_cap());
    let renew = || buyer.renew(&name, &order, &renewal, &options);
    assert_ne!(bought(renew().await), order);
    assert!(
        last_body(&fixture).contains("\"upids\":\"4\""),
        "{}",
        last_body(&fixture)
    );
    let posts = fixture.posts();
    assert!(renew().await.unwrap().is_recorded);
    assert_eq!(fixture.posts(), posts);
    // Ids that are given are no guess.
    let given = Renewal {
        proxies: vec!["4".to_owned()],
        guess_ids: false,
        ..renewal
    };
    let request = buyer.client().renewal(&order, &given).unwrap();
    let run = buyer.dry_run(None, &request, &high_cap()).await.unwrap();
    assert_eq!((run.remark, run.body["upids"].as_str()), (None, Some("4")));
}

// ---- Answers -----------------------------------------------------------------------------------

/// Only the documented statuses tell whether an order is paid, and fees come as numbers or text.
#[tokio::test]
async fn a_confirmation_takes_nothing_for_granted() {
    let fixture = Fixture::new().await;
    let prepared = fixture.clients.smartproxy().prepare(packages(2)).unwrap();
    let read = |fields: serde_json::Value| {
        let mut data = serde_json::json!({ "trade_no": "T" });
        data.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let answer = serde_json::json!({ "code": 0, "data": data });
        let confirmed = prepared.confirmation(&answer).unwrap();
        assert_eq!(confirmed.order, "T");
        (
            confirmed.payment,
            confirmed.price.map(|price| price.as_text()),
        )
    };
    let json = |text: &str| serde_json::from_str(text).unwrap();
    for (fields, payment, price) in [
        (r#"{"status": 0}"#, Payment::Unpaid, None),
        (r#"{"status": 1, "pay_fee": 5}"#, Payment::Paid, Some("5")),
        (
            r#"{"status": 2, "total_fee": 5}"#,
            Payment::Unknown,
            Some("5"),
        ),
        (r#"{"status": 3}"#, Payment::Unknown, None),
        (r#"{"status": 99}"#, Payment::Unknown, None),
        (r#"{"status": null}"#, Payment::Unknown, None),
        (r#"{}"#, Payment::Unknown, None),
        (
            r#"{"total_fee": "50", "pay_fee": "0"}"#,
            Payment::Unknown,
            Some("50"),
        ),
        (
            r#"{"total_fee": "5", "pay_fee": 7}"#,
            Payment::Unknown,
            Some("7"),
        ),
        (
            r#"{"total_fee": "5", "pay_fee": "free"}"#,
            Payment::Unknown,
            Some("free"),
        ),
        (
            r#"{"total_fee": "?", "pay_fee": 1}"#,
            Payment::Unknown,
            Some("?"),
        ),
    ] {
        let expected = (payment, price.map(str::to_owned));
        assert_eq!(read(json(fields)), expected, "{fields}");
    }
}
