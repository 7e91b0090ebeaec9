//! Faults as the control API takes them.

use serde_json::{Map, Value};

use super::{Fault, InvalidFault};
use crate::fault_mode::FaultMode;
use crate::vendor::Vendor;

const MEMBERS: [&str; 5] = ["vendor", "operation", "mode", "times", "probability"];

/// Reads a list of faults. Null is the same as left out.
pub(crate) fn read(body: &Value) -> Result<Vec<Fault>, InvalidFault> {
    let list = body
        .as_array()
        .ok_or_else(|| InvalidFault::new("the body must be an array of faults"))?;
    list.iter()
        .enumerate()
        .map(|(index, fault)| {
            let place = format!("faults[{index}]");
            let Some(members) = fault.as_object() else {
                return Err(InvalidFault::new(format!("{place} must be an object")));
            };
            one(members).map_err(|invalid| invalid.within(&place))
        })
        .collect()
}

fn one(members: &Map<String, Value>) -> Result<Fault, InvalidFault> {
    if let Some(name) = members
        .keys()
        .find(|name| !MEMBERS.contains(&name.as_str()))
    {
        let known = MEMBERS.join(", ");
        return Err(InvalidFault::new(format!(
            "{name}: there is no such member, only {known}"
        )));
    }
    let text = |name| member(members, name, Value::as_str, "must be text");
    let vendor = text("vendor")?.map(str::parse::<Vendor>).transpose();
    let vendor = vendor.map_err(|error| InvalidFault::new(format!("vendor: {error}")))?;
    let mode = text("mode")?.ok_or_else(|| InvalidFault::new("mode: is required"))?;
    let mode = FaultMode::named(mode).ok_or_else(|| {
        let known: Vec<_> = FaultMode::ALL.iter().map(|mode| mode.name()).collect();
        InvalidFault::new(format!("mode: {mode:?} is not one of {}", known.join(", ")))
    })?;
    let whole = "must be a whole number, not below 0";
    let probability = "must be a number from 0 to 1";
    let probability = member(members, "probability", Value::as_f64, probability)?;
    Ok(Fault {
        vendor,
        operation: text("operation")?.map(str::to_owned),
        mode,
        times: member(members, "times", Value::as_u64, whole)?,
        probability: probability.unwrap_or(1.0),
    })
}

/// Returns a member that `read` understands, or fails with what it must be.
fn member<'a, T>(
    members: &'a Map<String, Value>,
    name: &str,
    read: impl FnOnce(&'a Value) -> Option<T>,
    expected: &str,
) -> Result<Option<T>, InvalidFault> {
    let given = members.get(name).filter(|value| !value.is_null());
    let wrong = || InvalidFault::new(format!("{name}: {expected}"));
    given.map(|value| read(value).ok_or_else(wrong)).transpose()
}
