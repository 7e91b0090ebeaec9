//! What stands before a purchase: keys, caps, funds, the journal's own state; and that nothing is sent when one of them says no.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fs;
use std::time::Duration;

use proxy_orders::purchase::{Buyer, EntryState, Journal, SpendOptions, SpendRequest};
use proxy_orders::{Error, ErrorKind, Outcome, Purchase, Vendor, iproyal, proxyshard, smartproxy};
use proxy_orders_sandbox::{FaultMode, Sandbox};
use rust_decimal::Decimal;
use support::shop::{KEY, Shop, dollars, enough, key, spends};

/// Two proxies for 16.02, tax included.
fn order(quantity: i64) -> SpendRequest {
    iproyal::spend::order(&iproyal::NewOrder::new(123, 456, 789, quantity)).unwrap()
}

async fn price(buyer: &Buyer, spend: &SpendRequest) -> Decimal {
    let run = buyer.dry_run(None, spend, &enough()).await.unwrap();
    run.quote.unwrap().total.amount().unwrap()
}

/// A refusal before anything that changes something was sent.
#[track_caller]
fn refused<T: std::fmt::Debug>(shop: &Shop, result: Result<T, Error>, kind: ErrorKind) -> Error {
    let error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (kind, Outcome::NotSent),
        "{error}"
    );
    assert_eq!(shop.posts(), 0, "{error}");
    error
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::IpRoyal);
    buyer.spend(&key("a"), &order(1), &enough()).await.unwrap();
    let error = buyer
        .spend(&key("a"), &order(2), &enough())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::KeyReused, Outcome::NotSent)
    );
    assert!(error.to_string().contains("`a`"), "{error}");
    assert_eq!(shop.posts(), 1);
    // The cap is no part of the request.
    let again = buyer
        .spend(&key("a"), &order(1), &SpendOptions::up_to(dollars(1)))
        .await
        .unwrap();
    assert!(again.is_recorded);
    // Another account's keys are its own.
    let other = shop.buyer(Vendor::IpRoyal).account("other").unwrap();
    assert!(
        !other
            .spend(&key("a"), &order(2), &enough())
            .await
            .unwrap()
            .is_recorded
    );
}

#[tokio::test]
async fn what_the_vendor_refused_is_remembered_as_refused() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::IpRoyal);
    // Priced like any other order, and refused because there is no such card.
    let unpaid = iproyal::spend::order(&iproyal::NewOrder {
        pay_with: iproyal::PayWith::Card(999_999),
        ..iproyal::NewOrder::new(123, 456, 789, 1)
    })
    .unwrap();
    for _ in 0..2 {
        let error = buyer
            .spend(&key("r"), &unpaid, &enough())
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Rejected, "{error}");
    }
    assert_eq!(shop.posts(), 1);
    assert_eq!(
        buyer.entries().await.unwrap()[0].state,
        EntryState::Rejected
    );
    let error = buyer
        .spend(&key("r"), &unpaid, &enough().again())
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(shop.posts(), 2);
    // A refusal is no purchase: the next one is not held up.
    buyer.spend(&key("n"), &order(1), &enough()).await.unwrap();
}

#[tokio::test]
async fn an_order_that_is_not_on_hold_is_not_renewed() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::ProxyShard);
    let active = proxyshard::spend::renewal(1001).unwrap();
    let run = buyer.dry_run(None, &active, &enough()).await.unwrap();
    assert!(!run.would_send());
    let forecast = run.refusal.unwrap();
    let result = buyer.spend(&key("r"), &active, &enough()).await;
    let error = refused(&shop, result, ErrorKind::Refused);
    assert_eq!(error.to_string(), forecast.to_string());
    assert!(error.to_string().contains("on-hold"), "{error}");
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::Planned);
}

