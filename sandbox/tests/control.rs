//! The control API: what it does, and whom it answers.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::wire::{IPROYAL, PROXYSHARD, SMARTPROXY, Seen, exchange};
use common::{KEY, builder, get};
use proxy_orders_sandbox::{Sandbox, fingerprint};
use serde_json::{Value, json};

async fn controlled() -> Sandbox {
    builder().control(true).start().await.unwrap()
}

/// Checks the minute at which the clock is, less than a minute after it was set.
#[track_caller]
fn clock_is(answer: &Value, minute: &str) {
    let clock = answer["clock"].as_str().unwrap();
    assert!(clock.starts_with(minute), "{clock}");
}

/// Sends a control request as it is, with these lines of headers.
async fn raw(sandbox: &Sandbox, line: &str, headers: &str, body: &str) -> Seen {
    let length = body.len();
    let text = format!(
        "{line} HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    exchange(sandbox.address(), text.as_bytes()).await
}

async fn control(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> (u16, Value) {
    let line = format!("{method} /_sandbox{path}");
    let host = format!("host: {}\r\n", sandbox.address());
    let seen = raw(sandbox, &line, &host, body).await;
    assert_eq!(seen.header("content-type"), Some("application/json"));
    (seen.status(), seen.json())
}

async fn ok(sandbox: &Sandbox, method: &str, path: &str, body: &str) -> Value {
    let (status, answer) = control(sandbox, method, path, body).await;
    assert_eq!(status, 200, "{method} {path} {body}: {answer}");
    answer
}

#[tokio::test]
async fn the_control_api_is_off_unless_turned_on() {
    let calls = "GET /state,GET /ledger,GET /requests,GET /faults,POST /faults,POST /clock,\
                 POST /reset,GET ";
    for builder in [Sandbox::builder(), Sandbox::builder().control(false)] {
        let sandbox = builder.start().await.unwrap();
        for call in calls.split(',') {
            let (method, path) = call.split_once(' ').unwrap();
            let (status, _) = control(&sandbox, method, path, "{}").await;
            assert_eq!(status, 404, "{call}");
        }
    }
}

#[tokio::test]
async fn the_clock_is_moved() {
    let sandbox = controlled().await;
    let order = IPROYAL.buy(&sandbox).await.json();
    let moved = ok(&sandbox, "POST", "/clock", r#"{"advance_seconds":3600}"#).await;
    clock_is(&moved, "2025-03-01T13:00:");
    let path = format!("/orders/{}", order["id"]);
    assert_eq!(get(&sandbox, &path).await.ok()["status"], "confirmed");
    ok(&sandbox, "POST", "/clock", r#"{"advance_seconds":0}"#).await;
    // Ten years at once, and a hundred in all.
    let most = r#"{"advance_seconds":316224000}"#;
    for _ in 0..9 {
        ok(&sandbox, "POST", "/clock", most).await;
        assert_eq!(get(&sandbox, &path).await.ok()["status"], "expired");
    }
    for refused in [most, r#"{"advance_seconds":316224001}"#] {
        let (status, answer) = control(&sandbox, "POST", "/clock", refused).await;
        assert_eq!(status, 400, "{answer}");
    }
}

#[tokio::test]
async fn a_reset_begins_anew() {
    let sandbox = controlled().await;
    let before = get(&sandbox, "/orders/420").await.ok();
    IPROYAL.buy(&sandbox).await.json();
    ok(&sandbox, "POST", "/clock", r#"{"advance_seconds":9999999}"#).await;
    let faults = r#"[{"mode":"html-502","vendor":"smartproxy"}]"#;
    ok(&sandbox, "POST", "/faults", faults).await;

    let answer = ok(&sandbox, "POST", "/reset", r#"{"seed":5}"#).await;
    assert_eq!(answer["seed"], 5);
    clock_is(&answer, "2025-03-01T12:00:");
    let state = ok(&sandbox, "GET", "/state", "").await;
    assert_eq!(state["seed"], 5);
    assert_eq!(state["faults"], json!([]));
    let nobody = json!({ "iproyal": [], "proxyshard": [], "smartproxy": [] });
    assert_eq!(state["vendors"], nobody);
    assert_eq!(ok(&sandbox, "GET", "/ledger", "").await, json!([]));
    assert_eq!(ok(&sandbox, "GET", "/requests", "").await, json!([]));
    let after = get(&sandbox, "/orders/420").await.ok();
    assert_ne!(before["proxy_data"], after["proxy_data"]);
    assert_eq!(before["expire_date"], after["expire_date"]);

    // Without a seed the last one stays, and the same seed makes the same world.
    assert_eq!(ok(&sandbox, "POST", "/reset", "").await["seed"], 5);
    assert_eq!(get(&sandbox, "/orders/420").await.ok(), after);
    let answer = ok(&sandbox, "POST", "/reset", r#"{"seed":0}"#).await;
    assert_eq!(answer["seed"], 0);
    assert_eq!(get(&sandbox, "/orders/420").await.ok(), before);
}

#[tokio::test]
async fn faults_are_set_shown_and_cleared() {
    let sandbox = controlled().await;
    let list = json!([
        { "vendor": "iproyal", "operation": "create_order", "mode": "status-429", "times": 2 },
        { "mode": "unknown-status", "probability": 0.5 },
        { "vendor": null, "operation": null, "mode": "price-move", "times": 0, "probability": null },
    ]);
    let shown = ok(&sandbox, "POST", "/faults", &list.to_string()).await;
    let expected = json!([
        { "vendor": "iproyal", "operation": "create_order", "mode": "status-429", "times": 2, "probability": 1.0 },
        { "vendor": null, "operation": null, "mode": "unknown-status", "times": null, "probability": 0.5 },
        { "vendor": null, "operation": null, "mode": "price-move", "times": 0, "probability": 1.0 },
    ]);
    assert_eq!(shown, expected);
    assert_eq!(IPROYAL.buy(&sandbox).await.status(), 429);
    let shown = ok(&sandbox, "GET", "/faults", "").await;
    assert_eq!(shown[0]["times"], 1);
    assert_eq!(ok(&sandbox, "GET", "/state", "").await["faults"], shown);
    // What is shown can be sent again, and replaces what was there.
    assert_eq!(
        ok(&sandbox, "POST", "/faults", &shown.to_string()).await,
        shown
    );
    assert_eq!(ok(&sandbox, "DELETE", "/faults", "").await, json!([]));
    assert_eq!(ok(&sandbox, "GET", "/faults", "").await, json!([]));
    assert_eq!(IPROYAL.buy(&sandbox).await.status(), 200);
}

#[tokio::test]
async fn the_ledger_tells_every_cause() {
    let sandbox = controlled().await;
    let key = KEY;
    let calls = r#"
        /iproyal/v1/reseller/orders {"product_id":123,"product_plan_id":456,"product_location_id":789,"quantity":1,"card_id":1}
        /iproyal/v1/reseller/orders/12345/extend {"product_plan_id":456}
        /proxyshard/user/api/orders/purchase {"product":"Datacenter Proxy","location":"DE","cycle":"weekly"}
        /proxyshard/user/api/orders/1002/renew {}
        /proxyshard/user/api/orders/change-billing-cycle/1001 {"cycle":"weekly"}
        /proxyshard/user/api/orders/1001/addons/purchase {"addon_key":"p0f_slots","add_qty":1}
        /proxyshard/user/api/orders/1004/add-bandwidth {"amount":2}
        /smartproxy/pub/order/create {"app_key":"KEY","pid":1001,"pm_id":1,"amount":1}
        /smartproxy/pub/order/create {"app_key":"KEY","pid":1004,"pm_id":1,"recharge_amount":7}
    "#;
    for call in calls.trim().lines() {
        let (path, body) = call.trim().split_once(' ').unwrap();
        let headers = "host: localhost\r\ncontent-type: application/json\r\nx-access-token: sandbox-test\r\nauthorization: Bearer sandbox-test\r\n";
        let body = body.replace("KEY", key);
        let seen = raw(&sandbox, &format!("POST {path}"), headers, &body).await;
        assert_eq!(seen.status(), 200, "{path}: {}", seen.body());
    }
    // Due renewals are paid without a call to the vendor.
    ok(&sandbox, "POST", "/clock", r#"{"advance_seconds":108000}"#).await;
    let ledger = ok(&sandbox, "GET", "/ledger", "").await;
    let told = |charge: &Value| {
        let words = ["vendor", "order", "amount", "cause", "paid_from"];
        words
            .map(|word| charge[word].as_str().unwrap().to_owned())
            .join(" ")
    };
    let told: Vec<_> = ledger.as_array().unwrap().iter().map(told).collect();
    let trade_no = |index: usize| ledger[index]["order"].as_str().unwrap();
    let expected = format!(
        "iproyal 20001 3.00 purchase card 1
        iproyal 12345 15.00 extension balance
        proxyshard 1026 0.50 purchase balance
        proxyshard 1002 15.00 renewal balance
        proxyshard 1001 5.00 cycle-change balance
        proxyshard 1001 0.50 add-on balance
        proxyshard 1004 5.00 bandwidth balance
        proxyshard 1009 3.00 auto-renewal balance
        smartproxy {} 5.00 payment balance
        smartproxy {} 7.00 recharge outside",
        trade_no(8),
        trade_no(9)
    );
    let expected: Vec<_> = expected.lines().map(str::trim).collect();
    assert_eq!(told, expected);
    for (index, charge) in ledger.as_array().unwrap().iter().enumerate() {
        assert_eq!(charge["sequence"], index + 1);
        let whose = if charge["vendor"] == "smartproxy" {
            key
        } else {
            "sandbox-test"
        };
        assert_eq!(charge["account"], fingerprint(whose));
    }
    // An automatic renewal is entered under the time at which it was due.
    assert_eq!(ledger[7]["time"], "2025-03-02T18:00:00Z");
    let text = ledger.to_string();
    assert!(!text.contains("sandbox-"), "{text}");
    assert_eq!(json!(sandbox.ledger()), ledger);
}

#[tokio::test]
async fn the_state_counts_and_the_requests_are_masked() {
    let sandbox = controlled().await;
    IPROYAL.buy(&sandbox).await.json();
    PROXYSHARD.buy(&sandbox).await.json();
    SMARTPROXY.buy(&sandbox).await.json();
    let state = ok(&sandbox, "GET", "/state", "").await;
    clock_is(&state, "2025-03-01T12:00:");
    assert_eq!(
        (&state["seed"], &state["save_error"]),
        (&json!(0), &Value::Null)
    );
    let royal = json!([{
        "account": fingerprint("sandbox-test"),
        "balance": "854.05",
        "orders": { "confirmed": 9, "expired": 1, "in-progress": 3, "refunded": 1, "unpaid": 1 },
    }]);
    assert_eq!(state["vendors"]["iproyal"], royal);
    assert_eq!(state["vendors"]["proxyshard"][0]["balance"], "4997.00");
    let shard = json!({ "active": 19, "cancelled": 5, "on-hold": 2 });
    assert_eq!(state["vendors"]["proxyshard"][0]["orders"], shard);
    assert_eq!(state["vendors"]["smartproxy"][0]["balance"], "500.00");
    let smart = json!({ "0": 2, "1": 4, "2": 2, "3": 1 });
    assert_eq!(state["vendors"]["smartproxy"][0]["orders"], smart);

    let rotation = "/iproyal/v1/reseller/orders/4g/rotate-ip/sandbox-key";
    assert_eq!(IPROYAL.get(&sandbox, rotation).await.status(), 405);
    let requests = ok(&sandbox, "GET", "/requests", "").await;
    let paths = requests.as_array().unwrap().iter();
    let paths: Vec<_> = paths.map(|one| one["path"].as_str().unwrap()).collect();
    // Control requests are not among them.
    let expected = [
        "/iproyal/v1/reseller/orders",
        "/proxyshard/user/api/orders/purchase",
        "/smartproxy/pub/order/create",
        "/iproyal/v1/reseller/orders/4g/rotate-ip/***",
    ];
    assert_eq!(paths, expected);
    let body = requests[2]["body"].as_str().unwrap();
    assert!(body.contains(r#""app_key":"***""#), "{body}");
    assert!(!requests.to_string().contains("sandbox-"));
}

#[tokio::test]
async fn bad_input_is_refused_by_name() {
    let sandbox = controlled().await;
    // The path, the body (`-` for none) and words of the message.
    let script = r#"
        /faults {} array of faults
        /faults - JSON
        /faults [ JSON
        /faults [5] faults[0] must be an object
        /faults [{}] faults[0].mode: is required
        /faults [{"mode":"explode"}] faults[0].mode: "explode" is not one of drop-before,
        /faults [{"mode":5}] faults[0].mode: must be text
        /faults [{"mode":"drop-after"},{"mode":"drop-after","vendor":"acme"}] faults[1].vendor: "acme"
        /faults [{"mode":"drop-after","operation":"buy"}] faults[0].operation: no vendor has "buy"
        /faults [{"mode":"drop-after","vendor":"iproyal","operation":"get_me"}] iproyal has no "get_me"
        /faults [{"mode":"drop-after","times":-1}] faults[0].times
        /faults [{"mode":"drop-after","times":1.5}] faults[0].times
        /faults [{"mode":"drop-after","times":"1"}] faults[0].times
        /faults [{"mode":"drop-after","probability":2}] faults[0].probability
        /faults [{"mode":"drop-after","probability":"high"}] faults[0].probability
        /faults [{"mode":"drop-after","time":1}] faults[0].time: there is no such member
        /clock - JSON
        /clock [] object
        /clock {} advance_seconds: is required
        /clock {"advance_seconds":-1} advance_seconds
        /clock {"advance_seconds":"1"} advance_seconds
        /clock {"advance_seconds":null} advance_seconds
        /clock {"advance_seconds":1e300} advance_seconds
        /clock {"advance_seconds":18446744073709551615} advance_seconds
        /clock {"advance_seconds":1,"seconds":1} seconds: there is no such member
        /reset [] object
        /reset {"seed":-1} seed
        /reset {"seed":"1"} seed
        /reset {"seeds":1} seeds: there is no such member
    "#;
    for line in script.trim().lines() {
        let mut words = line.trim().splitn(3, ' ');
        let mut word = || words.next().unwrap();
        let (path, body, expected) = (word(), word(), word());
        let body = if body == "-" { "" } else { body };
        let (status, answer) = control(&sandbox, "POST", path, body).await;
        assert_eq!(status, 400, "{line}: {answer}");
        let message = answer["message"].as_str().unwrap();
        assert!(message.contains(expected), "{line}: {message}");
    }
    assert_eq!(control(&sandbox, "POST", "/faults", "\u{0}").await.0, 400);
    let large = format!("[\"{}\"]", "x".repeat(1024 * 1024));
    assert_eq!(control(&sandbox, "POST", "/faults", &large).await.0, 413);
    for call in [
        "GET /clock",
        "PUT /faults",
        "POST /state",
        "OPTIONS /faults",
    ] {
        let (method, path) = call.split_once(' ').unwrap();
        assert_eq!(control(&sandbox, method, path, "").await.0, 405, "{call}");
    }
    assert_eq!(control(&sandbox, "GET", "/nothing", "").await.0, 404);
    assert!(sandbox.state().faults.is_empty());
}

#[tokio::test]
async fn only_this_machine_is_answered() {
    let sandbox = controlled().await;
    let port = sandbox.address().port();
    for good in [
        "host: localhost\r\n".to_owned(),
        format!("host: localhost:{port}\r\n"),
        format!("host: 127.0.0.1:{port}\r\n"),
        format!("host: [::1]:{port}\r\n"),
        format!("host: localhost\r\norigin: http://localhost:{port}\r\n"),
        "host: localhost\r\norigin: http://127.0.0.1:8080\r\n".to_owned(),
    ] {
        let seen = raw(&sandbox, "GET /_sandbox/state", &good, "").await;
        assert_eq!(seen.status(), 200, "{good}");
        assert_eq!(seen.header("access-control-allow-origin"), None);
    }
    for bad in [
        "",
        "host: \r\n",
        "host: evil.example\r\n",
        "host: localhost.evil.example\r\n",
        "host: 192.168.0.1\r\n",
        "host: localhost\r\nhost: evil.example\r\n",
        "host: localhost\r\norigin: http://evil.example\r\n",
        "host: localhost\r\norigin: https://localhost.evil.example\r\n",
        "host: localhost\r\norigin: null\r\n",
        "host: localhost\r\norigin: file://\r\n",
    ] {
        for line in [
            "GET /_sandbox/state",
            "POST /_sandbox/reset",
            "OPTIONS /_sandbox/faults",
        ] {
            let seen = raw(&sandbox, line, bad, "").await;
            assert_eq!(seen.status(), 403, "{line} {bad}: {}", seen.text);
            assert!(seen.json()["message"].is_string());
            assert!(!seen.text.to_lowercase().contains("access-control"));
        }
    }
    let line = "GET http://evil.example/_sandbox/state";
    assert_eq!(
        raw(&sandbox, line, "host: localhost\r\n", "")
            .await
            .status(),
        403
    );
}

#[tokio::test]
async fn only_loopback_is_listened_at() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "8.8.8.8:80"] {
        let started = Sandbox::builder()
            .listen(address.parse().unwrap())
            .start()
            .await;
        let error = started.err().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("loopback"), "{error}");
    }
    let other = Sandbox::builder().listen("127.0.0.9:0".parse().unwrap());
    assert_eq!(
        other.start().await.unwrap().address().ip().to_string(),
        "127.0.0.9"
    );
}
