//! IPRoyal: orders, and the refusal of invalid ones.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::iproyal::{PURCHASE, balance, ids, order, proxies, refusals, refused};
use common::{DAY, DELAY, get, iproyal_as, post, sandbox};
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn buying_costs_and_brings_proxies_after_a_while() {
    let sandbox = sandbox().await;
    let created = post(&sandbox, "/orders", PURCHASE).await.ok();
    assert_eq!(created["status"], "in-progress");
    assert_eq!(created["expire_date"], "2025-03-31 12:00:00");
    assert_eq!(proxies(&created).len(), 0);
    assert_eq!(balance(&sandbox).await, json!(854.05));
    assert_eq!(order(&sandbox, &created["id"]).await, created);

    sandbox.advance(DELAY);
    let ready = order(&sandbox, &created["id"]).await;
    assert_eq!(ready["status"], "confirmed");
    let proxies = proxies(&ready);
    assert_eq!(proxies.len(), 10);
    let mut addresses: Vec<_> = proxies.iter().map(|p| p["ip"].as_str().unwrap()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 10);
    assert!(
        proxies
            .iter()
            .all(|p| p["username"] == proxies[0]["username"])
    );
    assert!(
        proxies
            .iter()
            .all(|p| p["password"] == proxies[0]["password"])
    );
    assert_eq!(
        ids(&sandbox, "page=1").await[0],
        ready["id"].as_i64().unwrap()
    );
}

