//! What an answer means: a success that can be read, a refusal, or something that leaves the outcome open.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::Call;
use super::normalize::{self, Normalized};
use super::redact::Redactor;
use crate::error::{Error, Kind, Outcome, RawAnswer};
use crate::operation::{Effect, Shape};
use crate::vocabulary::Vendor;
use crate::vocabulary::lenient::text_of;

/// Reads an answer. `Ok` is the body that the generated type decodes: the vendor's own bytes unless something had to be normalized.
pub(crate) fn classify(call: &Call, redactor: &Redactor, raw: &RawAnswer) -> Result<Bytes, Error> {
    let body: Option<Value> = serde_json::from_slice(&raw.body).ok();
    if !raw.status.is_success() {
        let (kind, outcome, what) = meaning(raw.status);
        let words = Words::read(body.as_ref(), redactor);
        return Err(words.onto(Error::new(kind, outcome, what)));
    }
    let Some(mut body) = body else {
        return unreadable(call, raw);
    };
    if let Some(refusal) = refusal(call.vendor, &body) {
        let words = Words::read(Some(&body), redactor);
        let kind = kind_of_refusal(call.vendor, &words);
        return Err(words.onto(Error::new(kind, Outcome::Rejected, refusal)));
    }
    let Some(operation) = call.operation else {
        return Ok(raw.body.clone());
    };
    confirm(call, &operation.answer, &body)?;
    match normalize::normalize(&mut body, &operation.answer) {
        Ok(Normalized {
            is_changed: false, ..
        }) => Ok(raw.body.clone()),
        Ok(Normalized { dropped, .. }) => {
            for path in dropped {
                tracing::warn!(vendor = %call.vendor, operation = call.name(), path, "a field of the answer can't be read and is left out");
            }
            Ok(Bytes::from(body.to_string()))
        }
        Err(missing) => Err(answer_error(format!(
            "the answer can't be read: {} {}",
            missing.path, missing.what
        ))),
    }
}

/// What a status that is no success means. No page here says that 429 or 503 means "not processed", so they leave the outcome open,
/// and so does a redirect: some servers answer a request that they did carry out with one.
fn meaning(status: StatusCode) -> (Kind, Outcome, String) {
    let (kind, outcome) = match status.as_u16() {
        401 => (Kind::Authentication, Outcome::Rejected),
        403 => (Kind::Forbidden, Outcome::Rejected),
        404 | 410 => (Kind::NotFound, Outcome::Rejected),
        400 | 422 => (Kind::Validation, Outcome::Rejected),
        408 => (Kind::Timeout, Outcome::Unknown),
        425 | 429 => (Kind::RateLimited, Outcome::Unknown),
        402..=499 => (Kind::Refused, Outcome::Rejected),
        300..=399 => (Kind::Redirect, Outcome::Unknown),
        _ => (Kind::Server, Outcome::Unknown),
    };
    let what = match kind {
        Kind::Authentication => "the vendor does not accept the credential",
        Kind::Forbidden => "the vendor does not allow this",
        Kind::NotFound => "the vendor knows no such thing",
        Kind::Validation => "the vendor finds the request wrong",
        Kind::RateLimited => "the vendor says that there were too many requests",
        Kind::Timeout => "the vendor says that the request took too long",
        Kind::Redirect => {
            "the vendor answered with a redirect, which is not followed: check the base URL"
        }
        Kind::Refused => "the vendor refused",
        _ => "the vendor failed",
    };
    (kind, outcome, format!("{what} (HTTP {})", status.as_u16()))
}

/// A success whose body is no JSON.
fn unreadable(call: &Call, raw: &RawAnswer) -> Result<Bytes, Error> {
    let nothing = raw.body.iter().all(u8::is_ascii_whitespace);
    match call.operation.map(|operation| &operation.answer) {
        // Nothing is documented, so nothing is missing.
        Some(Shape::Nothing) | None => return Ok(raw.body.clone()),
        Some(Shape::Any | Shape::Map) if nothing => return Ok(Bytes::from_static(b"{}")),
        Some(_) => {}
    }
    let what = if nothing {
        "the answer is empty".to_owned()
    } else {
        let error = serde_json::from_slice::<serde::de::IgnoredAny>(&raw.body).err();
        let place = error.map(|it| format!(" (line {}, column {})", it.line(), it.column()));
        format!("the answer is no JSON{}", place.unwrap_or_default())
    };
    Err(answer_error(what))
}

/// HTTP says success, and the answer can't be read: whether it took effect is open.
fn answer_error(what: String) -> Error {
    Error::new(Kind::Answer, Outcome::Unknown, what)
}

/// Whether a success of HTTP is a refusal of the vendor's.
fn refusal(vendor: Vendor, body: &Value) -> Option<String> {
    match vendor {
        Vendor::IpRoyal => None,
        Vendor::ProxyShard => {
            let refused = match body.get("success") {
                Some(Value::Bool(success)) => !success,
                Some(other) => matches!(text_of(other).as_str(), "false" | "0"),
                None => false,
            };
            refused.then(|| "the vendor refused (success: false)".to_owned())
        }
        Vendor::SmartProxy => match code(body) {
            None | Some(0 | 200) => None,
            Some(3) => Some("the vendor does not accept the app_key (code 3)".to_owned()),
            Some(code) => Some(format!("the vendor refused (code {code})")),
        },
    }
}

