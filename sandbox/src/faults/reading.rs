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
    let vendor = text(members, "vendor")?
        .map(|word| {
            let vendor = word.parse::<Vendor>();
            vendor.map_err(|error| InvalidFault::new(format!("vendor: {error}")))
        })
        .transpose()?;
    let mode = text(members, "mode")?.ok_or_else(|| InvalidFault::new("mode: is required"))?;
    let mode = FaultMode::named(mode).ok_or_else(|| {
        let known: Vec<_> = FaultMode::ALL.iter().map(|mode| mode.name()).collect();
        InvalidFault::new(format!("mode: {mode:?} is not one of {}", known.join(", ")))
    })?;
    let times = given(members, "times")
        .map(|times| {
            times
                .as_u64()
                .ok_or_else(|| InvalidFault::new("times: must be a whole number, not below 0"))
        })
        .transpose()?;
    let probability = given(members, "probability")
        .map(|probability| {
            probability
                .as_f64()
                .ok_or_else(|| InvalidFault::new("probability: must be a number from 0 to 1"))
        })
        .transpose()?;
    Ok(Fault {
        vendor,
        operation: text(members, "operation")?.map(str::to_owned),
        mode,
        times,
        probability: probability.unwrap_or(1.0),
    })
}

fn given<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !value.is_null())
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, InvalidFault> {
    given(members, name)
        .map(|value| {
            value
                .as_str()
                .ok_or_else(|| InvalidFault::new(format!("{name}: must be text")))
        })
        .transpose()
}