#[tokio::test]
async fn caps_per_call_day_and_month_are_kept_and_unknowns_count() {
    for shop in Shop::of_each_kind().await {
        let buyer = shop.buyer(Vendor::IpRoyal);
        let cost = price(&buyer, &order(1)).await;
        let cent = dollars(1);
        let low = SpendOptions::up_to(cost - cent);
        refused(
            &shop,
            buyer.spend(&key("a"), &order(1), &low).await,
            ErrorKind::OverCap,
        );
        for buyer in [
            buyer.clone().per_day(cost - cent),
            buyer.clone().per_month(cost - cent),
        ] {
            let result = buyer.spend(&key("a"), &order(1), &enough()).await;
            let error = refused(&shop, result, ErrorKind::OverCap);
            assert!(error.to_string().contains("cap of"), "{error}");
        }
        // What was refused before it was sent is taken up again under its key.
        let buyer = buyer
            .per_day(cost * Decimal::TWO)
            .per_month(cost * Decimal::TWO);
        shop.fault(&order(1), FaultMode::DropAfter);
        let error = buyer
            .spend(&key("a"), &order(1), &enough())
            .await
            .unwrap_err();
        assert_eq!(error.outcome(), Outcome::Unknown);
        buyer.dismiss(&key("a"), "the test says so").await.unwrap();
        buyer.spend(&key("b"), &order(1), &enough()).await.unwrap();
        let error = buyer
            .spend(&key("c"), &order(1), &enough())
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OverCap, "{error}");
        assert_eq!(shop.posts(), 2);
    }
}

/// Sixteen buyers, each with connections of its own, on one account whose cap leaves room for five.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_caps_hold_under_sixteen_buyers_at_once() {
    for shop in Shop::of_each_kind().await {
        let cost = price(&shop.buyer(Vendor::IpRoyal), &order(1)).await;
        let cap = cost * Decimal::from(5) + dollars(1);
        let mut buying = Vec::new();
        for number in 0..16 {
            let journal = Journal::open(&shop.place).await.unwrap();
            let buyer = shop.buyer_with(Vendor::IpRoyal, journal).per_day(cap);
            buying.push(tokio::spawn(async move {
                buyer
                    .spend(&key(&format!("k{number}")), &order(1), &enough())
                    .await
            }));
        }
        let (mut bought, mut refused) = (0, 0);
        for ended in buying {
            match ended.await.unwrap() {
                Ok(_) => bought += 1,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::OverCap, "{error}");
                    refused += 1;
                }
            }
        }
        assert_eq!((bought, refused), (5, 11));
        let charged: Decimal = shop
            .sandbox
            .ledger()
            .iter()
            .map(|it| it.amount.parse::<Decimal>().unwrap())
            .sum();
        assert_eq!(charged, cost * Decimal::from(5));
    }
}

#[tokio::test]
async fn a_balance_that_does_not_suffice_is_seen_before_anything_is_sent() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::ProxyShard);
    let bandwidth = proxyshard::spend::bandwidth(1004, 5000, None).unwrap();
    let result = buyer
        .spend(
            &key("b"),
            &bandwidth,
            &SpendOptions::up_to(dollars(100_000_000)),
        )
        .await;
    let error = refused(&shop, result, ErrorKind::Funds);
    assert!(error.to_string().contains("balance"), "{error}");
    // It waits for the money under the same key.
    assert_eq!(buyer.entries().await.unwrap()[0].state, EntryState::Planned);
}

#[tokio::test]
async fn a_price_that_can_not_be_learned_stops_the_purchase() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::IpRoyal);
    let no_such_plan = iproyal::spend::order(&iproyal::NewOrder::new(123, 999, 789, 1)).unwrap();
    let error = buyer
        .spend(&key("p"), &no_such_plan, &enough())
        .await
        .unwrap_err();
    assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
    assert_eq!(shop.posts(), 0);
}

