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

mod addons;
mod ask;
mod catalog;
mod orders;
mod places;
mod purchase;
mod residential;
mod seed;
mod state;

use std::future::ready;
use std::sync::Arc;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{get, patch, post};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::answer;
use crate::input::Call;
use crate::world::{Shared, accepted};

pub(crate) use state::Account;

use ask::{Ask, Refusal, Reply};

/// One operation: looks at or changes an account, at an instant.
type Operation = fn(&mut Account, &Ask, Timestamp) -> Reply;

/// The paths of the user API, to be nested wherever the API's base URL is.
pub fn router(shared: Arc<Shared>) -> Router {
    let op = |operation: Operation| {
        let shared = Arc::clone(&shared);
        move |method: Method, call: Call| {
            let answer = match respond(&shared, operation, &method, call) {
                Ok(body) => answer::ok(&body),
                Err(refusal) => failure(&refusal),
            };
            ready(answer)
        }
    };
    let user = Router::new()
        .route("/me", get(op(orders::me)))
        .route("/orders", get(op(orders::list)))
        .route("/orders/purchase", post(op(purchase::purchase)))
        .route("/orders/calculate", get(op(purchase::calculate)))
        .route(
            "/orders/change-billing-cycle/{order_id}",
            post(op(purchase::change_billing_cycle)),
        )
        .route(
            "/orders/edit-auto-renewal/{order_id}",
            post(op(orders::set_auto_renewal)),
        )
        .route("/orders/{id}", get(op(orders::detail)))
        .route("/orders/{id}/renew", post(op(purchase::renew)))
        .route("/orders/{id}/tag", post(op(orders::tag)))
        .route(
            "/orders/{id}/add-bandwidth",
            post(op(purchase::add_bandwidth)),
        )
        .route(
            "/orders/{order_id}/del-np/set",
            post(op(orders::set_removal)),
        )
        .route(
            "/orders/{order_id}/signature/set",
            post(op(addons::set_signatures)),
        )
        .route(
            "/orders/{order_id}/addons/calculate",
            get(op(addons::calculate)),
        )
        .route(
            "/orders/{order_id}/addons/purchase",
            post(op(addons::purchase)),
        )
        .route(
            "/orders/{order_id}/addons/schedule",
            post(op(addons::schedule)),
        )
        .route(
            "/orders/{order_id}/addons/schedule/cancel",
            post(op(addons::cancel_schedule)),
        )
        .route("/proxies/products", get(op(|_, _, _| catalog::products())))
        .route(
            "/proxies/available-count",
            get(op(orders::available_counts)),
        )
        .route("/proxies/active", get(op(orders::active_proxies)))
        .route("/proxies/profile", get(op(residential::profile)))
        .route("/proxies/sub-users", get(op(residential::list_users)))
        .route("/proxies/sub-user", post(op(residential::create_user)))
        .route(
            "/proxies/sub-user/{user_id}",
            get(op(residential::get_user))
                .merge(patch(op(residential::rename_user)))
                .delete(op(residential::delete_user)),
        )
        .route(
            "/proxies/sub-user/{user_id}/data/add",
            post(op(residential::add_data)),
        )
        .route(
            "/proxies/sub-user/{user_id}/data/subtract",
            post(op(residential::subtract_data)),
        )
        .route(
            "/proxies/sub-user/{user_id}/password",
            post(op(residential::reset_password)),
        )
        .route("/proxies/countries", get(op(places::countries)))
        .route("/proxies/regions", get(op(places::regions)))
        .route("/proxies/cities", get(op(places::cities)))
        .route("/proxies/isps", get(op(places::isps)))
        .method_not_allowed_fallback(|call: Call| async move {
            nowhere(key(&call), StatusCode::METHOD_NOT_ALLOWED)
        })
        .fallback(|call: Call| async move { nowhere(key(&call), StatusCode::NOT_FOUND) });

    Router::new()
        .route("/health", get(healthy))
        .route("/health/live", get(healthy))
        .nest("/user/api", user)
        .method_not_allowed_fallback(|| async {
            failure(&status_only(StatusCode::METHOD_NOT_ALLOWED))
        })
        .fallback(|| async { failure(&status_only(StatusCode::NOT_FOUND)) })
}

/// What it says is not documented.
async fn healthy() -> Response {
    answer::ok(&json!({ "status": "ok" }))
}

fn respond(
    shared: &Shared,
    operation: Operation,
    method: &Method,
    call: Call,
) -> Result<Value, Refusal> {
    let with_body = [Method::POST, Method::PATCH].contains(method);
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
    shared
        .proxyshard
        .with(&key, |account, now| operation(account, &ask, now))
}

/// The key that a request brings, if it is one that is accepted.
fn key(call: &Call) -> Option<&str> {
    let (scheme, key) = call.header("authorization")?.split_once(' ')?;
    let key = key.trim();
    (scheme.eq_ignore_ascii_case("bearer") && accepted(key)).then_some(key)
}

fn unauthorized() -> Refusal {
    status_only(StatusCode::UNAUTHORIZED)
}

/// Answers what no operation is for. Without a key not even that is told.
fn nowhere(key: Option<&str>, status: StatusCode) -> Response {
    failure(&key.map_or_else(unauthorized, |_| status_only(status)))
}

fn status_only(status: StatusCode) -> Refusal {
    Refusal {
        status: status.as_u16(),
        message: status.canonical_reason().unwrap_or_default().to_owned(),
    }
}

fn failure(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer::json(
        status,
        &json!({ "success": false, "message": refusal.message }),
    )
}
