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
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use jiff::Timestamp;
use serde_json::Value;

use crate::answer;
use crate::input::Call;
use crate::world::{Shared, accepted};

pub(crate) use account::Account;
use failure::Failure;

type Operation = fn(&mut Account, &Call, Timestamp) -> Result<Value, Failure>;

/// IPRoyal's operations, without the prefix that they are nested under.
pub fn router(shared: Arc<Shared>) -> Router {
    let router = Router::new()
        .route(
            "/orders",
            reads(listing::list_orders).merge(writes(buying::create_order)),
        )
        .route(
            "/orders/calculate-pricing",
            reads(pricing::calculate_pricing),
        )
        .route(
            "/orders/toggle-auto-extend",
            writes(extending::toggle_auto_extend),
        )
        .route("/orders/{order_id}", reads(listing::get_order))
        .route("/orders/{order_id}/extend", writes(extending::extend_order))
        .route(
            "/orders/proxies/change-credentials",
            writes(proxies::change_credentials),
        )
        .route(
            "/orders/4g/rotate-ip/{key}",
            writes(proxies::rotate_mobile_ip),
        )
        .route("/products", reads(catalogue::list_products))
        .route("/balance", reads(account::get_balance))
        .route("/cards", reads(account::list_cards))
        .route(
            "/access/availability/static-residential",
            reads(catalogue::list_isp_availability),
        )
        .route(
            "/access/availability/dc",
            reads(catalogue::list_datacenter_availability),
        )
        .route(
            "/access/availability/sneaker-dc",
            reads(catalogue::list_sneaker_datacenter_availability),
        );
    router
        .method_not_allowed_fallback(|| async { Failure::MethodNotAllowed.response() })
        .fallback(|| async { Failure::NotFound.response() })
        .with_state(shared)
}

fn reads(operation: Operation) -> MethodRouter<Arc<Shared>> {
    get(
        move |State(shared): State<Arc<Shared>>, call: Call| async move {
            perform(&shared, &call, operation)
        },
    )
}

fn writes(operation: Operation) -> MethodRouter<Arc<Shared>> {
    post(
        move |State(shared): State<Arc<Shared>>, call: Call| async move {
            perform(&shared, &call, operation)
        },
    )
}

fn perform(shared: &Shared, call: &Call, operation: Operation) -> Response {
    let token = call.header("x-access-token").filter(|key| accepted(key));
    let Some(token) = token else {
        return Failure::Unauthenticated.response();
    };
    let done = shared
        .iproyal
        .with(token, |account, now| operation(account, call, now));
    match done {
        Ok(body) => answer::ok(&body),
        Err(failure) => failure.response(),
    }
}
