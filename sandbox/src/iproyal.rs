//! IPRoyal's reseller API: static residential, datacenter and sneaker proxies, and the rotation of
//! mobile ones.
//!
//! The credential goes in the header `X-Access-Token`. Answers have the documented fields. Where
//! the vendor documents nothing, the sandbox does what is usual for Laravel, the framework whose
//! marks its answers carry: 422 with `message` and `errors` for refused input, 404 and 401 with
//! `message`.
//!
//! # What the world holds
//!
//! - A balance of 884.05 and the cards 1 to 4, of which card 4 is always declined.
//! - The products 9 and 123 (both "Static Residential"), 11 ("Datacenter", with a question that
//!   must be answered) and 12 ("Sneaker DC").
//! - The coupons `DISCOUNT2024` (valid, 0 %, as in the documented sample) and `SAVE10` (10 %).
//! - Fourteen orders of every status, among them all that the documented samples name. The orders
//!   789 and 1011 stay in progress forever.
//! - The mobile order 303, whose key for rotation is `sandbox-key`.
//!
//! # What happens over time
//!
//! A bought order is `in-progress` without proxies until the provisioning delay has passed, then
//! `confirmed`. When its date of expiry passes, it is extended and charged if auto-extend is on and
//! can be paid, and `expired` otherwise.

mod account;
mod buying;
mod catalogue;
mod extending;
mod failure;
mod listing;
mod order;
mod pricing;
mod proxies;
mod seed;

use std::sync::Arc;

use axum::Router;
use jiff::Timestamp;
use serde_json::Value;

use crate::answer::Answer;
use crate::input::Call;
use crate::operations::{self, Operation};
use crate::vendor::Vendor;
use crate::world::{Shared, accepted};

pub(crate) use account::Account;
use failure::Failure;

type Act = fn(&mut Account, &Call, Timestamp) -> Result<Value, Failure>;

const OPERATIONS: [Operation<Act>; 14] = [
    Operation::get("list_orders", "/orders", listing::list_orders),
    Operation::post("create_order", "/orders", buying::create_order),
    Operation::get("get_order", "/orders/{order_id}", listing::get_order),
    Operation::get(
        "calculate_pricing",
        "/orders/calculate-pricing",
        pricing::calculate_pricing,
    ),
    Operation::post(
        "extend_order",
        "/orders/{order_id}/extend",
        extending::extend_order,
    ),
    Operation::post(
        "toggle_auto_extend",
        "/orders/toggle-auto-extend",
        extending::toggle_auto_extend,
    ),
    Operation::get("list_products", "/products", catalogue::list_products),
    Operation::get("get_balance", "/balance", account::get_balance),
    Operation::get("list_cards", "/cards", account::list_cards),
    Operation::get(
        "list_isp_availability",
        "/access/availability/static-residential",
        catalogue::list_isp_availability,
    ),
    Operation::get(
        "list_datacenter_availability",
        "/access/availability/dc",
        catalogue::list_datacenter_availability,
    ),
    Operation::get(
        "list_sneaker_datacenter_availability",
        "/access/availability/sneaker-dc",
        catalogue::list_sneaker_datacenter_availability,
    ),
    Operation::post(
        "change_proxy_credentials",
        "/orders/proxies/change-credentials",
        proxies::change_credentials,
    ),
    Operation::post(
        "rotate_mobile_ip",
        "/orders/4g/rotate-ip/{key}",
        proxies::rotate_mobile_ip,
    ),
];

/// The ids of IPRoyal's operations.
pub(crate) fn operations() -> Vec<&'static str> {
    OPERATIONS.iter().map(|operation| operation.id).collect()
}

/// IPRoyal's operations, without the prefix that they are nested under.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    operations::router(Vendor::IpRoyal, &OPERATIONS, perform)
        .method_not_allowed_fallback(|| async { Failure::MethodNotAllowed.answer() })
        .fallback(|| async { Failure::NotFound.answer() })
        .with_state(shared)
}

fn perform(shared: &Shared, operation: &Operation<Act>, call: Call) -> Answer {
    let token = call.header("x-access-token").filter(|key| accepted(key));
    let Some(token) = token else {
        return Failure::Unauthenticated.answer();
    };
    let done = shared.with(
        token,
        operation.is_change(),
        |account: &mut Account, now| (operation.act)(account, &call, now),
    );
    done.map_or_else(Failure::answer, Answer::ok)
}
