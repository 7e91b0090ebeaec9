//! `x-conditions` of an operation: the fields that a request must have, or must not have, because
//! of another of its fields.
//!
//! A field is the name of a query parameter, or a JSON pointer into the body.

use serde::Serialize;
use serde_json::{Map, Value};

use super::diagnostic::Diagnostic;
use super::spec::{Operation, Spec};
use super::table::plain;
use super::yaml::{join, steps};

/// A condition between the fields of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// The field that decides.
    pub field: String,
    /// True if the condition holds unless the field is there (`unless`), false if it holds when the
    /// field is there (`when`).
    pub unless: bool,
    /// The values of the field that count; empty for any.
    pub values: Vec<String>,
    /// The fields that must be there.
    pub needs: Vec<String>,
    /// The fields that must not be there.
    pub excludes: Vec<String>,
}

impl Condition {
    /// The conditions of an operation, as [`check`] has found them to be right.
    pub fn all(operation: &Value) -> Vec<Self> {
        let list = operation["x-conditions"].as_array().into_iter().flatten();
        let texts = |value: &Value| {
            let items = value.as_array().into_iter().flatten();
            items.map(plain).collect()
        };
        list.map(|condition| {
            let unless = condition.get("unless");
            Condition {
                field: plain(unless.unwrap_or(&condition["when"])),
                unless: unless.is_some(),
                values: texts(&condition["is"]),
                needs: texts(&condition["needs"]),
                excludes: texts(&condition["excludes"]),
            }
        })
        .collect()
    }

    /// The case in which it holds, as the end of a sentence: "with `payment_type` `card`".
    pub fn circumstance(&self) -> String {
        let field = quoted(&self.field);
        let values: Vec<_> = self.values.iter().map(|it| format!("`{it}`")).collect();
        let values = values.join(" or ");
        match (self.unless, values.is_empty()) {
            (false, true) => format!("with {field}"),
            (false, false) => format!("with {field} {values}"),
            (true, true) => format!("without {field}"),
            (true, false) => format!("with any {field} but {values}"),
        }
    }

    /// The condition as a sentence.
    pub fn sentence(&self) -> String {
        let (fields, what) = match self.needs.is_empty() {
            true => (&self.excludes, "not allowed"),
            false => (&self.needs, "required"),
        };
        let names: Vec<_> = fields.iter().map(|it| quoted(it)).collect();
        let verb = if names.len() == 1 { "is" } else { "are" };
        let circumstance = self.circumstance();
        format!("{} {verb} {what} {circumstance}.", names.join(" and "))
    }
}

/// A field as readers know it: `selection.locations` instead of `/selection/locations`.
fn quoted(field: &str) -> String {
    let name = field.strip_prefix('/').unwrap_or(field);
    format!("`{}`", name.replace('/', "."))
}

/// Checks the conditions of an operation.
pub fn check(spec: &Spec, operation: &Operation<'_>) -> Vec<Diagnostic> {
    let Some(conditions) = operation.value.get("x-conditions") else {
        return Vec::new();
    };
    let at = join(&operation.pointer, "x-conditions");
    let Some(list) = conditions.as_array().filter(|list| !list.is_empty()) else {
        let message =
            "`x-conditions` is not a list of conditions: write `- {when: ..., needs: [...]}`";
        return vec![spec.diagnostic(&at, message)];
    };
    let mut found = Vec::new();
    for (index, condition) in list.iter().enumerate() {
        let at = format!("{at}/{index}");
        let checked = match condition.as_object() {
            Some(condition) => one(spec, operation.value, condition),
            None => Err((String::new(), "is not `{when: ..., needs: [...]}`".into())),
        };
        if let Err((key, message)) = checked {
            let at = if key.is_empty() { at } else { join(&at, &key) };
            found.push(spec.diagnostic(&at, message));
        }
    }
    found
}

/// A key of a condition, or none for all of it, and what is wrong with it.
type Wrong = (String, String);

