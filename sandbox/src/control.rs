//! The control API: the clock, the faults, the ledger, the requests and the state, over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Problem};
use crate::clock::later;
use crate::faults;
use crate::request::RequestContext;
use crate::world::World;

/// The path below which it answers.
pub const PREFIX: &str = "/_sandbox";

/// The most seconds that one call moves the clock: ten years. Every renewal on the way is made.
const MAX_SECONDS: u64 = 10 * 366 * 24 * 60 * 60;
/// The most time that the clock may be moved away from the start: a hundred years.
const MAX_AWAY: Duration = Duration::from_secs(10 * MAX_SECONDS);

/// Tells whether a path belongs to the control API.
pub fn is_at(path: &str) -> bool {
    path.strip_prefix(PREFIX)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Returns the routes, without the prefix.
pub fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/reset", post(reset))
        .route("/clock", post(advance))
        .route(
            "/faults",
            get(show_faults).post(replace_faults).delete(clear_faults),
        )
        .route("/ledger", get(ledger))
        .route("/requests", get(requests))
        .route("/state", get(state))
        .method_not_allowed_fallback(|| async {
            refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "there is no such method here",
            )
        })
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "there is nothing here") })
        .with_state(world)
}

fn refusal(status: StatusCode, message: impl Into<String>) -> Answer {
    Answer::refusal(status, json!({ "message": message.into() }))
}

type Reply = Result<Answer, Answer>;

fn invalid(message: impl Into<String>) -> Answer {
    refusal(StatusCode::BAD_REQUEST, message)
}

fn body_of(request: &RequestContext) -> Result<&Value, Answer> {
    request.json().map_err(|problem| match problem {
        Problem::TooLarge => refusal(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
        Problem::Unreadable => invalid("the body broke off"),
        _ => invalid("the body must be JSON"),
    })
}

/// Returns the members of the body, which must be an object with no other member than `known`.
fn members<'a>(request: &'a RequestContext, known: &str) -> Result<&'a Map<String, Value>, Answer> {
    let members = body_of(request)?.as_object();
    let members = members.ok_or_else(|| invalid("the body must be an object"))?;
    match members.keys().find(|name| *name != known) {
        Some(other) => Err(invalid(format!(
            "{other}: there is no such member, only {known}"
        ))),
        None => Ok(members),
    }
}

/// `POST /_sandbox/reset`. Without a seed, the last one stays.
async fn reset(State(world): State<Arc<World>>, request: RequestContext) -> Reply {
    let given = if request.has_body() {
        members(&request, "seed")?.get("seed")
    } else {
        None
    };
    let seed = match given {
        None | Some(Value::Null) => world.seed(),
        Some(seed) => seed
            .as_u64()
            .ok_or_else(|| invalid("seed: must be a whole number, not below 0"))?,
    };
    world.reset(seed);
    Ok(Answer::ok(
        json!({ "seed": seed, "clock": world.clock.now() }),
    ))
}

/// `POST /_sandbox/clock`
async fn advance(State(world): State<Arc<World>>, request: RequestContext) -> Reply {
    let name = "advance_seconds";
    let members = members(&request, name)?;
    let seconds = members
        .get(name)
        .ok_or_else(|| invalid(format!("{name}: is required")))?
        .as_u64()
        .filter(|seconds| *seconds <= MAX_SECONDS)
        .ok_or_else(|| {
            invalid(format!(
                "{name}: must be a whole number from 0 to {MAX_SECONDS}: the clock never goes back"
            ))
        })?;
    let by = Duration::from_secs(seconds);
    let last = later(world.clock.starts_at(), MAX_AWAY);
    if later(world.clock.now(), by) > last {
        return Err(invalid(format!(
            "{name}: the clock goes to {last} at most; POST /_sandbox/reset begins anew"
        )));
    }
    world.advance(by);
    Ok(Answer::ok(json!({ "clock": world.clock.now() })))
}

/// `GET /_sandbox/faults`
async fn show_faults(State(world): State<Arc<World>>) -> Answer {
    Answer::ok(json!(world.faults.all()))
}

/// `POST /_sandbox/faults`
async fn replace_faults(State(world): State<Arc<World>>, request: RequestContext) -> Reply {
    let list = faults::read(body_of(&request)?);
    let replaced = list.and_then(|list| world.faults.replace(list));
    replaced.map_err(|error| invalid(error.to_string()))?;
    Ok(show_faults(State(world)).await)
}

/// `DELETE /_sandbox/faults`
async fn clear_faults(State(world): State<Arc<World>>) -> Answer {
    world.faults.clear();
    show_faults(State(world)).await
}

/// `GET /_sandbox/ledger`
async fn ledger(State(world): State<Arc<World>>) -> Answer {
    Answer::ok(json!(world.charges()))
}

/// `GET /_sandbox/requests`
async fn requests(State(world): State<Arc<World>>) -> Answer {
    Answer::ok(json!(world.requests.all()))
}

/// `GET /_sandbox/state`
async fn state(State(world): State<Arc<World>>) -> Answer {
    Answer::ok(world.state().json())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_paths_are_its_own() {
        assert!(is_at("/_sandbox"));
        assert!(is_at("/_sandbox/state"));
        assert!(!is_at("/_sandboxes"));
        assert!(!is_at("/vendor/_sandbox"));
    }
}
