//! Reading a scalar of any kind, so that one odd field never makes an answer unreadable.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The text of any JSON value: a string as it is, everything else as JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Reads whatever stands there and gives its text.
pub(crate) fn any_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Value::deserialize(deserializer).map(|value| text_of(&value))
}