fn code(body: &Value) -> Option<i64> {
    text_of(body.get("code")?).trim().parse().ok()
}

fn kind_of_refusal(vendor: Vendor, words: &Words) -> Kind {
    match (vendor, words.code.as_deref()) {
        (Vendor::SmartProxy, Some("3")) => Kind::Authentication,
        (Vendor::SmartProxy, Some("156")) => Kind::Forbidden,
        _ => Kind::Refused,
    }
}

/// An object in which nothing at all is as documented confirms nothing; neither does a spend without an identity that lacks
/// `success: true`.
fn confirm(call: &Call, shape: &Shape, body: &Value) -> Result<(), Error> {
    let (Shape::Record(record), Value::Object(map)) = (shape, body) else {
        return Ok(());
    };
    if record
        .fields
        .iter()
        .all(|field| map.get(field.name).is_none_or(Value::is_null))
    {
        let fields: Vec<_> = record.fields.iter().map(|field| field.name).collect();
        let what = format!(
            "the answer holds nothing of what is documented ({})",
            fields.join(", ")
        );
        return Err(answer_error(what));
    }
    let has_flag = record.fields.iter().any(|field| field.name == "success");
    let has_identity = record.fields.iter().any(|field| field.identity);
    let confirmed = map
        .get("success")
        .is_some_and(|it| matches!(text_of(it).as_str(), "true" | "1"));
    if call.effect == Effect::Spend && has_flag && !has_identity && !confirmed {
        return Err(answer_error(
            "the answer does not say whether it succeeded".to_owned(),
        ));
    }
    Ok(())
}

/// A vendor's own words on a failure, in any of the forms that were seen.
struct Words {
    code: Option<String>,
    message: Option<String>,
    fields: BTreeMap<String, Vec<String>>,
}

impl Words {
    fn read(body: Option<&Value>, redactor: &Redactor) -> Self {
        let mut words = Words {
            code: None,
            message: None,
            fields: BTreeMap::new(),
        };
        let Some(body) = body else { return words };
        let clean = |value: &Value| redactor.clean(&text_of(value));
        let scalar = |key: &str| {
            body.get(key)
                .filter(|it| !it.is_null() && !it.is_object() && !it.is_array())
        };
        words.code = scalar("code").map(&clean);
        words.message = scalar("message")
            .or_else(|| scalar("msg"))
            .or_else(|| scalar("error"))
            .map(&clean);
        if words.message.is_none() {
            words.message = body.pointer("/error/message").map(&clean);
        }
        match body.get("errors") {
            Some(Value::Object(errors)) => {
                for (field, messages) in errors {
                    let list = messages.as_array().map_or_else(
                        || vec![clean(messages)],
                        |list| list.iter().map(&clean).collect(),
                    );
                    words.fields.insert(redactor.clean(field), list);
                }
            }
            Some(Value::Array(errors)) => {
                for error in errors {
                    let field = error.get("field").map_or_else(String::new, &clean);
                    let message = error.get("message").map_or_else(|| clean(error), &clean);
                    if words.message.is_none() {
                        words.message = Some(message.clone());
                    }
                    if !field.is_empty() {
                        words.fields.entry(field).or_default().push(message);
                    }
                }
            }
            _ => {}
        }
        words
    }

    fn onto(self, error: Error) -> Error {
        error.with_vendor_words(self.code, self.message, self.fields)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    fn words(body: Value) -> Words {
        Words::read(Some(&body), &Redactor::default())
    }

    #[test]
    fn every_form_of_failure_words_is_read() {
        assert_eq!(words(json!({"message": "m"})).message.unwrap(), "m");
        assert_eq!(words(json!({"code": 3, "msg": "m"})).code.unwrap(), "3");
        assert_eq!(words(json!({"error": "m"})).message.unwrap(), "m");
        assert_eq!(
            words(json!({"error": {"message": "m"}})).message.unwrap(),
            "m"
        );
        assert_eq!(
            words(json!({"errors": [{"message": "m"}]}))
                .message
                .unwrap(),
            "m"
        );
        let fields =
            words(json!({"message": "m", "errors": {"quantity": ["too many"], "x": "y"}})).fields;
        assert_eq!(fields["quantity"], ["too many"]);
        assert_eq!(fields["x"], ["y"]);
    }

    #[test]
    fn a_success_of_http_may_be_a_refusal() {
        assert!(refusal(Vendor::ProxyShard, &json!({"success": false})).is_some());
        assert!(refusal(Vendor::ProxyShard, &json!({"success": true})).is_none());
        assert!(refusal(Vendor::ProxyShard, &json!([{"amount": 1}])).is_none());
        assert!(refusal(Vendor::SmartProxy, &json!({"code": 3})).is_some());
        assert!(refusal(Vendor::SmartProxy, &json!({"code": "156"})).is_some());
        for success in [
            json!({"code": 0}),
            json!({"code": 200}),
            json!({"code": "0"}),
            json!({}),
        ] {
            assert!(refusal(Vendor::SmartProxy, &success).is_none(), "{success}");
        }
    }
}
