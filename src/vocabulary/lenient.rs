//! Reads a scalar of any kind, so that one odd field never makes an answer unreadable.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Returns the text of a JSON value: a string as it is, any other value as JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Reads any value and returns its text.
pub(crate) fn any_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Value::deserialize(deserializer).map(|value| text_of(&value))
}
