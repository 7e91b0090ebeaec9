//! IPRoyal: lists of orders, and the refusals that all operations share.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::iproyal::{PURCHASE, ids, refused};
use common::{get, iproyal_as, post, sandbox};
use proxy_orders_sandbox::Vendor;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn lists_are_filtered() {
    let sandbox = sandbox().await;
    for (query, expected) in [
        ("product_id=9", vec![505]),
        ("location_id=62", vec![506]),
        ("status=unpaid", vec![500]),
        ("statuses[]=unpaid&statuses[]=refunded", vec![501, 500]),
        ("statuses=expired,refunded", vec![502, 501]),
        ("statuses[0]=expired&status=refunded", vec![]),
        ("note_search=SOON", vec![503]),
        ("note_search=100%25", vec![]),
        ("order_ids=420,7", vec![420]),
        ("order_ids[]=420&order_ids[]=9", vec![420]),
        ("order_ids%5B%5D=420&order_ids%5B%5D=123", vec![420, 123]),
        ("order_ids[0]=420&order_ids[1]=123", vec![420, 123]),
        (
            "order_ids[0]=123&order_ids[1]=123&order_ids=420",
            vec![420, 123],
        ),
        (
            "order_ids[]=123&order_ids[]=420&sort_by=id&order=asc",
            vec![123, 420],
        ),
        (
            "status_is_expiring_soon=false&per_page=2",
            vec![12345, 1011],
        ),
        ("sort_by=note&order=desc&per_page=3", vec![1011, 789, 503]),
        ("sort_by=status&order=asc&per_page=1", vec![123]),
        ("status_is_expiring_soon=1", vec![503]),
        ("status_is_expiring_soon=true&product_id=9", vec![]),
        ("order_billing_type=subscription", vec![504]),
        ("sort_by=quantity&order=desc&per_page=2", vec![789, 503]),
        ("sort_by=id&order=asc&per_page=3", vec![123, 202, 303]),
        ("sort_by=expire_date&order=asc&per_page=2", vec![500, 501]),
    ] {
        assert_eq!(ids(&sandbox, query).await, expected, "{query}");
    }
    for (query, field) in [
        ("product_id=x", "product_id"),
        ("status=gone", "status"),
        ("statuses[]=expired&statuses[]=gone", "statuses.1"),
        ("order_ids=1,x", "order_ids.1"),
        ("status_is_expiring_soon=maybe", "status_is_expiring_soon"),
        ("order_billing_type=free", "order_billing_type"),
        ("sort_by=id", "order"),
        ("order=asc", "sort_by"),
        ("sort_by=password&order=asc", "sort_by"),
        ("sort_by=id&order=up", "order"),
        ("page=0", "page"),
        ("per_page=-1", "per_page"),
    ] {
        refused(&get(&sandbox, &format!("/orders?{query}")).await, field);
    }
}

#[tokio::test]
async fn lists_have_pages() {
    let sandbox = sandbox().await;
    let mut seen = Vec::new();
    for page in 1..=5 {
        let list = get(&sandbox, &format!("/orders?page={page}&per_page=3"))
            .await
            .ok();
        let meta = &list["meta"];
        assert_eq!(meta["last_page"], 5);
        assert_eq!(meta["from"], page * 3 - 2);
        assert_eq!(meta["to"], (page * 3).min(14));
        seen.extend(ids(&sandbox, &format!("page={page}&per_page=3")).await);
    }
    assert_eq!(seen, ids(&sandbox, "per_page=1000").await);
    for query in [
        "page=6&per_page=3",
        "page=9223372036854775807&per_page=9223372036854775807",
    ] {
        let list = get(&sandbox, &format!("/orders?{query}")).await.ok();
        assert_eq!(list["data"], json!([]));
        assert_eq!(list["meta"]["from"], Value::Null);
        assert_eq!(list["meta"]["to"], Value::Null);
    }
    let none = get(&sandbox, "/orders?product_id=1").await.ok();
    assert_eq!(none["meta"]["last_page"], 1);
    assert_eq!(none["meta"]["total"], 0);
}

#[tokio::test]
async fn unknown_paths_and_ids_are_refused() {
    let sandbox = sandbox().await;
    for path in [
        "/orders/1",
        "/orders/99999999999999999999",
        "/order",
        "/orders/1/2/3",
        "",
    ] {
        let answer = get(&sandbox, path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body["message"].is_string());
    }
    for id in ["abc", "proxies", "1.5", "%FF", "%20", "-"] {
        refused(&get(&sandbox, &format!("/orders/{id}")).await, "order_id");
    }
    assert_eq!(get(&sandbox, "/orders/-1").await.status, 404);
    for (method, path) in [
        (Method::POST, "/balance"),
        (Method::GET, "/orders/1/extend"),
        (Method::DELETE, "/orders/1"),
        (Method::PUT, "/orders"),
    ] {
        let answer = iproyal_as(&sandbox, "sandbox-test", method, path, None).await;
        assert_eq!(answer.status, 405);
        assert!(answer.body["message"].is_string());
    }
}

#[tokio::test]
async fn only_sandbox_tokens_are_good() {
    let sandbox = sandbox().await;
    for token in ["", "real-token", "Bearer sandbox-test", "Sandbox-test"] {
        for path in ["/orders", "/balance", "/orders/420"] {
            let answer = iproyal_as(&sandbox, token, Method::GET, path, None).await;
            assert_eq!(answer.status, 401);
            assert_eq!(answer.body, json!({ "message": "Unauthenticated." }));
        }
    }
    let url = format!("{}/balance", sandbox.base_url(Vendor::IpRoyal));
    assert_eq!(
        common::send(reqwest::Client::new().get(url)).await.status,
        401
    );
}

#[tokio::test]
async fn a_body_must_be_declared_and_not_too_large() {
    let sandbox = sandbox().await;
    let url = format!("{}/orders", sandbox.base_url(Vendor::IpRoyal));
    let undeclared = reqwest::Client::new().post(url).body(PURCHASE);
    let answer = common::send(undeclared.header("X-Access-Token", "sandbox-test")).await;
    refused(&answer, "body");
    let large = format!(r#"{{"note":"{}"}}"#, "x".repeat(1024 * 1024));
    assert_eq!(post(&sandbox, "/orders", &large).await.status, 413);
}
