//! SmartProxy's operations: the documented samples, what orders do, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::smartproxy::{
    KEY, accounts, create, done, done_older, get, orders, post, refused, status, user_products,
};
use common::{DAY, DELAY, holds, sandbox, send};
use proxy_orders_sandbox::{Sandbox, Vendor};
use reqwest::{Client, Method};
use serde_json::{Value, json};

fn order() -> Value {
    json!({
        "id": 0,
        "trade_no": "string",
        "product_id": 0,
        "product_name": "string",
        "total_fee": 0.1,
        "pay_fee": 0.1,
        "status": 0,
        "created_at": "2019-08-24T14:15:22Z"
    })
}

#[tokio::test]
async fn the_documented_samples_succeed() {
    let sandbox = sandbox().await;
    let body = json!({
        "pid": 0,
        "upids": "string",
        "amount": 0,
        "pm_id": 0,
        "region_list": "string",
        "coupon_sn": "string",
        "use_invitation_registration_discount": true,
        "renew_duration": 0,
        "product_sku_bandwidth_id": 0,
        "product_sku_concurrency_id": 0,
        "recharge_amount": 0
    });
    let created = create(&sandbox, body).await;
    holds(&created, &order());
    assert_eq!(created["product_id"], 0);
    assert_eq!(created["total_fee"], json!(0.1));
    assert_eq!(created["status"], 0);
    assert_eq!(created["created_at"], "2025-03-01T12:00:00Z");

    let found = done(get(&sandbox, "/pub/order/list?trade_no=string").await);
    let pagination = json!({ "total": 1, "page_no": 1, "page_size": 20, "total_pages": 1 });
    assert_eq!(found["pagination"], pagination);
    holds(&found["list"], &json!([order()]));

    let close = || {
        post(
            &sandbox,
            "/pub/order/close",
            json!({ "trade_no": "string" }),
        )
    };
    assert_eq!(done(close().await), json!({}));
    assert_eq!(orders(&sandbox, "trade_no=string").await[0]["status"], 2);
    refused(close().await, "pending");
}

#[tokio::test]
async fn the_older_pages_answers_hold_what_is_documented() {
    let sandbox = sandbox().await;
    let sample = json!({
        "list": [{
            "id": 0,
            "created_at": "2022-05-13 12:14:15",
            "expired_at": "2022-05-13 12:14:15",
            "product_type": 9,
            "trade_no": "2022051312134339861461465434",
            "order": {
                "created_at": "2022-05-13 12:13:43",
                "pay_at": "2022-05-13 12:13:43",
                "title": "Entry Level"
            }
        }],
        "page": 1, "page_size": 20, "total_count": 0, "total_page": 0
    });
    let products = done_older(get(&sandbox, "/pub/user-product/list").await);
    holds(&products, &sample);
    assert_eq!(products["total_count"], 3);
    let sample = json!({ "list": [{ "day": "2022-08-01", "flow": 0 }] });
    let flow = done_older(get(&sandbox, "/pub/user-usage-flow/total").await);
    holds(&flow, &sample);
    assert_eq!(flow["list"].as_array().unwrap().len(), 7);
    let sample = json!({
        "id": 0, "username": "string", "password": "string", "created_at": "string",
        "remark": "string", "product_type": 9, "usage_flow": 0, "limit_flow": 102_400, "status": 0
    });
    holds(&accounts(&sandbox).await.into(), &json!([sample]));
}

#[tokio::test]
async fn a_paid_order_brings_a_product_and_an_account() {
    let sandbox = sandbox().await;
    let body = json!({ "pid": 1001, "pm_id": 1, "amount": 3, "region_list": "JP,2|US,1" });
    let created = create(&sandbox, body).await;
    assert_eq!(created["total_fee"], 15);
    assert_eq!(created["pay_fee"], 15);
    assert_eq!(created["status"], 0);
    let by_trade_no = format!("trade_no={}", created["trade_no"].as_str().unwrap());
    assert_eq!(user_products(&sandbox, &by_trade_no).await, json!([]));
    assert_eq!(accounts(&sandbox).await.len(), 3);

    sandbox.advance(DELAY);
    assert_eq!(status(&sandbox, &created).await, 1);
    let bought = user_products(&sandbox, &by_trade_no).await;
    assert_eq!(bought[0]["created_at"], "2025-03-01 13:00:00");
    assert_eq!(bought[0]["expired_at"], "2025-03-31 13:00:00");
    assert_eq!(bought[0]["product_type"], 25);
    let accounts = accounts(&sandbox).await;
    assert_eq!(accounts[0]["remark"], created["trade_no"]);
    assert_eq!(accounts[0]["status"], 1);
    assert!(!accounts[0]["password"].as_str().unwrap().is_empty());
    let trade_no = json!({ "trade_no": created["trade_no"] });
    refused(
        post(&sandbox, "/pub/order/close", trade_no).await,
        "pending",
    );
}

