//! SmartProxy's open API (`/pub`, smartproxy.org): orders, what they bought, and its accounts.
//!
//! The credential `app_key`, 32 characters, goes in the query of a GET and in the JSON body of a
//! POST. Everything is answered with HTTP 200 and an envelope. The order pages document `code` 0
//! and `message`, the older pages `code` 200 and `msg`; each resource here answers as its page
//! says. A refusal has another `code`: 3 for the key, 1 for everything else (the vendor documents
//! no list of them).
//!
//! # The world at the start
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
//! # Events
//!
//! Creating an order does not pay it, and this API has no way to. With a payment method (`pm_id`
//! other than 0) the sandbox stands in for the person who pays in the vendor's dashboard: once the
//! provisioning delay has passed, the order is paid from the balance. Then what it bought is there
//! for 30 days: a user-product, and a proxy account whose remark is the order's `trade_no`. An
//! order that is not paid, for want of a payment method or of balance, is cancelled after 30
//! minutes.

mod account;
mod catalogue;
mod holdings;
mod listing;
mod order;
mod ordering;
mod reading;
mod seed;

use axum::http::{Method, StatusCode};
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::account::Opening;
use crate::answer::{Answer, Problem, Refusal, Reply};
use crate::request::RequestContext;
use crate::simulation::{Operation, Profile, SampleSpend, Simulation, is_accepted};
use crate::wallet::Cause;
use account::Account;
use reading::refuse;

/// The number of characters of a key.
const KEY_LENGTH: usize = 32;

/// The simulation of SmartProxy.
pub(crate) struct SmartProxy;

/// The facts about SmartProxy.
pub(crate) const PROFILE: Profile = Profile {
    word: "smartproxy",
    title: "SmartProxy",
    base_path: "/smartproxy",
    credential: ("SMARTPROXY_APP_KEY", "sandbox-smartproxy-0123456789abc"),
    base_url_variable: "SMARTPROXY_BASE_URL",
    scheme: "appKey",
    credential_place: "as app_key: in the query of a GET, in the body of a POST",
    status_words: &[
        ("0", "pending"),
        ("1", "paid"),
        ("2", "timed out"),
        ("3", "refunded"),
    ],
    identities: &["trade_no", "username"],
    envelope: &["code"],
    spec: include_str!("../../openapi/dist/smartproxy.json"),
    examples: &[],
    spends: &[
        traffic(r#"{"pid": 1003, "pm_id": 1, "amount": 1}"#, 320),
        traffic(r#"{"pid": 1003, "pm_id": 1, "amount": 2}"#, 640),
    ],
};

/// Payment method 1 pays by itself after a while, from the balance.
const fn traffic(body: &'static str, cents: i64) -> SampleSpend {
    SampleSpend {
        tight_cap: Some(cents),
        unseen: &["amount"],
        ..SampleSpend::new("create_order", Cause::Payment, 1, body)
    }
}

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;

impl Simulation for SmartProxy {
    type Account = Account;

    const OPEN: fn(Opening) -> Account = seed::account;
    const REFUSE: fn(Problem) -> Refusal = refuse;

    #[rustfmt::skip]
    const OPERATIONS: &'static [Operation<Account>] = &[
        Operation::new("list_orders", GET, "/pub/order/list", listing::list_orders),
        Operation::new("create_order", POST, "/pub/order/create", ordering::create_order),
        Operation::new("close_order", POST, "/pub/order/close", ordering::close_order),
        Operation::new("list_user_products", GET, "/pub/user-product/list", holdings::list_user_products),
        Operation::new("get_usage_flow_total", GET, "/pub/user-usage-flow/total", holdings::get_usage_flow_total),
        Operation::new("list_whitelist_accounts", GET, "/pub/whitelist-account/list", holdings::list_whitelist_accounts),
        Operation::new("add_whitelist_account", POST, "/pub/whitelist-account/add", holdings::add_whitelist_account),
    ];

    fn authorize(request: &RequestContext) -> Result<&str, Refusal> {
        let key = if request.method == Method::GET {
            request.query.text("app_key")
        } else {
            reading::body(request)?
                .get("app_key")
                .and_then(Value::as_str)
        };
        key.filter(|key| is_accepted(key) && key.chars().count() == KEY_LENGTH)
            .ok_or_else(|| refuse(Problem::Unauthorized))
    }

    /// Every answer has the envelope of the page that documents its resource. The older pages have
    /// other words than those of orders.
    fn answer(path: &str, reply: Reply) -> Answer {
        let older = [
            "/pub/user-product/",
            "/pub/user-usage-flow/",
            "/pub/whitelist-account/",
        ];
        let is_older = older.iter().any(|resource| path.starts_with(resource));
        let (success, words) = if is_older {
            (200, "msg")
        } else {
            (0, "message")
        };
        match reply {
            Ok(data) => Answer::ok(json!({
                "code": success,
                words: "Operation successful",
                "data": data,
            })),
            Err(refusal) => {
                let (status, code) = match refusal.status {
                    StatusCode::UNAUTHORIZED => (StatusCode::OK, 3),
                    StatusCode::BAD_REQUEST => (StatusCode::OK, 1),
                    other => (other, other.as_u16()),
                };
                let body = json!({ "code": code, words: refusal.message, "data": {} });
                Answer::refusal(status, body)
            }
        }
    }
}
