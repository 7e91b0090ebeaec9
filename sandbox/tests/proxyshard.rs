//! ProxyShard's user API, over HTTP.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use std::time::Duration;

use common::caller::Caller;
use common::wire::{exchange, request};
use common::{DELAY, KEY, builder};
use proxy_orders_sandbox::Vendor;
use serde_json::{Value, json};

async fn start() -> Caller {
    let builder = builder().starts_at("2026-01-10T08:00:00Z".parse().unwrap());
    Caller::start(Vendor::ProxyShard, builder).await
}

async fn ips(caller: &Caller, order: i64) -> Vec<String> {
    let call = format!("200 GET /proxies/active?order_id={order} - -> success=true");
    let answer = caller.script(&call).await;
    let ip = |row: &Value| row["ip"].as_str().unwrap().to_owned();
    answer["data"].as_array().unwrap().iter().map(ip).collect()
}

/// A body that says the same of each IP.
fn items(ips: &[String], name: &str, value: Value) -> String {
    let item = |ip| json!({ "ip": ip, name: value });
    json!({ "items": ips.iter().map(item).collect::<Vec<_>>() }).to_string()
}

#[tokio::test]
async fn every_operation_answers_with_its_documented_fields() {
    let caller = start().await;
    let ip = ips(&caller, 1007).await[1].clone();
    let script = r#"
        200 POST /orders/purchase {"product":"ISP Proxy","location":"US","cycle":"weekly"} -> success=true message order_id=1026
        200 GET /orders/calculate?product=Datacenter+Proxy&location=DE&cycle=monthly&quantity=10&promo_code=SAVE10 - -> original_price=1500 final_price=1350 discount_percent=10 addons_price=0 total_with_addons=1350
        200 POST /orders/change-billing-cycle/1001 {"cycle":"monthly"} -> success=true message order_id=1001 original_price final_price discount_percent
        200 POST /orders/edit-auto-renewal/1001?auto_renewal=false {} -> success=true message
        200 GET /proxies/products - -> success=true products/0/name="Datacenter Proxy" products/0/description products/0/location="DE" products/0/cycles=["weekly","monthly","quarterly"] products/13/location=null
        200 GET /proxies/available-count - -> 0/country="DE" 0/product="dc" 0/amount=500 1/product="isp" 9/country="JP"
        200 GET /me - -> email active_orders wallet_balance
        200 GET /orders?status=all - -> success=true count prev next orders/0/order_id orders/0/product_id orders/0/product_name orders/0/cycle_id orders/0/cycle_name orders/0/expires_at orders/0/auto_renewal orders/0/tag
        200 GET /orders/1007 - -> success=true order/order_id=1007 order/product_name order/cycle_name="monthly" order/quantity=4 order/price_paid=1200 order/status="active" order/created_at order/expires_at order/promo_code=null order/auto_renewal order/tag="scraper" order/addons_price_paid=150 order/addons/0/addon_key order/addons/0/pending order/p0f_slots_available=3 order/p0f_slots_used=1 order/p0f_slots_next=3
        200 POST /orders/1002/renew {} -> success=true message="Order renewed successfully"
        200 POST /orders/1001/tag {"tag":"none"} -> success=true message="Order tag updated"
        200 GET /proxies/active?order_id=1001 - -> success=true order_tag="none" data/9/ip data/0/username data/0/password data/0/http_port data/0/socks_port data/0/until data/0/status data/0/signature=null
        200 POST /orders/1007/del-np/set {"items":[{"ip":"$IP","value":true}]} -> success=true message
        200 POST /orders/1007/signature/set {"items":[{"ip":"$IP","signature":"macos"}]} -> success=true message updated=1
        200 GET /orders/1007/addons/calculate?addon_key=p0f_slots&add_qty=2 - -> success=true addon_key="p0f_slots" catalog_id=1 price_per_unit=50 current_qty=3 add_qty=2 new_qty=5 add_total=100
        200 POST /orders/1007/addons/purchase {"addon_key":"p0f_slots","add_qty":1} -> success=true message addons_price_paid=200 addons/0/addon_key addons/0/catalog_id addons/0/qty=4 addons/0/price_per_unit addons/0/pending=null
        200 POST /orders/1007/addons/schedule {"addon_key":"p0f_slots","action":"downgrade","next_qty":2} -> success=true message addons/0/pending/action="downgrade" addons/0/pending/next_qty=2
        200 POST /orders/1007/addons/schedule/cancel {"addon_key":"p0f_slots"} -> success=true message addons/0/pending=null
        200 POST /orders/1004/add-bandwidth {"amount":1} -> success=true message="Order paid successfully"
        200 GET /proxies/profile?proxy_type=standart - -> success=true data data_remain data_spent=7000000000 proxy_password
        200 GET /proxies/sub-users?proxy_type=premium - -> success=true count=2 data/0/user_id="70004" data/0/first_name data/0/proxy_password data/0/data data/0/data_spent data/0/data_remain
        200 POST /proxies/sub-user?proxy_type=standart {"name":"zoe","data":1} -> success=true data/0/user_id="70006" data/0/first_name="zoe" data/0/proxy_password data/0/data=1000000000 data/0/data_spent=0
        200 GET /proxies/sub-user/70001?proxy_type=standart - -> success=true data/0/first_name="alice" data/0/proxy_password data/0/data data/0/data_spent
        200 PATCH /proxies/sub-user/70001?proxy_type=standart {"name":"anna"} -> success=true message
        200 POST /proxies/sub-user/70001/data/add?proxy_type=standart {"data":1} -> success=true message
        200 POST /proxies/sub-user/70001/data/subtract?proxy_type=standart {"data":1} -> success=true message
        200 POST /proxies/sub-user/70001/password?proxy_type=standart {} -> success=true message
        200 DELETE /proxies/sub-user/70001 - -> success=true message
        200 GET /proxies/countries?proxy_type=unlimited - -> count=5 results/0/code="DE" results/0/name
        200 GET /proxies/regions?proxy_type=premium&country_code=DE - -> count=2 results/0/code results/0/name results/0/country/code="DE" results/0/country/name
        200 GET /proxies/cities?proxy_type=standart&country_code=DE&region_code=BY - -> count=2 results/0/code results/0/name results/0/country/code results/0/country/name results/0/region/code="BY" results/0/region/name
        200 GET /proxies/isps?proxy_type=premium&country_code=DE&region_code=BY&city_code=munich - -> count=2 results/0/code results/0/name results/0/country/code results/0/region/code="BY"
        200 GET /health - ->
        200 GET /health/live - ->
    "#;
    let operations = Vendor::ProxyShard.operations().len();
    assert_eq!(script.matches(" ->").count(), operations);
    caller.name("IP", ip);
    caller.script(script).await;
}

