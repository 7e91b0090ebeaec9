//! The schemas of the Rust types and the specs agree: every component of the YAML against the JSON
//! Schema of its Rust type.
//!
//! The feature `schemars` makes those schemas, so without it there is nothing here: `cargo test
//! --features schemars --test schemas`.
#![cfg(feature = "schemars")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use proxy_orders::Vendor;
use serde_json::{Map, Value};
use support::spec::Spec;

/// Components for which a type of the library's own stands: they have no generated type.
const OWN_TYPES: [&str; 6] = [
    "Money",
    "NullableMoney",
    "Cents",
    "Timestamp",
    "NullableTimestamp",
    "ProxyEntry",
];

/// Properties that Rust has no field for, with the reason.
const LEFT_OUT: [(&str, &str); 1] = [("app_key", "the credential is the transport's to add")];

/// JSON's words for the kinds of a value; empty for any kind.
type Kinds = BTreeSet<String>;

/// Returns the kinds that a schema allows, without null. `refer` follows a reference.
fn kinds<'a>(schema: &'a Value, refer: &dyn Fn(&'a Value) -> &'a Value) -> Kinds {
    let schema = refer(schema);
    if let Some(parts) = ["allOf", "oneOf", "anyOf"]
        .iter()
        .find_map(|key| schema[*key].as_array())
    {
        return parts.iter().flat_map(|part| kinds(part, refer)).collect();
    }
    match &schema["type"] {
        Value::String(kind) => Kinds::from([kind.clone()]),
        Value::Array(list) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Kinds::new(),
    }
    .into_iter()
    .filter(|kind| kind != "null")
    .collect()
}

fn properties(schema: &Value) -> Map<String, Value> {
    schema["properties"]
        .as_object()
        .cloned()
        .unwrap_or_default()
}

/// Returns the closed list of values, if there is one. schemars writes an enum of documented
/// variants as single values.
fn closed(schema: &Value) -> BTreeSet<String> {
    let mut values: Vec<&Value> = schema["enum"].as_array().into_iter().flatten().collect();
    values.extend(
        schema["oneOf"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|part| part.get("const")),
    );
    values.into_iter().map(ToString::to_string).collect()
}

fn compare(vendor: Vendor, problems: &mut Vec<String>) -> usize {
    let spec = Spec::read(vendor);
    let components = spec.root()["components"]["schemas"].as_object().unwrap();
    let rust: BTreeMap<_, _> = vendor
        .schemas()
        .into_iter()
        .map(|(name, schema)| (name, Value::from(schema)))
        .collect();
    let mut compared = 0;
    for (name, stated) in components {
        let mut wrong = |what: String| problems.push(format!("{vendor} {name}: {what}"));
        let Some(made) = rust.get(name.as_str()) else {
            let is_open = stated.get("x-extensible-enum").is_some()
                || (stated["type"] == "integer" && stated.get("enum").is_some());
            if !is_open && !OWN_TYPES.contains(&name.as_str()) {
                wrong("has no Rust type".to_owned());
            }
            continue;
        };
        compared += 1;
        let (due, found) = (
            kinds(stated, &|it| spec.resolve(it)),
            kinds(made, &|it| resolve(made, it)),
        );
        // Rust may read more than the spec says: an amount as text, say.
        if !due.is_subset(&found) && !found.is_empty() {
            wrong(format!("is {due:?} in the spec and {found:?} in Rust"));
        }
        if closed(stated) != closed(made) {
            wrong(format!(
                "takes {:?} in the spec and {:?} in Rust",
                closed(stated),
                closed(made)
            ));
        }
        let (due, found) = (properties(stated), properties(made));
        for name in found.keys().filter(|name| !due.contains_key(*name)) {
            wrong(format!("`{name}` is in Rust alone"));
        }
        for (property, schema) in &due {
            let Some(field) = found.get(property) else {
                if !LEFT_OUT.iter().any(|(name, _)| name == property) {
                    wrong(format!("`{property}` is in the spec alone"));
                }
                continue;
            };
            let due = kinds(schema, &|it| spec.resolve(it));
            let found = kinds(field, &|it| resolve(made, it));
            if !due.is_subset(&found) && !found.is_empty() {
                wrong(format!(
                    "`{property}` is {due:?} in the spec and {found:?} in Rust"
                ));
            }
        }
    }
    compared
}

/// Follows a reference within one Rust schema.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
        Some(pointer) => root.pointer(pointer).unwrap(),
        None => schema,
    }
}

#[test]
fn every_component_agrees_with_its_rust_type() {
    let mut problems = Vec::new();
    let compared: usize = Vendor::all()
        .iter()
        .copied()
        .map(|vendor| compare(vendor, &mut problems))
        .sum();
    println!(
        "{compared} components compared, {} differences",
        problems.len()
    );
    assert!(compared > 110, "only {compared} components");
    support::report(
        "differences between the specs and the Rust types",
        &problems,
    );
}
