//! The faults: their effects on the caller and on the ledger.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::wire::{
    End, IPROYAL, PROXYSHARD, SMARTPROXY, Seen, Shop, charged, exchange, read, read_until, request,
};
use common::{DELAY, get, sandbox};
use proxy_orders_sandbox::{Cause, Fault, FaultMode, Sandbox, Vendor, fingerprint};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// A fault that strikes one purchase.
fn once(mode: FaultMode, shop: &Shop) -> Vec<Fault> {
    vec![Fault {
        operation: Some(shop.purchase.to_owned()),
        times: Some(1),
        ..Fault::new(mode)
    }]
}

/// Starts a sandbox in which something always goes wrong.
async fn with(mode: FaultMode) -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.faults(vec![Fault::new(mode)]).unwrap();
    sandbox
}

/// Returns the number of orders, as the vendor tells it.
async fn orders(sandbox: &Sandbox) -> Value {
    get(sandbox, "/orders").await.ok()["meta"]["total"].clone()
}

/// Checks that one purchase was made and charged.
#[track_caller]
fn is_charged_once(sandbox: &Sandbox) {
    let ledger = sandbox.ledger();
    assert_eq!(ledger.len(), 1, "{ledger:?}");
    let charge = &ledger[0];
    assert_eq!(charge.sequence, 1);
    assert_eq!(charge.vendor, Vendor::IpRoyal);
    assert_eq!(charge.account, fingerprint("sandbox-test"));
    assert_eq!(charge.order, "20001");
    assert_eq!(charge.amount, IPROYAL.price);
    assert_eq!(charge.cause, Cause::Purchase);
    assert_eq!(charge.paid_from, "balance");
}

#[tokio::test]
async fn without_faults_a_purchase_is_charged() {
    let sandbox = sandbox().await;
    let seen = IPROYAL.buy(&sandbox).await;
    assert_eq!((seen.status(), seen.end), (200, End::Closed));
    is_charged_once(&sandbox);
}

/// The mode, the status and the end that the caller sees, and the charges.
#[rustfmt::skip]
const STRUCK: [(FaultMode, u16, End, usize); 7] = [
    (FaultMode::DropBefore, 0, End::Reset, 0),
    (FaultMode::DropAfter, 0, End::Reset, 1),
    (FaultMode::Status500After, 500, End::Closed, 1),
    (FaultMode::Html502, 502, End::Closed, 0),
    (FaultMode::Status429, 429, End::Closed, 0),
    (FaultMode::Redirect307, 307, End::Closed, 0),
    (FaultMode::TruncatedJson, 200, End::Closed, 1),
];

#[tokio::test]
async fn a_fault_strikes_one_purchase_and_the_next_one_is_made() {
    for (mode, status, end, charges) in STRUCK {
        let sandbox = sandbox().await;
        sandbox.faults(once(mode, &IPROYAL)).unwrap();
        let seen = IPROYAL.buy(&sandbox).await;
        assert_eq!((seen.status(), seen.end), (status, end), "{mode:?}");
        assert_eq!(sandbox.ledger().len(), charges, "{mode:?}");
        assert_eq!(orders(&sandbox).await, 14 + charges, "{mode:?}");
        match mode {
            FaultMode::Status500After => {
                assert_eq!(seen.json(), json!({ "message": "Server Error" }));
            }
            FaultMode::Html502 => {
                let html = Some("text/html; charset=utf-8");
                assert_eq!(seen.header("content-type"), html);
                assert!(seen.body().starts_with("<html>"));
            }
            FaultMode::Status429 => assert_eq!(seen.header("retry-after"), Some("1")),
            FaultMode::Redirect307 => {
                assert_eq!(seen.header("location"), Some("/iproyal/v1/reseller/orders"));
            }
            FaultMode::TruncatedJson => {
                let promised: usize = seen.header("content-length").unwrap().parse().unwrap();
                assert!(promised > 2);
                assert_eq!(seen.body().len(), promised / 2);
            }
            _ => assert_eq!(seen.text, ""),
        }
        if charges == 1 {
            is_charged_once(&sandbox);
        } else {
            IPROYAL.buy(&sandbox).await.json();
            is_charged_once(&sandbox);
            assert_eq!(sandbox.requests().len(), 3);
        }
    }
}

