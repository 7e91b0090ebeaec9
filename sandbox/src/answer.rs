//! Answers, and the money in them.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Number, Value};

/// A JSON answer.
pub fn json(status: StatusCode, body: &Value) -> Response {
    (
        status,
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        body.to_string(),
    )
        .into_response()
}

/// A JSON answer with status 200.
pub fn ok(body: &Value) -> Response {
    json(StatusCode::OK, body)
}

/// An amount of integer cents as a JSON number of whole units: 3000 is `30`, 801 is `8.01`.
pub fn money(cents: i64) -> Value {
    if cents % 100 == 0 {
        return Value::from(cents / 100);
    }
    // The nearest double of an amount this small prints as the same two decimals.
    Number::from_f64(cents as f64 / 100.0).map_or(Value::Null, Value::Number)
}

/// `percent` per cent of an amount in cents, half a cent rounded up.
pub fn percent_of(cents: i64, percent: i64) -> i64 {
    cents.saturating_mul(percent).saturating_add(50) / 100
}
