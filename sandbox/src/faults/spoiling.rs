//! Answers that say less, or other, than they should.

use serde_json::Value;

use super::FaultMode;
use crate::answer::Answer;
use crate::vendor::Vendor;

/// What a status becomes that nobody knows.
const UNKNOWN_STATUS: &str = "unheard-of";
const UNKNOWN_STATUS_NUMBER: i64 = 99;

/// The fields by which a vendor's answers identify what they are about.
fn identities(vendor: Vendor) -> &'static [&'static str] {
    match vendor {
        Vendor::IpRoyal => &["id", "order_id"],
        Vendor::ProxyShard => &["order_id", "user_id", "ip"],
        Vendor::SmartProxy => &["trade_no", "username"],
    }
}

/// The fields that belong to the envelope and say that it is a success.
fn envelope(vendor: Vendor) -> &'static [&'static str] {
    match vendor {
        Vendor::IpRoyal => &[],
        Vendor::ProxyShard => &["success"],
        Vendor::SmartProxy => &["code"],
    }
}

/// Whether a mode that strikes after the call was acted upon can strike this answer.
pub(crate) fn is_struck(mode: FaultMode, vendor: Vendor, answer: &Answer) -> bool {
    match mode {
        FaultMode::DropAfter
        | FaultMode::HangAfter
        | FaultMode::Status500After
        | FaultMode::TruncatedJson
        | FaultMode::SlowBody => true,
        FaultMode::MissingId => {
            is_success(vendor, answer) && holds(&answer.body, identities(vendor))
        }
        FaultMode::UnknownStatus => is_success(vendor, answer) && holds(&answer.body, &["status"]),
        FaultMode::NullFields => {
            is_success(vendor, answer) && (answer.body.is_object() || answer.body.is_array())
        }
        FaultMode::DropBefore
        | FaultMode::Html502
        | FaultMode::Status429
        | FaultMode::Redirect307
        | FaultMode::PriceMove
        | FaultMode::SlowProvisioning
        | FaultMode::LyingExpiryFilter => false,
    }
}

fn is_success(vendor: Vendor, answer: &Answer) -> bool {
    let code = answer.body.get("code").and_then(Value::as_i64);
    answer.status.is_success() && (vendor != Vendor::SmartProxy || matches!(code, Some(0 | 200)))
}

/// Whether a member of one of these names is anywhere in it.
fn holds(value: &Value, names: &[&str]) -> bool {
    match value {
        Value::Object(members) => members
            .iter()
            .any(|(name, value)| names.contains(&name.as_str()) || holds(value, names)),
        Value::Array(elements) => elements.iter().any(|element| holds(element, names)),
        _ => false,
    }
}

/// Takes out what identifies.
pub(super) fn without_identity(vendor: Vendor, body: &mut Value) {
    match body {
        Value::Object(members) => {
            members.retain(|name, _| !identities(vendor).contains(&name.as_str()));
            for value in members.values_mut() {
                without_identity(vendor, value);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                without_identity(vendor, element);
            }
        }
        _ => {}
    }
}

/// Makes every status one that nobody knows.
pub(super) fn with_unknown_status(body: &mut Value) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(status) if name == "status" => UNKNOWN_STATUS.clone_into(status),
                    Value::Number(status) if name == "status" => {
                        *status = UNKNOWN_STATUS_NUMBER.into();
                    }
                    _ => with_unknown_status(value),
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                with_unknown_status(element);
            }
        }
        _ => {}
    }
}

/// Makes null what does not identify. What holds something that identifies stays, and of the
/// envelope what says that it is a success.
pub(super) fn nulled(vendor: Vendor, body: &mut Value) {
    if let Value::Object(members) = body {
        for (name, value) in members {
            if !envelope(vendor).contains(&name.as_str()) {
                null_member(vendor, name, value);
            }
        }
    } else {
        null_within(vendor, body);
    }
}

fn null_member(vendor: Vendor, name: &str, value: &mut Value) {
    let identities = identities(vendor);
    if identities.contains(&name) {
        return;
    }
    if holds(value, identities) {
        null_within(vendor, value);
    } else {
        value.take();
    }
}

fn null_within(vendor: Vendor, value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                null_member(vendor, name, value);
            }
        }
        Value::Array(elements) => {
            for element in elements {
                null_within(vendor, element);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_but_identities_is_left() {
        let mut list =
            json!({ "data": [{ "id": 1, "note": "x", "places": [] }], "meta": { "page": 1 } });
        nulled(Vendor::IpRoyal, &mut list);
        assert_eq!(
            list,
            json!({ "data": [{ "id": 1, "note": null, "places": null }], "meta": null })
        );
        let mut envelope =
            json!({ "code": 0, "message": "fine", "data": { "trade_no": "x", "id": 1 } });
        nulled(Vendor::SmartProxy, &mut envelope);
        assert_eq!(
            envelope,
            json!({ "code": 0, "message": null, "data": { "trade_no": "x", "id": null } })
        );
        let mut counts = json!([{ "country": "DE", "amount": 1 }]);
        nulled(Vendor::ProxyShard, &mut counts);
        assert_eq!(counts, json!([{ "country": null, "amount": null }]));
    }

    #[test]
    fn identities_and_statuses_are_found_at_any_depth() {
        let mut body = json!({ "success": true, "order": { "order_id": 5, "status": "active" } });
        with_unknown_status(&mut body);
        without_identity(Vendor::ProxyShard, &mut body);
        assert_eq!(
            body,
            json!({ "success": true, "order": { "status": "unheard-of" } })
        );
    }

    #[test]
    fn a_refusal_is_not_spoiled() {
        let refusal = Answer::ok(json!({ "code": 1, "message": "no", "data": {} }));
        let is_spoiled = |mode| is_struck(mode, Vendor::SmartProxy, &refusal);
        assert!(!is_spoiled(FaultMode::NullFields));
        assert!(!is_spoiled(FaultMode::MissingId));
        assert!(is_spoiled(FaultMode::DropAfter));
    }
}
