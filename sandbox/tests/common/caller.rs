//! A caller of one vendor, who follows scripts of one call a line:
//!
//! ```text
//! 200 GET /orders/1001 - -> order/status="active" order/tag order/proxies#=10 !order/note
//! 200 POST /orders {"quantity":1} -> id=$id
//! 404 GET /orders/$id/none
//! advance 20d
//! ```
//!
//! status, method, path, body (`-` or nothing for none); then what the answer holds. A place is a
//! JSON pointer (`.` is the root), `#` asks for the length of an array, `!` in front for absence,
//! and `!=` for another value. `$name` stands for a value: an answer gives it one the first time
//! and is compared with it from then on.
//!
//! The status at SmartProxy is its `code`, and places begin at `data`. Of a failure the script
//! tells how the message begins (ProxyShard), a part of it (SmartProxy), or all fields that the
//! answer names or the message in quotes (IPRoyal).

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use proxy_orders_sandbox::{Sandbox, SandboxBuilder, Vendor};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use super::{Answer, KEY, send};

pub struct Caller {
    pub sandbox: Sandbox,
    vendor: Vendor,
    values: RefCell<BTreeMap<String, Value>>,
}

impl Caller {
    pub async fn start(vendor: Vendor, sandbox: SandboxBuilder) -> Self {
        Self {
            sandbox: sandbox.start().await.unwrap(),
            vendor,
            values: RefCell::default(),
        }
    }

    /// Gives a name of the scripts a value; text is put into a script without its quotes.
    pub fn name(&self, name: &str, value: impl Into<Value>) {
        self.values
            .borrow_mut()
            .insert(format!("${name}"), value.into());
    }

    /// Sends a request with a key of the caller's choice.
    pub async fn send(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        let method: Method = method.parse().unwrap();
        let mut url = format!("{}{path}", self.sandbox.base_url(self.vendor));
        let mut body = body.to_owned();
        if self.vendor == Vendor::SmartProxy {
            let join = if path.contains('?') { '&' } else { '?' };
            match serde_json::from_str::<Value>(&body) {
                Ok(mut value) if value.is_object() => {
                    value["app_key"] = key.into();
                    body = value.to_string();
                }
                _ => url.push_str(&format!("{join}app_key={key}")),
            }
        }
        let mut request = Client::new().request(method, url);
        if self.vendor == Vendor::IpRoyal {
            request = request.header("X-Access-Token", key);
            request = request.header("Content-Type", "application/json");
        } else if !key.is_empty() {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        if body != "-" {
            request = request.body(body);
        }
        send(request).await
    }

    /// Makes the calls of a script and returns the last answer.
    pub async fn script(&self, script: &str) -> Value {
        let mut last = Value::Null;
        for line in script.lines().map(str::trim).filter(|l| !l.is_empty()) {
            if let Some(days) = line.strip_prefix("advance ") {
                let days: u32 = days.strip_suffix('d').unwrap().parse().unwrap();
                self.sandbox
                    .advance(Duration::from_secs(24 * 60 * 60) * days);
                continue;
            }
            let (call, expected) = line.split_once(" ->").unwrap_or((line, ""));
            let call = self.filled(call);
            let mut words = call.splitn(4, ' ');
            let mut word = || words.next();
            let (status, method) = (word().unwrap().parse().unwrap(), word().unwrap());
            let (path, body) = (word().unwrap(), word().unwrap_or("-"));
            let prefix = match self.vendor {
                Vendor::ProxyShard if !path.starts_with("/health") => "/user/api",
                Vendor::SmartProxy => "/pub",
                _ => "",
            };
            let path = format!("{prefix}{path}");
            let answer = self.send(KEY, method, &path, body).await;
            last = self.check(answer, status, expected.trim(), line);
        }
        last
    }

    fn filled(&self, call: &str) -> String {
        let mut call = call.to_owned();
        // Backwards, so that the longer of two names comes first.
        for (name, value) in self.values.borrow().iter().rev() {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            call = call.replace(name, &text);
        }
        call
    }

    fn check(&self, answer: Answer, status: u16, expected: &str, line: &str) -> Value {
        let Answer { status: got, body } = answer;
        let message = if body["msg"].is_string() {
            "msg"
        } else {
            "message"
        };
        let message = body[message].as_str().unwrap_or_default();
        if self.vendor == Vendor::SmartProxy {
            assert_eq!(body["code"], status, "{line}\n{body}");
            assert_eq!(got, if status < 400 { 200 } else { status }, "{line}");
            assert!(!message.is_empty(), "{line}\n{body}");
            if [0, 200].contains(&status) {
                assert_eq!(message, "Operation successful", "{line}");
                self.holds(&body["data"], expected, line);
                return body["data"].clone();
            }
            assert!(message.contains(expected), "{line}\n{message}");
            assert_eq!(body["data"], json!({}), "{line}");
            return body;
        }
        assert_eq!(got, status, "{line}\n{body}");
        if got == 200 {
            self.holds(&body, expected, line);
        } else if self.vendor == Vendor::ProxyShard {
            assert_eq!(body, json!({ "success": false, "message": message }));
            assert!(message.starts_with(expected), "{line}\n{message}");
        } else if expected.starts_with('"') {
            assert_eq!(expected, format!("{message:?}"), "{line}");
        } else {
            assert!(!message.is_empty(), "{line}\n{body}");
            for field in expected.split_whitespace() {
                let told = body["errors"][field].as_array();
                let told = told.is_some_and(|all| all.iter().all(Value::is_string));
                assert!(told, "{line}\n{field} is not named in {body}");
            }
        }
        body
    }

    /// Checks that an answer has all places, with the values behind their `=`.
    fn holds(&self, answer: &Value, expected: &str, line: &str) {
        let mut rest = expected;
        while !rest.is_empty() {
            let (place, after) = rest.split_at(rest.find([' ', '=']).unwrap_or(rest.len()));
            rest = after.trim_start();
            let (place, is_other) = match place.strip_suffix('!') {
                Some(place) => (place, true),
                None => (place, false),
            };
            let pointer = place.trim_start_matches(['!', '.']).trim_end_matches('#');
            let slash = if pointer.is_empty() { "" } else { "/" };
            let found = answer.pointer(&format!("{slash}{pointer}"));
            if place.starts_with('!') {
                assert_eq!(found, None, "{line}\n{place} in {answer}");
                continue;
            }
            let found = found.unwrap_or_else(|| panic!("{line}\nno {place} in {answer}"));
            let mut found = found.clone();
            if place.ends_with('#') {
                found = found.as_array().unwrap().len().into();
            }
            let Some(value) = after.strip_prefix('=') else {
                continue;
            };
            let wanted = if value.starts_with('$') {
                let (name, left) = value.split_at(value.find(' ').unwrap_or(value.len()));
                rest = left.trim_start();
                let mut values = self.values.borrow_mut();
                let value = values.entry(name.to_owned());
                value.or_insert_with(|| found.clone()).clone()
            } else {
                let mut values = serde_json::Deserializer::from_str(value).into_iter();
                let wanted: Value = values.next().unwrap().unwrap();
                rest = value[values.byte_offset()..].trim_start();
                wanted
            };
            assert_eq!(found != wanted, is_other, "{line}\n{place} in {answer}");
        }
    }
}
