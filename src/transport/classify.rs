//! Classifies an answer: a success, a refusal, or an answer that leaves the outcome open.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use super::Call;
use super::bounds::{Bounds, Unparsed};
use super::normalize::{self, Normalized};
use crate::cleaning::Cleaned;
use crate::error::{Error, Kind, Outcome, RawAnswer};
use crate::operation::{Effect, Field, Record, Shape};
use crate::vendor::Refusal;
use crate::vocabulary::lenient::text_of;

/// Classifies an answer. A success is the body that the generated type decodes: the vendor's own
/// bytes unless a field had to be normalized.
pub(crate) fn classify(call: &Call, bounds: Bounds, raw: &RawAnswer) -> Result<Bytes, Error> {
    if !raw.status.is_success() {
        let (kind, outcome, what) = meaning(raw.status);
        let body = Bounds::REFUSAL.parse(&raw.body).ok();
        let words = Words::read(&call.profile.refusal, body.as_ref());
        return Err(words.onto(Error::new(kind, outcome, what)));
    }
    let mut body = match bounds.parse(&raw.body) {
        Ok(body) => body,
        Err(Unparsed::NotJson) => return unreadable(call, raw),
        Err(Unparsed::TooMuch(what)) => {
            return Err(answer_error(format!(
                "the answer cannot be read: it {what}"
            )));
        }
    };
    let words = || Words::read(&call.profile.refusal, Some(&body));
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
        Ok(Normalized { dropped, more, .. }) => {
            for path in dropped {
                tracing::warn!(vendor = %call.vendor(), operation = call.name(), path, "a field of the answer cannot be read and is left out");
            }
            if more > 0 {
                tracing::warn!(vendor = %call.vendor(), operation = call.name(), more, "more fields of the answer cannot be read and are left out");
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
    let what = format!("{} ({flag}: {})", sentence(kind), Cleaned::quoted(value));
    Some(words.onto(Error::new(kind, outcome, what)))
}

/// Refuses an answer that confirms nothing: one without any documented field, or the answer to a
/// spend that neither holds an identity nor says that it succeeded.
fn confirm(call: &Call, shape: &Shape, body: &Value) -> Result<(), Error> {
    let Shape::Record(record) = shape else {
        return Ok(());
    };
    let is_there = |field: &Field| body.get(field.name).is_some_and(|it| !it.is_null());
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
    if call.effect == Effect::Spend
        && !has_identity(record, body)
        && !body.get(flag).is_some_and(is_success)
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
    fn read(refusal: &Refusal, body: Option<&Value>) -> Self {
        let mut words = Words {
            code: None,
            message: None,
            fields: BTreeMap::new(),
        };
        let Some(body) = body else { return words };
        let scalar = |path: &&str| {
            let found = path.split('.').try_fold(body, |value, key| value.get(key));
            found.filter(|it| !it.is_null() && !it.is_object() && !it.is_array())
        };
        words.code = refusal.code.as_ref().and_then(scalar).map(text_of);
        words.message = refusal.message.iter().find_map(scalar).map(text_of);
        match refusal.errors.and_then(|errors| body.get(errors)) {
            Some(Value::Object(errors)) => {
                for (field, messages) in errors {
                    let list = messages.as_array().map_or_else(
                        || vec![text_of(messages)],
                        |list| list.iter().map(text_of).collect(),
                    );
                    words.fields.insert(field.clone(), list);
                }
            }
            Some(Value::Array(errors)) => {
                for error in errors {
                    let field = error.get("field").map_or_else(String::new, text_of);
                    let message = error.get("message").map_or_else(|| text_of(error), text_of);
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
    use crate::operation::Operation;
    use crate::vocabulary::Vendor;
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

    fn classified(
        operation: &'static Operation,
        status: u16,
        body: &'static str,
    ) -> Result<Bytes, Error> {
        let call = Call {
            profile: operation.vendor.profile(),
            operation: Some(operation),
            effect: operation.effect,
            not_after: None,
        };
        let raw = RawAnswer {
            status: StatusCode::from_u16(status).unwrap(),
            content_type: None,
            body: Bytes::from(body),
            is_cut: false,
        };
        classify(&call, Bounds::of(Effect::Read, 1 << 20), &raw)
    }

    fn words(body: &Value) -> Words {
        Words::read(&CODE, Some(body))
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
        let listed = json!({"errors": [{"message": "m"}, {"field": "q", "message": "n"}, "o"]});
        let listed = words(&listed);
        assert_eq!(listed.message.unwrap(), "m");
        let fields: Vec<_> = listed.fields.into_iter().collect();
        assert_eq!(fields, [("q".to_owned(), vec!["n".to_owned()])]);
        // What is no scalar is not a word of the vendor's.
        for nothing in [json!(null), json!({"a": 1}), json!(["m"])] {
            let found = words(&json!({"code": nothing, "message": nothing, "error": "m"}));
            assert_eq!((found.code, found.message), (None, Some("m".to_owned())));
        }
    }

    #[test]
    fn an_empty_answer_in_any_form_confirms_no_spend() {
        let all = Vendor::all().iter().flat_map(|it| it.operations());
        for operation in all.filter(|it| it.effect == Effect::Spend) {
            for body in ["", "null", "{}", "[]", "[1]", "\"\"", "0", "true"] {
                let result = classified(operation, 200, body);
                let outcome = result.map_err(|error| error.outcome());
                assert_eq!(outcome, Err(Outcome::Unknown), "{} {body}", operation.id);
            }
        }
    }

    #[test]
    fn every_status_says_what_happened_and_whether_it_took_effect() {
        use Outcome::{Rejected, Unknown};
        let operation = Vendor::IpRoyal.operation("get_order").unwrap();
        for (status, kind, outcome, words) in [
            (304, Kind::Redirect, Unknown, "redirect"),
            (400, Kind::Validation, Rejected, "mistake in the request"),
            (401, Kind::Authentication, Rejected, "credential"),
            (402, Kind::Refused, Rejected, "refused"),
            (403, Kind::Forbidden, Rejected, "does not allow"),
            (404, Kind::NotFound, Rejected, "no such order"),
            (408, Kind::Timeout, Unknown, "in time"),
            (410, Kind::NotFound, Rejected, "no such order"),
            (422, Kind::Validation, Rejected, "mistake in the request"),
            (425, Kind::RateLimited, Unknown, "too many requests"),
            (429, Kind::RateLimited, Unknown, "too many requests"),
            (499, Kind::Refused, Rejected, "refused"),
            (500, Kind::Server, Unknown, "server failed"),
        ] {
            let body = r#"{"message": "its own words"}"#;
            let error = classified(operation, status, body).unwrap_err();
            assert_eq!((error.kind(), error.outcome()), (kind, outcome), "{status}");
            let text = error.to_string();
            assert!(
                text.contains(words) && text.contains(&status.to_string()),
                "{text}"
            );
            assert_eq!(error.vendor_message(), Some("its own words"), "{status}");
        }
    }

    #[test]
    fn a_success_without_json_is_one_only_where_nothing_is_documented() {
        let of = |id| Vendor::IpRoyal.operation(id).unwrap();
        let (nothing, anything) = (of("rotate_mobile_ip"), of("get_balance"));
        for body in ["", " ", "<html>"] {
            assert_eq!(classified(nothing, 200, body).unwrap(), body);
        }
        assert_eq!(classified(anything, 200, " \n").unwrap(), "{}");
        let said = |operation, body| classified(operation, 200, body).unwrap_err().to_string();
        assert!(said(anything, "<html>").contains("not JSON (line 1, column 1)"));
        assert!(said(of("get_order"), "").contains("empty"));
    }

    #[test]
    fn an_answer_that_fits_is_handed_on_as_it_came() {
        let operation = Vendor::IpRoyal.operation("get_order").unwrap();
        let body = r#" {"new": [1.50],  "id": 7} "#;
        assert_eq!(classified(operation, 200, body).unwrap(), body);
        assert_eq!(
            classified(operation, 200, r#"{"id": "7"}"#).unwrap(),
            r#"{"id":7}"#
        );
    }

    #[test]
    fn a_spend_without_an_identity_in_its_answer_is_confirmed_by_the_flag_alone() {
        let of = |id| Vendor::ProxyShard.operation(id).unwrap();
        let (spend, read) = (of("add_bandwidth"), of("get_me"));
        let within = Vendor::SmartProxy.operation("create_order").unwrap();
        let unknown = Err(Outcome::Unknown);
        for (operation, body, expected) in [
            (spend, r#"{"success": true, "message": "done"}"#, Ok(())),
            (spend, r#"{"success": " true "}"#, Ok(())),
            (spend, r#"{"message": "done"}"#, unknown),
            (spend, r#"{"success": null, "message": "done"}"#, unknown),
            (
                spend,
                r#"{"success": "perhaps", "message": "done"}"#,
                unknown,
            ),
            (spend, r#"{"new": 1}"#, unknown),
            // An order says by its id that it was made, whatever the flag says.
            (of("purchase_order"), r#"{"order_id": 1}"#, Ok(())),
            (of("purchase_order"), r#"{"success": true}"#, unknown),
            (read, r#"{"wallet_balance": 1}"#, Ok(())),
            (within, r#"{"data": {"trade_no": "1"}}"#, Ok(())),
            (within, r#"{"data": {"trade_no": null}}"#, unknown),
        ] {
            let result = classified(operation, 200, body).map(drop);
            let outcome = result.map_err(|error| error.outcome());
            assert_eq!(outcome, expected, "{} {body}", operation.id);
        }
    }

    #[test]
    fn an_identity_may_stand_in_a_record_that_is_there() {
        static NAMED: Record = Record {
            name: "Named",
            fields: &[Field {
                name: "id",
                identity: true,
                shape: Shape::Integer,
            }],
        };
        static OUTER: Record = Record {
            name: "Outer",
            fields: &[Field {
                name: "data",
                identity: false,
                shape: Shape::Record(&NAMED),
            }],
        };
        assert!(has_identity(&OUTER, &json!({"data": {"id": 1}})));
        assert!(!has_identity(&OUTER, &json!({"data": null})));
        assert!(!has_identity(&OUTER, &json!({})));
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
            let words = || Words::read(way, Some(&body));
            let found = refusal(way, &body, words);
            let text = found.as_ref().map(ToString::to_string).unwrap_or_default();
            let is_explained = !text.contains("do not explain");
            assert_eq!(is_explained, expected != unexplained, "{text}");
            let found = found.map(|it| (it.kind(), it.outcome()));
            assert_eq!(found, expected, "{body}");
        }
    }
}
