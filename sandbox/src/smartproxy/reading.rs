//! Reading a request, and the vendor's words for what is wrong with it.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use crate::answer::{Problem, Refusal};
use crate::request::RequestContext;
use crate::values::WrongType;

/// Refuses a call before an operation looks at it.
pub fn refuse(problem: Problem) -> Refusal {
    let (status, message) = match problem {
        Problem::Unauthorized => (StatusCode::UNAUTHORIZED, "app_key is invalid or expired"),
        Problem::NotFound => (StatusCode::NOT_FOUND, "Not Found"),
        Problem::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        Problem::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "request body is too large"),
        Problem::Unreadable => (StatusCode::BAD_REQUEST, "request body could not be read"),
        Problem::NotJson => (
            StatusCode::BAD_REQUEST,
            "request body must be a JSON object",
        ),
    };
    Refusal::new(status, message)
}

/// Refuses a call without a parameter.
pub fn missing(name: &str) -> Refusal {
    Refusal::invalid(format!("{name} is required"))
}

/// Refuses the value of a parameter.
pub fn invalid(name: &str) -> Refusal {
    Refusal::invalid(format!("{name} is invalid"))
}

/// Returns the body of a POST.
pub fn body(request: &RequestContext) -> Result<&Map<String, Value>, Refusal> {
    request.object().map_err(refuse)
}

/// Returns the value of a parameter, and refuses one of the wrong type.
pub fn optional<T>(name: &str, read: Result<Option<T>, WrongType>) -> Result<Option<T>, Refusal> {
    read.map_err(|wrong| {
        let expected = wrong.expected;
        Refusal::invalid(format!("{name} must be of type {expected}"))
    })
}

/// Returns the value of a parameter that must not be left out.
pub fn required<T>(name: &str, read: Result<Option<T>, WrongType>) -> Result<T, Refusal> {
    optional(name, read)?.ok_or_else(|| missing(name))
}
