//! Whatever comes in, every vendor answers in JSON and never breaks off.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::{sandbox, send};
use proxy_orders_sandbox::Vendor;
use reqwest::{Client, Method};

const VALUES: [&str; 16] = [
    "0",
    "1",
    "-1",
    "420",
    "123",
    "9223372036854775807",
    "-9223372036854775808",
    "99999999999999999999999",
    "1e308",
    "1.5",
    "true",
    "null",
    "\"\"",
    "\"\\u0000\\ud83d\\ude00 %FF&=#?/\"",
    "[1,\"x\",null,{}]",
    "{\"locations\":[{\"product_location_id\":789,\"quantity\":9223372036854775807},{\"quantity\":-1}]}",
];

const NAMES: [&str; 46] = [
    "product_id",
    "product_plan_id",
    "product_location_id",
    "quantity",
    "coupon_code",
    "auto_extend",
    "product_question_answers",
    "card_id",
    "selection",
    "proxies",
    "order_id",
    "is_enabled",
    "payment_type",
    "username",
    "password",
    "random_password",
    "page",
    "per_page",
    "order_ids[]",
    "statuses[0]",
    "sort_by",
    "pid",
    "pm_id",
    "amount",
    "region_list",
    "upids",
    "renew_duration",
    "recharge_amount",
    "product_sku_bandwidth_id",
    "trade_no",
    "accounts",
    "page_no",
    "page_size",
    "start_time",
    "product",
    "location",
    "cycle",
    "offset",
    "limit",
    "status",
    "data",
    "name",
    "proxy_type",
    "items",
    "addon_key",
    "add_qty",
];

const PATHS: [(&str, &str); 28] = [
    ("GET", "/iproyal/v1/reseller/orders"),
    ("GET", "/iproyal/v1/reseller/orders/~"),
    ("GET", "/iproyal/v1/reseller/orders/calculate-pricing"),
    ("POST", "/iproyal/v1/reseller/orders"),
    ("POST", "/iproyal/v1/reseller/orders/~/extend"),
    ("POST", "/iproyal/v1/reseller/orders/420/extend"),
    ("POST", "/iproyal/v1/reseller/orders/toggle-auto-extend"),
    (
        "POST",
        "/iproyal/v1/reseller/orders/proxies/change-credentials",
    ),
    ("POST", "/iproyal/v1/reseller/orders/4g/rotate-ip/~"),
    ("DELETE", "/iproyal/v1/reseller/~"),
    ("GET", "/smartproxy/pub/order/list"),
    ("POST", "/smartproxy/pub/order/create"),
    ("POST", "/smartproxy/pub/order/close"),
    ("GET", "/smartproxy/pub/user-product/list"),
    ("GET", "/smartproxy/pub/user-usage-flow/total"),
    ("POST", "/smartproxy/pub/whitelist-account/add"),
    ("PUT", "/smartproxy/~"),
    ("POST", "/proxyshard/user/api/orders/purchase"),
    ("GET", "/proxyshard/user/api/orders/calculate"),
    ("GET", "/proxyshard/user/api/orders"),
    ("GET", "/proxyshard/user/api/orders/~"),
    ("POST", "/proxyshard/user/api/orders/~/renew"),
    ("POST", "/proxyshard/user/api/orders/~/add-bandwidth"),
    ("POST", "/proxyshard/user/api/orders/~/addons/purchase"),
    ("POST", "/proxyshard/user/api/orders/~/signature/set"),
    ("POST", "/proxyshard/user/api/proxies/sub-user"),
    ("PATCH", "/proxyshard/user/api/proxies/sub-user/~"),
    ("GET", "/~"),
];

/// Numbers that are the same in every run, so that a failure can be met again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn nothing_that_comes_in_breaks_it() {
    let sandbox = sandbox().await;
    let client = Client::new();
    let mut dice = Dice(1);
    for _ in 0..3000 {
        let (method, path) = dice.of(&PATHS);
        let path = path.replace('~', &encoded(dice.of(&VALUES)));
        // Some names have a sensible value, so that others are looked at beyond the first refusal.
        let mut members = vec![r#""app_key":"sandbox-test-0123456789-abcdefgh""#.to_owned()];
        let mut query = "app_key=sandbox-test-0123456789-abcdefgh".to_owned();
        for sensible in [
            "product_id=123",
            "product_plan_id=456",
            "pid=1001",
            "pm_id=1",
        ] {
            if dice.below(4) > 0 {
                let (name, value) = sensible.split_once('=').unwrap();
                members.push(format!("\"{name}\":{value}"));
                query.push_str(&format!("&{sensible}"));
            }
        }
        for _ in 0..dice.below(5) {
            let (name, value) = (dice.of(&NAMES), dice.of(&VALUES));
            members.push(format!("\"{name}\":{value}"));
            query.push_str(&format!("&{name}={}", encoded(value)));
        }
        let mut body = format!("{{{}}}", members.join(","));
        if dice.below(10) == 0 {
            body.truncate(dice.below(body.len()));
        }
        let url = format!("http://{}{path}?{query}", sandbox.address());
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = client
            .request(method, url)
            .header("X-Access-Token", "sandbox-test")
            .header("Authorization", "Bearer sandbox-test")
            .header("Content-Type", "application/json")
            .body(body);
        let answer = send(request).await;
        assert!(
            matches!(answer.status, 200 | 400 | 403 | 404 | 405 | 411 | 422),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn nesting_without_end_is_refused() {
    let sandbox = sandbox().await;
    let body = "[".repeat(100_000);
    let url = format!("{}/orders", sandbox.base_url(Vendor::IpRoyal));
    let request = Client::new()
        .post(url)
        .header("X-Access-Token", "sandbox-test")
        .header("Content-Type", "application/json")
        .body(body);
    assert_eq!(send(request).await.status, 422);
}
