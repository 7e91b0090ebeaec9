//! Settings of clients: redirects, HTTP clients of the caller's, headers, hooks and retry rules.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use proxy_orders::{ClientBuilder, Effect, Error, ErrorKind, Limits, Outcome};
use proxy_orders::{RawRequest, RetryPolicy, RetryRule, Secret, Vendor, iproyal, proxyshard};
use serde_json::json;
use support::calls::call;
use support::fixture::{CANARY, Clients, fails, not_sent};
use support::recorder::{BASE, Recorder, answer, least_confirmation, success};
use support::with_effect;

/// Starts a client at IPRoyal.
fn builder(recorder: &Recorder) -> ClientBuilder<iproyal::Client> {
    let builder = iproyal::Client::builder().credential(CANARY);
    builder.base_url(recorder.base_url())
}

/// Starts a server that redirects to another path of its own.
async fn redirecting(status: &str) -> Recorder {
    let recorder = Recorder::answering("").await;
    let location = format!("location: {}/elsewhere", recorder.base_url());
    recorder.restart(answer(status, &location, "{}"));
    recorder
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let recorder = redirecting(status).await;
        let clients = Clients::at(&recorder.base_url());
        let operations = with_effect(&[Effect::Read, Effect::Spend]);
        for operation in &operations {
            let result = call(&clients, operation.vendor, operation.id).await;
            let error = fails(result, ErrorKind::Redirect, Outcome::Unknown);
            assert_eq!(error.attempts(), 1, "{status}");
            let is_spend = operation.effect == Effect::Spend;
            assert_eq!(error.may_have_taken_effect(), is_spend, "{status}");
        }
        let requests = recorder.requests();
        assert_eq!(requests.len(), operations.len(), "{status}");
        let mut paths = requests.iter().map(|it| it.path());
        assert!(paths.all(|it| it != "/elsewhere"), "{status}");
    }
}

#[tokio::test]
async fn a_custom_http_client_is_used_and_cannot_follow_redirects() {
    let recorder = redirecting("307 Temporary Redirect").await;
    let used = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&used);
    let recipe = move || {
        count.fetch_add(1, Ordering::SeqCst);
        let headers = [("x-recipe", "used")]
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        reqwest::Client::builder()
            .default_headers(headers.into_iter().collect())
            .redirect(reqwest::redirect::Policy::limited(5))
            .referer(true)
            .user_agent("of the recipe")
    };
    let client = builder(&recorder).http_client(recipe).build().unwrap();
    // Once for pooled connections, and once for connections that are used once.
    assert_eq!(used.load(Ordering::SeqCst), 2);
    let read = client.get_order(1).await.unwrap_err();
    let buy = client.api().create_order();
    let buy = buy.body_map(|it| {
        let it = it.product_id(9).product_plan_id(4);
        it.product_location_id(51).quantity(5)
    });
    let buy = Error::from(buy.send().await.unwrap_err());
    assert_eq!([read.kind(), buy.kind()], [ErrorKind::Redirect; 2]);
    let requests = recorder.requests();
    let sent: Vec<_> = requests.iter().map(|it| (it.method(), it.path())).collect();
    assert_eq!(sent, [("GET", "/orders/1"), ("POST", "/orders")]);
    for request in requests {
        assert_eq!(request.header("x-recipe").as_deref(), Some("used"));
        assert_ne!(request.header("user-agent").unwrap(), "of the recipe");
        assert_eq!(request.header("referer"), None);
    }
}

#[tokio::test]
async fn the_user_agent_is_the_crate_or_the_callers_text() {
    let order = success(&least_confirmation(Vendor::IpRoyal));
    let recorder = Recorder::answering("").await;
    let own = concat!("proxy-orders/", env!("CARGO_PKG_VERSION"));
    let custom = builder(&recorder).user_agent("my-shop/1.0");
    for (builder, expected) in [(builder(&recorder), own), (custom, "my-shop/1.0")] {
        recorder.restart(order.clone());
        builder.build().unwrap().get_order(1).await.unwrap();
        assert_eq!(recorder.only().header("user-agent").unwrap(), expected);
    }
    let result = builder(&recorder).user_agent("a\nb").build();
    not_sent(result, ErrorKind::Configuration);
}