fn one(spec: &Spec, operation: &Value, condition: &Map<String, Value>) -> Result<(), Wrong> {
    let wrong = |key: &str, message: String| Err((key.to_owned(), message));
    let known = ["when", "unless", "is", "needs", "excludes", "x-provenance"];
    if let Some(key) = condition.keys().find(|key| !known.contains(&key.as_str())) {
        return wrong(
            key,
            format!("`{key}` is none of {}: fix the word", known.join(", ")),
        );
    }
    let only = |keys: [&'static str; 2], what: &str| {
        let mut there = keys.into_iter().filter(|key| condition.contains_key(*key));
        match (there.next(), there.next()) {
            (Some(key), None) => Ok(key),
            _ => {
                let [one, other] = keys;
                let message = format!("has not exactly one of `{one}` and `{other}`: write {what}");
                Err((String::new(), message))
            }
        }
    };
    let decisive = only(["when", "unless"], "the field that decides")?;
    let consequence = only(["needs", "excludes"], "a list of fields")?;
    let Some(name) = condition[decisive].as_str() else {
        return wrong(decisive, format!("`{decisive}` is not a field: write text"));
    };
    let field = find(spec, operation, name).map_err(|what| (decisive.to_owned(), what))?;
    match condition.get("is") {
        None if field.is_required => {
            let message = format!("`{name}` is always there: add `is`, or leave the condition out");
            return wrong(decisive, message);
        }
        None => {}
        Some(values) => {
            let values = values.as_array().filter(|values| !values.is_empty());
            let Some(values) = values else {
                return wrong(
                    "is",
                    "`is` is not a list of values: write one or more".into(),
                );
            };
            let known = &field.values;
            if let Some(value) = values
                .iter()
                .find(|it| !known.is_empty() && !known.contains(it))
            {
                let known: Vec<_> = known.iter().map(|it| plain(it)).collect();
                let (value, known) = (plain(value), known.join(", "));
                let message = format!("`{value}` is no value of `{name}`, which has {known}");
                return wrong("is", message);
            }
        }
    }
    let names = condition[consequence].as_array();
    let names = names.filter(|names| !names.is_empty() && names.iter().all(Value::is_string));
    let Some(names) = names else {
        let message = format!("`{consequence}` is not a list of fields: write one or more");
        return wrong(consequence, message);
    };
    for other in names.iter().filter_map(Value::as_str) {
        let found = find(spec, operation, other).map_err(|what| (consequence.to_owned(), what))?;
        if found.is_required {
            let message = format!("`{other}` is always required: leave it out here");
            return wrong(consequence, message);
        }
        if other == name {
            let message = format!("`{other}` depends on itself: name another field");
            return wrong(consequence, message);
        }
    }
    Ok(())
}

/// A field that a condition names.
struct Field<'a> {
    is_required: bool,
    /// The values that it has today; empty if there is no list of them.
    values: Vec<&'a Value>,
}

fn find<'a>(spec: &'a Spec, operation: &'a Value, name: &str) -> Result<Field<'a>, String> {
    let found = match name.starts_with('/') {
        true => in_body(spec, operation, name),
        false => {
            let mut parameters = spec.parameters(operation);
            let found = parameters.find(|it| it["name"] == name && it["in"] == "query");
            found.map(|it| (&it["schema"], it["required"] == true))
        }
    };
    let Some((schema, is_required)) = found else {
        return Err(format!(
            "`{name}` is no field of the request: write the name of a query parameter, or `/` and the name of a property of the body"
        ));
    };
    let schema = spec.flatten(schema);
    let lists = ["enum", "x-extensible-enum"].map(|key| schema[key].as_array());
    Ok(Field {
        is_required,
        values: lists.into_iter().flatten().flatten().collect(),
    })
}

/// Returns the schema of a property of the body, and whether it is always there.
fn in_body<'a>(spec: &'a Spec, operation: &'a Value, pointer: &str) -> Option<(&'a Value, bool)> {
    let body = spec.request_schema(operation)?;
    steps(pointer).try_fold((body, true), |(schema, is_required), step| {
        let schema = spec.flatten(schema);
        let property = schema["properties"].get(&step)?;
        let required = schema["required"].as_array();
        let is_here = required.is_some_and(|names| names.iter().any(|it| *it == step));
        Some((property, is_required && is_here))
    })
}