#[tokio::test]
async fn a_reset_hits_a_connection_that_was_good_before() {
    let sandbox = sandbox().await;
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let headers = ["x-access-token: sandbox-test"];
    let balance = request("GET", "/iproyal/v1/reseller/balance", &headers, "");
    stream.write_all(&balance).await.unwrap();
    read_until(&mut stream, "884.05").await;
    sandbox
        .faults(once(FaultMode::DropAfter, &IPROYAL))
        .unwrap();
    stream.write_all(&IPROYAL.bytes()).await.unwrap();
    let second = read(&mut stream, Duration::from_secs(60)).await;
    assert_eq!((second.text.as_str(), second.end), ("", End::Reset));
    is_charged_once(&sandbox);
}

/// Buys in a sandbox that never answers, and returns the open connection.
async fn hanging() -> (Sandbox, TcpStream) {
    let sandbox = sandbox().await;
    let hang = once(FaultMode::HangAfter, &IPROYAL);
    sandbox.faults(hang).unwrap();
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    stream.write_all(&IPROYAL.bytes()).await.unwrap();
    charged(&sandbox).await;
    (sandbox, stream)
}

#[tokio::test]
async fn hang_after_buys_and_hangs_until_the_sandbox_stops() {
    let (sandbox, mut stream) = hanging().await;
    is_charged_once(&sandbox);
    let seen = read(&mut stream, Duration::from_millis(300)).await;
    assert_eq!((seen.text.as_str(), seen.end), ("", End::Open));
    let (seen, ()) = tokio::join!(read(&mut stream, Duration::from_secs(60)), sandbox.stop());
    assert_eq!((seen.text.as_str(), seen.end), ("", End::Reset));
}

#[tokio::test]
async fn a_caller_that_stops_waiting_can_go_on() {
    let (sandbox, stream) = hanging().await;
    drop(stream);
    is_charged_once(&sandbox);
    assert_eq!(IPROYAL.buy(&sandbox).await.status(), 200);
}

#[tokio::test]
async fn a_redirect_keeps_the_query() {
    let sandbox = with(FaultMode::Redirect307).await;
    let path = "/iproyal/v1/reseller/orders?order_ids[]=1&note_search=a%20b";
    let seen = IPROYAL.get(&sandbox, path).await;
    assert_eq!(seen.header("location"), Some(path));
}

#[tokio::test]
async fn slow_bodies_come_whole_but_in_pieces() {
    let sandbox = sandbox().await;
    sandbox.faults(once(FaultMode::SlowBody, &IPROYAL)).unwrap();
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    stream.write_all(&IPROYAL.bytes()).await.unwrap();
    let mut reads = 0;
    let mut bytes = Vec::new();
    while tokio::io::AsyncReadExt::read_buf(&mut stream, &mut bytes)
        .await
        .unwrap()
        > 0
    {
        reads += 1;
    }
    assert!(reads > 10, "{reads}");
    let text = String::from_utf8(bytes).unwrap();
    let seen = Seen {
        text,
        end: End::Closed,
    };
    assert_eq!(seen.json()["id"], 20001);
    is_charged_once(&sandbox);
}

#[tokio::test]
async fn identities_go_missing_at_every_vendor() {
    let sandbox = with(FaultMode::MissingId).await;
    let order = IPROYAL.buy(&sandbox).await.json();
    assert_eq!(order.get("id"), None);
    assert_eq!(order["quantity"], 10);
    let list = get(&sandbox, "/orders").await.ok();
    let listed = list["data"].as_array().unwrap();
    assert_eq!(listed.len(), 10);
    assert!(listed.iter().all(|order| order.get("id").is_none()));
    let bought = PROXYSHARD.buy(&sandbox).await.json();
    assert_eq!(
        bought,
        json!({ "success": true, "message": "Order paid successfully" })
    );
    let created = SMARTPROXY.buy(&sandbox).await.json();
    assert_eq!(created["code"], 0);
    assert_eq!(created["data"].get("trade_no"), None);
    assert_eq!(created["data"]["total_fee"], 15);
    assert_eq!(sandbox.ledger().len(), 2);
}

#[tokio::test]
async fn statuses_become_unheard_of() {
    let sandbox = with(FaultMode::UnknownStatus).await;
    let order = IPROYAL.buy(&sandbox).await.json();
    assert_eq!(order["status"], "unheard-of");
    let created = SMARTPROXY.buy(&sandbox).await.json();
    assert_eq!(created["data"]["status"], 99);
    assert_eq!(created["code"], 0);
    let order = PROXYSHARD
        .get(&sandbox, "/proxyshard/user/api/orders/1001")
        .await;
    assert_eq!(order.json()["order"]["status"], "unheard-of");
}

