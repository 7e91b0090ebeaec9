//! IPRoyal: orders, lists of them, and the refusals of invalid calls.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::caller::Caller;
use common::{DELAY, KEY, PURCHASE, builder, send};
use proxy_orders_sandbox::Vendor;
use reqwest::Client;
use serde_json::{Value, json};

/// Begins with names for the parts of a purchase that costs 30.00.
async fn caller() -> Caller {
    let caller = Caller::start(Vendor::IpRoyal, builder()).await;
    caller.name("BUY", PURCHASE);
    caller.name("IDS", r#""product_id":123,"product_plan_id":456"#);
    caller.name("CANADA", r#""product_location_id":789,"quantity""#);
    caller.name("PRICE", "/orders/calculate-pricing?product_id");
    caller.name("TOGGLE", "/orders/toggle-auto-extend");
    caller.name("LOGIN", "/orders/proxies/change-credentials");
    caller
}

#[tokio::test]
async fn buying_costs_and_brings_proxies_after_a_while() {
    let caller = caller().await;
    let script = r#"
        200 POST /orders $BUY -> .=$created id=$id status="in-progress" expire_date="2025-03-31 12:00:00" proxy_data/proxies=[]
        200 GET /balance -> .=854.05
        200 GET /orders/$id -> .=$created
    "#;
    caller.script(script).await;
    caller.sandbox.advance(DELAY);
    let script = r#"
        200 GET /orders?page=1 -> data/0/id=$id
        200 GET /orders/$id -> status="confirmed" proxy_data/proxies#=10
    "#;
    let ready = caller.script(script).await;
    let proxies = ready["proxy_data"]["proxies"].as_array().unwrap();
    let mut addresses: Vec<_> = proxies.iter().map(|p| p["ip"].as_str().unwrap()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 10);
    for name in ["username", "password"] {
        assert!(proxies.iter().all(|p| p[name] == proxies[0][name]));
    }
}

#[tokio::test]
async fn a_card_spares_the_balance_and_can_be_declined() {
    let script = r#"
        200 POST /orders {$IDS,$CANADA:10,"card_id":1}
        200 GET /balance -> .=884.05
        422 POST /orders {$IDS,$CANADA:10,"card_id":77} -> card_id
        422 POST /orders {$IDS,$CANADA:10,"card_id":4} -> "The card was declined."
        200 GET /orders?per_page=100 -> data#=15
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn a_purchase_without_funds_changes_nothing() {
    let script = r#"
        422 POST /orders {$IDS,$CANADA:400} -> "Insufficient balance"
        200 GET /balance -> .=884.05
        200 GET /orders?per_page=100 -> data#=14
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn several_locations_make_one_order() {
    let script = r#"
        200 POST /orders {"product_id":123,"product_plan_id":3,"product_question_answers":[],"selection":{"locations":[{$CANADA:2},{"product_location_id":792,"quantity":3}]}} -> quantity=5 locations="Canada, Berlin"
        200 GET /balance -> .=844
        200 GET /orders?location_id=792 -> data#=1
        200 GET /products
    "#;
    let products = caller().await.script(script).await;
    let mut products = products["data"].as_array().unwrap().iter();
    let sold = &products.find(|p| p["id"] == 123).unwrap()["locations"];
    assert_eq!(sold[1]["available_proxies_count"], 4998);
    let berlin = &sold[2]["child_locations"][1];
    assert_eq!(berlin["available_proxies_count"], 37);
}

#[tokio::test]
async fn the_same_location_twice_is_accepted_and_a_contradiction_is_not() {
    let script = r#"
        200 POST /orders {$IDS,$CANADA:10,"selection":{"locations":[{$CANADA:10}]}}
        422 POST /orders {$IDS,$CANADA:10,"selection":{"locations":[{"product_location_id":456,"quantity":9}]}} -> quantity product_location_id
        422 POST /orders {$IDS,$CANADA:10,"selection":{"locations":[{$CANADA:5},{$CANADA:5}]}} -> selection.locations.1.product_location_id
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn a_purchase_that_makes_no_sense_is_refused() {
    let caller = caller().await;
    for body in ["", "{", "[]", "5", "null", "\u{0}"] {
        let answer = caller.send(KEY, "POST", "/orders", body).await;
        assert_eq!(answer.status, 422);
        assert!(answer.body["message"].is_string());
        assert!(answer.body["errors"]["body"].is_array(), "{body}");
    }
    let script = r#"
        422 POST /orders {"product_id":9999,"product_plan_id":456,$CANADA:10} -> product_id
        422 POST /orders {"product_id":33,"product_plan_id":456,$CANADA:10} -> product_id
        422 POST /orders {"product_id":"x","product_plan_id":456,$CANADA:10} -> product_id
        422 POST /orders {"product_plan_id":456,$CANADA:10} -> product_id
        422 POST /orders {"product_id":123,"product_plan_id":4,$CANADA:10} -> product_plan_id
        422 POST /orders {$IDS,"product_location_id":51,"quantity":10} -> product_location_id
        422 POST /orders {$IDS,"product_location_id":793,"quantity":10} -> quantity
        422 POST /orders {$IDS,$CANADA:0} -> quantity
        422 POST /orders {$IDS,$CANADA:-1} -> quantity
        422 POST /orders {$IDS,$CANADA:1.5} -> quantity
        422 POST /orders {$IDS,$CANADA:5001} -> quantity
        422 POST /orders {$IDS,$CANADA:9223372036854775807} -> quantity
        422 POST /orders {$IDS,"product_location_id":789} -> quantity
        422 POST /orders {$IDS,$CANADA:10,"coupon_code":"NONE"} -> coupon_code
        422 POST /orders {$IDS,$CANADA:10,"auto_extend":"yes"} -> auto_extend
        422 POST /orders {$IDS,$CANADA:10,"selection":5} -> selection
        422 POST /orders {$IDS,$CANADA:10,"selection":{"locations":[5]}} -> selection.locations.0
        422 POST /orders {$IDS,$CANADA:10,"product_question_answers":["a"]} -> product_question_answers
        422 POST /orders {$IDS,$CANADA:10,"product_question_answers":{"12":{}}} -> product_question_answers.12
        200 GET /orders?per_page=100 -> data#=14
        200 GET /balance -> .=884.05
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn questions_are_asked() {
    let caller = caller().await;
    let body = r#"{"product_id":11,"product_plan_id":21,"product_location_id":61,"quantity":1,"product_question_answers""#;
    caller.name("ASK", body);
    let query = "=11&product_plan_id=21&product_location_id=61&quantity=3&product_question_answers";
    caller.name("Q", query);
    // In brackets, encoded, as JSON, and the way PHP writes an empty map.
    let script = r#"
        422 POST /orders $ASK:{}} -> product_question_answers.14
        422 POST /orders $ASK:{"14":""}} -> product_question_answers.14
        200 POST /orders $ASK:{"14":"tests"}} -> questions_answers/0/answer="tests"
        200 GET $PRICE$Q[14]=tests -> .=$price price=4.71 price_per_item=1.57
        200 GET $PRICE$Q%5B14%5D=tests -> .=$price
        200 GET $PRICE$Q={%2214%22:%22tests%22} -> .=$price
        200 GET $PRICE$Q=[] -> .=$price
        200 GET $PRICE$Q=%5B%5D -> .=$price
        200 GET $PRICE$Q={} -> .=$price
        422 GET $PRICE$Q=x -> product_question_answers
        422 GET $PRICE$Q=[1] -> product_question_answers
        422 GET $PRICE$Q=5 -> product_question_answers
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn discounts_are_taken_off() {
    let script = r#"
        200 GET $PRICE=123&product_plan_id=456&product_location_id=789&coupon_code=SAVE10&quantity=100 -> pre_discount_price=300 coupon_discount_percent=10 quantity_discount_percent=5 total_discount_percent=15 price=255 price_per_item=2.55 quantity_required_for_next_discount={"quantity":400,"discount":10}
        200 GET $PRICE=123&product_plan_id=456&product_location_id=789&coupon_code=SAVE10&quantity=500 -> quantity_required_for_next_discount=null
        200 POST /orders {$IDS,$CANADA:100,"coupon_code":"SAVE10"}
        200 GET /balance -> .=629.05
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn pricing_refuses_and_prices_extensions() {
    let script = r#"
        200 GET /orders/calculate-pricing?order_id=12345&product_plan_id=678 -> price=27.5
        422 GET $PRICE=x&product_plan_id=456&product_location_id=789&quantity=10 -> product_id
        422 GET $PRICE=123&product_plan_id=1&product_location_id=789&quantity=10 -> product_plan_id
        422 GET $PRICE=123&product_plan_id=456&product_location_id=&quantity=10 -> product_location_id
        422 GET $PRICE=123&product_plan_id=456&product_location_id=789&quantity=-9223372036854775808 -> quantity
        422 GET $PRICE=123&product_plan_id=456&product_location_id=789&quantity=100001 -> quantity
        422 GET $PRICE=123&product_plan_id=456&product_location_id=789&quantity=99999999999999999999 -> quantity
        422 GET $PRICE=123&product_plan_id=456&product_location_id=789&quantity=10&coupon_code=x -> coupon_code
        422 GET $PRICE=123&product_plan_id=456&product_location_id=789&quantity=10&order_billing_type=x -> order_billing_type
        422 GET $PRICE=123&product_plan_id=456&product_location_id=789&quantity=10&order_id=1 -> order_id
        422 GET $PRICE=123&product_plan_id=456&product_location_id=789&quantity=x&order_id=12345 -> quantity
        422 GET /orders/calculate-pricing -> product_id product_plan_id product_location_id quantity
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn extending_moves_the_end_and_costs() {
    let script = r#"
        200 GET /orders/12345 -> expire_date="2025-03-13 12:00:00" proxy_data/proxies/1/ip=$ip
        200 POST /orders/12345/extend {"product_plan_id":456,"proxies":["$ip"]} -> expire_date="2025-04-12 12:00:00" proxy_data/extended_proxies#=1 proxy_data/extended_proxies/0=$ip
        200 GET /balance -> .=881.05
        200 POST /orders/12345/extend {"product_plan_id":456} -> expire_date="2025-05-12 12:00:00" proxy_data/extended_proxies=[] extended_history#=2
        200 GET /balance -> .=866.05
        200 GET /orders/12345 -> !proxy_data/extended_proxies
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn an_extension_that_makes_no_sense_is_refused() {
    // Order 303 is mobile, and not even its products are sold through this API.
    let script = r#"
        422 POST /orders/12345/extend {} -> product_plan_id
        422 POST /orders/12345/extend {"product_plan_id":4} -> product_plan_id
        422 POST /orders/12345/extend {"product_plan_id":456,"card_id":9} -> card_id
        422 POST /orders/12345/extend {"product_plan_id":456,"proxies":["127.0.0.1"]} -> proxies.0
        422 POST /orders/12345/extend {"product_plan_id":456,"proxies":[1]} -> proxies.0
        422 POST /orders/12345/extend {"product_plan_id":456,"proxies":"x"} -> proxies
        404 POST /orders/1/extend {"product_plan_id":456}
        422 POST /orders/x/extend {"product_plan_id":456} -> order_id
        422 POST /orders/303/extend {"product_plan_id":41}
        422 POST /orders/500/extend {"product_plan_id":456}
        422 POST /orders/501/extend {"product_plan_id":456}
        422 POST /orders/502/extend {"product_plan_id":456}
        422 POST /orders/789/extend {"product_plan_id":456}
        200 GET /balance -> .=884.05
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn orders_expire_or_extend_themselves() {
    // 12 a month: the balance is good for 72 months more, and then 8.05 is left.
    let script = r#"
        200 GET /orders/504 -> auto_extend_settings/is_enabled=true auto_extend_settings/payment_type="balance"
        advance 6d
        200 GET /orders/503 -> status="expired"
        200 GET /orders/504 -> status="confirmed" expire_date="2025-04-05 12:00:00" extended_history#=1
        200 GET /balance -> .=872.05
        advance 7300d
        200 GET /orders/504 -> status="expired"
        200 GET /balance -> .=8.05
        200 GET /orders/789 -> status="in-progress"
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn auto_extend_is_switched_on_and_off() {
    let script = r#"
        200 POST $TOGGLE {"order_id":420,"is_enabled":true,"payment_type":"balance"} -> .=$settings product_plan_id=456
        200 GET /orders/420 -> auto_extend_settings=$settings
        200 POST $TOGGLE {"order_id":420,"is_enabled":false} -> is_enabled=false
        200 GET /orders/420 -> auto_extend_settings=null
        422 POST $TOGGLE {} -> order_id
        422 POST $TOGGLE {"order_id":1,"is_enabled":false} -> order_id
        422 POST $TOGGLE {"order_id":420} -> is_enabled
        422 POST $TOGGLE {"order_id":420,"is_enabled":1} -> is_enabled
        422 POST $TOGGLE {"order_id":420,"is_enabled":true} -> payment_type
        422 POST $TOGGLE {"order_id":420,"is_enabled":true,"payment_type":"gold"} -> payment_type
        422 POST $TOGGLE {"order_id":420,"is_enabled":true,"payment_type":"card"} -> card_id
        422 POST $TOGGLE {"order_id":420,"is_enabled":true,"payment_type":"card","card_id":9} -> card_id
        422 POST $TOGGLE {"order_id":420,"is_enabled":false,"product_plan_id":4} -> product_plan_id
        422 POST $TOGGLE {"order_id":502,"is_enabled":true,"payment_type":"balance"}
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn credentials_are_changed_and_mobile_proxies_rotated() {
    let script = r#"
        200 GET /orders/420 -> proxy_data/proxies=$all proxy_data/proxies/0/ip=$ip proxy_data/proxies/1=$second proxy_data/proxies/2=$third proxy_data/proxies/3=$fourth proxy_data/proxies/4=$fifth proxy_data/proxies/1/password=$word
        200 POST $LOGIN {"order_id":420,"proxies":["$ip"],"username":"me","password":"secret"}
        200 GET /orders/420 -> proxy_data/proxies/0/username="me" proxy_data/proxies/0/password="secret" proxy_data/proxies/1=$second proxy_data/proxies/2=$third proxy_data/proxies/3=$fourth proxy_data/proxies/4=$fifth
        200 POST $LOGIN {"order_id":420,"random_password":true}
        200 GET /orders/420 -> proxy_data/proxies/1/password!=$word proxy_data/proxies/1/password=$made proxy_data/proxies/2/password=$made
        200 POST $LOGIN {"order_id":420,"is_reset":true}
        200 GET /orders/420 -> proxy_data/proxies=$all
        422 POST $LOGIN {"password":"x"} -> order_id
        422 POST $LOGIN {"order_id":1,"password":"x"} -> order_id
        422 POST $LOGIN {"order_id":420} -> password
        422 POST $LOGIN {"order_id":420,"username":"a:b"} -> username
        422 POST $LOGIN {"order_id":420,"password":"x","proxies":["1"]} -> proxies.0
        200 GET /orders/303 -> proxy_data/proxies/0/ip=$mobile
        200 POST /orders/4g/rotate-ip/sandbox-key
        200 GET /orders/303 -> proxy_data/proxies/0/ip!=$mobile
        404 POST /orders/4g/rotate-ip/other
    "#;
    caller().await.script(script).await;
}

#[tokio::test]
async fn lists_are_filtered() {
    let caller = caller().await;
    // The query and the ids of the orders found.
    let script = "
        product_id=9 505
        location_id=62 506
        status=unpaid 500
        statuses[]=unpaid&statuses[]=refunded 501,500
        statuses=expired,refunded 502,501
        statuses[0]=expired&status=refunded -
        note_search=SOON 503
        note_search=100%25 -
        order_ids=420,7 420
        order_ids[]=420&order_ids[]=9 420
        order_ids%5B%5D=420&order_ids%5B%5D=123 420,123
        order_ids[0]=420&order_ids[1]=123 420,123
        order_ids[0]=123&order_ids[1]=123&order_ids=420 420,123
        order_ids[]=123&order_ids[]=420&sort_by=id&order=asc 123,420
        status_is_expiring_soon=false&per_page=2 12345,1011
        sort_by=note&order=desc&per_page=3 1011,789,503
        sort_by=status&order=asc&per_page=1 123
        status_is_expiring_soon=1 503
        status_is_expiring_soon=true&product_id=9 -
        order_billing_type=subscription 504
        sort_by=quantity&order=desc&per_page=2 789,503
        sort_by=id&order=asc&per_page=3 123,202,303
        sort_by=expire_date&order=asc&per_page=2 500,501
    ";
    for line in script.trim().lines() {
        let (query, expected) = line.trim().split_once(' ').unwrap();
        let found = caller.script(&format!("200 GET /orders?{query}")).await;
        let found = found["data"].as_array().unwrap().iter();
        let ids: Vec<_> = found.map(|order| order["id"].to_string()).collect();
        assert_eq!(ids.join(","), expected.trim_matches('-'), "{query}");
    }
    let script = "
        422 GET /orders?product_id=x -> product_id
        422 GET /orders?status=gone -> status
        422 GET /orders?statuses[]=expired&statuses[]=gone -> statuses.1
        422 GET /orders?order_ids=1,x -> order_ids.1
        422 GET /orders?status_is_expiring_soon=maybe -> status_is_expiring_soon
        422 GET /orders?order_billing_type=free -> order_billing_type
        422 GET /orders?sort_by=id -> order
        422 GET /orders?order=asc -> sort_by
        422 GET /orders?sort_by=password&order=asc -> sort_by
        422 GET /orders?sort_by=id&order=up -> order
        422 GET /orders?page=0 -> page
        422 GET /orders?per_page=-1 -> per_page
    ";
    caller.script(script).await;
}

#[tokio::test]
async fn lists_have_pages() {
    let caller = caller().await;
    let mut seen: Vec<Value> = Vec::new();
    for page in 1..=5 {
        let (from, to) = (page * 3 - 2, (page * 3).min(14));
        let script = format!(
            "200 GET /orders?page={page}&per_page=3 -> meta/last_page=5 meta/from={from} meta/to={to}"
        );
        let list = caller.script(&script).await;
        seen.extend(list["data"].as_array().unwrap().clone());
    }
    caller.name("seen", seen);
    let script = "
        200 GET /orders?per_page=1000 -> data=$seen
        200 GET /orders?page=6&per_page=3 -> data=[] meta/from=null meta/to=null
        200 GET /orders?page=9223372036854775807&per_page=9223372036854775807 -> data=[] meta/from=null meta/to=null
        200 GET /orders?product_id=1 -> meta/last_page=1 meta/total=0
    ";
    caller.script(script).await;
}

#[tokio::test]
async fn unknown_paths_and_ids_are_refused() {
    let script = "
        404 GET /orders/1
        404 GET /orders/99999999999999999999
        404 GET /order
        404 GET /orders/1/2/3
        404 GET /
        404 GET /orders/-1
        422 GET /orders/abc -> order_id
        422 GET /orders/proxies -> order_id
        422 GET /orders/1.5 -> order_id
        422 GET /orders/%FF -> order_id
        422 GET /orders/%20 -> order_id
        422 GET /orders/- -> order_id
        405 POST /balance
        405 GET /orders/1/extend
        405 DELETE /orders/1
        405 PUT /orders
    ";
    let caller = caller().await;
    caller.script(script).await;
    assert_eq!(caller.send(KEY, "GET", "", "-").await.status, 404);
}

#[tokio::test]
async fn only_sandbox_tokens_are_good() {
    let caller = caller().await;
    for token in ["", "real-token", "Bearer sandbox-test", "Sandbox-test"] {
        for path in ["/orders", "/balance", "/orders/420"] {
            let answer = caller.send(token, "GET", path, "-").await;
            assert_eq!(answer.status, 401);
            assert_eq!(answer.body, json!({ "message": "Unauthenticated." }));
        }
    }
    let url = format!("{}/balance", caller.sandbox.base_url(Vendor::IpRoyal));
    assert_eq!(send(Client::new().get(url)).await.status, 401);
}

#[tokio::test]
async fn a_body_must_be_declared_and_not_too_large() {
    let caller = caller().await;
    let url = format!("{}/orders", caller.sandbox.base_url(Vendor::IpRoyal));
    let undeclared = Client::new().post(url).body(PURCHASE);
    let answer = send(undeclared.header("X-Access-Token", KEY)).await;
    assert_eq!(answer.status, 422);
    assert!(answer.body["errors"]["body"].is_array());
    let large = format!(r#"{{"note":"{}"}}"#, "x".repeat(1024 * 1024));
    let answer = caller.send(KEY, "POST", "/orders", &large).await;
    assert_eq!(answer.status, 413);
}
