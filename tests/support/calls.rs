//! One call of each operation through its generated builder, with the least that it asks for.

use proxy_orders::{Error, Order, Vendor, iproyal, proxyshard, smartproxy};
use serde_json::Value;

use super::fixture::Clients;

/// The decoded answer to a call.
#[derive(Debug)]
pub struct Decoded {
    /// The generated type, as it writes itself.
    pub json: Value,
    /// The orders in it, in vendor-neutral words.
    pub orders: Vec<Order>,
}

/// Sends, decodes, and takes the orders out of what was decoded.
macro_rules! decoded {
    ($call:expr) => {
        decoded!($call, |_| Vec::new())
    };
    ($call:expr, $orders:expr) => {{
        let answer = $call.send().await?.into_inner();
        let json = serde_json::to_value(&answer).unwrap();
        let orders: Vec<Order> = ($orders)(answer);
        Decoded { json, orders }
    }};
}

/// Calls an operation.
pub async fn call(clients: &Clients, vendor: Vendor, id: &str) -> Result<Decoded, Error> {
    match vendor {
        Vendor::IpRoyal => call_iproyal(clients.iproyal().api(), id).await,
        Vendor::ProxyShard => call_proxyshard(clients.proxyshard().api(), id).await,
        Vendor::SmartProxy => call_smartproxy(clients.smartproxy().api(), id).await,
        other => panic!("support/calls.rs does not call {other}: add its operations"),
    }
}

async fn call_iproyal(api: &iproyal::api::Client, id: &str) -> Result<Decoded, Error> {
    use iproyal::types;
    let one = |order: types::Order| vec![Order::from(order)];
    let all = |list: types::OrderList| list.data.into_iter().map(Order::from).collect();
    Ok(match id {
        "list_orders" => decoded!(api.list_orders(), all),
        "get_order" => decoded!(api.get_order().order_id(420), one),
        "calculate_pricing" => decoded!(api.calculate_pricing()),
        "create_order" => {
            let call = api.create_order();
            decoded!(
                call.body_map(|it| {
                    let it = it.product_id(9).product_plan_id(4);
                    it.product_location_id(51).quantity(5)
                }),
                one
            )
        }
        "extend_order" => {
            let call = api.extend_order().order_id(420);
            decoded!(call.body_map(|it| it.product_plan_id(4)), one)
        }
        "toggle_auto_extend" => {
            let call = api.toggle_auto_extend();
            decoded!(call.body_map(|it| it.order_id(420).is_enabled(false)))
        }
        "list_products" => decoded!(api.list_products()),
        "get_balance" => decoded!(api.get_balance()),
        "list_cards" => decoded!(api.list_cards()),
        "list_isp_availability" => decoded!(api.list_isp_availability()),
        "list_datacenter_availability" => decoded!(api.list_datacenter_availability()),
        "list_sneaker_datacenter_availability" => {
            decoded!(api.list_sneaker_datacenter_availability())
        }
        "change_proxy_credentials" => {
            let call = api.change_proxy_credentials();
            decoded!(call.body_map(|it| it.order_id(420)))
        }
        "rotate_mobile_ip" => decoded!(api.rotate_mobile_ip().key("k")),
        _ => panic!("support/calls.rs does not call `{id}`"),
    })
}

