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
//! What is bought is paid from the wallet at once; the proxies can be seen once the provisioning
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
use crate::simulation::{Example, Operation, Profile, Simulation, is_accepted};
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
    identities: &["order_id", "user_id", "ip"],
    envelope: &["success"],
    spec: include_str!("../../openapi/dist/proxyshard.json"),
    examples: EXAMPLES,
};

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

impl Simulation for ProxyShard {
    type Account = Account;

    #[rustfmt::skip]
    const OPERATIONS: &'static [Operation<Account>] = &[
        Operation::post("purchase_order", "/user/api/orders/purchase", purchase::purchase),
        Operation::get("calculate_order_price", "/user/api/orders/calculate", purchase::calculate),
        Operation::post("change_billing_cycle", "/user/api/orders/change-billing-cycle/{order_id}", purchase::change_billing_cycle),
        Operation::post("set_auto_renewal", "/user/api/orders/edit-auto-renewal/{order_id}", orders::set_auto_renewal),
        Operation::get("list_products", "/user/api/proxies/products", |_, _| catalog::products()),
        Operation::get("list_available_counts", "/user/api/proxies/available-count", orders::available_counts),
        Operation::get("get_me", "/user/api/me", orders::me),
        Operation::get("list_orders", "/user/api/orders", orders::list),
        Operation::get("get_order", "/user/api/orders/{id}", orders::detail),
        Operation::post("renew_order", "/user/api/orders/{id}/renew", purchase::renew),
        Operation::post("tag_order", "/user/api/orders/{id}/tag", orders::tag),
        Operation::get("list_active_proxies", "/user/api/proxies/active", orders::active_proxies),
        Operation::post("set_proxy_removal", "/user/api/orders/{order_id}/del-np/set", orders::set_removal),
        Operation::post("set_proxy_signatures", "/user/api/orders/{order_id}/signature/set", addons::set_signatures),
        Operation::get("calculate_addon_price", "/user/api/orders/{order_id}/addons/calculate", addons::calculate),
        Operation::post("purchase_addon", "/user/api/orders/{order_id}/addons/purchase", addons::purchase),
        Operation::post("schedule_addon_downgrade", "/user/api/orders/{order_id}/addons/schedule", addons::schedule),
        Operation::post("cancel_addon_schedule", "/user/api/orders/{order_id}/addons/schedule/cancel", addons::cancel_schedule),
        Operation::post("add_bandwidth", "/user/api/orders/{id}/add-bandwidth", purchase::add_bandwidth),
        Operation::get("get_residential_profile", "/user/api/proxies/profile", residential::profile),
        Operation::get("list_sub_users", "/user/api/proxies/sub-users", residential::list_users),
        Operation::post("create_sub_user", "/user/api/proxies/sub-user", residential::create_user),
        Operation::get("get_sub_user", "/user/api/proxies/sub-user/{user_id}", residential::get_user),
        Operation::with("update_sub_user", MethodFilter::PATCH, "/user/api/proxies/sub-user/{user_id}", residential::rename_user),
        Operation::with("delete_sub_user", MethodFilter::DELETE, "/user/api/proxies/sub-user/{user_id}", residential::delete_user),
        Operation::post("add_sub_user_data", "/user/api/proxies/sub-user/{user_id}/data/add", residential::add_data),
        Operation::post("subtract_sub_user_data", "/user/api/proxies/sub-user/{user_id}/data/subtract", residential::subtract_data),
        Operation::post("reset_sub_user_password", "/user/api/proxies/sub-user/{user_id}/password", residential::reset_password),
        Operation::get("list_countries", "/user/api/proxies/countries", places::countries),
        Operation::get("list_regions", "/user/api/proxies/regions", places::regions),
        Operation::get("list_cities", "/user/api/proxies/cities", places::cities),
        Operation::get("list_isps", "/user/api/proxies/isps", places::isps),
        Operation::public("get_health", "/health", healthy),
        Operation::public("get_liveness", "/health/live", healthy),
    ];

    fn open(opening: Opening) -> Account {
        seed::account(opening)
    }

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

    fn refuse(problem: Problem) -> Refusal {
        refuse(problem)
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
