//! The sandbox itself: starting and stopping, seeds, worlds, the clock, and what it remembers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::{KEY, PURCHASE, builder, get, iproyal_as, post, send};
use proxy_orders_sandbox::{Sandbox, Vendor};
use reqwest::{Client, Method};
use serde_json::{Value, json};

async fn seeded(seed: u64) -> Sandbox {
    let builder = builder().seed(seed).provisioning_delay(Duration::ZERO);
    builder.start().await.unwrap()
}

/// Calls SmartProxy with a key that it takes: a GET, or a POST of a body.
async fn smart(sandbox: &Sandbox, path: &str, body: Option<Value>) -> Value {
    let url = format!("{}/pub/{path}", sandbox.base_url(Vendor::SmartProxy));
    let request = match body {
        None => Client::new().get(format!("{url}?app_key={KEY}")),
        Some(mut body) => {
            body["app_key"] = KEY.into();
            Client::new().post(url).body(body.to_string())
        }
    };
    send(request).await.ok()
}

/// Buys a little at IPRoyal and SmartProxy and looks at everything.
async fn world(seed: u64) -> Vec<Value> {
    let sandbox = seeded(seed).await;
    post(&sandbox, "/orders", PURCHASE).await.ok();
    let mut orders = get(&sandbox, "/orders?per_page=100").await.ok();
    // It names the port, which is a random one.
    orders["meta"]["path"].take();
    let body = json!({ "pid": 1002, "pm_id": 1, "amount": 1 });
    let created = smart(&sandbox, "order/create", Some(body)).await;
    let mut seen = vec![orders, created["data"]["trade_no"].clone()];
    for path in [
        "order/list",
        "user-usage-flow/total",
        "whitelist-account/list",
    ] {
        let mut list = smart(&sandbox, path, None).await["data"]["list"].clone();
        // Real time goes on between the calls, so what was just made may be a second older.
        list[0]["created_at"].take();
        seen.push(list);
    }
    sandbox.stop().await;
    seen
}

#[tokio::test]
async fn the_same_seed_makes_the_same_world() {
    let (one, same, other) = (world(7).await, world(7).await, world(8).await);
    // The order that was just bought ends a real moment after it was bought.
    let without_new = |world: &[Value]| {
        let mut world = world.to_vec();
        world[0]["data"][0]["expire_date"].take();
        world
    };
    assert_eq!(without_new(&one), without_new(&same));
    for (one, other) in one.iter().zip(&other) {
        assert_ne!(one, other);
    }
}

#[tokio::test]
async fn each_credential_has_a_world_of_its_own() {
    let sandbox = seeded(0).await;
    let path = "/orders/12345";
    let first = iproyal_as(&sandbox, "sandbox-1", Method::GET, path, None).await;
    let buy = iproyal_as(
        &sandbox,
        "sandbox-1",
        Method::POST,
        "/orders",
        Some(PURCHASE),
    );
    buy.await.ok();
    let balance = |token: &'static str| iproyal_as(&sandbox, token, Method::GET, "/balance", None);
    assert_eq!(balance("sandbox-1").await.ok(), json!(854.05));
    assert_eq!(balance("sandbox-2").await.ok(), json!(884.05));
    let second = iproyal_as(&sandbox, "sandbox-2", Method::GET, path, None).await;
    assert_eq!(first, second);
}

#[tokio::test]
async fn worlds_begin_when_the_sandbox_does() {
    let sandbox = seeded(0).await;
    sandbox.advance(Duration::from_secs(3 * 24 * 3600));
    assert_eq!(get(&sandbox, "/orders/503").await.ok()["status"], "expired");
    let day = 24 * 3600;
    let start = sandbox.now();
    sandbox.advance(Duration::from_secs(day));
    let passed = sandbox.now().duration_since(start).as_secs();
    assert!((day as i64..day as i64 + 60).contains(&passed));
}