#[tokio::test]
async fn a_dry_run_says_it_all_and_sends_nothing_that_spends() {
    for spend in spends() {
        let shop = Shop::open().await;
        let buyer = shop.buyer(spend.vendor());
        let run = buyer.dry_run(None, &spend, &enough()).await.unwrap();
        assert_eq!(run.method, "POST", "{spend:?}");
        assert!(run.would_send() && run.refusal.is_none(), "{run:?}");
        assert!(run.path.starts_with('/'));
        assert_eq!(run.quote.is_some(), spend.vendor() != Vendor::SmartProxy);
        let nothing = SpendOptions::up_to(Decimal::ZERO);
        let run = buyer.dry_run(None, &spend, &nothing).await.unwrap();
        assert_eq!(
            run.refusal.is_some(),
            spend.vendor() != Vendor::SmartProxy,
            "{spend:?}"
        );
        assert_eq!(shop.posts(), 0);
        assert_eq!(buyer.entries().await.unwrap(), []);
    }
}

/// A dry run refuses with the error that the spend then fails with.
#[tokio::test]
async fn a_dry_run_refuses_what_the_spend_refuses() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::IpRoyal);
    let agree = async |buyer: &Buyer, name: &str, request: &SpendRequest, options| {
        let before = buyer.entries().await.unwrap();
        let run = buyer.dry_run(Some(&key(name)), request, &options).await;
        assert_eq!(buyer.entries().await.unwrap(), before);
        let forecast = run.unwrap().refusal.unwrap();
        let error = buyer.spend(&key(name), request, &options).await;
        let error = error.unwrap_err();
        assert_eq!(forecast.to_string(), error.to_string());
        assert_eq!(
            (forecast.kind(), forecast.outcome()),
            (error.kind(), error.outcome())
        );
        error
    };
    let bought = buyer.spend(&key("a"), &order(1), &enough()).await.unwrap();
    // What is recorded is shown, and the vendor is not asked.
    let requests = shop.sandbox.requests().len();
    let run = buyer.dry_run(Some(&key("a")), &order(1), &enough()).await;
    let run = run.unwrap();
    assert!(!run.would_send() && run.refusal.is_none());
    let entry = run.recorded.unwrap();
    assert_eq!(
        (entry.state, entry.order),
        (EntryState::Confirmed, Some(bought.order))
    );
    assert_eq!(shop.sandbox.requests().len(), requests);
    let recorded = buyer.recorded(&key("a"), &order(1), &enough()).await;
    assert!(recorded.unwrap().unwrap().is_recorded);

    let error = agree(&buyer, "a", &order(2), enough()).await;
    assert_eq!(error.kind(), ErrorKind::KeyReused);
    assert_eq!(error.idempotency_key(), Some("a"));
    let cent = SpendOptions::up_to(dollars(1));
    let error = agree(&buyer, "b", &order(1), cent).await;
    assert_eq!(error.kind(), ErrorKind::OverCap);
    let capped = buyer.clone().per_day(dollars(1));
    let error = agree(&capped, "c", &order(1), enough()).await;
    assert_eq!(error.kind(), ErrorKind::OverCap);

    shop.fault(&order(1), FaultMode::DropAfter);
    let lost = buyer.spend(&key("d"), &order(1), &enough()).await;
    assert!(lost.unwrap_err().may_have_taken_effect());
    for name in ["d", "e"] {
        let error = agree(&buyer, name, &order(1), enough()).await;
        assert_eq!(error.kind(), ErrorKind::Unsettled);
        assert_eq!(error.idempotency_key(), Some("d"));
    }
    let run = buyer.dry_run(None, &order(1), &enough()).await.unwrap();
    assert_eq!(run.refusal.unwrap().kind(), ErrorKind::Unsettled);
    buyer.dismiss(&key("d"), "the test says so").await.unwrap();
    let error = agree(&buyer, "d", &order(1), enough()).await;
    assert_eq!(error.kind(), ErrorKind::Refused);
}

