//! The requests that have to be sent, as the vendors' pages have them.

use std::num::NonZeroU64;

use proxy_orders::{Error, Vendor, iproyal, proxyshard, smartproxy};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::support::calls::call;
use crate::support::fixture::Clients;
use crate::support::vendor;

/// A phrase that no encoding may spoil.
pub const ODD: &str = "a b&c=d+é/?#";

/// A request that has to be sent. The credential comes on top.
pub struct Case {
    pub vendor: Vendor,
    pub id: &'static str,
    pub path_parameters: &'static [(&'static str, &'static str)],
    pub path: &'static str,
    pub query: &'static [(&'static str, &'static str)],
    /// The body; `None` when none is documented.
    pub body: Option<Value>,
}

pub fn case(word: &str, id: &'static str, path: &'static str) -> Case {
    Case {
        vendor: vendor(word),
        id,
        path_parameters: &[],
        path,
        query: &[],
        body: None,
    }
}

impl Case {
    pub fn at(self, path_parameters: &'static [(&'static str, &'static str)]) -> Self {
        Case {
            path_parameters,
            ..self
        }
    }

    pub fn query(self, query: &'static [(&'static str, &'static str)]) -> Self {
        Case { query, ..self }
    }

    pub fn body(self, body: Value) -> Self {
        Case {
            body: Some(body),
            ..self
        }
    }
}

/// The requests of `support/calls.rs`, which leave out everything that may be left out.
#[rustfmt::skip]
pub fn least() -> Vec<Case> {
    vec![
        case("iproyal", "list_orders", "/orders"),
        case("iproyal", "get_order", "/orders/420").at(&[("order_id", "420")]),
        case("iproyal", "calculate_pricing", "/orders/calculate-pricing"),
        case("iproyal", "create_order", "/orders")
            .body(json!({"product_id": 9, "product_plan_id": 4, "product_location_id": 51, "quantity": 5})),
        case("iproyal", "extend_order", "/orders/420/extend").at(&[("order_id", "420")]).body(json!({"product_plan_id": 4})),
        case("iproyal", "toggle_auto_extend", "/orders/toggle-auto-extend").body(json!({"order_id": 420, "is_enabled": false})),
        case("proxyshard", "purchase_order", "/user/api/orders/purchase").body(json!({"product": "Premium Residential Proxy"})),
        case("proxyshard", "calculate_order_price", "/user/api/orders/calculate").query(&[("product", "ISP Proxy")]),
        case("proxyshard", "change_billing_cycle", "/user/api/orders/change-billing-cycle/1").at(&[("order_id", "1")])
            .body(json!({"cycle": "monthly"})),
        case("proxyshard", "set_auto_renewal", "/user/api/orders/edit-auto-renewal/1").at(&[("order_id", "1")])
            .query(&[("auto_renewal", "true")]),
        case("proxyshard", "list_products", "/user/api/proxies/products"),
        case("proxyshard", "list_available_counts", "/user/api/proxies/available-count"),
        case("proxyshard", "get_me", "/user/api/me"),
        case("proxyshard", "list_orders", "/user/api/orders").query(&[("status", "all")]),
        case("proxyshard", "get_order", "/user/api/orders/1").at(&[("id", "1")]),
        case("proxyshard", "renew_order", "/user/api/orders/1/renew").at(&[("id", "1")]),
        case("proxyshard", "tag_order", "/user/api/orders/1/tag").at(&[("id", "1")]).body(json!({"tag": "t"})),
        case("smartproxy", "list_orders", "/pub/order/list"),
        case("smartproxy", "create_order", "/pub/order/create").body(json!({"pid": 1, "pm_id": 1})),
        case("smartproxy", "close_order", "/pub/order/close").body(json!({"trade_no": "t"})),
    ]
}

