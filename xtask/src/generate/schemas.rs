//! `openapi/dist/schemas/<vendor>.schema.json`: the JSON Schemas of the Rust types, one document a
//! vendor.
//!
//! They come from the compiled library, through `examples/schemas.rs`, and not from the specs: they
//! are for what Rust really reads. This program does not depend on the library for them:
//! every `cargo xtask` would wait for it, and the workspace's own builds would have its feature
//! `schemars` on.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::TaskError;
use crate::workspace::Workspace;

/// Keywords that only the root of a document has.
const OF_THE_ROOT: [&str; 3] = ["$schema", "$defs", "title"];

/// Builds the library and asks it for its schemas; returns one document for each vendor, given as
/// its word and title.
pub fn documents<'a>(
    workspace: &Workspace,
    vendors: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<(&'a str, String)>, TaskError> {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--package", "proxy-orders"]);
    cargo.args(["--features", "schemars", "--example", "schemas"]);
    let ran = cargo.output();
    let ran = ran.map_err(|error| TaskError::program("cargo run --example schemas", &error))?;
    let made: BTreeMap<String, BTreeMap<String, Value>> = serde_json::from_slice(&ran.stdout)
        .map_err(|error| {
            let said = String::from_utf8_lossy(&ran.stderr);
            let what = if ran.status.success() { error.to_string() } else { ran.status.to_string() };
            TaskError::new(format!(
                "`cargo run --features schemars --example schemas` prints no schemas ({what}): fix what it reports, or pass --no-schemas\n{}",
                said.trim()
            ))
        })?;
    let documents = vendors.map(|(vendor, title)| {
        let schemas = made.get(vendor).ok_or_else(|| {
            TaskError::new(format!(
                "the library has no schemas of {vendor}: make {vendor} one of its vendors and default features"
            ))
        })?;
        Ok((vendor, document(title, schemas)?))
    });
    documents.collect()
}

/// All schemas of a vendor as `$defs` of one document, by name. Each came as a document of its own,
/// which holds what it refers to.
fn document(title: &str, schemas: &BTreeMap<String, Value>) -> Result<String, TaskError> {
    let mut definitions = BTreeMap::new();
    for (name, schema) in schemas {
        for (inner, schema) in schema["$defs"].as_object().into_iter().flatten() {
            define(&mut definitions, inner, schema.clone())?;
        }
        let mut alone = schema.clone();
        if let Some(map) = alone.as_object_mut() {
            map.retain(|key, _| !OF_THE_ROOT.contains(&key.as_str()));
        }
        // A type that holds itself refers to the root, which it is no more.
        rename_root(&mut alone, &format!("#/$defs/{name}"));
        define(&mut definitions, name, alone)?;
    }
    let document = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "Made by `cargo xtask generate` from the Rust types. Don't edit: edit the specs.",
        "title": format!("{title}: the types of the Rust client"),
        "$defs": definitions,
    });
    let text = serde_json::to_string_pretty(&sorted(document));
    let text = text.map_err(|error| {
        TaskError::new(format!(
            "the schemas cannot be written as JSON: {error}; fix examples/schemas.rs"
        ))
    })?;
    Ok(text + "\n")
}

/// Adds a definition; two of one name must be the same.
fn define(
    definitions: &mut BTreeMap<String, Value>,
    name: &str,
    schema: Value,
) -> Result<(), TaskError> {
    match definitions.get(name) {
        Some(other) if *other != schema => Err(TaskError::new(format!(
            "two Rust types are both called {name} in their schemas: give one another `schema_name`"
        ))),
        _ => {
            definitions.insert(name.to_owned(), schema);
            Ok(())
        }
    }
}

/// Gives references to the root another target.
fn rename_root(value: &mut Value, target: &str) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                if key == "$ref" && inner == "#" {
                    *inner = json!(target);
                } else {
                    rename_root(inner, target);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|it| rename_root(it, target)),
        _ => {}
    }
}

/// The same with its keys in order, which a feature of `serde_json` that some other crate turns on
/// would take away.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let entries: BTreeMap<_, _> = map.into_iter().collect();
            let entries = entries.into_iter().map(|(key, inner)| (key, sorted(inner)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Value::Array(list) => list.into_iter().map(sorted).collect(),
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(text: &str) -> BTreeMap<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn each_type_is_defined_once_and_refers_to_the_others() {
        let schemas = read(
            r##"{
            "Place": {"$schema": "s", "title": "Place", "type": "object", "properties": {"within": {"$ref": "#"}}},
            "List": {
                "title": "List", "items": {"$ref": "#/$defs/Place"},
                "$defs": {"Place": {"type": "object", "properties": {"within": {"$ref": "#/$defs/Place"}}}}
            }}"##,
        );
        let text = document("A vendor", &schemas).unwrap();
        let read: Value = serde_json::from_str(&text).unwrap();
        let expected = json!({
            "List": {"items": {"$ref": "#/$defs/Place"}},
            "Place": {"type": "object", "properties": {"within": {"$ref": "#/$defs/Place"}}},
        });
        assert_eq!(read["$defs"], expected);
        let at = |word: &str| text.find(word).unwrap();
        assert!(at("\"List\"") < at("\"Place\""), "{text}");
    }

    #[test]
    fn two_types_of_one_name_are_refused() {
        let schemas = read(
            r#"{"A": {"type": "string"}, "B": {"items": {}, "$defs": {"A": {"type": "integer"}}}}"#,
        );
        let problem = document("A vendor", &schemas).err().unwrap().to_string();
        assert!(problem.contains("both called A"), "{problem}");
    }
}