/// Orders take an hour in the other tests, longer than an unpaid one lives.
async fn quick() -> Sandbox {
    Sandbox::builder()
        .provisioning_delay(Duration::from_secs(60))
        .starts_at("2025-03-01T12:00:00Z".parse().unwrap())
        .start()
        .await
        .unwrap()
}

#[tokio::test]
async fn an_unpaid_order_lapses() {
    let sandbox = quick().await;
    let unpaid = create(&sandbox, json!({ "pid": 1003, "pm_id": 0, "amount": 2 })).await;
    let costly = create(&sandbox, json!({ "pid": 1003, "pm_id": 1, "amount": 200 })).await;
    let paid = create(&sandbox, json!({ "pid": 1003, "pm_id": 1, "amount": 100 })).await;
    sandbox.advance(Duration::from_secs(29 * 60));
    assert_eq!(status(&sandbox, &unpaid).await, 0);
    assert_eq!(status(&sandbox, &costly).await, 0);
    assert_eq!(status(&sandbox, &paid).await, 1);
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(status(&sandbox, &unpaid).await, 2);
    assert_eq!(status(&sandbox, &costly).await, 2);
    assert_eq!(orders(&sandbox, "trade_no=string").await[0]["status"], 0);
    // 500 less 320 is 180; a recharge makes it 280.
    create(
        &sandbox,
        json!({ "pid": 1004, "pm_id": 2, "recharge_amount": 100 }),
    )
    .await;
    sandbox.advance(Duration::from_secs(60));
    let affordable = create(&sandbox, json!({ "pid": 1002, "pm_id": 1, "amount": 112 })).await;
    let too_late = create(&sandbox, json!({ "pid": 1002, "pm_id": 1, "amount": 1 })).await;
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(status(&sandbox, &affordable).await, 1);
    assert_eq!(status(&sandbox, &too_late).await, 0);
}