#[tokio::test]
async fn the_end_of_time_is_no_trouble() {
    let sandbox = seeded(0).await;
    let toggle = r#"{"order_id":420,"is_enabled":true,"payment_type":"card","card_id":1}"#;
    let toggled = post(&sandbox, "/orders/toggle-auto-extend", toggle);
    toggled.await.ok();
    sandbox.advance(Duration::MAX);
    sandbox.advance(Duration::MAX);
    assert_eq!(get(&sandbox, "/orders/420").await.ok()["status"], "expired");
    let extend = r#"{"product_plan_id":456}"#;
    assert_eq!(
        post(&sandbox, "/orders/12345/extend", extend).await.status,
        422
    );
    let purchase = PURCHASE.replace('}', r#","card_id":1}"#);
    post(&sandbox, "/orders", &purchase).await.ok();
    smart(&sandbox, "user-usage-flow/total", None).await;
}

#[tokio::test]
async fn requests_are_remembered_without_keys() {
    let sandbox = seeded(0).await;
    get(&sandbox, "/orders?note_search=a%20b").await.ok();
    let base = sandbox.base_url(Vendor::SmartProxy);
    let list = format!("{base}/pub/order/list?app_key={KEY}&status=1");
    send(Client::new().get(list)).await.ok();
    let body = format!(r#"{{"app_key": "{KEY}", "trade_no": "string"}}"#);
    let close = Client::new().post(format!("{base}/pub/order/close"));
    send(close.body(body)).await.ok();
    send(Client::new().get(format!("http://{}/nobody", sandbox.address()))).await;

    let requests = sandbox.requests();
    let seen: Vec<_> = requests
        .iter()
        .map(|r| [&r.method, &r.path, &r.query, &r.body].map(String::as_str))
        .collect();
    let closing = r#"{"app_key": "***", "trade_no": "string"}"#;
    #[rustfmt::skip]
    let expected = [
        ["GET", "/iproyal/v1/reseller/orders", "note_search=a%20b", ""],
        ["GET", "/smartproxy/pub/order/list", "app_key=***&status=1", ""],
        ["POST", "/smartproxy/pub/order/close", "", closing],
        ["GET", "/nobody", "", ""],
    ];
    assert_eq!(seen, expected);
    assert!(!format!("{requests:?}").contains(KEY));
}

#[tokio::test]
async fn the_environment_leads_here() {
    let sandbox = Sandbox::start().await.unwrap();
    let environment = sandbox.environment();
    let names: Vec<_> = environment.iter().map(|(name, _)| *name).collect();
    let expected = [
        "IPROYAL_TOKEN",
        "IPROYAL_BASE_URL",
        "PROXYSHARD_API_KEY",
        "PROXYSHARD_BASE_URL",
        "SMARTPROXY_APP_KEY",
        "SMARTPROXY_BASE_URL",
    ];
    assert_eq!(names, expected);
    assert_eq!(environment[4].1.len(), 32);
    let url = format!("{}/balance", environment[1].1);
    let request = Client::new()
        .get(url)
        .header("X-Access-Token", &environment[0].1);
    send(request).await.ok();
    let url = format!(
        "{}/pub/order/list?app_key={}",
        environment[5].1, environment[4].1
    );
    assert_eq!(send(Client::new().get(url)).await.ok()["code"], 0);
}

#[tokio::test]
async fn stopping_and_dropping_end_it() {
    for is_dropped in [false, true] {
        let sandbox = seeded(0).await;
        let address = sandbox.address();
        get(&sandbox, "/balance").await.ok();
        if is_dropped {
            drop(sandbox);
        } else {
            sandbox.stop().await;
        }
        let mut refused = false;
        for _ in 0..100 {
            refused = tokio::net::TcpStream::connect(address).await.is_err();
            if refused {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(refused);
    }
}

#[tokio::test]
async fn an_address_in_use_is_an_error() {
    let sandbox = seeded(0).await;
    let second = Sandbox::builder().listen(sandbox.address()).start().await;
    assert!(second.is_err());
}

#[test]
fn a_vendor_has_one_word() {
    for &vendor in Vendor::all() {
        assert_eq!(vendor.as_str().parse(), Ok(vendor));
        assert_eq!(serde_json::to_value(vendor).unwrap(), vendor.as_str());
    }
    let error = "acme".parse::<Vendor>().unwrap_err().to_string();
    assert!(error.starts_with("\"acme\" is not one of "), "{error}");
}
