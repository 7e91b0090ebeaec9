//! SmartProxy's open API (`/pub`, smartproxy.org): orders, what they bought, and its accounts.
//!
//! The credential `app_key`, 32 characters, goes in the query of a GET and in the JSON body of a
//! POST. Everything is answered with HTTP 200 and an envelope. The order pages document `code` 0
//! and `message`, the older pages `code` 200 and `msg`; each resource here answers as its page
//! says. A refusal has another `code`: 3 for the key, 1 for everything else (the vendor documents
//! no list of them).
//!
//! # What the world holds
//!
//! - The packages (`pid`) 1001 (residential static IP, 5.00 an IP), 1002 (datacenter static IP,
//!   2.50 an IP), 1003 (dynamic traffic, 3.20 a GB), 1004 (balance recharge), 1005 (dynamic global
//!   time-based V2, 12.00 a package, with bandwidth 1 to 3 and concurrency 1 to 3), 1019 (static
//!   IP renewal, 4.00 an IP and month), and 0, which takes the placeholders of the documented
//!   sample.
//! - The regions JP, US, DE, GB, HK and SG. The coupon `SAVE10` (10 %).
//! - Orders of all four states, among them the pending one that the documented sample names,
//!   `string`, which waits until it is closed. Two of them were seen to answer their fees as text,
//!   as this family of vendors does at times.
//! - The user-products 1 and 2 (static IPs, to be renewed) and 3 (traffic).
//! - A balance of 500.00, which no operation shows.
//!
//! # What happens over time
//!
//! Creating an order does not pay it, and this API has no way to. With a payment method (`pm_id`
//! other than 0) the sandbox stands in for the person who pays in the vendor's dashboard: once the
//! provisioning delay has passed, the order is paid from the balance. Then what it bought is there
//! for 30 days: a user-product, and a proxy account whose remark is the order's `trade_no`. An
//! order that is not paid, for want of a payment method or of balance, is cancelled after 30
//! minutes.

mod account;
mod envelope;
mod holdings;
mod listing;
mod ordering;
mod packages;
mod seed;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::input::{Call, Query};
use crate::world::{Shared, accepted};

pub(crate) use account::Account;
use envelope::{Failure, Style};

/// How many characters a key has.
const KEY_LENGTH: usize = 32;

/// What a caller sent besides the key; a GET has no body.
struct Ask<'a> {
    query: &'a Query,
    body: &'a Map<String, Value>,
}

type Operation = fn(&mut Account, &Ask<'_>, Timestamp) -> Result<Value, Failure>;

/// SmartProxy's operations, without the prefix that they are nested under.
pub fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/pub/order/list", reads(Style::Order, listing::list_orders))
        .route(
            "/pub/order/create",
            writes(Style::Order, ordering::create_order),
        )
        .route(
            "/pub/order/close",
            writes(Style::Order, ordering::close_order),
        )
        .route(
            "/pub/user-product/list",
            reads(Style::Older, holdings::list_user_products),
        )
        .route(
            "/pub/user-usage-flow/total",
            reads(Style::Older, holdings::get_usage_flow_total),
        )
        .route(
            "/pub/whitelist-account/list",
            reads(Style::Older, holdings::list_whitelist_accounts),
        )
        .route(
            "/pub/whitelist-account/add",
            writes(Style::Older, holdings::add_whitelist_account),
        )
        .method_not_allowed_fallback(|| async {
            Style::Order.response(Err(Failure::method_not_allowed()))
        })
        .fallback(|| async { Style::Order.response(Err(Failure::not_found())) })
        .with_state(shared)
}

fn reads(style: Style, operation: Operation) -> MethodRouter<Arc<Shared>> {
    get(
        move |State(shared): State<Arc<Shared>>, call: Call| async move {
            let body = Map::new();
            let ask = Ask {
                query: &call.query,
                body: &body,
            };
            let key = call.query.text("app_key");
            style.response(perform(&shared, key, &ask, operation))
        },
    )
}

fn writes(style: Style, operation: Operation) -> MethodRouter<Arc<Shared>> {
    post(
        move |State(shared): State<Arc<Shared>>, call: Call| async move {
            match call.object() {
                Ok(body) => written(&shared, style, &call, &body, operation),
                Err(failure) => style.response(Err(failure.into())),
            }
        },
    )
}

fn written(
    shared: &Shared,
    style: Style,
    call: &Call,
    body: &Map<String, Value>,
    operation: Operation,
) -> Response {
    let ask = Ask {
        query: &call.query,
        body,
    };
    let key = body.get("app_key").and_then(Value::as_str);
    style.response(perform(shared, key, &ask, operation))
}

fn perform(
    shared: &Shared,
    key: Option<&str>,
    ask: &Ask<'_>,
    operation: Operation,
) -> Result<Value, Failure> {
    let key = key
        .filter(|key| accepted(key) && key.chars().count() == KEY_LENGTH)
        .ok_or_else(Failure::key)?;
    shared
        .smartproxy
        .with(key, |account, now| operation(account, ask, now))
}
