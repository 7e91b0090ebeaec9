//! Worlds with many orders.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::wire::{PROXYSHARD, SMARTPROXY};
use common::{DAY, KEY, builder, get};
use proxy_orders_sandbox::Sandbox;
use serde_json::Value;

const EXTRA: usize = 5_000;

async fn large() -> Sandbox {
    builder().extra_orders(EXTRA).start().await.unwrap()
}

/// The ids of all orders at IPRoyal that a filter finds, page by page.
async fn ids(sandbox: &Sandbox, filter: &str) -> Vec<i64> {
    let mut ids = Vec::new();
    for page in 1.. {
        let path = format!("/orders?{filter}&per_page=700&page={page}");
        let list = get(sandbox, &path).await.ok();
        let data = list["data"].as_array().unwrap();
        ids.extend(data.iter().map(|order| order["id"].as_i64().unwrap()));
        if list["meta"]["last_page"] == page {
            assert_eq!(list["meta"]["total"], ids.len());
            return ids;
        }
    }
    unreachable!()
}

#[tokio::test]
async fn pages_of_many_orders_hold_each_of_them_once() {
    let sandbox = large().await;
    let all = ids(&sandbox, "").await;
    assert_eq!(all.len(), EXTRA + 14);
    assert!(all.is_sorted_by(|a, b| a > b));
    let mut rising = ids(&sandbox, "sort_by=id&order=asc").await;
    rising.reverse();
    assert_eq!(all, rising);
    let mut parts = Vec::new();
    for status in ["unpaid", "in-progress", "confirmed", "refunded", "expired"] {
        let part = ids(&sandbox, &format!("status={status}")).await;
        assert!(part.is_sorted_by(|a, b| a > b), "{status}");
        parts.extend(part);
    }
    parts.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(all, parts);
    let two = "statuses[]=expired&statuses[]=confirmed&product_id=123";
    let two = ids(&sandbox, two).await;
    assert!(two.is_sorted_by(|a, b| a > b));
    let berlin = ids(&sandbox, "location_id=790").await;
    assert!(berlin.len() > 1000 && berlin.iter().all(|id| all.contains(id)));

    // All end within a year, and the lists know at once.
    sandbox.advance(DAY * 400);
    let over = ids(&sandbox, "status=expired&product_id=123").await;
    assert!(over.len() > EXTRA, "{}", over.len());
}

#[tokio::test]
async fn the_other_vendors_have_them_too() {
    let sandbox = large().await;
    let list = |status: &str, offset: usize| {
        let path = format!("/proxyshard/user/api/orders?status={status}&limit=100&offset={offset}");
        let sandbox = &sandbox;
        async move { PROXYSHARD.get(sandbox, &path).await.json() }
    };
    let last = list("all", EXTRA).await;
    assert_eq!(last["count"], EXTRA + 25);
    assert_eq!(last["orders"].as_array().unwrap().len(), 25);
    assert_eq!(last["orders"][24]["order_id"], 1001);
    let cancelled = list("cancelled", 0).await["count"].as_u64().unwrap();
    let active = list("active", 0).await["count"].as_u64().unwrap();
    let on_hold = list("on-hold", 0).await["count"].as_u64().unwrap();
    assert_eq!(cancelled + active + on_hold, (EXTRA + 25) as u64);

    let path = format!("/smartproxy/pub/order/list?app_key={KEY}&page_size=1000&page_no=6");
    let list = SMARTPROXY.get(&sandbox, &path).await.json();
    assert_eq!(list["data"]["pagination"]["total"], EXTRA + 8);
    let last: &Value = list["data"]["list"].as_array().unwrap().last().unwrap();
    assert_eq!(last["id"], 1);
    let trade_no = last["trade_no"].as_str().unwrap();
    let path = format!("/smartproxy/pub/order/list?app_key={KEY}&trade_no={trade_no}");
    let found = SMARTPROXY.get(&sandbox, &path).await.json();
    assert_eq!(found["data"]["list"][0], *last);
    assert_eq!(found["data"]["pagination"]["total"], 1);
}
