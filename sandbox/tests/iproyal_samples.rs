//! The sample calls of IPRoyal's documentation, with only host and token changed, and whether the
//! answers hold what the sample answers hold.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{get, holds, post, sandbox};
use proxy_orders_sandbox::Vendor;
use serde_json::{Value, json};

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
    let sandbox = sandbox().await;
    let common = "/orders?product_id=123&page=1&per_page=10&location_id=456\
                  &status=in-progress&note_search=example%20note";
    for ids in [
        "&order_ids=789,1011",
        "&order_ids[]=789&order_ids[]=1011",
        "&order_ids%5B0%5D=789&order_ids%5B1%5D=1011",
    ] {
        let answer = get(&sandbox, &format!("{common}{ids}")).await.ok();
        holds(&answer, &list());
        let ids: Vec<_> = answer["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|o| &o["id"])
            .collect();
        assert_eq!(ids, [1011, 789]);
        assert_eq!(answer["meta"]["total"], 2);
    }
}

#[tokio::test]
async fn the_listed_sample_order_is_there() {
    let sandbox = sandbox().await;
    let answer = get(&sandbox, "/orders?order_ids[]=420").await.ok();
    let found = &answer["data"][0];
    let answers = json!([{
        "question": "Extra requirements (if you have any):",
        "answer": "I need 128.158.97"
    }]);
    assert_eq!(found["id"], 420);
    assert_eq!(found["note"], Value::Null);
    assert_eq!(found["product_name"], "Static Residential");
    assert_eq!(found["plan_name"], "30 Days");
    assert_eq!(found["status"], "confirmed");
    assert_eq!(found["location"], "United States");
    assert_eq!(found["locations"], "United States");
    assert_eq!(found["quantity"], 5);
    assert_eq!(found["questions_answers"], answers);
    let ports = json!({ "socks5": 12324, "http|https": 12323 });
    assert_eq!(found["proxy_data"]["ports"], ports);
    assert_eq!(found["auto_extend_settings"], Value::Null);
}

#[tokio::test]
async fn the_documented_page_numbers_come_out() {
    let sandbox = sandbox().await;
    let answer = get(&sandbox, "/orders").await.ok();
    let path = format!("{}/orders", sandbox.base_url(Vendor::IpRoyal));
    let mut meta = list()["meta"].clone();
    meta["path"] = path.into();
    assert_eq!(answer["meta"], meta);
}

#[tokio::test]
async fn an_order_is_read() {
    let sandbox = sandbox().await;
    let answer = get(&sandbox, "/orders/12345").await.ok();
    holds(&answer, &newer_order());
    assert_eq!(answer["id"], 12345);
}

#[tokio::test]
async fn a_price_is_exactly_the_documented_one() {
    let sandbox = sandbox().await;
    let path = "/orders/calculate-pricing?product_id=123&product_plan_id=456\
                &product_location_id=789&quantity=10&coupon_code=DISCOUNT2024";
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
    assert_eq!(get(&sandbox, path).await.ok(), expected);
}

#[tokio::test]
async fn an_order_is_created() {
    let sandbox = sandbox().await;
    let older = r#"{
        "product_id": 123,
        "product_plan_id": 456,
        "product_location_id": 789,
        "quantity": 10,
        "coupon_code": "DISCOUNT2024",
        "auto_extend": true,
        "product_question_answers": {
            "question_id_1": "answer_1",
            "question_id_2": "answer_2"
        }
    }"#;
    holds(&post(&sandbox, "/orders", older).await.ok(), &order());
    let newer = r#"{
        "product_id": 123,
        "product_plan_id": 456,
        "coupon_code": "DISCOUNT2024",
        "auto_extend": true,
        "product_question_answers": {
            "question_id_1": "answer_1",
            "question_id_2": "answer_2"
        },
        "card_id": 1,
        "selection": {
            "locations": [
                { "product_location_id": 789, "quantity": 10 }
            ]
        }
    }"#;
    let created = post(&sandbox, "/orders", newer).await.ok();
    holds(&created, &newer_order());
    assert_eq!(created["location"], "Canada");
    assert_eq!(created["quantity"], 10);
}

#[tokio::test]
async fn an_order_is_extended() {
    let sandbox = sandbox().await;
    let path = "/orders/12345/extend";
    let older = post(&sandbox, path, r#"{ "product_plan_id": 678 }"#)
        .await
        .ok();
    holds(&older, &order());
    let body = r#"{ "product_plan_id": 678, "card_id": 1, "proxies": [] }"#;
    let newer = post(&sandbox, path, body).await.ok();
    let mut sample = newer_order();
    sample["proxy_data"]["extended_proxies"] = json!([]);
    holds(&newer, &sample);
}

#[tokio::test]
async fn auto_extend_is_switched() {
    let sandbox = sandbox().await;
    let body = r#"{
        "order_id": 123,
        "product_plan_id": 3,
        "is_enabled": true,
        "payment_type": "card",
        "card_id": 1
    }"#;
    let answer = post(&sandbox, "/orders/toggle-auto-extend", body)
        .await
        .ok();
    let expected = json!({
        "order_id": 123,
        "is_enabled": true,
        "product_plan_id": 3,
        "payment_type": "card",
        "card_id": 1
    });
    assert_eq!(answer, expected);
    // The sample answer belongs to another call.
    let body = r#"{ "order_id": 202, "product_plan_id": 3, "is_enabled": true, "payment_type": "balance" }"#;
    let answer = post(&sandbox, "/orders/toggle-auto-extend", body)
        .await
        .ok();
    let expected = json!({
        "order_id": 202,
        "is_enabled": true,
        "product_plan_id": 3,
        "payment_type": "balance",
        "card_id": null
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn the_other_pages_answers_hold_what_is_documented() {
    let sandbox = sandbox().await;
    let products = get(&sandbox, "/products").await.ok();
    let nine = products["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["id"] == 9)
        .unwrap();
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

    assert_eq!(get(&sandbox, "/balance").await.ok(), json!(884.05));

    let card = json!({
        "id": 2, "provider": "stripe", "custom_name": null, "payment_method": "card",
        "card_type": null, "currency": "USD", "last_four_digits": null, "expiry_date": null,
        "update_url": null, "cancel_url": null, "products_with_order_ids": [],
        "has_royal_auto_extend_enabled": false, "updated_at": "2025-04-11T14:06:28.000000Z"
    });
    holds(
        &get(&sandbox, "/cards").await.ok(),
        &json!({ "data": [card] }),
    );

    let country =
        json!({ "country_code": "US", "country_name": "United States", "available_ips": 1 });
    for kind in ["static-residential", "dc", "sneaker-dc"] {
        let path = format!("/access/availability/{kind}");
        holds(
            &get(&sandbox, &path).await.ok(),
            &json!({ "data": [country] }),
        );
    }
}