#[tokio::test]
async fn all_but_identities_become_null() {
    let sandbox = with(FaultMode::NullFields).await;
    let order = IPROYAL.buy(&sandbox).await.json();
    let others = order
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| *name != "id");
    assert!(others.clone().count() > 10);
    assert!(others.clone().all(|(_, value)| value.is_null()), "{order}");
    assert_eq!(order["id"], 20001);
    let bought = PROXYSHARD.buy(&sandbox).await.json();
    assert_eq!(
        bought,
        json!({ "success": true, "message": null, "order_id": 1026 })
    );
    let created = SMARTPROXY.buy(&sandbox).await.json();
    assert!(created["data"]["trade_no"].is_string());
    assert_eq!(created["data"]["total_fee"], Value::Null);
    assert_eq!(sandbox.ledger().len(), 2);
    // What is refused is refused as ever.
    assert_eq!(get(&sandbox, "/orders/1").await.status, 404);
}

#[tokio::test]
async fn prices_move_between_quote_and_purchase() {
    let sandbox = with(FaultMode::PriceMove).await;
    let amounts = || -> Vec<_> { sandbox.ledger().into_iter().map(|one| one.amount).collect() };
    let quote = "/orders/calculate-pricing?product_id=123&product_plan_id=456&product_location_id=789&quantity=10";
    assert_eq!(get(&sandbox, quote).await.ok()["price_with_vat"], 30);
    IPROYAL.buy(&sandbox).await.json();
    assert_eq!(get(&sandbox, "/balance").await.ok(), 848.05);
    let quote = "/proxyshard/user/api/orders/calculate?product=Datacenter%20Proxy&location=DE&cycle=monthly&quantity=2";
    let quote = PROXYSHARD.get(&sandbox, quote).await.json();
    assert_eq!(quote["final_price"], 300);
    PROXYSHARD.buy(&sandbox).await.json();
    let created = SMARTPROXY.buy(&sandbox).await.json();
    assert_eq!(created["data"]["pay_fee"], 18);
    assert_eq!(amounts(), ["36.00", "3.60"]);
    let order = PROXYSHARD
        .get(&sandbox, "/proxyshard/user/api/orders/1026")
        .await;
    assert_eq!(order.json()["order"]["price_paid"], 360);

    // One that strikes once waits for something to be paid.
    let one_time = Fault {
        times: Some(1),
        ..Fault::new(FaultMode::PriceMove)
    };
    sandbox.faults(vec![one_time]).unwrap();
    get(&sandbox, "/orders").await.ok();
    assert_eq!(sandbox.state().faults[0].times, Some(1));
    IPROYAL.buy(&sandbox).await.json();
    assert_eq!(sandbox.state().faults[0].times, Some(0));
    IPROYAL.buy(&sandbox).await.json();
    assert_eq!(amounts()[2..], ["36.00", "30.00"]);
}

