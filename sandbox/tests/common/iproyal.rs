//! Helpers of the tests of IPRoyal.

use proxy_orders_sandbox::Sandbox;
use serde_json::Value;

use super::{Answer, get, post};

/// Ten proxies in Canada for 30 days, 30.00.
pub const PURCHASE: &str =
    r#"{"product_id":123,"product_plan_id":456,"product_location_id":789,"quantity":10}"#;

pub async fn balance(sandbox: &Sandbox) -> Value {
    get(sandbox, "/balance").await.ok()
}

pub async fn order(sandbox: &Sandbox, id: &Value) -> Value {
    get(sandbox, &format!("/orders/{id}")).await.ok()
}

pub async fn ids(sandbox: &Sandbox, query: &str) -> Vec<i64> {
    let list = get(sandbox, &format!("/orders?{query}")).await.ok();
    let orders = list["data"].as_array().unwrap();
    orders.iter().map(|o| o["id"].as_i64().unwrap()).collect()
}

pub fn proxies(order: &Value) -> &Vec<Value> {
    order["proxy_data"]["proxies"].as_array().unwrap()
}

#[track_caller]
pub fn refused(answer: &Answer, field: &str) {
    assert_eq!(answer.status, 422, "{}", answer.body);
    assert!(answer.body["message"].is_string());
    let messages = &answer.body["errors"][field];
    let told = messages
        .as_array()
        .is_some_and(|all| all.iter().all(Value::is_string));
    assert!(told, "{field} is not named in {}", answer.body);
}

/// Makes the calls of a script, one a line: the field that the refusal names, the path, the body.
pub async fn refusals(sandbox: &Sandbox, script: &str) {
    for line in script.trim().lines() {
        let mut words = line.trim().splitn(3, ' ');
        let mut word = || words.next().unwrap();
        let (field, path, body) = (word(), word(), word());
        refused(&post(sandbox, path, body).await, field);
    }
}
