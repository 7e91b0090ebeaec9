//! The routes of a vendor, and the faults on the way of a call to its operation.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::on;
use serde_json::json;

use crate::answer::{Answer, Problem};
use crate::conditions::Conditions;
use crate::faults::{deliver, identity, instead, is_possible};
use crate::ledger::Spent;
use crate::request::RequestContext;
use crate::vendor::Vendor;
use crate::world::World;

/// The header in which a call may name its caller.
const CALLER: &str = "x-sandbox-caller";

/// The bytes of the longest name of a caller.
const MAX_CALLER: usize = 100;

/// Returns a vendor's routes, without the prefix that they are nested under.
pub fn router(vendor: Vendor, world: Arc<World>) -> Router {
    let mut router = Router::new();
    for (index, route) in vendor.routes().into_iter().enumerate() {
        let handler = move |State(world): State<Arc<World>>, request: RequestContext| async move {
            answer(&world, vendor, index, route.id, request).await
        };
        router = router.route(route.path, on(route.method, handler));
    }
    let refuse = move |problem| {
        move |request: RequestContext| async move { vendor.refuse_route(&request, problem) }
    };
    router
        .method_not_allowed_fallback(refuse(Problem::MethodNotAllowed))
        .fallback(refuse(Problem::NotFound))
        .with_state(world)
}

async fn answer(
    world: &World,
    vendor: Vendor,
    index: usize,
    operation: &'static str,
    mut request: RequestContext,
) -> Response {
    let caller = request.header(CALLER).unwrap_or_default().to_owned();
    if caller.len() > MAX_CALLER {
        let message = format!("{CALLER}: a name has {MAX_CALLER} bytes at most");
        let body = json!({ "message": message });
        return Answer::refusal(StatusCode::BAD_REQUEST, body).into_response();
    }
    if !caller.is_empty() && world.is_full() {
        return Answer::full().into_response();
    }
    let faults = &world.faults;
    let call = faults.call(&caller, vendor, operation);
    if let Some(mode) = faults.strike(&call, |mode| mode.is_before()) {
        return instead(mode, &request.target);
    }
    let (striking, struck) = (Arc::clone(faults), call.clone());
    request.conditions = Conditions::new(world.settings.provisioning_delay, move |wanted| {
        striking.strike(&struck, |mode| mode == wanted).is_some()
    });
    let profile = vendor.profile();
    let sample = profile.spends.iter().find(|it| it.operation == operation);
    let subject = sample.and_then(|it| Some(request.parameter(it.order?.0)?.to_owned()));
    let answer = world.perform(vendor, index, request);
    if sample.is_some() && !answer.is_refusal {
        let order = subject.or_else(|| identity(profile, &answer.body));
        world.spent(Spent {
            caller,
            vendor,
            operation,
            order: order.unwrap_or_default(),
        });
    }
    match faults.strike(&call, |mode| is_possible(mode, profile, &answer)) {
        Some(mode) => deliver(mode, profile, answer, world.stopped()).await,
        None => answer.into_response(),
    }
}
