//! The callers that the sandbox answers, the time that it waits, and the amount that it keeps.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::wire::{End, IPROYAL, PROXYSHARD, SMARTPROXY, exchange, read, request};
use common::{builder, iproyal_as};
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// Headers of requests that a web page can make a browser on this machine send.
const FROM_PAGES: [&str; 8] = [
    "",
    "host: evil.example\r\n",
    "host: localhost.evil.example\r\n",
    "host: localhost\r\nhost: evil.example\r\n",
    "host: localhost\r\norigin: http://evil.example\r\n",
    "host: localhost\r\norigin: null\r\n",
    "host: localhost\r\nsec-fetch-site: cross-site\r\n",
    "host: localhost\r\nsec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n",
];

/// Puts other headers in the place of a request's host.
fn with_headers(text: &str, headers: &str) -> String {
    text.replacen("host: localhost\r\n", headers, 1)
}

#[tokio::test]
async fn web_pages_reach_no_vendor() {
    let sandbox = builder().control(true).start().await.unwrap();
    let bytes = [IPROYAL, PROXYSHARD, SMARTPROXY].map(|shop| shop.bytes());
    let purchases = bytes.map(|bytes| String::from_utf8(bytes).unwrap());
    let looks = [
        "/nothing",
        "/_sandbox/state",
        "/_sandbox/page/page.js",
        "/_sandbox/specs/iproyal.json",
        "/smartproxy/pub/order/list?app_key=sandbox-0123456789-0123456789-0123",
    ]
    .map(|path| request("GET", path, &["connection: close"], ""));
    let looks = looks.map(|bytes| String::from_utf8(bytes).unwrap());
    for headers in FROM_PAGES {
        for text in purchases.iter().chain(&looks) {
            let text = with_headers(text, headers);
            let seen = exchange(sandbox.address(), text.as_bytes()).await;
            assert_eq!(seen.status(), 403, "{text}: {}", seen.text);
            assert!(!seen.text.to_lowercase().contains("access-control"));
        }
    }
    assert_eq!(sandbox.requests(), []);
    assert_eq!(sandbox.ledger(), []);
    assert!(sandbox.state().accounts.is_empty());

    // A link may lead to the sandbox's own page, which makes calls of its own.
    let link = "GET / HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: cross-site\r\n\
                sec-fetch-mode: navigate\r\nconnection: close\r\n\r\n";
    let seen = exchange(sandbox.address(), link.as_bytes()).await;
    assert_eq!(seen.status(), 200, "{}", seen.text);
    let own = "host: localhost\r\nsec-fetch-site: same-origin\r\norigin: http://localhost:1\r\n";
    for text in purchases {
        let seen = exchange(sandbox.address(), with_headers(&text, own).as_bytes()).await;
        assert_eq!(seen.status(), 200, "{}", seen.text);
    }
}

#[tokio::test]
async fn a_request_that_does_not_end_is_ended() {
    let limit = Duration::from_millis(200);
    let sandbox = builder().request_timeout(limit).start().await.unwrap();
    let whole = String::from_utf8(IPROYAL.bytes()).unwrap();
    let body = whole.find("\r\n\r\n").unwrap() + 4;
    for length in [0, 20, body - 2, body, whole.len() - 1] {
        let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
        stream.write_all(&whole.as_bytes()[..length]).await.unwrap();
        let seen = read(&mut stream, Duration::from_secs(30)).await;
        assert_ne!(seen.end, End::Open, "after {length} bytes");
        assert_ne!(seen.status(), 200, "after {length} bytes");
    }
    assert_eq!(sandbox.ledger(), []);
    // A connection that is kept for the next request is ended, too.
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    let kept = whole.replace("connection: close\r\n", "");
    stream.write_all(kept.as_bytes()).await.unwrap();
    let seen = read(&mut stream, Duration::from_secs(30)).await;
    assert_eq!((seen.status(), seen.end), (200, End::Closed));
}

#[tokio::test]
async fn what_is_kept_has_a_limit() {
    let limited = builder().storage_limit(1024 * 1024);
    let sandbox = limited.start().await.unwrap();
    // Each key has an account of its own.
    let mut accounts = 0;
    let refusal = loop {
        let key = format!("sandbox-{accounts}");
        let answer = iproyal_as(&sandbox, &key, Method::GET, "/balance", None).await;
        if answer.status != 200 || accounts == 2_000 {
            break answer;
        }
        accounts += 1;
    };
    assert_eq!(refusal.status, 507, "after {accounts} accounts");
    let message = refusal.body["message"].as_str().unwrap();
    assert!(message.contains("reset"), "{message}");
    assert!(accounts > 1);
    // What is there can be looked at, and not added to.
    let look = iproyal_as(&sandbox, "sandbox-0", Method::GET, "/orders", None).await;
    assert_eq!(look.status, 200);
    let charges = sandbox.ledger().len();
    assert_eq!(IPROYAL.buy(&sandbox).await.status(), 507);
    assert_eq!(sandbox.ledger().len(), charges);

    // One order of many proxies counts as what it takes.
    let sandbox = builder().storage_limit(64 * 1024).start().await.unwrap();
    let many = IPROYAL.body.replace(":10}", ":500,\"card_id\":1}");
    let buying = async || {
        let many = Some(many.as_str());
        iproyal_as(&sandbox, "sandbox-0", Method::POST, "/orders", many).await
    };
    let (first, second) = (buying().await, buying().await);
    assert_eq!((first.status, second.status), (200, 507), "{}", first.body);
    // So does the name of every caller.
    sandbox.reset(1);
    for number in 0.. {
        let caller = format!("x-sandbox-caller: {number:0100}");
        let headers = [IPROYAL.header, &caller, "connection: close"];
        let call = request("GET", "/iproyal/v1/reseller/balance", &headers, "");
        let seen = exchange(sandbox.address(), &call).await;
        if seen.status() == 507 {
            break;
        }
        assert!(number < 20_000, "{}", seen.text);
    }
    let caller = format!("x-sandbox-caller: {:0101}", 0);
    let call = request(
        "GET",
        "/iproyal/v1/reseller/balance",
        &[IPROYAL.header, &caller, "connection: close"],
        "",
    );
    assert_eq!(exchange(sandbox.address(), &call).await.status(), 400);
}
