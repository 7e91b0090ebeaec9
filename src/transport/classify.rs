//! Classifies an answer: a success, a refusal, or an answer that leaves the outcome open.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::Call;
use super::normalize::{self, Normalized};
use super::redact::Redactor;
use crate::error::{Error, Kind, Outcome, RawAnswer};
use crate::operation::{Effect, Field, Record, Shape};
use crate::vendor::Refusal;
use crate::vocabulary::lenient::text_of;

/// Classifies an answer. A success is the body that the generated type decodes: the vendor's own
/// bytes unless a field had to be normalized.
pub(crate) fn classify(call: &Call, redactor: &Redactor, raw: &RawAnswer) -> Result<Bytes, Error> {
    let body: Option<Value> = serde_json::from_slice(&raw.body).ok();
    if !raw.status.is_success() {
        let (kind, outcome, what) = meaning(raw.status);
        let words = Words::read(&call.profile.refusal, body.as_ref(), redactor);
        return Err(words.onto(Error::new(kind, outcome, what)));
    }
    let Some(mut body) = body else {
        return unreadable(call, raw);
    };
    let words = || Words::read(&call.profile.refusal, Some(&body), redactor);
    if let Some(error) = refusal(&call.profile.refusal, &body, words) {
        return Err(error);
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
                tracing::warn!(vendor = %call.vendor(), operation = call.name(), path, "a field of the answer cannot be read and is left out");
            }
            Ok(Bytes::from(body.to_string()))
        }
        Err(missing) => Err(answer_error(format!(
            "the answer cannot be read: {} {}",
            missing.path, missing.what
        ))),
    }
}

/// Returns the meaning of a status other than 2xx.
///
/// No page of a vendor says that 429 or 503 means "not processed", so they leave the outcome open.
/// So does a redirect: some servers send one after they have carried out the request.
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
    let what = format!("{} (HTTP {})", sentence(kind), status.as_u16());
    (kind, outcome, what)
}

/// Returns a vendor's refusal or failure in words.
fn sentence(kind: Kind) -> &'static str {
    match kind {
        Kind::Authentication => "the vendor does not accept the credential",
        Kind::Forbidden => "the vendor does not allow this",
        Kind::NotFound => "the vendor has no such order or other thing",
        Kind::Validation => "the vendor found a mistake in the request",
        Kind::RateLimited => "the vendor received too many requests",
        Kind::Timeout => "the vendor did not get the request in time",
        Kind::Redirect => {
            "the vendor answered with a redirect, which is not followed: check the base URL"
        }
        Kind::Refused => "the vendor refused",
        Kind::Answer => "the vendor reports a failure that its pages do not explain",
        _ => "the vendor's server failed",
    }
}

/// Classifies a 2xx answer whose body is not JSON.
fn unreadable(call: &Call, raw: &RawAnswer) -> Result<Bytes, Error> {
    let nothing = raw.body.iter().all(u8::is_ascii_whitespace);
    match call.operation.map(|operation| &operation.answer) {
        // No body is documented, so none is missing.
        Some(Shape::Nothing) | None => return Ok(raw.body.clone()),
        Some(Shape::Any | Shape::Map) if nothing => return Ok(Bytes::from_static(b"{}")),
        Some(_) => {}
    }
    let what = if nothing {
        "the answer is empty".to_owned()
    } else {
        let error = serde_json::from_slice::<serde::de::IgnoredAny>(&raw.body).err();
        let place = error.map(|it| format!(" (line {}, column {})", it.line(), it.column()));
        format!("the answer is not JSON{}", place.unwrap_or_default())
    };
    Err(answer_error(what))
}

/// Returns the error for a 2xx answer that cannot be read: the request may have taken effect.
fn answer_error(what: String) -> Error {
    Error::new(Kind::Answer, Outcome::Unknown, what)
}

/// Returns the error that a 2xx answer with a refusal or a failure means; `None` if the answer is
/// neither. Only a documented refusal says that nothing was done.
fn refusal(refusal: &Refusal, body: &Value, words: impl FnOnce() -> Words) -> Option<Error> {
    let flag = refusal.flag?;
    let value = text_of(body.get(flag)?);
    let value = value.trim();
    let is_refused = refusal.refused.contains(&value);
    let is_failed = refusal.refused.is_empty()
        && value.parse::<i64>().is_ok()
        && !refusal.success.contains(&value);
    if !is_refused && !is_failed {
        return None;
    }
    let words = words();
    let is_one_of = |codes: &[&str]| {
        let code = words.code.as_deref().map(str::trim);
        code.is_some_and(|code| codes.contains(&code))
    };
    let (kind, outcome) = if is_one_of(refusal.authentication) {
        (Kind::Authentication, Outcome::Rejected)
    } else if is_one_of(refusal.forbidden) {
        (Kind::Forbidden, Outcome::Rejected)
    } else if is_refused {
        (Kind::Refused, Outcome::Rejected)
    } else {
        // No page says that such an answer means that nothing was done.
        (Kind::Answer, Outcome::Unknown)
    };
    let what = format!("{} ({flag}: {value})", sentence(kind));
    Some(words.onto(Error::new(kind, outcome, what)))
}

