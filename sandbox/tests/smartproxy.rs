//! SmartProxy's operations: the documented samples, what orders do, and what is refused.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::caller::Caller;
use common::{DELAY, KEY, builder, caller, holds, send};
use proxy_orders_sandbox::{Fault, FaultMode, Vendor};
use reqwest::Client;
use serde_json::{Value, json};

async fn usual() -> Caller {
    caller(Vendor::SmartProxy).await
}

/// Orders take an hour in the other tests, longer than an unpaid one lives.
async fn quick() -> Caller {
    let builder = builder().provisioning_delay(Duration::from_secs(60));
    Caller::start(Vendor::SmartProxy, builder).await
}

async fn accounts(caller: &Caller) -> Vec<Value> {
    let data = caller.script("200 GET /whitelist-account/list").await;
    data["list"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_documented_samples_succeed() {
    let caller = usual().await;
    let order = json!({
        "id": 0,
        "trade_no": "string",
        "product_id": 0,
        "product_name": "string",
        "total_fee": 0.1,
        "pay_fee": 0.1,
        "status": 0,
        "created_at": "2019-08-24T14:15:22Z"
    });
    let script = r#"0 POST /order/create {"pid":0,"upids":"string","amount":0,"pm_id":0,"region_list":"string","coupon_sn":"string","use_invitation_registration_discount":true,"renew_duration":0,"product_sku_bandwidth_id":0,"product_sku_concurrency_id":0,"recharge_amount":0} -> product_id=0 total_fee=0.1 status=0 created_at="2025-03-01T12:00:00Z""#;
    holds(&caller.script(script).await, &order);
    let script = r#"0 GET /order/list?trade_no=string -> pagination={"total":1,"page_no":1,"page_size":20,"total_pages":1}"#;
    holds(&caller.script(script).await["list"], &json!([order]));
    let script = r#"
        0 POST /order/close {"trade_no":"string"} -> .={}
        0 GET /order/list?trade_no=string -> list/0/status=2
        1 POST /order/close {"trade_no":"string"} -> pending
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn the_older_pages_answers_hold_what_is_documented() {
    let caller = usual().await;
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
    let script = "200 GET /user-product/list -> total_count=3";
    holds(&caller.script(script).await, &sample);
    let sample = json!({ "list": [{ "day": "2022-08-01", "flow": 0 }] });
    let script = "200 GET /user-usage-flow/total -> list#=7";
    holds(&caller.script(script).await, &sample);
    let sample = json!({
        "id": 0, "username": "string", "password": "string", "created_at": "string",
        "remark": "string", "product_type": 9, "usage_flow": 0, "limit_flow": 102_400, "status": 0
    });
    holds(&accounts(&caller).await.into(), &json!([sample]));
}

#[tokio::test]
async fn a_paid_order_brings_a_product_and_an_account() {
    let caller = usual().await;
    let script = r#"
        0 POST /order/create {"pid":1001,"pm_id":1,"amount":3,"region_list":"JP,2|US,1"} -> total_fee=15 pay_fee=15 status=0 trade_no=$no
        200 GET /user-product/list?trade_no=$no -> list=[]
        200 GET /whitelist-account/list -> list#=3
    "#;
    caller.script(script).await;
    caller.sandbox.advance(DELAY);
    let script = r#"
        0 GET /order/list?trade_no=$no -> list/0/status=1
        200 GET /user-product/list?trade_no=$no -> list/0/created_at="2025-03-01 13:00:00" list/0/expired_at="2025-03-31 13:00:00" list/0/product_type=25
        200 GET /whitelist-account/list -> list/0/remark=$no list/0/status=1 list/0/password!=""
        1 POST /order/close {"trade_no":"$no"} -> pending
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn an_unpaid_order_lapses() {
    let caller = quick().await;
    let script = r#"
        0 POST /order/create {"pid":1003,"pm_id":0,"amount":2} -> trade_no=$unpaid
        0 POST /order/create {"pid":1003,"pm_id":1,"amount":200} -> trade_no=$costly
        0 POST /order/create {"pid":1003,"pm_id":1,"amount":100} -> trade_no=$paid
    "#;
    caller.script(script).await;
    caller.sandbox.advance(Duration::from_secs(29 * 60));
    let script = "
        0 GET /order/list?trade_no=$unpaid -> list/0/status=0
        0 GET /order/list?trade_no=$costly -> list/0/status=0
        0 GET /order/list?trade_no=$paid -> list/0/status=1
    ";
    caller.script(script).await;
    caller.sandbox.advance(Duration::from_secs(60));
    // 500 less 320 is 180; a recharge makes it 280.
    let script = r#"
        0 GET /order/list?trade_no=$unpaid -> list/0/status=2
        0 GET /order/list?trade_no=$costly -> list/0/status=2
        0 GET /order/list?trade_no=string -> list/0/status=0
        0 POST /order/create {"pid":1004,"pm_id":2,"recharge_amount":100}
    "#;
    caller.script(script).await;
    caller.sandbox.advance(Duration::from_secs(60));
    let script = r#"
        0 POST /order/create {"pid":1002,"pm_id":1,"amount":112} -> trade_no=$affordable
        0 POST /order/create {"pid":1002,"pm_id":1,"amount":1} -> trade_no=$late
    "#;
    caller.script(script).await;
    caller.sandbox.advance(Duration::from_secs(60));
    let script = "
        0 GET /order/list?trade_no=$affordable -> list/0/status=1
        0 GET /order/list?trade_no=$late -> list/0/status=0
    ";
    caller.script(script).await;
}

#[tokio::test]
async fn a_renewal_moves_the_end() {
    let caller = quick().await;
    // Four and two IPs for two months at 4.00.
    let script = r#"
        200 GET /user-product/list -> list#=3 list/0/expired_at="2025-03-22 12:00:00" list/1/expired_at="2025-03-13 12:00:00" list/2/expired_at="2025-03-03 12:00:00"
        0 POST /order/create {"pid":1019,"pm_id":1,"upids":"1,2","renew_duration":2} -> total_fee=48
    "#;
    caller.script(script).await;
    caller.sandbox.advance(Duration::from_secs(60));
    let script = r#"
        200 GET /user-product/list -> list#=3 list/0/expired_at="2025-03-22 12:00:00" list/1/expired_at="2025-05-12 12:00:00" list/2/expired_at="2025-05-02 12:00:00"
        0 POST /order/create {"pid":1019,"pm_id":1,"upids":"2","renew_duration":"1m"} -> total_fee=8
        advance 365d
        1 POST /order/create {"pid":1019,"pm_id":1,"upids":"2"} -> upids
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn prices_follow_packages_and_coupons() {
    let script = r#"
        0 POST /order/create {"pid":1001,"pm_id":0,"region_list":"JP,2|US,1"} -> total_fee=15 pay_fee=15
        0 POST /order/create {"pid":1002,"pm_id":0,"amount":3} -> total_fee=7.5 pay_fee=7.5
        0 POST /order/create {"pid":1003,"pm_id":0,"amount":5.0,"coupon_sn":"SAVE10"} -> total_fee=16 pay_fee=14.4
        0 POST /order/create {"pid":1005,"pm_id":0,"product_sku_bandwidth_id":1,"product_sku_concurrency_id":3} -> total_fee=12 pay_fee=12
    "#;
    usual().await.script(script).await;
}

#[tokio::test]
async fn an_order_that_makes_no_sense_is_refused() {
    let script = r#"
        1 POST /order/create {} -> pid
        1 POST /order/create {"pid":1001} -> pm_id
        1 POST /order/create {"pid":"1001","pm_id":0} -> pid
        1 POST /order/create {"pid":7,"pm_id":0} -> pid
        1 POST /order/create {"pid":1001,"pm_id":-1,"amount":1} -> pm_id
        1 POST /order/create {"pid":1001,"pm_id":0} -> amount
        1 POST /order/create {"pid":1001,"pm_id":0,"amount":0} -> amount
        1 POST /order/create {"pid":1001,"pm_id":0,"amount":1.5} -> amount
        1 POST /order/create {"pid":1001,"pm_id":0,"amount":1e300} -> amount
        1 POST /order/create {"pid":1001,"pm_id":0,"amount":9223372036854775807} -> amount
        1 POST /order/create {"pid":1001,"pm_id":0,"amount":4,"region_list":"JP,2|US,1"} -> region_list
        1 POST /order/create {"pid":1001,"pm_id":0,"region_list":"JP"} -> region_list
        1 POST /order/create {"pid":1001,"pm_id":0,"region_list":"XX,1"} -> region_list
        1 POST /order/create {"pid":1001,"pm_id":0,"region_list":"JP,0"} -> region_list
        1 POST /order/create {"pid":1001,"pm_id":0,"amount":1,"coupon_sn":"string"} -> coupon_sn
        1 POST /order/create {"pid":1001,"pm_id":0,"amount":1,"coupon_sn":5} -> coupon_sn
        1 POST /order/create {"pid":1004,"pm_id":0} -> recharge_amount
        1 POST /order/create {"pid":1005,"pm_id":0} -> product_sku_bandwidth_id
        1 POST /order/create {"pid":1019,"pm_id":0} -> upids
        1 POST /order/create {"pid":1019,"pm_id":0,"upids":"1,x"} -> upids
        1 POST /order/create {"pid":1019,"pm_id":0,"upids":"3"} -> upids
        1 POST /order/create {"pid":1019,"pm_id":0,"upids":"1","renew_duration":0} -> renew_duration
        1 POST /order/create {"pid":1019,"pm_id":0,"upids":"1","renew_duration":"em"} -> renew_duration
        1 POST /order/close {} -> trade_no
        1 POST /order/close {"trade_no":"x"} -> trade_no
    "#;
    usual().await.script(script).await;
}

#[tokio::test]
async fn lists_page_and_filter() {
    let caller = usual().await;
    let script = r#"0 GET /order/list -> list=$all list/2/total_fee="16.00" list/3/pay_fee"#;
    let all = caller.script(script).await["list"].clone();
    let orders = all.as_array().unwrap().iter();
    let statuses: Vec<_> = orders.map(|o| o["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [0, 2, 1, 1, 2, 1, 1, 3]);
    assert!(all[3]["total_fee"].is_number());
    let mut paged = Vec::new();
    for page in 1..=3 {
        let script = format!(
            "0 GET /order/list?page_no={page}&page_size=3 -> pagination/total=8 pagination/total_pages=3"
        );
        let data = caller.script(&script).await;
        paged.extend(data["list"].as_array().unwrap().clone());
    }
    assert_eq!(Value::from(paged), all);
    let script = "
        0 GET /order/list?status=1 -> list#=4
        0 GET /order/list?status=3&product_type=25 -> list#=1
        0 GET /order/list?product_type=9 -> list#=3
        0 GET /order/list?product_type=99 -> list#=0
        0 GET /order/list?page_no=9223372036854775807&page_size=9223372036854775807 -> list#=0
        1 GET /order/list?page_no=0 -> page_no
        1 GET /order/list?page_size=x -> page_size
        1 GET /order/list?status=paid -> status
        1 GET /order/list?status=7 -> status
        1 GET /order/list?product_type=1.5 -> product_type
        200 GET /user-product/list?product_type=14 -> list/0/id=1
        200 GET /user-product/list?page=2&size=2 -> list/0/id=1
        1 GET /user-product/list?size=0 -> size
    ";
    caller.script(script).await;
}

#[tokio::test]
async fn traffic_is_summed_by_day() {
    let caller = usual().await;
    let script = r#"
        1 GET /user-usage-flow/total?start_time=yesterday -> start_time
        200 GET /user-usage-flow/total?username=nobody -> list=[]
        200 GET /user-usage-flow/total?product_type=25 -> list=[]
        200 GET /user-usage-flow/total -> list/0/day="2025-02-23" list/1=$second list/2=$third list/3=$fourth
        200 GET /user-usage-flow/total?start_time=2025-02-24+00:00:00&end_time=2025-02-26%2023:59:59 -> list#=3 list/0=$second list/1=$third list/2=$fourth
        200 GET /user-usage-flow/total
    "#;
    let all = caller.script(script).await;
    let accounts = accounts(&caller).await;
    let user = accounts.iter().find(|a| a["product_type"] == 9).unwrap();
    let days = all["list"].as_array().unwrap().iter();
    let sum: i64 = days.map(|day| day["flow"].as_i64().unwrap()).sum();
    assert_eq!(user["usage_flow"], sum);
}

#[tokio::test]
async fn accounts_are_added() {
    let caller = usual().await;
    caller.name("ADD", "/whitelist-account/add");
    let script = r#"
        200 POST $ADD {"accounts":"user01:pass,user02:pass","remark":"","product_type":9}
        1 POST $ADD {"accounts":"user01:pass,user02:pass","remark":"","product_type":9} -> user01
        200 POST $ADD {"username":"one","password":"two","remark":"r","limit_flow":5,"status":0}
        200 GET /whitelist-account/list -> list#=6 list/0/username="one" list/0/limit_flow=5 list/0/status=0
        1 POST $ADD {} -> accounts
        1 POST $ADD {"accounts":"x"} -> accounts
        1 POST $ADD {"accounts":"a:b,a:c"} -> a exists
        1 POST $ADD {"username":"x"} -> password
        1 POST $ADD {"accounts":"a:b","product_type":3} -> product_type
        1 POST $ADD {"accounts":"a:b","limit_flow":-1} -> limit_flow
        1 POST $ADD {"accounts":"a:b","status":2} -> status
        200 GET /whitelist-account/list -> list#=6
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn only_sandbox_keys_of_the_right_length_are_good() {
    let caller = usual().await;
    let other = KEY.replace("sandbox", "Sandbox");
    let long = format!("{KEY}x");
    for key in ["", "sandbox-short", &other, &long] {
        let refusal = json!({ "code": 3, "message": "app_key is invalid or expired", "data": {} });
        let listed = caller.send(key, "GET", "/pub/order/list", "-").await;
        assert_eq!(listed.ok(), refusal);
        // The key in the body counts.
        let close = format!("/pub/order/close?app_key={KEY}");
        let body = r#"{"trade_no":"string"}"#;
        let closed = caller.send(key, "POST", &close, body).await;
        assert_eq!(closed.ok(), refusal);
        let older = caller.send(key, "GET", "/pub/user-product/list", "-").await;
        assert_eq!(older.ok()["code"], 3);
    }
    let script = "0 GET /order/list?trade_no=string -> list/0/status=0";
    caller.script(script).await;
}

#[tokio::test]
async fn unknown_paths_and_bodies_that_are_not_json_are_refused() {
    let caller = usual().await;
    let script = r#"
        404 GET /order/none
        405 GET /order/create
        405 POST /order/list
    "#;
    caller.script(script).await;
    let answer = caller.send(KEY, "GET", "/pub", "-").await;
    assert_eq!((answer.status, &answer.body["code"]), (404, &json!(404)));
    let base = caller.sandbox.base_url(Vendor::SmartProxy);
    let create = format!("{base}/pub/order/create");
    for body in ["", "{", "[]", "1"] {
        let refused = send(Client::new().post(&create).body(body)).await.ok();
        assert_eq!(refused["code"], 1);
        assert!(refused["message"].as_str().unwrap().contains("body"));
        assert_eq!(refused["data"], json!({}));
    }
    let large = Client::new().post(create).body("x".repeat(1024 * 1024 + 1));
    assert_eq!(send(large).await.status, 413);
}

#[tokio::test]
async fn the_ways_of_the_order_pages_to_be_vague() {
    let caller = usual().await;
    let faulty = |mode| caller.sandbox.faults(vec![Fault::new(mode)]).unwrap();
    faulty(FaultMode::BareLists);
    let script = "0 GET /order/list -> list#=8 !list/0/id list/0/trade_no=\"string\" !pagination";
    caller.script(script).await;
    faulty(FaultMode::PaidAtOnce);
    let script = r#"
        0 POST /order/create {"pid":1003,"pm_id":0,"amount":2} -> status=1 trade_no=$paid
        0 GET /order/list?trade_no=$paid -> list/0/status=1 list/0/id=9
        200 GET /user-product/list?trade_no=$paid -> list#=1
    "#;
    caller.script(script).await;
    assert_eq!(caller.sandbox.ledger()[0].amount, "6.40");
    faulty(FaultMode::ZeroPayFee);
    let script = r#"
        0 POST /order/create {"pid":1003,"pm_id":1,"amount":2} -> total_fee=6.4 pay_fee=0 status=0
        0 GET /order/list -> list/0/total_fee=6.4 list/0/pay_fee=0
    "#;
    caller.script(script).await;
    caller.sandbox.advance(DELAY);
    assert_eq!(caller.sandbox.ledger()[1].amount, "6.40");
    for (mode, code) in [
        (FaultMode::Code500After, 500),
        (FaultMode::UnknownCodeAfter, 7777),
    ] {
        faulty(mode);
        let order = r#"{"pid":1003,"pm_id":0,"amount":1}"#;
        let answer = caller.send(KEY, "POST", "/pub/order/create", order).await;
        assert_eq!((answer.status, &answer.body["code"]), (200, &json!(code)));
    }
    caller.sandbox.clear_faults();
    caller.script("0 GET /order/list -> list#=12").await;
}