/// Two accounts and many tasks share one journal in memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_journal_in_memory_keeps_keys_caps_and_locks() {
    let shop = Shop::open().await;
    let journal = Journal::in_memory().await.unwrap();
    let buyer = |account: &str| {
        let buyer = shop.buyer_with(Vendor::IpRoyal, journal.clone());
        buyer.account(account).unwrap()
    };
    let cost = price(&buyer("one"), &order(1)).await;
    let mut buying = Vec::new();
    for number in 0..8 {
        for account in ["one", "two"] {
            let buyer = buyer(account).per_day(cost * Decimal::TWO + dollars(1));
            let key = key(&format!("k{number}"));
            buying.push(tokio::spawn(async move {
                buyer.spend(&key, &order(1), &enough()).await
            }));
        }
    }
    let mut bought = 0;
    for ended in buying {
        match ended.await.unwrap() {
            Ok(_) => bought += 1,
            Err(error) => assert_eq!(error.kind(), ErrorKind::OverCap, "{error}"),
        }
    }
    assert_eq!((bought, shop.posts()), (4, 4));
    let entries = buyer("one").entries().await.unwrap();
    let made = entries.iter().find(|it| it.state.is_done()).unwrap();
    let again = buyer("one").spend(&made.key, &order(1), &enough()).await;
    assert!(again.unwrap().is_recorded);
    // Another journal in memory knows nothing of it.
    let other = Journal::in_memory().await.unwrap();
    assert_eq!(other.entries(&Default::default()).await.unwrap(), []);
}

#[tokio::test]
async fn smartproxy_takes_back_what_costs_more_than_it_may() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::SmartProxy);
    let package = smartproxy::NewOrder {
        amount: Some(2),
        ..smartproxy::NewOrder::new(1003, 0)
    };
    let spend = smartproxy::spend::order(&package).unwrap();
    let error = buyer
        .spend(&key("s"), &spend, &SpendOptions::up_to(dollars(639)))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::OverCap, Outcome::Rejected),
        "{error}"
    );
    let entry = buyer.entries().await.unwrap().remove(0);
    assert_eq!(entry.state, EntryState::Rejected);
    let order = buyer.client().order(&entry.order.unwrap()).await.unwrap();
    assert_eq!(order.state, proxy_orders::OrderState::Cancelled);
    // Create and close.
    assert_eq!(shop.posts(), 2);
}

#[tokio::test]
async fn a_renewal_at_smartproxy_looks_its_packages_up_and_keeps_its_key() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::SmartProxy);
    let wanted = Purchase {
        product: "1001".to_owned(),
        location: Some("US".to_owned()),
        quantity: 1,
        pay_with: Some("1".to_owned()),
        ..Purchase::default()
    };
    let made = buyer.buy(&key("new"), &wanted, &enough()).await.unwrap();
    shop.sandbox.advance(Duration::from_secs(60));
    let renewal = proxy_orders::Renewal {
        product: Some("1019".to_owned()),
        pay_with: Some("1".to_owned()),
        ..proxy_orders::Renewal::default()
    };
    let renewed = buyer
        .renew(&key("again"), &made.order, &renewal, &enough())
        .await
        .unwrap();
    assert_ne!(renewed.order, made.order);
    let requests = shop.sandbox.requests();
    let last = requests
        .iter()
        .rev()
        .find(|it| it.method == "POST")
        .unwrap();
    assert!(last.body.contains("\"upids\""), "{}", last.body);
    let posts = shop.posts();
    let again = buyer
        .renew(&key("again"), &made.order, &renewal, &enough())
        .await
        .unwrap();
    assert!(again.is_recorded && shop.posts() == posts);
}

#[tokio::test]
async fn what_somebody_else_bought_meanwhile_is_not_adopted_blindly() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::IpRoyal);
    shop.fault(&order(1), FaultMode::DropAfter);
    buyer
        .spend(&key("mine"), &order(1), &enough())
        .await
        .unwrap_err();
    // The same thing, by hand, past the journal.
    let transport = buyer.client().transport();
    let operation = Vendor::IpRoyal.operation("create_order").unwrap();
    let by_hand = proxy_orders::RawRequest::to(operation, &[]).unwrap();
    transport
        .send(by_hand.json(order(1).body().clone()))
        .await
        .unwrap();
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(found.entry.state, EntryState::Unknown);
    assert!(found.needs_review.unwrap().contains("several"));
    let blocked = buyer
        .spend(&key("next"), &order(1), &enough())
        .await
        .unwrap_err();
    assert_eq!(blocked.kind(), ErrorKind::Unsettled);
    let options = enough().despite_unknown("both orders were looked at");
    buyer
        .spend(&key("next"), &order(1), &options)
        .await
        .unwrap();
    let next = buyer.entries().await.unwrap().pop().unwrap();
    let history = shop.journal.history(&next).await.unwrap();
    assert!(
        history[0]
            .note
            .as_deref()
            .unwrap()
            .contains("both orders were looked at")
    );
    buyer
        .dismiss(&key("mine"), "it is one of the two")
        .await
        .unwrap();
    buyer
        .spend(&key("last"), &order(1), &enough())
        .await
        .unwrap();
    let error = buyer.dismiss(&key("last"), "no reason").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

