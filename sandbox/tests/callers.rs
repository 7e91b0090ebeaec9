//! Callers that name themselves: their faults, and what they bought.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::collections::BTreeMap;

use common::wire::{IPROYAL, PROXYSHARD, SMARTPROXY, exchange, request};
use proxy_orders_sandbox::{Fault, FaultMode, Sandbox};

/// Asks for the balance as a caller, and returns whether a fault strikes.
async fn is_struck(sandbox: &Sandbox, caller: &str) -> bool {
    let caller = format!("x-sandbox-caller: {caller}");
    let headers = ["x-access-token: sandbox-test", &caller, "connection: close"];
    let path = "/iproyal/v1/reseller/balance";
    let seen = exchange(sandbox.address(), &request("GET", path, &headers, "")).await;
    seen.status() == 429
}

/// Lets callers ask one after the other, and returns by caller which of its calls are struck.
async fn struck(callers: impl Iterator<Item = &'static str>) -> BTreeMap<&'static str, Vec<bool>> {
    let sandbox = Sandbox::builder().seed(1).start().await.unwrap();
    let odds = Fault {
        probability: 0.5,
        ..Fault::new(FaultMode::Status429)
    };
    sandbox.faults(vec![odds]).unwrap();
    let mut struck = BTreeMap::<_, Vec<_>>::new();
    for caller in callers {
        let one = is_struck(&sandbox, caller).await;
        struck.entry(caller).or_default().push(one);
    }
    struck
}

#[tokio::test]
async fn each_caller_meets_its_own_faults_whatever_the_others_do() {
    let in_turn = struck(["one", "two"].into_iter().cycle().take(40)).await;
    let in_blocks = struck(["one"; 20].into_iter().chain(["two"; 20])).await;
    assert_eq!(in_turn, in_blocks);
    assert_ne!(in_turn["one"], in_turn["two"]);
}

#[tokio::test]
async fn what_a_caller_bought_is_known_by_its_name() {
    let sandbox = Sandbox::start().await.unwrap();
    let orders = [
        (IPROYAL.path, IPROYAL.header, IPROYAL.body, "20001"),
        (PROXYSHARD.path, PROXYSHARD.header, PROXYSHARD.body, "1026"),
    ];
    for (path, header, body, _) in orders {
        let me = "x-sandbox-caller: me";
        let headers = [
            header,
            me,
            "content-type: application/json",
            "connection: close",
        ];
        let seen = exchange(sandbox.address(), &request("POST", path, &headers, body)).await;
        assert_eq!(seen.status(), 200, "{seen:?}");
    }
    // An unpaid order has no charge yet, and a caller without a name has bought, too.
    let made = SMARTPROXY.buy(&sandbox).await.json();
    // A refused call has bought nothing.
    let headers = [IPROYAL.header, "connection: close"];
    let refused = request("POST", IPROYAL.path, &headers, "{}");
    exchange(sandbox.address(), &refused).await;
    let spent = sandbox.spent();
    let found = spent
        .iter()
        .map(|it| (it.caller.as_str(), it.order.as_str()));
    let trade_no = made["data"]["trade_no"].as_str().unwrap();
    assert!(
        found.eq([("me", "20001"), ("me", "1026"), ("", trade_no)]),
        "{spent:?}"
    );
}