#[tokio::test]
async fn a_renewal_moves_the_end() {
    let sandbox = quick().await;
    let ends = |products: Value| {
        let list = products.as_array().unwrap().clone();
        list.iter()
            .map(|p| p["expired_at"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let before = ends(user_products(&sandbox, "").await);
    let (third, second, first) = (
        "2025-03-22 12:00:00",
        "2025-03-13 12:00:00",
        "2025-03-03 12:00:00",
    );
    assert_eq!(before, [third, second, first]);
    // Four and two IPs for two months at 4.00.
    let body = json!({ "pid": 1019, "pm_id": 1, "upids": "1,2", "renew_duration": 2 });
    let created = create(&sandbox, body).await;
    assert_eq!(created["total_fee"], 48);
    sandbox.advance(Duration::from_secs(60));
    let after = ends(user_products(&sandbox, "").await);
    assert_eq!(after, [third, "2025-05-12 12:00:00", "2025-05-02 12:00:00"]);
    let body = json!({ "pid": 1019, "pm_id": 1, "upids": "2", "renew_duration": "1m" });
    assert_eq!(create(&sandbox, body).await["total_fee"], 8);
    sandbox.advance(DAY * 365);
    let late = json!({ "pid": 1019, "pm_id": 1, "upids": "2" });
    refused(post(&sandbox, "/pub/order/create", late).await, "upids");
}

#[tokio::test]
async fn prices_follow_packages_and_coupons() {
    let sandbox = sandbox().await;
    // The fees before and after the coupon, and the body.
    let script = r#"
        15 15 {"pid": 1001, "pm_id": 0, "region_list": "JP,2|US,1"}
        7.5 7.5 {"pid": 1002, "pm_id": 0, "amount": 3}
        16 14.4 {"pid": 1003, "pm_id": 0, "amount": 5.0, "coupon_sn": "SAVE10"}
        12 12 {"pid": 1005, "pm_id": 0, "product_sku_bandwidth_id": 1, "product_sku_concurrency_id": 3}
    "#;
    for line in script.trim().lines() {
        let words: Vec<_> = line.trim().splitn(3, ' ').collect();
        let json = |index: usize| serde_json::from_str::<Value>(words[index]).unwrap();
        let created = create(&sandbox, json(2)).await;
        assert_eq!(
            (&created["total_fee"], &created["pay_fee"]),
            (&json(0), &json(1))
        );
    }
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused() {
    let sandbox = sandbox().await;
    // The parameter that the refusal names, and the body.
    let script = r#"
        pid {}
        pm_id {"pid": 1001}
        pid {"pid": "1001", "pm_id": 0}
        pid {"pid": 7, "pm_id": 0}
        pm_id {"pid": 1001, "pm_id": -1, "amount": 1}
        amount {"pid": 1001, "pm_id": 0}
        amount {"pid": 1001, "pm_id": 0, "amount": 0}
        amount {"pid": 1001, "pm_id": 0, "amount": 1.5}
        amount {"pid": 1001, "pm_id": 0, "amount": 1e300}
        amount {"pid": 1001, "pm_id": 0, "amount": 9223372036854775807}
        region_list {"pid": 1001, "pm_id": 0, "amount": 4, "region_list": "JP,2|US,1"}
        region_list {"pid": 1001, "pm_id": 0, "region_list": "JP"}
        region_list {"pid": 1001, "pm_id": 0, "region_list": "XX,1"}
        region_list {"pid": 1001, "pm_id": 0, "region_list": "JP,0"}
        coupon_sn {"pid": 1001, "pm_id": 0, "amount": 1, "coupon_sn": "string"}
        coupon_sn {"pid": 1001, "pm_id": 0, "amount": 1, "coupon_sn": 5}
        recharge_amount {"pid": 1004, "pm_id": 0}
        product_sku_bandwidth_id {"pid": 1005, "pm_id": 0}
        upids {"pid": 1019, "pm_id": 0}
        upids {"pid": 1019, "pm_id": 0, "upids": "1,x"}
        upids {"pid": 1019, "pm_id": 0, "upids": "3"}
        renew_duration {"pid": 1019, "pm_id": 0, "upids": "1", "renew_duration": 0}
        renew_duration {"pid": 1019, "pm_id": 0, "upids": "1", "renew_duration": "em"}
    "#;
    for line in script.trim().lines() {
        let (name, body) = line.trim().split_once(' ').unwrap();
        let body = serde_json::from_str(body).unwrap();
        refused(post(&sandbox, "/pub/order/create", body).await, name);
    }
    for body in [json!({}), json!({ "trade_no": "x" })] {
        refused(post(&sandbox, "/pub/order/close", body).await, "trade_no");
    }
}

#[tokio::test]
async fn lists_page_and_filter() {
    let sandbox = sandbox().await;
    let all = orders(&sandbox, "").await;
    let statuses: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["status"].as_i64().unwrap())
        .collect();
    assert_eq!(statuses, [0, 2, 1, 1, 2, 1, 1, 3]);
    assert_eq!(all[2]["total_fee"], "16.00");
    assert!(all[3]["total_fee"].is_number());
    let mut paged = Vec::new();
    for page in 1..=3 {
        let data = done(
            get(
                &sandbox,
                &format!("/pub/order/list?page_no={page}&page_size=3"),
            )
            .await,
        );
        assert_eq!(data["pagination"]["total"], 8);
        assert_eq!(data["pagination"]["total_pages"], 3);
        paged.extend(data["list"].as_array().unwrap().clone());
    }
    assert_eq!(Value::from(paged), all);
    let beyond = "page_no=9223372036854775807&page_size=9223372036854775807";
    for (query, count) in [
        ("status=1", 4),
        ("status=3&product_type=25", 1),
        ("product_type=9", 3),
        ("product_type=99", 0),
        (beyond, 0),
    ] {
        let found = orders(&sandbox, query).await;
        assert_eq!(found.as_array().unwrap().len(), count, "{query}");
    }
    for query in [
        "page_no=0",
        "page_size=x",
        "status=paid",
        "status=7",
        "product_type=1.5",
    ] {
        let (name, _) = query.split_once('=').unwrap();
        let answer = get(&sandbox, &format!("/pub/order/list?{query}")).await;
        refused(answer, name);
    }
    assert_eq!(user_products(&sandbox, "product_type=14").await[0]["id"], 1);
    assert_eq!(user_products(&sandbox, "page=2&size=2").await[0]["id"], 1);
    refused(get(&sandbox, "/pub/user-product/list?size=0").await, "size");
}

#[tokio::test]
async fn traffic_is_summed_by_day() {
    let sandbox = sandbox().await;
    let total = |query: &'static str| {
        let sandbox = &sandbox;
        async move {
            let path = format!("/pub/user-usage-flow/total?{query}");
            let data = done_older(get(sandbox, &path).await);
            data["list"].as_array().unwrap().clone()
        }
    };
    let all = total("").await;
    assert_eq!(all[0]["day"], "2025-02-23");
    let some = total("start_time=2025-02-24+00:00:00&end_time=2025-02-26%2023:59:59").await;
    assert_eq!(some[..], all[1..4]);
    assert!(total("username=nobody").await.is_empty());
    assert!(total("product_type=25").await.is_empty());
    let user = accounts(&sandbox)
        .await
        .into_iter()
        .find(|a| a["product_type"] == 9)
        .unwrap();
    let sum: i64 = all.iter().map(|day| day["flow"].as_i64().unwrap()).sum();
    assert_eq!(user["usage_flow"], sum);
    let answer = get(&sandbox, "/pub/user-usage-flow/total?start_time=yesterday").await;
    refused(answer, "start_time");
}

#[tokio::test]
async fn accounts_are_added() {
    let sandbox = sandbox().await;
    let path = "/pub/whitelist-account/add";
    let body = json!({ "accounts": "user01:pass,user02:pass", "remark": "", "product_type": 9 });
    done_older(post(&sandbox, path, body.clone()).await);
    refused(post(&sandbox, path, body).await, "user01");
    let body = json!({
        "username": "one", "password": "two", "remark": "r", "limit_flow": 5, "status": 0
    });
    done_older(post(&sandbox, path, body).await);
    let all = accounts(&sandbox).await;
    assert_eq!(all.len(), 6);
    assert_eq!(all[0]["username"], "one");
    assert_eq!(all[0]["limit_flow"], 5);
    assert_eq!(all[0]["status"], 0);
    for (body, name) in [
        (json!({}), "accounts"),
        (json!({ "accounts": "x" }), "accounts"),
        (json!({ "accounts": "a:b,a:c" }), "a exists"),
        (json!({ "username": "x" }), "password"),
        (
            json!({ "accounts": "a:b", "product_type": 3 }),
            "product_type",
        ),
        (json!({ "accounts": "a:b", "limit_flow": -1 }), "limit_flow"),
        (json!({ "accounts": "a:b", "status": 2 }), "status"),
    ] {
        refused(post(&sandbox, path, body).await, name);
    }
    assert_eq!(accounts(&sandbox).await.len(), 6);
}

#[tokio::test]
async fn only_sandbox_keys_of_the_right_length_are_good() {
    let sandbox = sandbox().await;
    let base = sandbox.base_url(Vendor::SmartProxy);
    for key in [
        "",
        "sandbox-short",
        &KEY.replace("sandbox", "Sandbox"),
        &format!("{KEY}x"),
    ] {
        let url = format!("{base}/pub/order/list?app_key={key}");
        let refusal = json!({ "code": 3, "message": "app_key is invalid or expired", "data": {} });
        assert_eq!(send(Client::new().get(url)).await.ok(), refusal);
        let url = format!("{base}/pub/order/close?app_key={KEY}");
        let body = json!({ "app_key": key, "trade_no": "string" });
        let answer = send(Client::new().post(url).body(body.to_string())).await;
        assert_eq!(answer.ok(), refusal);
        let url = format!("{base}/pub/user-product/list?app_key={key}");
        assert_eq!(send(Client::new().get(url)).await.ok()["code"], 3);
    }
    assert_eq!(orders(&sandbox, "trade_no=string").await[0]["status"], 0);
}

#[tokio::test]
async fn unknown_paths_and_bodies_that_are_not_json_are_refused() {
    let sandbox = sandbox().await;
    let base = sandbox.base_url(Vendor::SmartProxy);
    for (method, path, status) in [
        (Method::GET, "/pub/order/none", 404),
        (Method::GET, "/pub", 404),
        (Method::GET, "/pub/order/create", 405),
        (Method::POST, "/pub/order/list", 405),
    ] {
        let answer = send(Client::new().request(method, format!("{base}{path}"))).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.body["code"], status);
        assert_eq!(answer.body["data"], json!({}));
    }
    for body in ["", "{", "[]", "1"] {
        let url = format!("{base}/pub/order/create");
        refused(send(Client::new().post(url).body(body)).await, "body");
    }
    let url = format!("{base}/pub/order/create");
    let answer = send(Client::new().post(url).body("x".repeat(1024 * 1024 + 1))).await;
    assert_eq!(answer.status, 413);
}