#[tokio::test]
async fn provisioning_takes_its_time() {
    let sandbox = with(FaultMode::SlowProvisioning).await;
    let path = format!("/orders/{}", IPROYAL.buy(&sandbox).await.json()["id"]);
    sandbox.advance(DELAY * 19);
    assert_eq!(get(&sandbox, &path).await.ok()["status"], "in-progress");
    sandbox.advance(DELAY);
    assert_eq!(get(&sandbox, &path).await.ok()["status"], "confirmed");

    let bought = PROXYSHARD.buy(&sandbox).await.json();
    let path = format!(
        "/proxyshard/user/api/proxies/active?order_id={}",
        bought["order_id"]
    );
    sandbox.advance(DELAY * 19);
    let empty = PROXYSHARD.get(&sandbox, &path).await.json();
    assert_eq!(empty["data"], json!([]));
    sandbox.advance(DELAY);
    let ready = PROXYSHARD.get(&sandbox, &path).await.json();
    assert_eq!(ready["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_filter_for_what_expires_soon_lies() {
    let sandbox = sandbox().await;
    let path = "/orders?status_is_expiring_soon=true";
    assert_eq!(get(&sandbox, path).await.ok()["meta"]["total"], 1);
    let lie = Fault {
        times: Some(1),
        ..Fault::new(FaultMode::LyingExpiryFilter)
    };
    sandbox.faults(vec![lie]).unwrap();
    // It waits for somebody to filter.
    assert_eq!(
        get(&sandbox, "/orders?status=unpaid").await.ok()["meta"]["total"],
        1
    );
    assert_eq!(get(&sandbox, path).await.ok()["meta"]["total"], 14);
    assert_eq!(get(&sandbox, path).await.ok()["meta"]["total"], 1);
}

/// The first page never moves; the second and the third move in opposite directions.
#[tokio::test]
async fn pages_shift() {
    let sandbox = sandbox().await;
    let ids = async |page: i64| {
        let seen = get(&sandbox, &format!("/orders?per_page=3&page={page}")).await;
        let list = seen.ok()["data"].clone();
        let ids = list.as_array().unwrap().iter();
        ids.map(|it| it["id"].as_i64().unwrap()).collect::<Vec<_>>()
    };
    let still = [ids(1).await, ids(2).await, ids(3).await, ids(4).await];
    sandbox
        .faults(vec![Fault::new(FaultMode::ShiftedPages)])
        .unwrap();
    assert_eq!(ids(1).await, still[0]);
    let second = ids(2).await;
    assert_eq!(second[0], still[0][2]);
    assert_eq!(second[1..], still[1][..2]);
    let third = ids(3).await;
    assert_eq!(third[..2], still[2][1..]);
    assert_eq!(third[2], still[3][0]);
}

#[tokio::test]
async fn faults_strike_what_they_match() {
    let sandbox = sandbox().await;
    let at_proxyshard = Fault {
        vendor: Some(Vendor::ProxyShard),
        ..Fault::new(FaultMode::Status429)
    };
    let in_balance = Fault {
        operation: Some("get_balance".to_owned()),
        ..Fault::new(FaultMode::Status500After)
    };
    sandbox.faults(vec![at_proxyshard, in_balance]).unwrap();
    let status = |path| {
        let seen = PROXYSHARD.get(&sandbox, path);
        async move { seen.await.status() }
    };
    assert_eq!(status("/proxyshard/health").await, 429);
    assert_eq!(PROXYSHARD.buy(&sandbox).await.status(), 429);
    assert_eq!(get(&sandbox, "/balance").await.status, 500);
    assert_eq!(get(&sandbox, "/cards").await.status, 200);
    assert_eq!(SMARTPROXY.buy(&sandbox).await.status(), 200);
    // What is no operation has no faults.
    assert_eq!(status("/proxyshard/nothing").await, 404);
    sandbox.clear_faults();
    assert_eq!(PROXYSHARD.buy(&sandbox).await.status(), 200);
    assert!(sandbox.state().faults.is_empty());
}

/// Returns for each of forty calls whether a fault of even odds strikes it.
async fn struck(seed: u64) -> Vec<bool> {
    let sandbox = Sandbox::builder().seed(seed).start().await.unwrap();
    let odds = Fault {
        probability: 0.5,
        ..Fault::new(FaultMode::Status429)
    };
    let never = Fault {
        probability: 0.0,
        ..Fault::new(FaultMode::Html502)
    };
    sandbox.faults(vec![never, odds]).unwrap();
    let mut struck = Vec::new();
    for _ in 0..40 {
        struck.push(get(&sandbox, "/balance").await.status == 429);
    }
    struck
}

#[tokio::test]
async fn odds_are_drawn_from_the_seed() {
    let (one, same, other) = (struck(1).await, struck(1).await, struck(2).await);
    assert_eq!(one, same);
    assert_ne!(one, other);
    assert!(one.contains(&true) && one.contains(&false));
}

#[tokio::test]
async fn faults_that_make_no_sense_are_refused_and_change_nothing() {
    let sandbox = sandbox().await;
    let good = vec![Fault::new(FaultMode::Status429)];
    sandbox.faults(good.clone()).unwrap();
    let named = |vendor, operation: &str| Fault {
        vendor,
        operation: Some(operation.to_owned()),
        ..Fault::new(FaultMode::DropAfter)
    };
    let odds = |probability| Fault {
        probability,
        ..Fault::new(FaultMode::DropAfter)
    };
    for (bad, words) in [
        (
            named(None, "buy_everything"),
            "no vendor has \"buy_everything\"",
        ),
        (
            named(Some(Vendor::IpRoyal), "get_me"),
            "iproyal has no \"get_me\"",
        ),
        (odds(1.5), "probability"),
        (odds(-0.1), "probability"),
        (odds(f64::NAN), "probability"),
    ] {
        let refused = sandbox.faults(vec![Fault::new(FaultMode::DropAfter), bad]);
        let message = refused.unwrap_err().to_string();
        assert!(message.starts_with("faults[1]."), "{message}");
        assert!(message.contains(words), "{message}");
        assert_eq!(sandbox.state().faults, good);
    }
    assert_eq!(
        exchange(sandbox.address(), &IPROYAL.bytes()).await.status(),
        429
    );
}