#[tokio::test]
async fn a_hook_adds_headers_and_cannot_touch_the_credential() {
    let recorder = Recorder::answering(success(&least_confirmation(Vendor::ProxyShard))).await;
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&attempts);
    let client = proxyshard::Client::builder()
        .credential(CANARY)
        .base_url(recorder.base_url())
        .on_request(|outgoing| {
            let what = (outgoing.operation, outgoing.effect);
            assert_eq!(what, ("purchase_order", Effect::Spend));
            assert!(!outgoing.headers.contains_key("authorization"));
            let value = || "of the hook".parse().unwrap();
            for name in [
                "authorization",
                "accept",
                "content-type",
                "api-version",
                "x-trace",
            ] {
                outgoing.headers.insert(name, value());
            }
        })
        .on_attempt(move |attempted| {
            assert_eq!(attempted.attempt, 1);
            assert_eq!(attempted.status.unwrap().as_u16(), 200);
            count.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    let call = client.api().purchase_order();
    let call = call.body_map(|it| it.product("Premium Residential Proxy"));
    call.send().await.unwrap();
    let request = recorder.only();
    let header = |name: &str| request.header(name).unwrap_or_default();
    assert_eq!(header("x-trace"), "of the hook");
    assert_eq!(header("authorization"), format!("Bearer {CANARY}"));
    assert_eq!(header("accept"), "application/json");
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("api-version"), "");
    assert_eq!(attempts.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_rule_for_one_call_leaves_the_client_as_it_is() {
    let unavailable = answer("503 Service Unavailable", "", "{}");
    let recorder = Recorder::answering("").await;
    let policy = RetryPolicy {
        max_attempts: 3,
        base_delay: Duration::from_micros(10),
        ..RetryPolicy::default()
    };
    // A concurrency of 0 would be a client that never sends: it is taken for 1.
    let limits = Limits {
        concurrent: 0,
        ..Limits::default()
    };
    let builder = builder(&recorder).retry(policy.clone());
    let client = builder.limits(limits).build().unwrap();
    let once = client.with_retry(policy.at_most(1));
    for (client, attempts) in [(&once, 1), (&client, 3)] {
        recorder.restart(unavailable.clone());
        assert_eq!(client.get_order(1).await.unwrap_err().attempts(), attempts);
        assert_eq!(recorder.requests().len(), attempts as usize);
    }
}

#[tokio::test]
async fn nothing_prints_the_key() {
    let recorder = Recorder::answering("").await;
    let clients = Clients::at(&recorder.base_url());
    for &vendor in Vendor::all() {
        // The vendor quotes the key back.
        let key = CANARY;
        let words = json!({"message": format!("bad key {key}"), "errors": {key: [key]}});
        recorder.restart(answer("401 Unauthorized", "", &words.to_string()));
        let raw = RawRequest::new("POST", "/x", Effect::Spend);
        let raw = raw.query("token", key).json(json!({"token": key}));
        let mut printed = format!("{raw:?} {:?}", Secret::from(key));
        let error = clients.transport(vendor).send(raw).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains("bad key"), "{error}");
        printed += &format!("{error} {error:#?} {:?}", clients.transport(vendor));
        assert!(!printed.contains(key), "{printed}");
        assert!(printed.contains(BASE), "{printed}");
    }
    let mut printed = format!("{clients:#?}");
    printed += &format!("{:?}", iproyal::Client::builder().credential(CANARY));
    assert!(printed.contains("has_credential: true"), "{printed}");
    assert!(!printed.contains("canary"), "{printed}");
}
