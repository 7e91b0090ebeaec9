//! Answers, refusals, and the money in them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Number, Value, json};

/// A JSON answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Value,
    /// True if it refuses the call, whatever its status.
    pub is_refusal: bool,
}

impl Answer {
    /// An answer to a call that succeeded.
    pub fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body,
            is_refusal: false,
        }
    }

    /// The answer to a call that would add to a sandbox that keeps as much as it may.
    pub fn full() -> Self {
        let message = "The sandbox keeps as much as it may: reset it, or start it with a higher \
                       storage limit.";
        Self::refusal(
            StatusCode::INSUFFICIENT_STORAGE,
            json!({ "message": message }),
        )
    }

    /// An answer that refuses the call.
    pub fn refusal(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            body,
            is_refusal: true,
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        let headers = [(header::CONTENT_TYPE, json)];
        (self.status, headers, self.body.to_string()).into_response()
    }
}

/// A defect of a call that is found before any operation looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The credential is missing or not accepted.
    Unauthorized,
    /// No operation has this path, or nothing has this id.
    NotFound,
    /// The path has operations, but none with this method.
    MethodNotAllowed,
    /// The body is larger than the limit.
    TooLarge,
    /// The connection broke while the body arrived.
    Unreadable,
    /// The body is not JSON, or not of the form that is needed.
    NotJson,
}

/// A refused call, before a vendor's envelope is put around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub status: StatusCode,
    pub message: String,
    /// Messages by field, at a vendor that has them.
    pub errors: Map<String, Value>,
}

impl Refusal {
    /// A refusal in words.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            errors: Map::new(),
        }
    }

    /// 400: a value is missing, wrong, or does not fit the state of the account.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }
}

/// The result of an operation.
pub type Reply = Result<Value, Refusal>;

/// Returns an amount of cents as a JSON number of whole units: 3000 is `30`, 801 is `8.01`.
pub fn money(cents: i64) -> Value {
    if cents % 100 == 0 {
        return Value::from(cents / 100);
    }
    // The nearest double of an amount this small prints as the same two decimals.
    Number::from_f64(cents as f64 / 100.0).map_or(Value::Null, Value::Number)
}

/// Returns an amount of cents as text with two decimals: 3000 is `30.00`.
pub fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// Returns `percent` per cent of an amount in cents, half a cent rounded up.
pub fn percent_of(cents: i64, percent: i64) -> i64 {
    cents.saturating_mul(percent).saturating_add(50) / 100
}