/// Refuses an answer that confirms nothing: an object without any documented field, or the answer
/// to a spend that neither holds an identity nor says that it succeeded.
fn confirm(call: &Call, shape: &Shape, body: &Value) -> Result<(), Error> {
    let (Shape::Record(record), Value::Object(map)) = (shape, body) else {
        return Ok(());
    };
    let is_there = |field: &Field| map.get(field.name).is_some_and(|it| !it.is_null());
    if !record.fields.iter().any(is_there) {
        let fields: Vec<_> = record.fields.iter().map(|field| field.name).collect();
        let fields = fields.join(", ");
        let what = format!("the answer holds none of the documented fields ({fields})");
        return Err(answer_error(what));
    }
    let refusal = &call.profile.refusal;
    let Some(flag) = refusal.flag else {
        return Ok(());
    };
    let is_success = |value: &Value| refusal.success.contains(&text_of(value).trim());
    let has_flag = record.fields.iter().any(|field| field.name == flag);
    if call.effect == Effect::Spend
        && has_flag
        && !has_identity(record, body)
        && !map.get(flag).is_some_and(is_success)
    {
        let what = "the answer does not say whether it succeeded";
        return Err(answer_error(what.to_owned()));
    }
    Ok(())
}

/// Returns whether the record, or a record within it that is there, has an identity. [`normalize`]
/// finds out if its value is missing.
fn has_identity(record: &Record, body: &Value) -> bool {
    record.fields.iter().any(|field| {
        let inner = body.get(field.name).filter(|it| !it.is_null());
        match (&field.shape, inner) {
            _ if field.identity => true,
            (Shape::Record(record), Some(inner)) => has_identity(record, inner),
            _ => false,
        }
    })
}

/// A vendor's own words on a failure.
struct Words {
    code: Option<String>,
    message: Option<String>,
    fields: BTreeMap<String, Vec<String>>,
}

impl Words {
    fn read(refusal: &Refusal, body: Option<&Value>, redactor: &Redactor) -> Self {
        let mut words = Words {
            code: None,
            message: None,
            fields: BTreeMap::new(),
        };
        let Some(body) = body else { return words };
        let clean = |value: &Value| redactor.clean(&text_of(value));
        let scalar = |path: &&str| {
            let found = path.split('.').try_fold(body, |value, key| value.get(key));
            found.filter(|it| !it.is_null() && !it.is_object() && !it.is_array())
        };
        words.code = refusal.code.as_ref().and_then(scalar).map(&clean);
        words.message = refusal.message.iter().find_map(scalar).map(&clean);
        match refusal.errors.and_then(|errors| body.get(errors)) {
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

    const CODE: Refusal = Refusal {
        flag: Some("code"),
        success: &["0", "200"],
        refused: &[],
        code: Some("code"),
        authentication: &["3"],
        forbidden: &["156"],
        message: &["message", "msg", "error", "error.message"],
        errors: Some("errors"),
    };
    const FLAG: Refusal = Refusal {
        flag: Some("success"),
        success: &["true", "1"],
        refused: &["false", "0"],
        ..CODE
    };

    fn words(body: &Value) -> Words {
        Words::read(&CODE, Some(body), &Redactor::default())
    }

    #[test]
    fn every_form_of_failure_words_is_read() {
        for body in [
            json!({"message": "m"}),
            json!({"code": 3, "msg": "m"}),
            json!({"error": "m"}),
            json!({"error": {"message": "m"}}),
            json!({"errors": [{"message": "m"}]}),
        ] {
            assert_eq!(words(&body).message.unwrap(), "m", "{body}");
        }
        let all =
            json!({"code": 3, "message": "m", "errors": {"quantity": ["too many"], "x": "y"}});
        let all = words(&all);
        assert_eq!(all.code.unwrap(), "3");
        assert_eq!(all.fields["quantity"], ["too many"]);
        assert_eq!(all.fields["x"], ["y"]);
    }

    #[test]
    fn a_success_of_http_may_be_a_refusal() {
        let refused = Some((Kind::Refused, Outcome::Rejected));
        let unexplained = Some((Kind::Answer, Outcome::Unknown));
        for (way, body, expected) in [
            (&FLAG, json!({"success": false}), refused),
            (&FLAG, json!({"success": "0"}), refused),
            (&FLAG, json!({"success": true}), None),
            (&FLAG, json!({"success": null}), None),
            (&FLAG, json!([1]), None),
            (&CODE, json!({"code": 7}), unexplained),
            (&CODE, json!({"code": "-1"}), unexplained),
            (
                &CODE,
                json!({"code": 3}),
                Some((Kind::Authentication, Outcome::Rejected)),
            ),
            (
                &CODE,
                json!({"code": "156"}),
                Some((Kind::Forbidden, Outcome::Rejected)),
            ),
            (&CODE, json!({"code": 500}), unexplained),
            (&CODE, json!({"code": 0}), None),
            (&CODE, json!({"code": "200"}), None),
            (&CODE, json!({"code": "ok"}), None),
            (&CODE, json!({}), None),
            (&Refusal { flag: None, ..CODE }, json!({"code": 3}), None),
        ] {
            let words = || Words::read(way, Some(&body), &Redactor::default());
            let found = refusal(way, &body, words).map(|it| (it.kind(), it.outcome()));
            assert_eq!(found, expected, "{body}");
        }
    }
}
