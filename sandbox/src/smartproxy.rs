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
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::faults::Conditions;
use crate::input::{Call, Query};
use crate::operations::{self, Operation};
use crate::vendor::Vendor;
use crate::world::{Shared, accepted};

pub(crate) use account::Account;
use envelope::{Failure, Style};

/// How many characters a key has.
const KEY_LENGTH: usize = 32;

/// What a caller sent besides the key; a GET has no body.
struct Ask<'a> {
    query: &'a Query,
    body: &'a Map<String, Value>,
    conditions: &'a Conditions,
}

/// What an operation does, and how its answers are wrapped.
#[derive(Clone, Copy)]
struct Act {
    style: Style,
    act: fn(&mut Account, &Ask<'_>, Timestamp) -> Result<Value, Failure>,
}

const OPERATIONS: [Operation<Act>; 7] = [
    Operation::get(
        "list_orders",
        "/pub/order/list",
        Act {
            style: Style::Order,
            act: listing::list_orders,
        },
    ),
    Operation::post(
        "create_order",
        "/pub/order/create",
        Act {
            style: Style::Order,
            act: ordering::create_order,
        },
    ),
    Operation::post(
        "close_order",
        "/pub/order/close",
        Act {
            style: Style::Order,
            act: ordering::close_order,
        },
    ),
    Operation::get(
        "list_user_products",
        "/pub/user-product/list",
        Act {
            style: Style::Older,
            act: holdings::list_user_products,
        },
    ),
    Operation::get(
        "get_usage_flow_total",
        "/pub/user-usage-flow/total",
        Act {
            style: Style::Older,
            act: holdings::get_usage_flow_total,
        },
    ),
    Operation::get(
        "list_whitelist_accounts",
        "/pub/whitelist-account/list",
        Act {
            style: Style::Older,
            act: holdings::list_whitelist_accounts,
        },
    ),
    Operation::post(
        "add_whitelist_account",
        "/pub/whitelist-account/add",
        Act {
            style: Style::Older,
            act: holdings::add_whitelist_account,
        },
    ),
];

/// The ids of SmartProxy's operations.
pub(crate) fn operations() -> Vec<&'static str> {
    OPERATIONS.iter().map(|operation| operation.id).collect()
}

/// SmartProxy's operations, without the prefix that they are nested under.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    operations::router(Vendor::SmartProxy, &OPERATIONS, perform)
        .method_not_allowed_fallback(|| async {
            Style::Order.answer(Err(Failure::method_not_allowed()))
        })
        .fallback(|| async { Style::Order.answer(Err(Failure::not_found())) })
        .with_state(shared)
}

fn perform(shared: &Shared, operation: &Operation<Act>, call: Call) -> Answer {
    operation
        .act
        .style
        .answer(respond(shared, operation, &call))
}

fn respond(shared: &Shared, operation: &Operation<Act>, call: &Call) -> Result<Value, Failure> {
    let body = if operation.is_change() {
        call.object()?
    } else {
        Map::new()
    };
    let key = if operation.is_change() {
        body.get("app_key").and_then(Value::as_str)
    } else {
        call.query.text("app_key")
    };
    let key = key
        .filter(|key| accepted(key) && key.chars().count() == KEY_LENGTH)
        .ok_or_else(Failure::key)?;
    let ask = Ask {
        query: &call.query,
        body: &body,
        conditions: &call.conditions,
    };
    shared.with(key, operation.is_change(), |account: &mut Account, now| {
        (operation.act.act)(account, &ask, now)
    })
}