#[tokio::test]
async fn buying_pays_lowers_the_stock_and_delivers_after_the_delay() {
    let caller = start().await;
    let script = r#"
        200 POST /orders/purchase {"product":"Datacenter Proxy","location":"DE","cycle":"monthly","quantity":3,"promo_code":"SAVE10","addons":[{"addon_key":"p0f_slots","qty":2}]} -> order_id=1026 message="Order paid successfully"
        200 GET /me - -> wallet_balance=499495
        200 GET /proxies/available-count - -> 0/amount=497
        200 GET /orders/1026 - -> order/status="active" order/price_paid=405 order/addons_price_paid=100 order/p0f_slots_available=2 order/promo_code="SAVE10" order/auto_renewal=false
        200 GET /proxies/active?order_id=1026 - -> data=[]
    "#;
    caller.script(script).await;
    caller.sandbox.advance(DELAY);
    let mut ips = ips(&caller, 1026).await;
    ips.dedup();
    assert_eq!(ips.len(), 3);

    let script = r#"
        200 POST /orders/purchase {"product":"Unmetered Residential proxy","cycle":"daily","promo_code":null} -> order_id=1027
        403 GET /proxies/active?order_id=1027 - -> order_id:
        200 POST /orders/purchase {"product":"Residential Proxy NEW","cycle":"monthly","location":null,"auto_renewal":true} -> order_id=1028
        200 GET /orders/1028 - -> order/auto_renewal=true order/quantity=1
        200 POST /orders/purchase {"product":"Standart Residential Proxy","quantity":5} -> order_id=1029
        200 GET /orders/1029 - -> order/expires_at=null order/cycle_name="lifetime" order/auto_renewal=null
        200 GET /proxies/profile?proxy_type=standart - -> data=48000000000
        200 GET /me - -> wallet_balance=494745 active_orders=22
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn an_invalid_purchase_is_refused_by_name_and_costs_nothing() {
    let caller = start().await;
    let script = r#"
        400 POST /orders/purchase {} -> product:
        400 POST /orders/purchase {"product":"Standard Residential Proxy"} -> product:
        400 POST /orders/purchase {$DC,"location":"FR","cycle":"monthly"} -> location:
        400 POST /orders/purchase {$DC,"location":null,"cycle":"monthly"} -> location:
        400 POST /orders/purchase {$DC,$DE,"auto_renewal":null} -> auto_renewal:
        400 POST /orders/purchase {$DC,$DE,"quantity":null} -> quantity:
        400 POST /orders/purchase {$DC,"location":"DE","cycle":"daily"} -> cycle:
        400 POST /orders/purchase {$DC,"location":"DE"} -> cycle:
        400 POST /orders/purchase {$DC,$DE,"quantity":0} -> quantity:
        400 POST /orders/purchase {$DC,$DE,"quantity":1.5} -> quantity:
        400 POST /orders/purchase {$DC,$DE,"quantity":501} -> quantity: out of stock
        400 POST /orders/purchase {$DC,$DE,"quantity":9223372036854775807} -> quantity: too large
        400 POST /orders/purchase {$DC,$DE,"promo_code":"SAVE20"} -> promo_code:
        400 POST /orders/purchase {$DC,$DE,"auto_renewal":"yes"} -> auto_renewal:
        400 POST /orders/purchase {$DC,$DE,"addons":[{"addon_key":"x","qty":1}]} -> addon_key:
        400 POST /orders/purchase {$DC,$DE,"addons":[{"addon_key":"p0f_slots"}]} -> qty:
        400 POST /orders/purchase {$DC,$DE,"addons":[1]} -> addons:
        400 POST /orders/purchase {"product":"Unmetered Residential proxy","cycle":"daily","quantity":2} -> quantity:
        400 POST /orders/purchase {"product":"Unmetered Residential proxy","cycle":"weekly","promo_code":"SAVE10"} -> promo_code:
        400 POST /orders/purchase {"product":"Standart Residential Proxy","location":"DE"} -> location:
        400 POST /orders/purchase {"product":"Standart Residential Proxy","addons":[{"addon_key":"p0f_slots","qty":1}]} -> addons:
        400 POST /orders/purchase {"product":"Premium Residential Proxy","quantity":2000} -> Insufficient balance
        400 GET /orders/calculate?product=ISP%20Proxy&location=DE&cycle=monthly&quantity=x - -> quantity:
        400 GET /orders/calculate?product=ISP%20Proxy&location=DE&cycle=monthly&addons_json=%7B - -> addons_json:
        200 GET /orders/calculate?product=ISP%20Proxy&location=DE&cycle=quarterly&quantity=2&promo_code=SAVE10&addons_json=[{%22addon_key%22:%22p0f_slots%22,%22qty%22:2}] - -> original_price=1600 final_price=1440 discount_percent=10 addons_price=100 total_with_addons=1540
        200 GET /me - -> wallet_balance=500000
    "#;
    caller.name("DC", r#""product":"Datacenter Proxy""#);
    caller.name("DE", r#""location":"DE","cycle":"monthly""#);
    caller.script(script).await;
}

#[tokio::test]
async fn orders_are_listed_by_status_and_page() {
    let caller = start().await;
    let script = r#"
        200 GET /orders?status=all - -> count=25 orders/19/order_id=1006 prev=null next="/user/api/orders?status=all&offset=20&limit=20"
        200 GET /orders?status=all&offset=20&limit=20 - -> count=25 orders/4/order_id=1001 next=null prev="/user/api/orders?status=all&offset=0&limit=20"
        200 GET /orders?status=all&offset=9223372036854775807 - -> orders=[] count=25
        400 GET /orders - -> status:
        400 GET /orders?status=paid - -> status:
        400 GET /orders?status=all&limit=101 - -> limit:
        400 GET /orders?status=all&offset=-1 - -> offset:
    "#;
    caller.script(script).await;
    for (status, count) in [("active", 18), ("on-hold", 2), ("cancelled", 5)] {
        let call = format!("200 GET /orders?status={status}&limit=100 - -> count={count}");
        let answer = caller.script(&call).await;
        for row in answer["orders"].as_array().unwrap() {
            let id = &row["order_id"];
            let script = format!("200 GET /orders/{id} - -> order/status=\"{status}\"");
            caller.script(&script).await;
        }
    }
}

#[tokio::test]
async fn time_renews_holds_and_cancels() {
    let caller = start().await;
    // 1008 does not renew itself; 1009 and 1019 do. A century later the wallet is spent, and only
    // what never expires is left.
    let script = r#"
        200 GET /orders/1001 - -> order/expires_at="2026-01-30T08:00:00Z"
        400 POST /orders/1001/renew {} -> id: order 1001 is active
        400 POST /orders/1003/renew {} -> id: order 1003 is cancelled
        200 POST /orders/1002/renew {} -> success=true
        200 GET /orders/1002 - -> order/status="active"
        200 GET /proxies/active?order_id=1002 - -> data/4/ip
        200 GET /me - -> wallet_balance=498500
        400 POST /orders/1002/renew {} -> id:
        advance 2d
        200 GET /orders/1008 - -> order/status="on-hold"
        200 GET /proxies/active?order_id=1008 - -> data=[]
        200 GET /orders/1009 - -> order/expires_at="2026-01-18T14:00:00Z"
        200 GET /orders/1017 - -> order/status="cancelled"
        200 GET /me - -> wallet_balance=497900
        advance 3d
        200 GET /orders/1008 - -> order/status="cancelled"
        advance 36500d
        200 GET /orders?status=active - -> count=3
        400 POST /orders/change-billing-cycle/1001 {"cycle":"weekly"} -> order_id:
    "#;
    caller.script(script).await;
    caller.sandbox.advance(Duration::MAX);
    caller.script("200 GET /me - -> active_orders=3").await;
}

#[tokio::test]
async fn the_cycle_the_renewal_and_the_tag_of_an_order_can_be_changed() {
    let caller = start().await;
    let script = r#"
        200 POST /orders/change-billing-cycle/1012 {"cycle":"weekly"} -> order_id=1012 original_price=350 final_price=350 discount_percent=0
        200 GET /orders/1012 - -> order/promo_code=null order/cycle_name="weekly" order/auto_renewal=true
        200 POST /orders/change-billing-cycle/1011 {"cycle":"monthly"} -> original_price=1800 final_price=1620 discount_percent=10
        200 GET /me - -> wallet_balance=498030
        400 POST /orders/change-billing-cycle/1012 {"cycle":"daily"} -> cycle:
        400 POST /orders/change-billing-cycle/1004 {"cycle":"monthly"} -> order_id:
        400 POST /orders/change-billing-cycle/1003 {"cycle":"monthly"} -> order_id:
        200 POST /orders/edit-auto-renewal/1012?auto_renewal=false {} -> success=true
        400 POST /orders/edit-auto-renewal/1012 {} -> auto_renewal:
        400 POST /orders/edit-auto-renewal/1012?auto_renewal=yes {} -> auto_renewal:
        400 POST /orders/edit-auto-renewal/1005?auto_renewal=true {} -> order_id:
        200 GET /orders/1001 - -> order/tag=null
        200 POST /orders/1001/tag {"tag":"shop 🛒"} -> success=true
        200 GET /orders/1001 - -> order/tag="shop 🛒"
        200 GET /proxies/active?order_id=1001 - -> order_tag="shop 🛒"
        400 POST /orders/1001/tag {} -> tag:
    "#;
    caller.script(script).await;
}

#[tokio::test]
async fn removal_is_for_the_next_period() {
    let caller = start().await;
    let ips = ips(&caller, 1001).await;
    let mark = |ips: &[String], value: bool| items(ips, "value", json!(value));
    let script = r#"
        200 POST /orders/1001/del-np/set $FOUR -> success=true
        200 POST /orders/1001/del-np/set $BACK -> success=true
        200 GET /orders/1001 - -> order/quantity=7 order/price_paid=1050
        200 GET /proxies/active?order_id=1001 - -> data/9/ip
        400 POST /orders/1001/del-np/set $ALL -> items:
        400 POST /orders/1001/del-np/set {"items":[]} -> items:
        400 POST /orders/1001/del-np/set {"items":[{"ip":"192.0.2.300","value":true}]} -> ip:
        400 POST /orders/1001/del-np/set {"items":[{"ip":"192.0.2.300"}]} -> ip:
        400 POST /orders/1004/del-np/set $ALL -> order_id:
    "#;
    caller.name("FOUR", mark(&ips[..4], true));
    caller.name("BACK", mark(&ips[..1], false));
    caller.name("ALL", mark(&ips, true));
    caller.script(script).await;
    let script = "
        advance 20d
        200 GET /proxies/active?order_id=1001 - -> data#=7
        200 GET /orders/1001 - -> order/price_paid=1050
    ";
    caller.script(script).await;
}

#[tokio::test]
async fn slots_are_bought_used_and_given_up() {
    let caller = start().await;
    let ips = ips(&caller, 1007).await;
    let sign = |ips: &[String]| items(ips, "signature", json!("ios"));
    // The first IP of 1007 is signed already and holds one of three slots.
    let script = r#"
        200 POST /orders/1007/signature/set $TWO -> updated=2
        400 POST /orders/1007/signature/set $ALL -> items:
        400 POST /orders/1007/signature/set {"items":[{"ip":"$IP","signature":"beos"}]} -> signature:
        400 POST /orders/1004/signature/set $TWO -> order_id:
        200 GET /orders/1007 - -> order/p0f_slots_used=2 order/p0f_slots_available=3
        400 POST /orders/1007/addons/schedule {$KEY,"action":"downgrade","next_qty":3} -> next_qty:
        400 POST /orders/1007/addons/schedule {$KEY,"action":"downgrade","next_qty":1} -> next_qty:
        400 POST /orders/1007/addons/schedule {$KEY,"action":"downgrade","next_qty":0} -> next_qty:
        400 POST /orders/1007/addons/schedule {$KEY,"action":"upgrade","next_qty":2} -> action:
        200 POST /orders/1007/addons/schedule {$KEY,"action":"downgrade","next_qty":2} -> success=true
        200 POST /orders/1007/addons/schedule/cancel {$KEY} -> success=true
        200 GET /orders/1007 - -> order/p0f_slots_next=3
        200 POST /orders/1007/addons/schedule {$KEY,"action":"downgrade","next_qty":2} -> addons/0/pending/next_qty=2
        200 POST /orders/1001/addons/purchase {$KEY,"add_qty":4} -> addons_price_paid=200
        200 GET /me - -> wallet_balance=499800
        400 POST /orders/1002/addons/purchase {$KEY,"add_qty":1} -> order_id:
        400 POST /orders/1004/addons/purchase {$KEY,"add_qty":1} -> order_id:
        400 POST /orders/1001/addons/purchase {$KEY,"add_qty":10000} -> Insufficient balance
        400 POST /orders/1001/addons/purchase {$KEY,"add_qty":9223372036854775807} -> qty:
        400 GET /orders/1001/addons/calculate?addon_key=x&add_qty=1 - -> addon_key:
        400 GET /orders/1001/addons/calculate?addon_key=p0f_slots - -> add_qty:
        200 POST /orders/edit-auto-renewal/1007?auto_renewal=true {} -> success=true
        advance 26d
        200 GET /orders/1007 - -> order/p0f_slots_available=2 order/addons_price_paid=100
    "#;
    caller.name("TWO", sign(&ips[..2]));
    caller.name("ALL", sign(&ips));
    caller.name("IP", &*ips[0]);
    caller.name("KEY", r#""addon_key":"p0f_slots""#);
    caller.script(script).await;
}

#[tokio::test]
async fn sub_users_share_the_traffic_of_the_profile() {
    let caller = start().await;
    let script = r#"
        200 GET /proxies/profile$PT - -> data_remain=36000000000
        200 POST /proxies/sub-user$PT {"name":"zoe","data":6} -> data/0/user_id="70006" data/0/data=6000000000
        400 POST $ZOE/data/add$PT {"data":31} -> data:
        400 POST $ZOE/data/add$PT {"data":0} -> data:
        400 POST $ZOE/data/add$PT {"data":9223372036854775807} -> data:
        200 POST $ZOE/data/add$PT {"data":30} -> success=true
        200 GET /proxies/profile$PT - -> data_remain=0
        400 POST /proxies/sub-user$PT {"name":"yan","data":1} -> data:
        400 POST /proxies/sub-user$PT {"data":1} -> name:
        200 POST /orders/1004/add-bandwidth {"amount":2,"promo_code":null} -> success=true
        400 POST /orders/1004/add-bandwidth {"amount":2,"promo_code":"SAVE10"} -> promo_code:
        400 POST /orders/1005/add-bandwidth {"amount":1} -> id:
        200 GET /me - -> wallet_balance=499500
        200 GET /proxies/profile$PT - -> data_remain=2000000000
        400 POST $ZOE/data/subtract$PT {"data":37} -> data:
        200 POST $ZOE/data/subtract$PT {"data":1} -> success=true
        200 PATCH $ZOE$PT {"name":"zora"} -> success=true
        200 GET /proxies/sub-users$PT&offset=3&limit=1 - -> count=4 data/0/user_id="70006" data/0/data_remain=35000000000
        200 GET $ZOE$PT - -> data/0/data=35000000000 data/0/first_name="zora" data/0/proxy_password=$word
        200 POST $ZOE/password$PT {} -> success=true
        200 GET $ZOE$PT - -> data/0/data=35000000000 data/0/proxy_password!=$word
        200 DELETE $ZOE - -> success=true
        200 GET /proxies/profile$PT - -> data_remain=38000000000
        404 GET $ZOE$PT - -> user_id:
        404 PATCH $ZOE$PT {"name":"x"} -> user_id:
        404 POST $ZOE/data/add$PT {"data":1} -> user_id:
        404 DELETE /proxies/sub-user/%FF - -> user_id:
        404 GET /proxies/sub-user/70004$PT - -> user_id:
        400 GET /proxies/profile - -> proxy_type:
        400 GET /proxies/profile?proxy_type=standard - -> proxy_type:
        400 GET /proxies/sub-users$PT&limit=0 - -> limit:
        400 GET /proxies/isps$PT&country_code=DE&region_code=BE&city_code=berlin - -> ISP targeting
        400 GET /proxies/regions$PT - -> country_code:
        400 GET /proxies/cities$PT&country_code=DE - -> region_code:
        400 GET /proxies/isps?proxy_type=premium&country_code=DE&region_code=BE - -> city_code:
        200 GET /proxies/isps?proxy_type=premium&country_code=DE&region_code=BY&city_code=lindau - -> count=0 results=[]
        200 GET /proxies/regions$PT&country_code=XX - -> count=0
    "#;
    caller.name("PT", "?proxy_type=standart");
    caller.name("ZOE", "/proxies/sub-user/70006");
    caller.script(script).await;
}

#[tokio::test]
async fn keys_paths_methods_and_bodies_are_checked() {
    let caller = start().await;
    let me = "/user/api/me";
    for key in ["", "live-key"] {
        for (method, path) in [("GET", me), ("GET", "/user/api/nothing"), ("PUT", me)] {
            let answer = caller.send(key, method, path, "-").await;
            assert_eq!(answer.status, 401);
            assert_eq!(
                answer.body,
                json!({"success": false, "message": "Unauthorized"})
            );
        }
        assert_eq!(caller.send(key, "GET", "/health", "-").await.status, 200);
    }
    let script = r#"
        404 GET /nothing - ->
        404 GET /orders/9999 - -> order_id:
        404 GET /proxies/active?order_id=9999 - -> order_id:
        400 GET /proxies/active - -> order_id:
        404 POST /orders/9999/tag {"tag":"x"} -> order_id:
        400 GET /orders/abc - -> id:
        400 POST /orders/1.5/del-np/set {} -> order_id:
        405 DELETE /orders/1001 - ->
        405 POST /health {} ->
        400 POST /orders/1001/tag { -> body:
        400 POST /orders/1001/tag 💥 -> body:
        200 POST /orders/purchase {"product":"Standart Residential Proxy"} -> order_id
    "#;
    caller.script(script).await;
    // Each key has an caller of its own, and all begin alike.
    let other = "sandbox-other";
    let theirs = caller.send(other, "GET", me, "-").await.ok();
    assert_eq!(theirs["wallet_balance"], 500_000);
    let active = "/user/api/proxies/active?order_id=1001";
    let theirs = caller.send(other, "GET", active, "-").await;
    assert_eq!(theirs, caller.send(KEY, "GET", active, "-").await);
    let again = start().await;
    assert_eq!(theirs, again.send(KEY, "GET", active, "-").await);
}

#[tokio::test]
async fn a_post_must_say_how_long_its_body_is() {
    let caller = start().await;
    let path = "/proxyshard/user/api/orders/1002/renew";
    let headers = format!("authorization: Bearer {KEY}");
    let declared = request("POST", path, &[&headers, "connection: close"], "");
    let text = String::from_utf8(declared.clone()).unwrap();
    let undeclared = text.replace("content-length: 0\r\n", "");
    for (request, status) in [(undeclared.as_bytes(), 411), (&declared, 200)] {
        let seen = exchange(caller.sandbox.address(), request).await;
        assert_eq!(seen.status(), status, "{}", seen.text);
        assert!(seen.text.contains(r#""success":"#), "{}", seen.text);
    }
}