#[tokio::test]
async fn a_card_spares_the_balance_and_can_be_declined() {
    let sandbox = sandbox().await;
    let with = |card: &str| PURCHASE.replace('}', &format!(r#","card_id":{card}}}"#));
    post(&sandbox, "/orders", &with("1")).await.ok();
    assert_eq!(balance(&sandbox).await, json!(884.05));
    refused(&post(&sandbox, "/orders", &with("77")).await, "card_id");
    let declined = post(&sandbox, "/orders", &with("4")).await;
    assert_eq!(declined.status, 422);
    assert_eq!(declined.body["message"], "The card was declined.");
    assert_eq!(ids(&sandbox, "per_page=100").await.len(), 15);
}

#[tokio::test]
async fn a_purchase_without_funds_changes_nothing() {
    let sandbox = sandbox().await;
    let body = PURCHASE.replace("10}", "400}");
    let answer = post(&sandbox, "/orders", &body).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.body["message"], "Insufficient balance");
    assert_eq!(balance(&sandbox).await, json!(884.05));
    assert_eq!(ids(&sandbox, "per_page=100").await.len(), 14);
}

#[tokio::test]
async fn several_locations_make_one_order() {
    let sandbox = sandbox().await;
    let body = r#"{"product_id":123,"product_plan_id":3,"product_question_answers":[],"selection":
        {"locations":[{"product_location_id":789,"quantity":2},{"product_location_id":792,"quantity":3}]}}"#;
    let created = post(&sandbox, "/orders", body).await.ok();
    assert_eq!(created["quantity"], 5);
    assert_eq!(created["locations"], "Canada, Berlin");
    assert_eq!(balance(&sandbox).await, json!(844));
    assert_eq!(ids(&sandbox, "location_id=792").await.len(), 1);
    let products = get(&sandbox, "/products").await.ok();
    let sold = products["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|p| p["id"] == 123)
        .unwrap();
    assert_eq!(sold["locations"][1]["available_proxies_count"], 4998);
    assert_eq!(
        sold["locations"][2]["child_locations"][1]["available_proxies_count"],
        37
    );
}

#[tokio::test]
async fn the_same_location_twice_is_accepted_and_a_contradiction_is_not() {
    let sandbox = sandbox().await;
    let with = |selection: &str| {
        PURCHASE.replace(
            '}',
            &format!(r#","selection":{{"locations":[{selection}]}}}}"#),
        )
    };
    let same = with(r#"{"product_location_id":789,"quantity":10}"#);
    post(&sandbox, "/orders", &same).await.ok();
    let other = with(r#"{"product_location_id":456,"quantity":9}"#);
    let answer = post(&sandbox, "/orders", &other).await;
    refused(&answer, "quantity");
    refused(&answer, "product_location_id");
    let twice =
        r#"{"product_location_id":789,"quantity":5},{"product_location_id":789,"quantity":5}"#;
    let answer = post(&sandbox, "/orders", &with(twice)).await;
    refused(&answer, "selection.locations.1.product_location_id");
}

#[tokio::test]
async fn a_purchase_that_makes_no_sense_is_refused() {
    let sandbox = sandbox().await;
    for (from, to, field) in [
        (r#""product_id":123"#, r#""product_id":9999"#, "product_id"),
        (r#""product_id":123"#, r#""product_id":33"#, "product_id"),
        (r#""product_id":123"#, r#""product_id":"x""#, "product_id"),
        (r#""product_id":123,"#, "", "product_id"),
        ("456", "4", "product_plan_id"),
        ("789", "51", "product_location_id"),
        ("789", "793", "quantity"),
        (":10", ":0", "quantity"),
        (":10", ":-1", "quantity"),
        (":10", ":1.5", "quantity"),
        (":10", ":5001", "quantity"),
        (":10", ":9223372036854775807", "quantity"),
        (r#","quantity":10"#, "", "quantity"),
        ("}", r#","coupon_code":"NONE"}"#, "coupon_code"),
        ("}", r#","auto_extend":"yes"}"#, "auto_extend"),
        ("}", r#","selection":5}"#, "selection"),
        (
            "}",
            r#","selection":{"locations":[5]}}"#,
            "selection.locations.0",
        ),
        (
            "}",
            r#","product_question_answers":["a"]}"#,
            "product_question_answers",
        ),
        (
            "}",
            r#","product_question_answers":{"12":{}}}"#,
            "product_question_answers.12",
        ),
    ] {
        let body = PURCHASE.replacen(from, to, 1);
        assert_ne!(body, PURCHASE);
        refused(&post(&sandbox, "/orders", &body).await, field);
    }
    for body in ["", "{", "[]", "5", "null", "\u{0}"] {
        refused(&post(&sandbox, "/orders", body).await, "body");
    }
    assert_eq!(ids(&sandbox, "per_page=100").await.len(), 14);
    assert_eq!(balance(&sandbox).await, json!(884.05));
}

#[tokio::test]
async fn questions_are_asked() {
    let sandbox = sandbox().await;
    let body = |answers: &str| {
        format!(
            r#"{{"product_id":11,"product_plan_id":21,"product_location_id":61,"quantity":1,
            "product_question_answers":{answers}}}"#
        )
    };
    let field = "product_question_answers.14";
    refused(&post(&sandbox, "/orders", &body("{}")).await, field);
    refused(
        &post(&sandbox, "/orders", &body(r#"{"14":""}"#)).await,
        field,
    );
    let created = post(&sandbox, "/orders", &body(r#"{"14":"tests"}"#))
        .await
        .ok();
    assert_eq!(created["questions_answers"][0]["answer"], "tests");
    let path = "/orders/calculate-pricing?product_id=11&product_plan_id=21\
                &product_location_id=61&quantity=3&product_question_answers[14]=tests";
    let price = get(&sandbox, path).await.ok();
    assert_eq!(price["price"], json!(4.71));
    // Encoded, as JSON, and the way PHP writes an empty map.
    for answers in [
        "%5B14%5D=tests",
        "={%2214%22:%22tests%22}",
        "=[]",
        "=%5B%5D",
        "={}",
    ] {
        let path = path.replace("[14]=tests", answers);
        assert_eq!(get(&sandbox, &path).await.ok(), price, "{answers}");
    }
    for wrong in ["=x", "=[1]", "=5"] {
        let path = path.replace("[14]=tests", wrong);
        refused(&get(&sandbox, &path).await, "product_question_answers");
    }
    assert_eq!(price["price_per_item"], json!(1.57));
}

#[tokio::test]
async fn discounts_are_taken_off() {
    let sandbox = sandbox().await;
    let path = "/orders/calculate-pricing?product_id=123&product_plan_id=456\
                &product_location_id=789&quantity=100&coupon_code=SAVE10";
    let price = get(&sandbox, path).await.ok();
    assert_eq!(price["pre_discount_price"], 300);
    assert_eq!(price["coupon_discount_percent"], 10);
    assert_eq!(price["quantity_discount_percent"], 5);
    assert_eq!(price["total_discount_percent"], 15);
    assert_eq!(price["price"], 255);
    assert_eq!(price["price_per_item"], json!(2.55));
    let next = json!({ "quantity": 400, "discount": 10 });
    assert_eq!(price["quantity_required_for_next_discount"], next);
    let most = get(&sandbox, &path.replace("=100", "=500")).await.ok();
    assert_eq!(most["quantity_required_for_next_discount"], Value::Null);

    let body = PURCHASE.replace("10}", r#"100,"coupon_code":"SAVE10"}"#);
    post(&sandbox, "/orders", &body).await.ok();
    assert_eq!(balance(&sandbox).await, json!(629.05));
}

#[tokio::test]
async fn pricing_refuses_and_prices_extensions() {
    let sandbox = sandbox().await;
    let pricing = "/orders/calculate-pricing";
    let extension = get(
        &sandbox,
        &format!("{pricing}?order_id=12345&product_plan_id=678"),
    )
    .await;
    assert_eq!(extension.ok()["price"], json!(27.5));
    let path =
        format!("{pricing}?product_id=123&product_plan_id=456&product_location_id=789&quantity=10");
    for (from, to, field) in [
        ("=123", "=x", "product_id"),
        ("=456", "=1", "product_plan_id"),
        ("=789", "=", "product_location_id"),
        ("=10", "=-9223372036854775808", "quantity"),
        ("=10", "=100001", "quantity"),
        ("=10", "=99999999999999999999", "quantity"),
        ("=10", "=10&coupon_code=x", "coupon_code"),
        ("=10", "=10&order_billing_type=x", "order_billing_type"),
        ("=10", "=10&order_id=1", "order_id"),
        ("=10", "=x&order_id=12345", "quantity"),
    ] {
        refused(&get(&sandbox, &path.replacen(from, to, 1)).await, field);
    }
    let nothing = get(&sandbox, pricing).await;
    for field in [
        "product_id",
        "product_plan_id",
        "product_location_id",
        "quantity",
    ] {
        refused(&nothing, field);
    }
}

#[tokio::test]
async fn extending_moves_the_end_and_costs() {
    let sandbox = sandbox().await;
    let before = order(&sandbox, &json!(12345)).await;
    assert_eq!(before["expire_date"], "2025-03-13 12:00:00");
    let ip = &proxies(&before)[1]["ip"];
    let body = json!({ "product_plan_id": 456, "proxies": [ip] }).to_string();
    let part = post(&sandbox, "/orders/12345/extend", &body).await.ok();
    assert_eq!(part["expire_date"], "2025-04-12 12:00:00");
    assert_eq!(part["proxy_data"]["extended_proxies"], json!([ip]));
    assert_eq!(balance(&sandbox).await, json!(881.05));
    let whole = post(
        &sandbox,
        "/orders/12345/extend",
        r#"{"product_plan_id":456}"#,
    )
    .await
    .ok();
    assert_eq!(whole["expire_date"], "2025-05-12 12:00:00");
    assert_eq!(whole["proxy_data"]["extended_proxies"], json!([]));
    assert_eq!(whole["extended_history"].as_array().unwrap().len(), 2);
    assert_eq!(balance(&sandbox).await, json!(866.05));
    let shown = order(&sandbox, &json!(12345)).await;
    assert_eq!(shown["proxy_data"].get("extended_proxies"), None);
}

#[tokio::test]
async fn an_extension_that_makes_no_sense_is_refused() {
    let sandbox = sandbox().await;
    let script = r#"
        product_plan_id /orders/12345/extend {}
        product_plan_id /orders/12345/extend {"product_plan_id":4}
        card_id /orders/12345/extend {"product_plan_id":456,"card_id":9}
        proxies.0 /orders/12345/extend {"product_plan_id":456,"proxies":["127.0.0.1"]}
        proxies.0 /orders/12345/extend {"product_plan_id":456,"proxies":[1]}
        proxies /orders/12345/extend {"product_plan_id":456,"proxies":"x"}
    "#;
    refusals(&sandbox, script).await;
    let body = r#"{"product_plan_id":456}"#;
    assert_eq!(post(&sandbox, "/orders/1/extend", body).await.status, 404);
    refused(&post(&sandbox, "/orders/x/extend", body).await, "order_id");
    // Not even its products are sold through this API.
    let mobile = post(&sandbox, "/orders/303/extend", r#"{"product_plan_id":41}"#).await;
    assert_eq!(mobile.status, 422);
    for id in [500, 501, 502, 789] {
        let path = format!("/orders/{id}/extend");
        assert_eq!(post(&sandbox, &path, body).await.status, 422);
    }
    assert_eq!(balance(&sandbox).await, json!(884.05));
}

#[tokio::test]
async fn orders_expire_or_extend_themselves() {
    let sandbox = sandbox().await;
    let settings = &order(&sandbox, &json!(504)).await["auto_extend_settings"];
    assert_eq!(settings["is_enabled"], true);
    assert_eq!(settings["payment_type"], "balance");
    sandbox.advance(DAY * 6);
    assert_eq!(order(&sandbox, &json!(503)).await["status"], "expired");
    let extended = order(&sandbox, &json!(504)).await;
    assert_eq!(extended["status"], "confirmed");
    assert_eq!(extended["expire_date"], "2025-04-05 12:00:00");
    assert_eq!(extended["extended_history"].as_array().unwrap().len(), 1);
    assert_eq!(balance(&sandbox).await, json!(872.05));
    // 12 a month: the balance is good for 72 months more, and then 8.05 is left.
    sandbox.advance(DAY * 365 * 20);
    assert_eq!(order(&sandbox, &json!(504)).await["status"], "expired");
    assert_eq!(balance(&sandbox).await, json!(8.05));
    assert_eq!(order(&sandbox, &json!(789)).await["status"], "in-progress");
}

#[tokio::test]
async fn auto_extend_is_switched_on_and_off() {
    let sandbox = sandbox().await;
    let path = "/orders/toggle-auto-extend";
    let on = r#"{"order_id":420,"is_enabled":true,"payment_type":"balance"}"#;
    let answer = post(&sandbox, path, on).await.ok();
    assert_eq!(answer["product_plan_id"], 456);
    assert_eq!(
        order(&sandbox, &json!(420)).await["auto_extend_settings"],
        answer
    );
    let off = r#"{"order_id":420,"is_enabled":false}"#;
    assert_eq!(post(&sandbox, path, off).await.ok()["is_enabled"], false);
    assert_eq!(
        order(&sandbox, &json!(420)).await["auto_extend_settings"],
        Value::Null
    );
    let script = r#"
        order_id /orders/toggle-auto-extend {}
        order_id /orders/toggle-auto-extend {"order_id":1,"is_enabled":false}
        is_enabled /orders/toggle-auto-extend {"order_id":420}
        is_enabled /orders/toggle-auto-extend {"order_id":420,"is_enabled":1}
        payment_type /orders/toggle-auto-extend {"order_id":420,"is_enabled":true}
        payment_type /orders/toggle-auto-extend {"order_id":420,"is_enabled":true,"payment_type":"gold"}
        card_id /orders/toggle-auto-extend {"order_id":420,"is_enabled":true,"payment_type":"card"}
        card_id /orders/toggle-auto-extend {"order_id":420,"is_enabled":true,"payment_type":"card","card_id":9}
        product_plan_id /orders/toggle-auto-extend {"order_id":420,"is_enabled":false,"product_plan_id":4}
    "#;
    refusals(&sandbox, script).await;
    let over = r#"{"order_id":502,"is_enabled":true,"payment_type":"balance"}"#;
    assert_eq!(post(&sandbox, path, over).await.status, 422);
}

#[tokio::test]
async fn credentials_are_changed_and_mobile_proxies_rotated() {
    let sandbox = sandbox().await;
    let path = "/orders/proxies/change-credentials";
    let first = proxies(&order(&sandbox, &json!(420)).await).clone();
    let body = json!({
        "order_id": 420, "proxies": [first[0]["ip"]], "username": "me", "password": "secret"
    });
    post(&sandbox, path, &body.to_string()).await.ok();
    let changed = proxies(&order(&sandbox, &json!(420)).await).clone();
    assert_eq!(changed[0]["username"], "me");
    assert_eq!(changed[0]["password"], "secret");
    assert_eq!(changed[1..], first[1..]);
    post(&sandbox, path, r#"{"order_id":420,"random_password":true}"#)
        .await
        .ok();
    let changed = proxies(&order(&sandbox, &json!(420)).await).clone();
    assert_ne!(changed[1]["password"], first[1]["password"]);
    assert_eq!(changed[1]["password"], changed[2]["password"]);
    post(&sandbox, path, r#"{"order_id":420,"is_reset":true}"#)
        .await
        .ok();
    assert_eq!(*proxies(&order(&sandbox, &json!(420)).await), first);
    let script = r#"
        order_id /orders/proxies/change-credentials {"password":"x"}
        order_id /orders/proxies/change-credentials {"order_id":1,"password":"x"}
        password /orders/proxies/change-credentials {"order_id":420}
        username /orders/proxies/change-credentials {"order_id":420,"username":"a:b"}
        proxies.0 /orders/proxies/change-credentials {"order_id":420,"password":"x","proxies":["1"]}
    "#;
    refusals(&sandbox, script).await;

    let ip = proxies(&order(&sandbox, &json!(303)).await)[0]["ip"].clone();
    let rotated = "/orders/4g/rotate-ip/sandbox-key";
    iproyal_as(&sandbox, "sandbox-test", Method::POST, rotated, None)
        .await
        .ok();
    assert_ne!(proxies(&order(&sandbox, &json!(303)).await)[0]["ip"], ip);
    assert_eq!(
        post(&sandbox, "/orders/4g/rotate-ip/other", "")
            .await
            .status,
        404
    );
}
