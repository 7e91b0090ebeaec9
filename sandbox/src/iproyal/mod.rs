//! IPRoyal's reseller API: static residential, datacenter and sneaker proxies, and the rotation of
//! mobile ones.
//!
//! The credential stands in the header `X-Access-Token`. Answers have the documented fields. Where
//! the vendor documents nothing, the sandbox does what is usual for Laravel, which the vendor seems
//! to use: 422 with `message` and `errors` for refused input, 404 and 401 with `message`.
//!
//! # The world at the start
//!
//! - A balance of 884.05 and the cards 1 to 4, of which card 4 is always declined.
//! - The products 9 and 123 (both "Static Residential"), 11 ("Datacenter", with a question that
//!   must be answered) and 12 ("Sneaker DC").
//! - The coupons `DISCOUNT2024` (valid, 0 %, as in the documented sample) and `SAVE10` (10 %).
//! - Fourteen orders of every status, among them all that the documented samples name. The orders
//!   789 and 1011 stay in progress forever.
//! - The mobile order 303, whose key for rotation is `sandbox-key`.
//!
//! # Events
//!
//! A bought order is `in-progress` without proxies until the provisioning delay has passed, then
//! `confirmed`. When its date of expiry passes, it is extended and charged if auto-extend is on and
//! can be paid, and `expired` otherwise.

mod account;
mod browsing;
mod buying;
mod catalogue;
mod errors;
mod extending;
mod listing;
mod order;
mod pricing;
mod proxies;
mod seed;

use axum::routing::MethodFilter;
use serde_json::{Value, json};

use crate::account::Opening;
use crate::answer::{Answer, Problem, Refusal, Reply};
use crate::request::RequestContext;
use crate::simulation::{Operation, Profile, SampleSpend, Simulation, is_accepted};
use crate::wallet::Cause;
use account::Account;
use browsing::availability;
use catalogue::Network;

/// The simulation of IPRoyal.
pub(crate) struct IpRoyal;

/// The facts about IPRoyal.
pub(crate) const PROFILE: Profile = Profile {
    word: "iproyal",
    title: "IPRoyal",
    base_path: "/iproyal/v1/reseller",
    credential: ("IPROYAL_TOKEN", "sandbox-iproyal"),
    base_url_variable: "IPROYAL_BASE_URL",
    scheme: "accessToken",
    credential_place: "in the header X-Access-Token",
    status_words: &[],
    identities: &["id", "order_id"],
    envelope: &[],
    spec: include_str!("../../openapi/dist/iproyal.json"),
    examples: &[
        (
            "change_proxy_credentials",
            "body",
            r#"{"order_id": 12345, "username": "user", "password": "secret"}"#,
        ),
        ("rotate_mobile_ip", "key", r#""sandbox-key""#),
    ],
    spends: SPENDS,
};

#[rustfmt::skip]
const SPENDS: &[SampleSpend] = &[
    SampleSpend::new("create_order", Cause::Purchase, 7, r#"{"product_id": 123, "product_plan_id": 456, "product_location_id": 789, "quantity": 1}"#),
    SampleSpend::new("create_order", Cause::Purchase, 7, r#"{"product_id": 123, "product_plan_id": 456, "product_location_id": 789, "quantity": 2}"#),
    SampleSpend::new("extend_order", Cause::Extension, 6, r#"{"product_plan_id": 456}"#).on("order_id", "420"),
];

const GET: MethodFilter = MethodFilter::GET;
const POST: MethodFilter = MethodFilter::POST;

impl Simulation for IpRoyal {
    type Account = Account;

    const OPEN: fn(Opening) -> Account = seed::account;
    const REFUSE: fn(Problem) -> Refusal = errors::refuse;

    #[rustfmt::skip]
    const OPERATIONS: &'static [Operation<Account>] = &[
        Operation::new("list_orders", GET, "/orders", listing::list_orders),
        Operation::new("create_order", POST, "/orders", buying::create_order),
        Operation::new("get_order", GET, "/orders/{order_id}", listing::get_order),
        Operation::new("calculate_pricing", GET, "/orders/calculate-pricing", pricing::calculate_pricing),
        Operation::new("extend_order", POST, "/orders/{order_id}/extend", extending::extend_order),
        Operation::new("toggle_auto_extend", POST, "/orders/toggle-auto-extend", extending::toggle_auto_extend),
        Operation::new("list_products", GET, "/products", browsing::list_products),
        Operation::new("get_balance", GET, "/balance", browsing::get_balance),
        Operation::new("list_cards", GET, "/cards", browsing::list_cards),
        Operation::new("list_isp_availability", GET, "/access/availability/static-residential", |account, _| availability(account, Network::StaticResidential)),
        Operation::new("list_datacenter_availability", GET, "/access/availability/dc", |account, _| availability(account, Network::Datacenter)),
        Operation::new("list_sneaker_datacenter_availability", GET, "/access/availability/sneaker-dc", |account, _| availability(account, Network::SneakerDatacenter)),
        Operation::new("change_proxy_credentials", POST, "/orders/proxies/change-credentials", proxies::change_credentials),
        Operation::new("rotate_mobile_ip", POST, "/orders/4g/rotate-ip/{key}", proxies::rotate_mobile_ip),
    ];

    fn authorize(request: &RequestContext) -> Result<&str, Refusal> {
        let token = request
            .header("x-access-token")
            .filter(|token| is_accepted(token));
        token.ok_or_else(|| errors::refuse(Problem::Unauthorized))
    }

    fn answer(_path: &str, reply: Reply) -> Answer {
        let refusal = match reply {
            Ok(body) => return Answer::ok(body),
            Err(refusal) => refusal,
        };
        let mut body = json!({ "message": refusal.message });
        if !refusal.errors.is_empty() {
            body["errors"] = Value::Object(refusal.errors);
        }
        Answer::refusal(refusal.status, body)
    }
}
