//! ProxyShard's user API.
//!
//! | every account begins with | |
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
//! # Events
//!
//! A purchase is paid from the wallet at once; its proxies can be seen once the provisioning
//! delay has passed. When the paid time ends, an order that renews itself is paid for another
//! cycle if the wallet allows it, and put on hold otherwise. On hold it can be renewed by hand for
//! three days; then it is cancelled, and its proxies go back into stock.

mod account;
mod addons;
mod catalog;
mod order;
mod orders;
mod places;
mod pools;
mod purchase;
mod reading;
mod residential;
mod seed;

use axum::http::{Method, StatusCode};
use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::account::Opening;
use crate::answer::{Answer, Problem, Refusal, Reply};
use crate::request::RequestContext;
use crate::simulation::{Example, Operation, Profile, SampleSpend, Simulation, is_accepted};
use crate::wallet::Cause;
use account::Account;
use reading::refuse;

/// The simulation of ProxyShard.
pub(crate) struct ProxyShard;

/// The facts about ProxyShard.
pub(crate) const PROFILE: Profile = Profile {
    word: "proxyshard",
    title: "ProxyShard",
    base_path: "/proxyshard",
    credential: ("PROXYSHARD_API_KEY", "sandbox-proxyshard"),
    base_url_variable: "PROXYSHARD_BASE_URL",
    scheme: "bearerAuth",
    credential_place: "as a bearer token",
    status_words: &[],
    identities: &["order_id", "user_id", "ip"],
    envelope: &["success"],
    spec: include_str!("../../openapi/dist/proxyshard.json"),
    examples: EXAMPLES,
    spends: SPENDS,
};