async fn call_proxyshard(api: &proxyshard::api::Client, id: &str) -> Result<Decoded, Error> {
    use proxyshard::types;
    let one = |answer: types::GetOrderResponse| answer.order.into_iter().map(Order::from).collect();
    let all = |answer: types::ListOrdersResponse| {
        let listed = answer.orders.into_iter().flatten();
        listed.map(Order::from).collect()
    };
    Ok(match id {
        "purchase_order" => {
            let call = api.purchase_order();
            decoded!(call.body_map(|it| it.product("Premium Residential Proxy")))
        }
        "calculate_order_price" => decoded!(api.calculate_order_price().product("ISP Proxy")),
        "change_billing_cycle" => {
            let call = api.change_billing_cycle().order_id(1);
            decoded!(call.body_map(|it| it.cycle("monthly")))
        }
        "set_auto_renewal" => decoded!(api.set_auto_renewal().order_id(1).auto_renewal(true)),
        "list_products" => decoded!(api.list_products()),
        "list_available_counts" => decoded!(api.list_available_counts()),
        "get_me" => decoded!(api.get_me()),
        "list_orders" => decoded!(api.list_orders().status("all"), all),
        "get_order" => decoded!(api.get_order().id(1), one),
        "renew_order" => decoded!(api.renew_order().id(1)),
        "tag_order" => decoded!(api.tag_order().id(1).body_map(|it| it.tag("t"))),
        "list_active_proxies" => decoded!(api.list_active_proxies().order_id(1)),
        "set_proxy_removal" => {
            let call = api.set_proxy_removal().order_id(1);
            decoded!(call.body_map(|it| it.items(Vec::new())))
        }
        "set_proxy_signatures" => {
            let call = api.set_proxy_signatures().order_id(1);
            decoded!(call.body_map(|it| it.items(Vec::new())))
        }
        "calculate_addon_price" => {
            let call = api.calculate_addon_price().order_id(1);
            decoded!(call.addon_key("p0f_slots").add_qty(1_u64))
        }
        "purchase_addon" => {
            let call = api.purchase_addon().order_id(1);
            decoded!(call.body_map(|it| it.addon_key("p0f_slots").add_qty(1_u64)))
        }
        "schedule_addon_downgrade" => {
            let call = api.schedule_addon_downgrade().order_id(1);
            decoded!(call.body_map(|it| {
                let it = it.addon_key("p0f_slots").action("downgrade");
                it.next_qty(1_u64)
            }))
        }
        "cancel_addon_schedule" => {
            let call = api.cancel_addon_schedule().order_id(1);
            decoded!(call.body_map(|it| it.addon_key("p0f_slots")))
        }
        "add_bandwidth" => decoded!(api.add_bandwidth().id(1).body_map(|it| it.amount(1))),
        "get_residential_profile" => {
            decoded!(api.get_residential_profile().proxy_type("premium"))
        }
        "list_sub_users" => decoded!(api.list_sub_users().proxy_type("premium")),
        "create_sub_user" => {
            let call = api.create_sub_user().proxy_type("premium");
            decoded!(call.body_map(|it| it.name("n").data(1)))
        }
        "get_sub_user" => decoded!(api.get_sub_user().user_id("u").proxy_type("premium")),
        "update_sub_user" => {
            let call = api.update_sub_user().user_id("u").proxy_type("premium");
            decoded!(call.body_map(|it| it.name("n")))
        }
        "delete_sub_user" => decoded!(api.delete_sub_user().user_id("u")),
        "add_sub_user_data" => {
            let call = api.add_sub_user_data().user_id("u").proxy_type("premium");
            decoded!(call.body_map(|it| it.data(1)))
        }
        "subtract_sub_user_data" => {
            let call = api.subtract_sub_user_data().user_id("u");
            decoded!(call.proxy_type("premium").body_map(|it| it.data(1)))
        }
        "reset_sub_user_password" => {
            let call = api.reset_sub_user_password().user_id("u");
            decoded!(call.proxy_type("premium"))
        }
        "list_countries" => decoded!(api.list_countries().proxy_type("premium")),
        "list_regions" => {
            let call = api.list_regions().proxy_type("premium");
            decoded!(call.country_code("DE"))
        }
        "list_cities" => {
            let call = api.list_cities().proxy_type("premium");
            decoded!(call.country_code("DE").region_code("BE"))
        }
        "list_isps" => {
            let call = api.list_isps().proxy_type("premium").country_code("DE");
            decoded!(call.region_code("BE").city_code("berlin"))
        }
        "get_health" => decoded!(api.get_health()),
        "get_liveness" => decoded!(api.get_liveness()),
        _ => panic!("support/calls.rs does not call `{id}`"),
    })
}

async fn call_smartproxy(api: &smartproxy::api::Client, id: &str) -> Result<Decoded, Error> {
    use smartproxy::types;
    let one = |answer: types::OrderCreated| answer.data.into_iter().map(Order::from).collect();
    let all = |answer: types::OrderList| {
        let listed = answer.data.and_then(|data| data.list);
        listed.into_iter().flatten().map(Order::from).collect()
    };
    Ok(match id {
        "list_orders" => decoded!(api.list_orders(), all),
        "create_order" => {
            let call = api.create_order();
            decoded!(call.body_map(|it| it.pid(1).pm_id(1)), one)
        }
        "close_order" => decoded!(api.close_order().body_map(|it| it.trade_no("t"))),
        "list_user_products" => decoded!(api.list_user_products()),
        "get_usage_flow_total" => decoded!(api.get_usage_flow_total()),
        "list_whitelist_accounts" => decoded!(api.list_whitelist_accounts()),
        "add_whitelist_account" => {
            let call = api.add_whitelist_account();
            decoded!(call.body_map(|it| it.remark("r".to_owned())))
        }
        _ => panic!("support/calls.rs does not call `{id}`"),
    })
}