/// A vendor is given time before "nothing was made" is said.
#[tokio::test]
async fn nothing_found_is_not_called_nothing_made_too_early() {
    let shop = Shop::open().await;
    let buyer = shop
        .buyer(Vendor::IpRoyal)
        .grace_period(Duration::from_secs(3600));
    shop.fault(&order(1), FaultMode::DropBefore);
    buyer
        .spend(&key("a"), &order(1), &enough())
        .await
        .unwrap_err();
    let found = buyer.reconcile().await.unwrap().remove(0);
    assert_eq!(
        (found.entry.state, found.needs_review),
        (EntryState::Unknown, None)
    );
    assert!(found.wait.unwrap() > Duration::from_secs(3000));
    let found = buyer
        .grace_period(Duration::ZERO)
        .reconcile()
        .await
        .unwrap()
        .remove(0);
    assert_eq!(found.entry.state, EntryState::NotMade);
}

/// The baseline holds over several pages, at vendors whose lists run either way.
#[tokio::test]
async fn an_account_with_many_orders_is_reconciled_too() {
    for spend in spends() {
        let shop = Shop::with(Sandbox::builder().extra_orders(230), None).await;
        let buyer = shop.buyer(spend.vendor());
        shop.fault(&spend, FaultMode::DropAfter);
        buyer.spend(&key("a"), &spend, &enough()).await.unwrap_err();
        let found = buyer.reconcile().await.unwrap().remove(0);
        assert_eq!(found.entry.state, EntryState::Reconciled, "{found:?}");
        let before = found.entry.baseline.unwrap();
        if before.order.is_empty() {
            assert!(
                before.total.unwrap() > 230 && before.newest.is_some(),
                "{before:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_second_buyer_waits_for_its_turn_and_says_so_when_it_does_not_come() {
    let shop = Shop::open().await;
    let first = shop.buyer(Vendor::IpRoyal);
    let second = shop
        .buyer(Vendor::IpRoyal)
        .lock_timeout(Duration::from_millis(200));
    shop.fault(&order(1), FaultMode::HangAfter);
    let hanging = tokio::spawn(async move { first.spend(&key("a"), &order(1), &enough()).await });
    while shop.posts() == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let error = second
        .spend(&key("b"), &order(1), &enough())
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::Busy, Outcome::NotSent),
        "{error}"
    );
    let error = hanging.await.unwrap().unwrap_err();
    assert!(error.may_have_taken_effect());
}

#[tokio::test]
async fn the_journal_holds_neither_key_nor_password_and_is_its_owners_alone() {
    let shop = Shop::open().await;
    let mut secrets = vec![KEY.to_owned()];
    for spend in spends() {
        // Of one account, as it is by default: by the fingerprint of its credential.
        let buyer = Buyer::shared(shop.client(spend.vendor()), shop.journal.clone());
        let receipt = buyer
            .spend(&key(spend.operation().id), &spend, &enough())
            .await
            .unwrap();
        assert!(!buyer.account_name().contains(KEY));
        shop.sandbox.advance(Duration::from_secs(10));
        if spend.vendor() != Vendor::SmartProxy
            && let Ok(proxies) = buyer.client().proxies(&receipt.order).await
        {
            let passwords = proxies.into_iter().filter_map(|it| it.password);
            secrets.extend(passwords.map(|it| it.expose().to_owned()));
        }
    }
    assert!(secrets.len() > 5, "{}", secrets.len());
    let export =
        serde_json::to_string(&shop.journal.entries(&Default::default()).await.unwrap()).unwrap();
    assert!(export.contains("create_order"));
    let mut files = vec![export.into_bytes()];
    for file in fs::read_dir(shop.folder.path()).unwrap() {
        let path = file.unwrap().path();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", path.display());
        }
        files.push(fs::read(path).unwrap());
    }
    assert!(files.len() >= 3);
    for (bytes, secret) in files
        .iter()
        .flat_map(|bytes| secrets.iter().map(move |it| (bytes, it)))
    {
        let is_there = bytes
            .windows(secret.len())
            .any(|piece| piece == secret.as_bytes());
        assert!(!is_there, "{secret}");
    }
}

