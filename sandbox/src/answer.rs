//! Answers, and the money in them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Number, Value};

/// A JSON answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The HTTP status.
    pub status: StatusCode,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// An answer with that status.
    pub fn new(status: StatusCode, body: Value) -> Self {
        Self { status, body }
    }

    /// An answer with status 200.
    pub fn ok(body: Value) -> Self {
        Self::new(StatusCode::OK, body)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let json = HeaderValue::from_static("application/json");
        let headers = [(header::CONTENT_TYPE, json)];
        (self.status, headers, self.body.to_string()).into_response()
    }
}

/// An amount of integer cents as a JSON number of whole units: 3000 is `30`, 801 is `8.01`.
pub fn money(cents: i64) -> Value {
    if cents % 100 == 0 {
        return Value::from(cents / 100);
    }
    // The nearest double of an amount this small prints as the same two decimals.
    Number::from_f64(cents as f64 / 100.0).map_or(Value::Null, Value::Number)
}

/// An amount of integer cents as text with two decimals: 3000 is `30.00`.
pub fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

/// `percent` per cent of an amount in cents, half a cent rounded up.
pub fn percent_of(cents: i64, percent: i64) -> i64 {
    cents.saturating_mul(percent).saturating_add(50) / 100
}