/// The requests of [`call_full`], which together leave out nothing.
#[rustfmt::skip]
pub fn full() -> Vec<Case> {
    vec![
        case("iproyal", "list_orders", "/orders").query(&[
            ("location_id", "51"), ("note_search", ODD), ("order", "desc"), ("order_billing_type", "regular"),
            ("order_ids[]", "789"), ("order_ids[]", "1011"), ("page", "2"), ("per_page", "50"), ("product_id", "9"),
            ("sort_by", "expire_date"), ("status", "in-progress"), ("status_is_expiring_soon", "false"),
            ("statuses[]", "confirmed"), ("statuses[]", "expired"),
        ]),
        case("iproyal", "get_order", "/orders/9007199254740993").at(&[("order_id", "9007199254740993")]),
        case("iproyal", "calculate_pricing", "/orders/calculate-pricing").query(&[
            ("coupon_code", ODD), ("order_billing_type", "subscription"), ("order_id", "420"), ("product_id", "9"),
            ("product_location_id", "51"), ("product_plan_id", "4"), ("quantity", "5"),
        ]),
        case("iproyal", "create_order", "/orders").body(json!({
            "product_id": 9, "product_plan_id": 4, "product_location_id": 51, "quantity": 5, "coupon_code": ODD,
            "auto_extend": true, "product_question_answers": {"12": "yes", "13": true}, "card_id": 2,
        })),
        case("iproyal", "create_order", "/orders").body(json!({
            "product_id": 9, "product_plan_id": 4,
            "selection": {"locations": [{"product_location_id": 51, "quantity": 5}]},
        })),
        case("iproyal", "extend_order", "/orders/420/extend").at(&[("order_id", "420")])
            .body(json!({"product_plan_id": 4, "card_id": 2, "proxies": ["192.0.2.1", "192.0.2.2"]})),
        case("iproyal", "toggle_auto_extend", "/orders/toggle-auto-extend")
            .body(json!({"order_id": 420, "is_enabled": true, "product_plan_id": 4, "payment_type": "card", "card_id": 2})),
        case("proxyshard", "purchase_order", "/user/api/orders/purchase").body(json!({
            "product": "Datacenter Proxy", "location": "DE", "cycle": "monthly", "quantity": 3, "promo_code": ODD,
            "auto_renewal": true, "addons": [{"addon_key": "p0f_slots", "qty": 2}],
        })),
        case("proxyshard", "calculate_order_price", "/user/api/orders/calculate").query(&[
            ("addons_json", r#"[{"addon_key":"p0f_slots","qty":2}]"#), ("cycle", "monthly"), ("location", "DE"),
            ("product", "Datacenter Proxy"), ("promo_code", ODD), ("quantity", "3"),
        ]),
        case("proxyshard", "change_billing_cycle", "/user/api/orders/change-billing-cycle/77").at(&[("order_id", "77")])
            .body(json!({"cycle": ODD})),
        case("proxyshard", "set_auto_renewal", "/user/api/orders/edit-auto-renewal/77").at(&[("order_id", "77")])
            .query(&[("auto_renewal", "false")]),
        case("proxyshard", "list_products", "/user/api/proxies/products"),
        case("proxyshard", "list_available_counts", "/user/api/proxies/available-count"),
        case("proxyshard", "get_me", "/user/api/me"),
        case("proxyshard", "list_orders", "/user/api/orders").query(&[("limit", "100"), ("offset", "200"), ("status", "on-hold")]),
        case("proxyshard", "get_order", "/user/api/orders/77").at(&[("id", "77")]),
        case("proxyshard", "renew_order", "/user/api/orders/77/renew").at(&[("id", "77")]),
        case("proxyshard", "tag_order", "/user/api/orders/77/tag").at(&[("id", "77")]).body(json!({"tag": ODD})),
        case("smartproxy", "list_orders", "/pub/order/list").query(&[
            ("page_no", "2"), ("page_size", "50"), ("product_type", "25"), ("status", "0"), ("trade_no", ODD),
        ]),
        // The page gives `amount` as a number, not as a whole number.
        case("smartproxy", "create_order", "/pub/order/create").body(json!({
            "pid": 1001, "pm_id": 1, "upids": "1,2", "amount": 2, "region_list": "US,1|JP,1", "coupon_sn": ODD,
            "use_invitation_registration_discount": true, "renew_duration": 3, "product_sku_bandwidth_id": 4,
            "product_sku_concurrency_id": 5, "recharge_amount": 6,
        })),
        case("smartproxy", "close_order", "/pub/order/close").body(json!({"trade_no": ODD})),
    ]
}

/// Sends the request of a full case through the typed client. A body goes through its generated
/// type, which must lose nothing of it.
pub async fn call_full(clients: &Clients, case: &Case) -> Result<(), Error> {
    fn typed<T: DeserializeOwned>(case: &Case) -> T {
        serde_json::from_value(case.body.clone().unwrap()).unwrap()
    }
    let (iproyal, proxyshard) = (clients.iproyal().api(), clients.proxyshard().api());
    let smartproxy = clients.smartproxy().api();
    match (case.vendor.as_str(), case.id) {
        ("iproyal", "list_orders") => {
            use iproyal::types::{OrderIds, OrderStatuses};
            let statuses = ["confirmed", "expired"].map(|it| it.parse().unwrap());
            let call = iproyal.list_orders().location_id(51).note_search(ODD);
            let call = call.order("desc").order_billing_type("regular");
            let call = call.order_ids(OrderIds(vec![789, 1011])).page(2);
            let call = call.per_page(50).product_id(9).sort_by("expire_date");
            let call = call.status("in-progress").status_is_expiring_soon(false);
            let call = call.statuses(OrderStatuses(statuses.to_vec()));
            drop(call.send().await?);
        }
        ("iproyal", "get_order") => {
            let call = iproyal.get_order().order_id(9_007_199_254_740_993_i64);
            drop(call.send().await?);
        }
        ("iproyal", "calculate_pricing") => {
            let call = iproyal.calculate_pricing().product_id(9).quantity(5);
            let call = call.product_plan_id(4).product_location_id(51);
            let call = call.coupon_code(ODD).order_id(420);
            drop(call.order_billing_type("subscription").send().await?);
        }
        ("iproyal", "create_order") => {
            let body: iproyal::types::CreateOrderRequest = typed(case);
            drop(iproyal.create_order().body(body).send().await?);
        }
        ("iproyal", "extend_order") => {
            let body: iproyal::types::ExtendOrderRequest = typed(case);
            let call = iproyal.extend_order().order_id(420);
            drop(call.body(body).send().await?);
        }
        ("iproyal", "toggle_auto_extend") => {
            let body: iproyal::types::ToggleAutoExtendRequest = typed(case);
            drop(iproyal.toggle_auto_extend().body(body).send().await?);
        }
        ("proxyshard", "purchase_order") => {
            let body: proxyshard::types::PurchaseOrderRequest = typed(case);
            drop(proxyshard.purchase_order().body(body).send().await?);
        }
        ("proxyshard", "calculate_order_price") => {
            let call = proxyshard.calculate_order_price();
            let call = call.product("Datacenter Proxy").location("DE");
            let call = call.cycle("monthly").quantity(3).promo_code(ODD);
            drop(call.addons_json(case.query[0].1).send().await?);
        }
        ("proxyshard", "change_billing_cycle") => {
            let call = proxyshard.change_billing_cycle().order_id(77);
            drop(call.body_map(|it| it.cycle(ODD)).send().await?);
        }
        ("proxyshard", "set_auto_renewal") => {
            let call = proxyshard.set_auto_renewal().order_id(77);
            drop(call.auto_renewal(false).send().await?);
        }
        ("proxyshard", "list_orders") => {
            let hundred = NonZeroU64::new(100).unwrap();
            let call = proxyshard.list_orders().status("on-hold");
            drop(call.offset(200_u64).limit(hundred).send().await?);
        }
        ("proxyshard", "get_order") => drop(proxyshard.get_order().id(77).send().await?),
        ("proxyshard", "renew_order") => drop(proxyshard.renew_order().id(77).send().await?),
        ("proxyshard", "tag_order") => {
            let call = proxyshard.tag_order().id(77);
            drop(call.body_map(|it| it.tag(ODD)).send().await?);
        }
        ("smartproxy", "list_orders") => {
            let call = smartproxy.list_orders().page_no(2).page_size(50);
            let call = call.trade_no(ODD).status(0).product_type(25);
            drop(call.send().await?);
        }
        ("smartproxy", "create_order") => {
            let body: smartproxy::types::CreateOrderRequest = typed(case);
            drop(smartproxy.create_order().body(body).send().await?);
        }
        ("smartproxy", "close_order") => {
            let call = smartproxy.close_order().body_map(|it| it.trade_no(ODD));
            drop(call.send().await?);
        }
        // The others have no parameters.
        _ => drop(call(clients, case.vendor, case.id).await?),
    }
    Ok(())
}
