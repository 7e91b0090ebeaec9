//! Checks a request by the conditions that its operation has between fields.

use serde_json::Value;

use crate::error::Error;
use crate::operation::{Condition, Operation};
use crate::vocabulary::lenient::text_of;

/// Checks a request by the conditions of its operation. `query` returns the value of the query
/// parameter of that name.
pub(super) fn check(
    operation: &Operation,
    query: impl Fn(&str) -> Option<String>,
    body: Option<&Value>,
) -> Result<(), Error> {
    let value = |field: &str| match field.starts_with('/') {
        true => {
            let found = body.and_then(|body| body.pointer(field));
            found.filter(|it| !it.is_null()).map(text_of)
        }
        false => query(field),
    };
    for condition in operation.conditions {
        if !holds(condition, value(condition.field)) {
            continue;
        }
        let missing = condition.needs.iter().filter(|it| value(it).is_none());
        let excluded = condition.excludes.iter().filter(|it| value(it).is_some());
        let circumstance = condition.circumstance;
        if let Some(fields) = names(missing) {
            let what =
                format!("{fields} missing, but required {circumstance}: add what is missing");
            return Err(Error::input(what));
        }
        if let Some(fields) = names(excluded) {
            let what = format!("{fields} not allowed {circumstance}: leave one of them out");
            return Err(Error::input(what));
        }
    }
    Ok(())
}

/// Returns whether a condition holds, given the value of the field that decides.
fn holds(condition: &Condition, value: Option<String>) -> bool {
    let counts = match (value, condition.values) {
        (None, _) => false,
        (Some(_), []) => true,
        (Some(value), values) => values.contains(&value.as_str()),
    };
    counts != condition.unless
}

/// Returns the names of fields with their verb: "`location` and `cycle` are".
fn names<'a>(fields: impl Iterator<Item = &'a &'static str>) -> Option<String> {
    let names: Vec<_> = fields.map(|it| format!("`{}`", name(it))).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    (!names.is_empty()).then(|| format!("{} {verb}", names.join(" and ")))
}

/// Returns a field as readers know it: `selection.locations` instead of `/selection/locations`.
fn name(field: &str) -> String {
    field.strip_prefix('/').unwrap_or(field).replace('/', ".")
}
