//! A canary credential and a canary password go through every fault and show up in no error, no
//! debug text, no log line and no trace.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::error::Error as _;
use std::fmt::Debug;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proxy_orders::iproyal::types::ChangeProxyCredentialsRequest;
use proxy_orders::{Account, Error};
use serde_json::{Value, json};
use support::calls::call;
use support::faulty::{Fault, Faulty, timeout};
use support::fixture::{CANARY, Clients};
use support::operations;
use support::spec::specs;

const PASSWORD: &str = "canary \"password\"/with+odd letters";

/// Keeps everything that is written to it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Kept {
    fn note(&self, what: impl Debug) {
        let mut kept = self.clone();
        writeln!(kept, "{what:?}").unwrap();
    }

    /// An error in every form in which it may be printed, with its causes.
    fn note_error(&self, error: &Error) {
        let mut kept = self.clone();
        writeln!(kept, "{error} {error:#} {error:?} {error:#?}").unwrap();
        let mut cause = error.source();
        while let Some(inner) = cause {
            writeln!(kept, "{inner} {inner:#} {inner:?} {inner:#?}").unwrap();
            cause = inner.source();
        }
    }
}

/// Returns the forms in which a secret could be shown.
fn forms(secret: &str) -> Vec<String> {
    let quoted = Value::from(secret).to_string();
    let mut url = reqwest::Url::parse("http://host").unwrap();
    url.query_pairs_mut().append_pair("x", secret);
    vec![
        secret.to_owned(),
        quoted.trim_matches('"').to_owned(),
        url.query().unwrap().trim_start_matches("x=").to_owned(),
    ]
}

/// Returns a shorter time to wait: the answer does not matter here.
fn short_timeout(fault: Fault) -> Duration {
    match fault {
        Fault::Hang => Duration::from_millis(20),
        other => timeout(other),
    }
}

/// Replaces every password in a value by the canary.
fn with_canary(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                if name.contains("password") && inner.is_string() {
                    *inner = PASSWORD.into();
                } else {
                    with_canary(inner);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(with_canary),
        _ => {}
    }
}

/// Calls that carry a password themselves.
async fn secret_calls(clients: &Clients) -> Vec<Result<(), Error>> {
    let change = clients.iproyal().api().change_proxy_credentials();
    let change = change.body_map(|body| body.order_id(1).password(Some(PASSWORD.into())));
    let add = clients.smartproxy().api().add_whitelist_account();
    let add = add.body_map(|body| {
        body.accounts(Some(format!("user01:{PASSWORD},user02:{PASSWORD}").into()))
    });
    let rotate = clients.iproyal().api().rotate_mobile_ip().key(PASSWORD);
    vec![
        change.send().await.map(|_| ()).map_err(Error::from),
        add.send().await.map(|_| ()).map_err(Error::from),
        rotate.send().await.map(|_| ()).map_err(Error::from),
    ]
}

#[tokio::test]
async fn no_secret_is_shown_over_the_whole_fault_matrix() {
    let kept = Kept::default();
    let writer = kept.clone();
    // All messages of all libraries. `tracing-log` adds those of libraries that use `log`.
    tracing_subscriber::fmt()
        .with_max_level(tracing::level_filters::LevelFilter::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .init();
    let specs = specs();
    let (mut calls, mut errors) = (0, 0);
    for fault in Fault::ALL.into_iter().chain([Fault::None]) {
        let server = Faulty::always(fault).await;
        let clients = Clients::waiting(&server.base_url(), short_timeout(fault));
        kept.note(&clients);
        for operation in operations() {
            let spec = &specs[&operation.vendor];
            let mut examples = spec.examples(spec.operation(operation.id)).into_iter();
            let mut example = examples.next().map_or(json!({}), |(_, example)| example);
            with_canary(&mut example);
            server.answer_with(example.to_string());
            calls += 1;
            if let Err(error) = call(&clients, operation.vendor, operation.id).await {
                errors += 1;
                kept.note_error(&error);
            }
        }
        server.answer_with("{}".to_owned());
        for result in secret_calls(&clients).await {
            calls += 1;
            if let Err(error) = result {
                errors += 1;
                kept.note_error(&error);
            }
        }
    }
    let shown = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let mut problems = Vec::new();
    for secret in [CANARY, PASSWORD] {
        for form in forms(secret) {
            for line in shown.lines().filter(|line| line.contains(&form)) {
                let line: String = line.chars().take(300).collect();
                problems.push(format!("{form}: {line}"));
            }
        }
    }
    println!(
        "{calls} calls, {errors} errors, {} bytes of logs and errors searched",
        shown.len()
    );
    let calls_with_a_password = 3;
    let calls_per_fault = operations().count() + calls_with_a_password;
    assert_eq!(calls, (Fault::ALL.len() + 1) * calls_per_fault);
    assert!(errors > 400, "only {errors} errors");
    // The search must be able to find: these stand in the same text.
    for word in ["proxy_orders.call", "create_order", "[REDACTED]"] {
        assert!(shown.contains(word), "{word}");
    }
    support::report("secrets were shown", &problems);
}

#[tokio::test]
async fn debug_texts_of_answers_and_requests_show_no_password() {
    let server = Faulty::always(Fault::None).await;
    let clients = Clients::at(&server.base_url());
    let mut shown = String::new();
    let entry = json!({
        "ip": "192.0.2.1", "username": "u", "password": PASSWORD, "http_port": 1, "socks_port": 2,
    });
    let line = format!("192.0.2.1:1:u:{PASSWORD}");
    let answer = json!({"id": 1, "proxy_data": {"proxies": [entry, line]}});
    server.answer_with(answer.to_string());
    let client = clients.iproyal();
    shown += &format!("{:?}", client.get_order(1).await.unwrap());
    shown += &format!("{:?}", Account::proxies(client, "1").await.unwrap());
    server.answer_with(json!({"success": true, "data": [entry]}).to_string());
    let client = clients.proxyshard();
    let active = client.api().list_active_proxies().order_id(1);
    shown += &format!("{:?}", active.send().await.unwrap());
    shown += &format!("{:?}", Account::proxies(client, "1").await.unwrap());
    let account = json!({"username": "u", "password": PASSWORD});
    server.answer_with(json!({"code": 200, "data": {"list": [account]}}).to_string());
    let accounts = clients.smartproxy().whitelist_accounts().await.unwrap();
    shown += &format!("{accounts:?}");
    let body = ChangeProxyCredentialsRequest::builder().order_id(1);
    let body = body.password(Some(PASSWORD.into()));
    let body: ChangeProxyCredentialsRequest = body.try_into().unwrap();
    shown += &format!("{body:?}");
    for form in forms(PASSWORD) {
        assert!(!shown.contains(&form), "{shown}");
    }
    assert_eq!(shown.matches("[REDACTED]").count(), 8, "{shown}");
}
