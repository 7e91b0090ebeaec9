//! ProxyShard's user API.
//!
//! | what every account begins with | |
//! |---|---|
//! | wallet | 5000.00 |
//! | order 1001 | active, 10 datacenter proxies in DE, monthly, renews itself, expires in 20 days |
//! | order 1002 | on-hold, 5 ISP proxies in US, cancelled in two and a half days |
//! | order 1003 | cancelled, datacenter |
//! | order 1004 | 50 GB of Standart Residential traffic |
//! | order 1005 | Unmetered, renews itself |
//! | orders to 1025 | enough for two pages; 1008, 1009, 1018 and 1019 expire within two days |
//! | order 1007 | 4 ISP proxies with three `p0f_slots`, one of them used |
//! | sub-users 70001 to 70003, 70004 and 70005 | of the standart and of the premium pool |
//!
//! The promo code `SAVE10` takes ten per cent off whatever is paid by the month or the quarter.
//!
//! # What happens over time
//!
//! What is bought is paid from the wallet at once; the proxies can be seen once the provisioning
//! delay has passed. When the paid time ends, an order that renews itself is paid for another
//! cycle if the wallet allows it, and put on hold otherwise. On hold it can be renewed by hand for
//! three days; then it is cancelled, and its proxies go back into stock.

mod addons;
mod ask;
mod catalog;
mod orders;
mod places;
mod purchase;
mod residential;
mod seed;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::MethodFilter;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::input::{Arrived, Call};
use crate::operations::{self, Operation};
use crate::vendor::Vendor;
use crate::world::{Shared, accepted};

pub(crate) use state::Account;

use ask::{Ask, Refusal, Reply};

/// What an operation does: looks at or changes an account, at an instant.
#[derive(Clone, Copy)]
enum Act {
    Private(fn(&mut Account, &Ask, Timestamp) -> Reply),
    /// One that needs no key and tells nothing of any account.
    Public(fn() -> Value),
}

use Act::{Private, Public};

#[rustfmt::skip]
const OPERATIONS: [Operation<Act>; 34] = [
    Operation::post("purchase_order", "/user/api/orders/purchase", Private(purchase::purchase)),
    Operation::get("calculate_order_price", "/user/api/orders/calculate", Private(purchase::calculate)),
    Operation::post("change_billing_cycle", "/user/api/orders/change-billing-cycle/{order_id}", Private(purchase::change_billing_cycle)),
    Operation::post("set_auto_renewal", "/user/api/orders/edit-auto-renewal/{order_id}", Private(orders::set_auto_renewal)),
    Operation::get("list_products", "/user/api/proxies/products", Private(|_, _, _| catalog::products())),
    Operation::get("list_available_counts", "/user/api/proxies/available-count", Private(orders::available_counts)),
    Operation::get("get_me", "/user/api/me", Private(orders::me)),
    Operation::get("list_orders", "/user/api/orders", Private(orders::list)),
    Operation::get("get_order", "/user/api/orders/{id}", Private(orders::detail)),
    Operation::post("renew_order", "/user/api/orders/{id}/renew", Private(purchase::renew)),
    Operation::post("tag_order", "/user/api/orders/{id}/tag", Private(orders::tag)),
    Operation::get("list_active_proxies", "/user/api/proxies/active", Private(orders::active_proxies)),
    Operation::post("set_proxy_removal", "/user/api/orders/{order_id}/del-np/set", Private(orders::set_removal)),
    Operation::post("set_proxy_signatures", "/user/api/orders/{order_id}/signature/set", Private(addons::set_signatures)),
    Operation::get("calculate_addon_price", "/user/api/orders/{order_id}/addons/calculate", Private(addons::calculate)),
    Operation::post("purchase_addon", "/user/api/orders/{order_id}/addons/purchase", Private(addons::purchase)),
    Operation::post("schedule_addon_downgrade", "/user/api/orders/{order_id}/addons/schedule", Private(addons::schedule)),
    Operation::post("cancel_addon_schedule", "/user/api/orders/{order_id}/addons/schedule/cancel", Private(addons::cancel_schedule)),
    Operation::post("add_bandwidth", "/user/api/orders/{id}/add-bandwidth", Private(purchase::add_bandwidth)),
    Operation::get("get_residential_profile", "/user/api/proxies/profile", Private(residential::profile)),
    Operation::get("list_sub_users", "/user/api/proxies/sub-users", Private(residential::list_users)),
    Operation::post("create_sub_user", "/user/api/proxies/sub-user", Private(residential::create_user)),
    Operation::get("get_sub_user", "/user/api/proxies/sub-user/{user_id}", Private(residential::get_user)),
    Operation::new("update_sub_user", MethodFilter::PATCH, "/user/api/proxies/sub-user/{user_id}", Private(residential::rename_user)),
    Operation::new("delete_sub_user", MethodFilter::DELETE, "/user/api/proxies/sub-user/{user_id}", Private(residential::delete_user)),
    Operation::post("add_sub_user_data", "/user/api/proxies/sub-user/{user_id}/data/add", Private(residential::add_data)),
    Operation::post("subtract_sub_user_data", "/user/api/proxies/sub-user/{user_id}/data/subtract", Private(residential::subtract_data)),
    Operation::post("reset_sub_user_password", "/user/api/proxies/sub-user/{user_id}/password", Private(residential::reset_password)),
    Operation::get("list_countries", "/user/api/proxies/countries", Private(places::countries)),
    Operation::get("list_regions", "/user/api/proxies/regions", Private(places::regions)),
    Operation::get("list_cities", "/user/api/proxies/cities", Private(places::cities)),
    Operation::get("list_isps", "/user/api/proxies/isps", Private(places::isps)),
    Operation::get("get_health", "/health", Public(healthy)),
    Operation::get("get_liveness", "/health/live", Public(healthy)),
];

