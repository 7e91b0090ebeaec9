//! Helpers of all tests.

#![allow(dead_code)]

pub mod caller;
pub mod wire;

use std::time::Duration;

use caller::Caller;
use jiff::Timestamp;
use proxy_orders_sandbox::{Sandbox, SandboxBuilder, Vendor};
use reqwest::{Client, Method};
use serde_json::Value;

/// The provisioning delay in the tests: far longer than a test, so that only `advance` ends it.
pub const DELAY: Duration = Duration::from_secs(3600);
/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// A key that every vendor takes.
pub const KEY: &str = "sandbox-test-0123456789-abcdefgh";
/// Ten proxies in Canada for 30 days at IPRoyal, 30.00.
pub const PURCHASE: &str =
    r#"{"product_id":123,"product_plan_id":456,"product_location_id":789,"quantity":10}"#;

/// A sandbox to be started at a fixed instant. A test is too short to notice that its clock runs.
pub fn builder() -> SandboxBuilder {
    let starts_at: Timestamp = "2025-03-01T12:00:00Z".parse().unwrap();
    Sandbox::builder()
        .provisioning_delay(DELAY)
        .starts_at(starts_at)
}

/// Starts such a sandbox.
pub async fn sandbox() -> Sandbox {
    builder().start().await.unwrap()
}

/// Starts such a sandbox for calls of one vendor.
pub async fn caller(vendor: Vendor) -> Caller {
    Caller::start(vendor, builder()).await
}

/// An HTTP status and a JSON answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// The body of an answer that must have succeeded.
    #[track_caller]
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }
}

/// Sends a request to IPRoyal the way the documented samples do.
pub async fn iproyal_as(
    sandbox: &Sandbox,
    token: &str,
    method: Method,
    path: &str,
    body: Option<&str>,
) -> Answer {
    let url = format!("{}{path}", sandbox.base_url(Vendor::IpRoyal));
    let mut request = Client::new()
        .request(method, url)
        .header("X-Access-Token", token)
        .header("Content-Type", "application/json");
    if let Some(body) = body {
        request = request.body(body.to_owned());
    }
    send(request).await
}

/// A GET at IPRoyal.
pub async fn get(sandbox: &Sandbox, path: &str) -> Answer {
    iproyal_as(sandbox, "sandbox-test", Method::GET, path, None).await
}

/// A POST at IPRoyal.
pub async fn post(sandbox: &Sandbox, path: &str, body: &str) -> Answer {
    iproyal_as(sandbox, "sandbox-test", Method::POST, path, Some(body)).await
}

/// Sends a request and reads the JSON that comes back.
pub async fn send(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let kind = response.headers().get("content-type").unwrap();
    assert_eq!(kind, "application/json");
    let text = response.text().await.unwrap();
    Answer {
        status,
        body: serde_json::from_str(&text).unwrap(),
    }
}

/// Checks that an answer has at least the fields of a sample, with the same JSON types. Null in a
/// sample stands for any type, and the first element of a list for all.
#[track_caller]
pub fn holds(answer: &Value, sample: &Value) {
    holds_at("", answer, sample);
}

#[track_caller]
fn holds_at(path: &str, answer: &Value, sample: &Value) {
    match (answer, sample) {
        (_, Value::Null)
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_)) => {}
        (Value::Object(answer), Value::Object(sample)) => {
            for (name, sample) in sample {
                let path = format!("{path}.{name}");
                let found = answer.get(name);
                let found = found.unwrap_or_else(|| panic!("{path} is missing in {answer:?}"));
                holds_at(&path, found, sample);
            }
        }
        (Value::Array(answers), Value::Array(samples)) => {
            if let Some(sample) = samples.first() {
                assert!(!answers.is_empty(), "{path} is empty");
                for answer in answers {
                    holds_at(&format!("{path}[]"), answer, sample);
                }
            }
        }
        _ => panic!("{path} is {answer}, not like {sample}"),
    }
}
