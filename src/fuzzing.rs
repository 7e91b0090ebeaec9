//! The functions that read hostile bytes, for the fuzz targets. No part of the library's interface.

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::error::{Error, RawAnswer};
use crate::operation::Operation;
use crate::transport::Redactor;
use crate::vocabulary::{Cents, Money, Secret};

/// Reads an answer as the transport does. Returns what the generated types get.
///
/// # Errors
/// As for a call.
pub fn answer(operation: &'static Operation, status: u16, body: &[u8]) -> Result<Bytes, Error> {
    let raw = RawAnswer {
        status: StatusCode::from_u16(status).unwrap_or(StatusCode::OK),
        content_type: None,
        body: Bytes::copy_from_slice(body),
        is_cut: false,
    };
    crate::transport::read_answer(operation, &raw)
}

/// Reads an amount of any kind from JSON.
pub fn money(value: &Value) -> (Option<Money>, Option<Cents>) {
    let money = serde_json::from_value(value.clone()).ok();
    (money, serde_json::from_value(value.clone()).ok())
}

/// Reads the header `Retry-After`.
pub fn retry_after(text: &str) -> Option<std::time::Duration> {
    crate::transport::read_retry_after(text)
}

/// Masks a secret in a text.
pub fn redacted(secret: &str, text: &str) -> String {
    let mut redactor = Redactor::default();
    redactor.add(Secret::from(secret));
    redactor.redact(text)
}
