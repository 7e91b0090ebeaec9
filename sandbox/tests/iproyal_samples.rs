//! The sample calls of IPRoyal's documentation, with only host and token changed, and whether the
//! answers hold what the sample answers hold.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::caller::Caller;
use common::{caller, holds};
use proxy_orders_sandbox::Vendor;
use serde_json::{Value, json};

async fn royal() -> Caller {
    caller(Vendor::IpRoyal).await
}

/// The order of the documented samples, without what only the newer pages have.
fn order() -> Value {
    json!({
        "id": 420,
        "note": null,
        "product_name": "Static Residential",
        "plan_name": "30 Days",
        "expire_date": "2024-04-20 10:25:12",
        "status": "expired",
        "location": "Canada",
        "quantity": 5,
        "questions_answers": [],
        "proxy_data": { "ports": { "socks5": 12324, "http|https": 12323 }, "proxies": [] },
        "auto_extend_settings": null,
        "extended_history": []
    })
}

fn newer_order() -> Value {
    let mut order = order();
    order["locations"] = "Canada".into();
    order
}

fn list() -> Value {
    json!({
        "data": [newer_order()],
        "meta": {
            "current_page": 1,
            "from": 1,
            "last_page": 2,
            "path": "https://apid.iproyal.com/v1/reseller/orders",
            "per_page": 10,
            "to": 10,
            "total": 14
        }
    })
}

#[tokio::test]
async fn orders_are_listed() {
    let caller = royal().await;
    for ids in [
        "&order_ids=789,1011",
        "&order_ids[]=789&order_ids[]=1011",
        "&order_ids%5B0%5D=789&order_ids%5B1%5D=1011",
    ] {
        let script = format!(
            "200 GET /orders?product_id=123&page=1&per_page=10&location_id=456&status=in-progress&note_search=example%20note{ids} \
             -> data#=2 data/0/id=1011 data/1/id=789 meta/total=2"
        );
        holds(&caller.script(&script).await, &list());
    }
    let script = r#"
        200 GET /orders?order_ids[]=420 -> data/0/id=420 data/0/note=null data/0/product_name="Static Residential" data/0/plan_name="30 Days" data/0/status="confirmed" data/0/location="United States" data/0/locations="United States" data/0/quantity=5 data/0/questions_answers=[{"question":"Extra requirements (if you have any):","answer":"I need 128.158.97"}] data/0/proxy_data/ports={"socks5":12324,"http|https":12323} data/0/auto_extend_settings=null
        200 GET /orders
    "#;
    let answer = caller.script(script).await;
    let path = format!("{}/orders", caller.sandbox.base_url(Vendor::IpRoyal));
    let mut meta = list()["meta"].clone();
    meta["path"] = path.into();
    assert_eq!(answer["meta"], meta);
}

#[tokio::test]
async fn a_price_is_exactly_the_documented_one() {
    let script = "200 GET /orders/calculate-pricing?product_id=123&product_plan_id=456&product_location_id=789&quantity=10&coupon_code=DISCOUNT2024";
    let expected = json!({
        "pre_discount_price": 30,
        "price_with_vat": 30,
        "vat": null,
        "price": 30,
        "pre_discount_price_per_item": 3,
        "price_per_item": 3,
        "plan_discount_percent": 0,
        "location_discount_percent": 0,
        "coupon_discount_percent": 0,
        "quantity_discount_percent": 0,
        "total_discount_percent": 0,
        "quantity_required_for_next_discount": { "quantity": 90, "discount": 5 },
        "message": null
    });
    assert_eq!(royal().await.script(script).await, expected);
}

#[tokio::test]
async fn an_order_is_created_read_and_extended() {
    let caller = royal().await;
    let common = r#""product_id":123,"product_plan_id":456,"coupon_code":"DISCOUNT2024","auto_extend":true,"product_question_answers":{"question_id_1":"answer_1","question_id_2":"answer_2"}"#;
    caller.name("COMMON", common);
    let mut extended = newer_order();
    extended["proxy_data"]["extended_proxies"] = json!([]);
    for (script, sample) in [
        (
            r#"200 POST /orders {$COMMON,"product_location_id":789,"quantity":10}"#,
            order(),
        ),
        (
            r#"200 POST /orders {$COMMON,"card_id":1,"selection":{"locations":[{"product_location_id":789,"quantity":10}]}} -> location="Canada" quantity=10"#,
            newer_order(),
        ),
        ("200 GET /orders/12345 -> id=12345", newer_order()),
        (
            r#"200 POST /orders/12345/extend {"product_plan_id":678}"#,
            order(),
        ),
        (
            r#"200 POST /orders/12345/extend {"product_plan_id":678,"card_id":1,"proxies":[]}"#,
            extended,
        ),
    ] {
        holds(&caller.script(script).await, &sample);
    }
}

#[tokio::test]
async fn auto_extend_is_switched() {
    // The second sample answer belongs to another call.
    let script = r#"
        200 POST /orders/toggle-auto-extend {"order_id":123,"product_plan_id":3,"is_enabled":true,"payment_type":"card","card_id":1} -> .={"order_id":123,"is_enabled":true,"product_plan_id":3,"payment_type":"card","card_id":1}
        200 POST /orders/toggle-auto-extend {"order_id":202,"product_plan_id":3,"is_enabled":true,"payment_type":"balance"} -> .={"order_id":202,"is_enabled":true,"product_plan_id":3,"payment_type":"balance","card_id":null}
    "#;
    royal().await.script(script).await;
}

#[tokio::test]
async fn the_other_pages_answers_hold_what_is_documented() {
    let caller = royal().await;
    let products = caller.script("200 GET /products").await;
    let mut products = products["data"].as_array().unwrap().iter();
    let nine = products.find(|p| p["id"] == 9).unwrap();
    assert_eq!(nine["name"], "Static Residential");
    let plan = json!({
        "id": 4, "name": "30 Days", "price": 2, "min_quantity": 5, "max_quantity": 100_000
    });
    assert_eq!(nine["plans"], json!([plan]));
    let location = json!({
        "id": 51,
        "name": "Australia",
        "out_of_stock": false,
        "available_proxies_count": 1142,
        "child_locations": []
    });
    assert_eq!(nine["locations"], json!([location]));
    let discount = json!({ "quantity_from": 99, "discount_percent": 5 });
    assert_eq!(nine["quantity_discounts"], json!([discount]));
    assert_eq!(nine["questions"][0]["id"], 5);
    assert_eq!(nine["questions"][0]["is_required"], false);

    caller.script("200 GET /balance -> .=884.05").await;
    let card = json!({
        "id": 2, "provider": "stripe", "custom_name": null, "payment_method": "card",
        "card_type": null, "currency": "USD", "last_four_digits": null, "expiry_date": null,
        "update_url": null, "cancel_url": null, "products_with_order_ids": [],
        "has_royal_auto_extend_enabled": false, "updated_at": "2025-04-11T14:06:28.000000Z"
    });
    let country =
        json!({ "country_code": "US", "country_name": "United States", "available_ips": 1 });
    for (path, sample) in [
        ("cards", &card),
        ("access/availability/static-residential", &country),
        ("access/availability/dc", &country),
        ("access/availability/sneaker-dc", &country),
    ] {
        let answer = caller.script(&format!("200 GET /{path}")).await;
        holds(&answer, &json!({ "data": [sample] }));
    }
}
