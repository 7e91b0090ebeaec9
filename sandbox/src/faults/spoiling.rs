//! Answers from which a fault takes something away.

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::fault_mode::FaultMode;
use crate::simulation::Profile;

/// The undocumented status, as text and as a number.
const UNKNOWN_STATUS: &str = "unheard-of";
const UNKNOWN_STATUS_NUMBER: i64 = 99;

/// Tells whether a mode that strikes after the call was acted upon can strike this answer.
pub(crate) fn is_possible(mode: FaultMode, vendor: &Profile, answer: &Answer) -> bool {
    match mode {
        FaultMode::DropAfter
        | FaultMode::HangAfter
        | FaultMode::Status500After
        | FaultMode::TruncatedJson
        | FaultMode::SlowBody => true,
        FaultMode::Code500After | FaultMode::UnknownCodeAfter => vendor.envelope.contains(&"code"),
        FaultMode::MissingId => !answer.is_refusal && holds(&answer.body, vendor.identities),
        FaultMode::UnknownStatus => !answer.is_refusal && holds(&answer.body, &["status"]),
        FaultMode::NullFields => {
            !answer.is_refusal && (answer.body.is_object() || answer.body.is_array())
        }
        _ => false,
    }
}

/// Returns the values directly inside an object or an array.
fn inside(value: &Value) -> Vec<&Value> {
    match value {
        Value::Object(members) => members.values().collect(),
        Value::Array(elements) => elements.iter().collect(),
        _ => Vec::new(),
    }
}

/// Calls `change` on every object at any depth, the outer ones first.
fn each_object(value: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(members) => {
            change(members);
            members
                .values_mut()
                .for_each(|value| each_object(value, change));
        }
        Value::Array(elements) => {
            elements
                .iter_mut()
                .for_each(|value| each_object(value, change));
        }
        _ => {}
    }
}

/// Tells whether a member of one of these names is anywhere in a value.
fn holds(value: &Value, names: &[&str]) -> bool {
    names.iter().any(|name| value.get(name).is_some())
        || inside(value).into_iter().any(|value| holds(value, names))
}

/// Returns the first identifying field of an answer as text.
pub(crate) fn identity(vendor: &Profile, body: &Value) -> Option<String> {
    let own = vendor.identities.iter().find_map(|name| body.get(name));
    match own {
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
        None => inside(body).into_iter().find_map(|it| identity(vendor, it)),
    }
}

/// Removes the identifying fields.
pub fn without_identity(vendor: &Profile, body: &mut Value) {
    each_object(body, &mut |members| {
        members.retain(|name, _| !vendor.identities.contains(&name.as_str()));
    });
}

/// Makes every status an undocumented one.
pub fn with_unknown_status(body: &mut Value) {
    each_object(body, &mut |members| match members.get_mut("status") {
        Some(Value::String(status)) => UNKNOWN_STATUS.clone_into(status),
        Some(Value::Number(status)) => *status = UNKNOWN_STATUS_NUMBER.into(),
        _ => {}
    });
}

/// Makes every field null that neither identifies nor holds a field that does. The fields of the
/// envelope that say that the call succeeded stay.
pub fn nulled(vendor: &Profile, body: &mut Value) {
    let mut kept = vendor.envelope;
    each_object(body, &mut |members| {
        for (name, value) in members {
            let name = name.as_str();
            let stays = kept.contains(&name) || vendor.identities.contains(&name);
            if !stays && !holds(value, vendor.identities) {
                value.take();
            }
        }
        // Only the outermost object is the envelope.
        kept = &[];
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn profile(identities: &'static [&str], envelope: &'static [&str]) -> Profile {
        Profile {
            identities,
            envelope,
            ..Profile::default()
        }
    }

    #[test]
    fn nothing_but_identities_is_left() {
        let mut list =
            json!({ "data": [{ "id": 1, "note": "x", "places": [] }], "meta": { "page": 1 } });
        nulled(&profile(&["id"], &[]), &mut list);
        assert_eq!(
            list,
            json!({ "data": [{ "id": 1, "note": null, "places": null }], "meta": null })
        );
        let mut envelope =
            json!({ "code": 0, "message": "fine", "data": { "trade_no": "x", "id": 1 } });
        nulled(&profile(&["trade_no"], &["code"]), &mut envelope);
        assert_eq!(
            envelope,
            json!({ "code": 0, "message": null, "data": { "trade_no": "x", "id": null } })
        );
        let mut counts = json!([{ "country": "DE", "amount": 1 }]);
        nulled(&profile(&["ip"], &["success"]), &mut counts);
        assert_eq!(counts, json!([{ "country": null, "amount": null }]));
    }

    #[test]
    fn identities_and_statuses_are_found_at_any_depth() {
        let mut body = json!({ "success": true, "order": { "order_id": 5, "status": "active" } });
        with_unknown_status(&mut body);
        without_identity(&profile(&["order_id"], &[]), &mut body);
        assert_eq!(
            body,
            json!({ "success": true, "order": { "status": "unheard-of" } })
        );
    }

    #[test]
    fn a_refusal_is_not_spoiled() {
        let body = json!({ "code": 1, "message": "no", "data": {} });
        let refusal = Answer::refusal(axum::http::StatusCode::OK, body);
        let is_spoiled = |mode| is_possible(mode, &profile(&["trade_no"], &["code"]), &refusal);
        assert!(!is_spoiled(FaultMode::NullFields));
        assert!(!is_spoiled(FaultMode::MissingId));
        assert!(is_spoiled(FaultMode::DropAfter));
    }
}
