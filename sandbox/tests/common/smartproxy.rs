//! Helpers of the tests of SmartProxy.

use proxy_orders_sandbox::{Sandbox, Vendor};
use reqwest::Client;
use serde_json::{Value, json};

use super::{Answer, send};

pub const KEY: &str = "sandbox-test-0123456789-abcdefgh";

pub async fn get(sandbox: &Sandbox, path: &str) -> Answer {
    let join = if path.contains('?') { '&' } else { '?' };
    let url = format!(
        "{}{path}{join}app_key={KEY}",
        sandbox.base_url(Vendor::SmartProxy)
    );
    send(Client::new().get(url)).await
}

pub async fn post(sandbox: &Sandbox, path: &str, mut body: Value) -> Answer {
    body["app_key"] = KEY.into();
    let url = format!("{}{path}", sandbox.base_url(Vendor::SmartProxy));
    send(Client::new().post(url).body(body.to_string())).await
}

/// The data of an answer that must have succeeded, as the order pages say.
#[track_caller]
pub fn done(answer: Answer) -> Value {
    let body = answer.ok();
    assert_eq!(body["code"], 0, "{body}");
    assert_eq!(body["message"], "Operation successful");
    body["data"].clone()
}

/// The same as the older pages say.
#[track_caller]
pub fn done_older(answer: Answer) -> Value {
    let body = answer.ok();
    assert_eq!(body["code"], 200, "{body}");
    assert!(body["msg"].is_string());
    body["data"].clone()
}

#[track_caller]
pub fn refused(answer: Answer, name: &str) {
    let body = answer.ok();
    assert_eq!(body["code"], 1, "{body}");
    let message = if body["msg"].is_string() {
        &body["msg"]
    } else {
        &body["message"]
    };
    assert!(message.as_str().unwrap().contains(name), "{name}: {body}");
    assert_eq!(body["data"], json!({}));
}

pub async fn create(sandbox: &Sandbox, body: Value) -> Value {
    done(post(sandbox, "/pub/order/create", body).await)
}

pub async fn orders(sandbox: &Sandbox, query: &str) -> Value {
    done(get(sandbox, &format!("/pub/order/list?{query}")).await)["list"].clone()
}

pub async fn status(sandbox: &Sandbox, order: &Value) -> Value {
    let trade_no = order["trade_no"].as_str().unwrap();
    orders(sandbox, &format!("trade_no={trade_no}")).await[0]["status"].clone()
}

pub async fn user_products(sandbox: &Sandbox, query: &str) -> Value {
    done_older(get(sandbox, &format!("/pub/user-product/list?{query}")).await)["list"].clone()
}

pub async fn accounts(sandbox: &Sandbox) -> Vec<Value> {
    let data = done_older(get(sandbox, "/pub/whitelist-account/list").await);
    data["list"].as_array().unwrap().clone()
}