/// The ids of ProxyShard's operations.
pub(crate) fn operations() -> Vec<&'static str> {
    OPERATIONS.iter().map(|operation| operation.id).collect()
}

/// The paths of the user API, to be nested wherever the API's base URL is.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    operations::router(Vendor::ProxyShard, &OPERATIONS, perform)
        .method_not_allowed_fallback(|arrived: Arrived| async move {
            nowhere(&arrived, StatusCode::METHOD_NOT_ALLOWED)
        })
        .fallback(|arrived: Arrived| async move { nowhere(&arrived, StatusCode::NOT_FOUND) })
        .with_state(shared)
}

/// What it says is not documented.
fn healthy() -> Value {
    json!({ "status": "ok" })
}

fn perform(shared: &Shared, operation: &Operation<Act>, call: Call) -> Answer {
    let done = match operation.act {
        Private(act) => respond(shared, operation, act, call),
        Public(act) => Ok(act()),
    };
    done.map_or_else(|refusal| failure(&refusal), Answer::ok)
}

fn respond(
    shared: &Shared,
    operation: &Operation<Act>,
    act: fn(&mut Account, &Ask, Timestamp) -> Reply,
    call: Call,
) -> Reply {
    let with_body = [MethodFilter::POST, MethodFilter::PATCH].contains(&operation.method);
    // The server before the API refuses what does not say how long its body is, even if there is
    // none and none is needed.
    if with_body
        && call.body_is_empty()
        && call.header("content-length").is_none()
        && call.header("transfer-encoding").is_none()
    {
        return Err(Refusal {
            status: StatusCode::LENGTH_REQUIRED.as_u16(),
            message: "Content-Length: required".to_owned(),
        });
    }
    let key = key(&call).ok_or_else(unauthorized)?.to_owned();
    let ask = Ask::read(call, with_body)?;
    shared.with(&key, operation.is_change(), |account: &mut Account, now| {
        act(account, &ask, now)
    })
}

/// The key that a request brings, if it is one that is accepted.
fn key(arrived: &Arrived) -> Option<&str> {
    let (scheme, key) = arrived.header("authorization")?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && accepted(key)).then_some(key)
}

fn unauthorized() -> Refusal {
    status_only(StatusCode::UNAUTHORIZED)
}

/// Answers what no operation is for. Below the user API, without a key not even that is told.
fn nowhere(arrived: &Arrived, status: StatusCode) -> Answer {
    let is_private = arrived.path.starts_with("/user/api/");
    if is_private && key(arrived).is_none() {
        return failure(&unauthorized());
    }
    failure(&status_only(status))
}

fn status_only(status: StatusCode) -> Refusal {
    Refusal {
        status: status.as_u16(),
        message: status.canonical_reason().unwrap_or_default().to_owned(),
    }
}

fn failure(refusal: &Refusal) -> Answer {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer::new(
        status,
        json!({ "success": false, "message": refusal.message }),
    )
}