#[tokio::test]
async fn a_credential_in_the_request_is_refused() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::SmartProxy);
    let operation = Vendor::SmartProxy.operation("create_order").unwrap();
    let body = serde_json::json!({"pid": 1003, "pm_id": 1, "amount": 1, "app_key": KEY});
    let spend = SpendRequest::new(operation, [], Vec::new(), Some(body)).unwrap();
    let error = refused(
        &shop,
        buyer.spend(&key("a"), &spend, &enough()).await,
        ErrorKind::InvalidInput,
    );
    assert!(!error.to_string().contains(KEY));
    let reading = Vendor::SmartProxy.operation("list_orders").unwrap();
    assert_eq!(
        SpendRequest::new(reading, [], Vec::new(), None)
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidInput
    );
}

#[tokio::test]
async fn an_empty_list_never_extends_all() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::IpRoyal);
    let operation = Vendor::IpRoyal.operation("extend_order").unwrap();
    let body = serde_json::json!({"product_plan_id": 456, "proxies": []});
    let path = [("order_id".to_owned(), "420".to_owned())];
    let spend = SpendRequest::new(operation, path, Vec::new(), Some(body)).unwrap();
    refused(
        &shop,
        buyer.spend(&key("a"), &spend, &enough()).await,
        ErrorKind::InvalidInput,
    );
}

#[tokio::test]
async fn a_journal_of_a_newer_version_or_of_no_kind_is_left_alone() {
    let shop = Shop::open().await;
    sqlite(&shop, "UPDATE journal_version SET version = 99").await;
    let error = Journal::open(&shop.place).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal);
    assert!(error.to_string().contains("99"), "{error}");
    let text = shop.folder.path().join("notes.txt");
    fs::write(&text, "this is no journal, and it shall stay as it is").unwrap();
    let error = Journal::sqlite(&text).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Journal, "{error}");
    assert!(fs::read_to_string(&text).unwrap().ends_with("as it is"));
    let error = Journal::open("mysql://user:secret@host/db")
        .await
        .unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

async fn sqlite(shop: &Shop, statement: &str) {
    use sqlx::Connection;
    let url = format!("sqlite://{}", shop.place);
    let mut connection = sqlx::AnyConnection::connect(&url).await.unwrap();
    sqlx::query(statement)
        .execute(&mut connection)
        .await
        .unwrap();
}

/// Amounts that can't be added up are above every cap.
#[tokio::test]
async fn an_enormous_cap_overflows_nothing() {
    let shop = Shop::open().await;
    let buyer = shop.buyer(Vendor::SmartProxy);
    let package = smartproxy::NewOrder {
        amount: Some(1),
        ..smartproxy::NewOrder::new(1003, 0)
    };
    let spend = smartproxy::spend::order(&package).unwrap();
    let enormous = SpendOptions::up_to(Decimal::MAX);
    shop.fault(&spend, FaultMode::DropAfter);
    let error = buyer.spend(&key("a"), &spend, &enormous).await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    buyer.dismiss(&key("a"), "the test says so").await.unwrap();
    let capped = buyer.per_day(dollars(1_000_000));
    let error = capped
        .spend(&key("b"), &spend, &enormous)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (ErrorKind::OverCap, Outcome::NotSent),
        "{error}"
    );
    assert_eq!(shop.posts(), 1);
}