#[rustfmt::skip]
const SPENDS: &[SampleSpend] = &[
    SampleSpend::new("purchase_order", Cause::Purchase, 3, r#"{"product": "Datacenter Proxy", "location": "DE", "cycle": "monthly", "quantity": 1}"#),
    SampleSpend::new("purchase_order", Cause::Purchase, 3, r#"{"product": "Datacenter Proxy", "location": "DE", "cycle": "monthly", "quantity": 2}"#),
    SampleSpend::new("purchase_order", Cause::Purchase, 2, r#"{"product": "Standart Residential Proxy", "quantity": 1}"#),
    SampleSpend::new("purchase_order", Cause::Purchase, 2, r#"{"product": "Standart Residential Proxy", "quantity": 2}"#),
    SampleSpend::new("renew_order", Cause::Renewal, 1, "{}").on("id", "1002"),
    SampleSpend::new("renew_order", Cause::Renewal, 1, "{}").on("id", "1017"),
    cycle_change("1001"),
    cycle_change("1018"),
    SampleSpend::new("purchase_addon", Cause::AddOn, 1, r#"{"addon_key": "p0f_slots", "add_qty": 1}"#).on("order_id", "1001"),
    SampleSpend::new("purchase_addon", Cause::AddOn, 1, r#"{"addon_key": "p0f_slots", "add_qty": 2}"#).on("order_id", "1001"),
    SampleSpend::new("add_bandwidth", Cause::Bandwidth, 2, r#"{"amount": 1}"#).on("id", "1004"),
    SampleSpend::new("add_bandwidth", Cause::Bandwidth, 2, r#"{"amount": 2}"#).on("id", "1004"),
];

const fn cycle_change(order: &'static str) -> SampleSpend {
    let body = r#"{"cycle": "quarterly"}"#;
    let change = SampleSpend::new("change_billing_cycle", Cause::CycleChange, 1, body);
    SampleSpend {
        context: Some(("location", "DE")),
        ..change.on("order_id", order)
    }
}

#[rustfmt::skip]
const EXAMPLES: &[Example] = &[
    ("change_billing_cycle", "order_id", "1001"),
    ("set_auto_renewal", "order_id", "1001"),
    ("get_order", "id", "1001"),
    ("renew_order", "id", "1002"),
    ("tag_order", "id", "1001"),
    ("list_active_proxies", "order_id", "1001"),
    ("set_proxy_removal", "order_id", "1001"),
    ("set_proxy_signatures", "order_id", "1007"),
    ("calculate_addon_price", "order_id", "1007"),
    ("purchase_addon", "order_id", "1007"),
    ("schedule_addon_downgrade", "order_id", "1007"),
    ("cancel_addon_schedule", "order_id", "1007"),
    ("add_bandwidth", "id", "1004"),
    ("add_bandwidth", "body", r#"{"amount": 5}"#),
    ("get_sub_user", "user_id", r#""70001""#),
    ("update_sub_user", "user_id", r#""70001""#),
    ("delete_sub_user", "user_id", r#""70003""#),
    ("add_sub_user_data", "user_id", r#""70001""#),
    ("subtract_sub_user_data", "user_id", r#""70001""#),
    ("reset_sub_user_password", "user_id", r#""70001""#),
    ("list_isps", "country_code", r#""DE""#),
    ("list_isps", "region_code", r#""BE""#),
    ("list_isps", "city_code", r#""berlin""#),
];

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;
const PATCH: MethodFilter = MethodFilter::PATCH;
const DELETE: MethodFilter = MethodFilter::DELETE;

impl Simulation for ProxyShard {
    type Account = Account;

    const OPEN: fn(Opening) -> Account = seed::account;
    const REFUSE: fn(Problem) -> Refusal = refuse;

    #[rustfmt::skip]
    const OPERATIONS: &'static [Operation<Account>] = &[
        Operation::new("purchase_order", POST, "/user/api/orders/purchase", purchase::purchase),
        Operation::new("calculate_order_price", GET, "/user/api/orders/calculate", purchase::calculate),
        Operation::new("change_billing_cycle", POST, "/user/api/orders/change-billing-cycle/{order_id}", purchase::change_billing_cycle),
        Operation::new("set_auto_renewal", POST, "/user/api/orders/edit-auto-renewal/{order_id}", orders::set_auto_renewal),
        Operation::new("list_products", GET, "/user/api/proxies/products", |_, _| catalog::products()),
        Operation::new("list_available_counts", GET, "/user/api/proxies/available-count", orders::available_counts),
        Operation::new("get_me", GET, "/user/api/me", orders::me),
        Operation::new("list_orders", GET, "/user/api/orders", orders::list),
        Operation::new("get_order", GET, "/user/api/orders/{id}", orders::detail),
        Operation::new("renew_order", POST, "/user/api/orders/{id}/renew", purchase::renew),
        Operation::new("tag_order", POST, "/user/api/orders/{id}/tag", orders::tag),
        Operation::new("list_active_proxies", GET, "/user/api/proxies/active", orders::active_proxies),
        Operation::new("set_proxy_removal", POST, "/user/api/orders/{order_id}/del-np/set", orders::set_removal),
        Operation::new("set_proxy_signatures", POST, "/user/api/orders/{order_id}/signature/set", addons::set_signatures),
        Operation::new("calculate_addon_price", GET, "/user/api/orders/{order_id}/addons/calculate", addons::calculate),
        Operation::new("purchase_addon", POST, "/user/api/orders/{order_id}/addons/purchase", addons::purchase),
        Operation::new("schedule_addon_downgrade", POST, "/user/api/orders/{order_id}/addons/schedule", addons::schedule),
        Operation::new("cancel_addon_schedule", POST, "/user/api/orders/{order_id}/addons/schedule/cancel", addons::cancel_schedule),
        Operation::new("add_bandwidth", POST, "/user/api/orders/{id}/add-bandwidth", purchase::add_bandwidth),
        Operation::new("get_residential_profile", GET, "/user/api/proxies/profile", residential::profile),
        Operation::new("list_sub_users", GET, "/user/api/proxies/sub-users", residential::list_users),
        Operation::new("create_sub_user", POST, "/user/api/proxies/sub-user", residential::create_user),
        Operation::new("get_sub_user", GET, "/user/api/proxies/sub-user/{user_id}", residential::get_user),
        Operation::new("update_sub_user", PATCH, "/user/api/proxies/sub-user/{user_id}", residential::rename_user),
        Operation::new("delete_sub_user", DELETE, "/user/api/proxies/sub-user/{user_id}", residential::delete_user),
        Operation::new("add_sub_user_data", POST, "/user/api/proxies/sub-user/{user_id}/data/add", residential::add_data),
        Operation::new("subtract_sub_user_data", POST, "/user/api/proxies/sub-user/{user_id}/data/subtract", residential::subtract_data),
        Operation::new("reset_sub_user_password", POST, "/user/api/proxies/sub-user/{user_id}/password", residential::reset_password),
        Operation::new("list_countries", GET, "/user/api/proxies/countries", places::countries),
        Operation::new("list_regions", GET, "/user/api/proxies/regions", places::regions),
        Operation::new("list_cities", GET, "/user/api/proxies/cities", places::cities),
        Operation::new("list_isps", GET, "/user/api/proxies/isps", places::isps),
        Operation::public("get_health", "/health", healthy),
        Operation::public("get_liveness", "/health/live", healthy),
    ];

    fn authorize(request: &RequestContext) -> Result<&str, Refusal> {
        // The server before the API refuses a body of undeclared length, even if there is none and
        // none is needed.
        let declares = |name: &str| request.header(name).is_some();
        let takes_body = [Method::POST, Method::PATCH].contains(&request.method);
        if takes_body
            && !request.has_body()
            && !declares("content-length")
            && !declares("transfer-encoding")
        {
            let message = "Content-Length: required";
            return Err(Refusal::new(StatusCode::LENGTH_REQUIRED, message));
        }
        let key = key(request).ok_or_else(|| refuse(Problem::Unauthorized))?;
        // A body is refused even by an operation that does not read it.
        if takes_body && request.has_body() {
            request.object().map_err(refuse)?;
        }
        Ok(key)
    }

    fn answer(_path: &str, reply: Reply) -> Answer {
        reply.map_or_else(
            |Refusal {
                 status, message, ..
             }| {
                Answer::refusal(status, json!({ "success": false, "message": message }))
            },
            Answer::ok,
        )
    }

    /// Below the user API, a caller without a key does not even learn which paths exist.
    fn refuse_route(request: &RequestContext, problem: Problem) -> Refusal {
        let is_private = request.path.starts_with("/user/api/");
        if is_private && key(request).is_none() {
            return refuse(Problem::Unauthorized);
        }
        refuse(problem)
    }
}

/// Returns the key of a request, if it is accepted.
fn key(request: &RequestContext) -> Option<&str> {
    let (scheme, key) = request.header("authorization")?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && is_accepted(key)).then_some(key)
}

/// The answer is not documented.
fn healthy() -> Value {
    json!({ "status": "ok" })
}
