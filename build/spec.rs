//! A spec as it stands in its YAML file, and the way to say what is wrong with it.

use std::{fmt, fs};

use serde_json::Value;

/// What is wrong with a spec, where, and how to mend it.
pub struct Fault {
    file: String,
    place: Option<String>,
    what: String,
}

impl Fault {
    pub fn file(file: &str, what: impl Into<String>) -> Self {
        Fault {
            file: file.to_owned(),
            place: None,
            what: what.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        // One line, or cargo would show only the first.
        f.write_str(&self.what.split_whitespace().collect::<Vec<_>>().join(" "))
    }
}

/// A spec: the YAML as JSON.
#[derive(Clone)]
pub struct Spec {
    pub file: String,
    pub root: Value,
}

/// One operation of a spec.
pub struct Operation<'a> {
    pub id: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub value: &'a Value,
}

pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

impl Spec {
    pub fn read(file: &str) -> Result<Self, Fault> {
        let text = fs::read_to_string(file)
            .map_err(|error| Fault::file(file, format!("can't be read: {error}")))?;
        let root = serde_saphyr::from_str(&text)
            .map_err(|error| Fault::file(file, format!("is no YAML that can be read: {error}")))?;
        Ok(Spec {
            file: file.to_owned(),
            root,
        })
    }

    pub fn fault(&self, place: impl Into<String>, what: impl Into<String>) -> Fault {
        Fault {
            file: self.file.clone(),
            place: Some(place.into()),
            what: what.into(),
        }
    }

    /// All operations, in the order of paths and methods. One without an operationId has an empty one here.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| {
                METHODS.iter().filter_map(move |method| {
                    let value = item.get(method)?;
                    let id = value["operationId"].as_str().unwrap_or_default();
                    Some(Operation {
                        id,
                        method,
                        path,
                        value,
                    })
                })
            })
            .collect()
    }

    /// Follows `$ref`s within the file until something else stands there.
    pub fn resolve<'a>(&'a self, mut value: &'a Value) -> Option<&'a Value> {
        // A chain longer than this can only be a circle.
        for _ in 0..16 {
            match value["$ref"].as_str() {
                None => return Some(value),
                Some(reference) => value = self.root.pointer(reference.strip_prefix('#')?)?,
            }
        }
        None
    }

    /// The schema of the JSON request body, if the operation has one.
    pub fn request_schema<'a>(&'a self, operation: &'a Value) -> Option<&'a Value> {
        let body = self.resolve(operation.get("requestBody")?)?;
        body.pointer("/content/application~1json/schema")
    }

    /// The schema of the JSON answer to a success, if the operation documents one.
    pub fn answer_schema<'a>(&'a self, operation: &'a Value) -> Option<&'a Value> {
        let answer = operation["responses"].get(success(operation)?)?;
        let answer = self.resolve(answer)?;
        answer.pointer("/content/application~1json/schema")
    }

    /// The parameters of an operation, `$ref`s followed.
    pub fn parameters<'a>(&'a self, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
        let list = operation["parameters"].as_array().into_iter().flatten();
        list.filter_map(|parameter| self.resolve(parameter))
    }

    pub fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        let schemas = self.root.pointer("/components/schemas");
        schemas.and_then(Value::as_object).into_iter().flatten()
    }
}

/// The status under which an operation documents its success: `200`, or `2XX` for any.
pub fn success(operation: &Value) -> Option<&'static str> {
    let responses = &operation["responses"];
    ["200", "2XX"]
        .into_iter()
        .find(|status| responses.get(status).is_some())
}

/// What the vendor takes when a value is left out. In a body it is an `x-default`, as generated clients send a `default` unasked.
pub fn default_of(schema: &Value) -> Option<&Value> {
    schema.get("default").or_else(|| schema.get("x-default"))
}

/// The name in `#/components/schemas/<name>`.
pub fn schema_name(schema: &Value) -> Option<&str> {
    schema["$ref"]
        .as_str()?
        .strip_prefix("#/components/schemas/")
}

/// Calls `visit` on every schema that can be reached from `schema` without leaving the file, each named one once.
pub fn walk_schemas<'a>(
    spec: &'a Spec,
    schema: &'a Value,
    place: &str,
    seen: &mut Vec<&'a str>,
    visit: &mut impl FnMut(&str, &'a Value),
) {
    if let Some(name) = schema_name(schema) {
        if seen.contains(&name) {
            return;
        }
        seen.push(name);
        if let Some(target) = spec.resolve(schema) {
            walk_schemas(spec, target, name, seen, visit);
        }
        return;
    }
    visit(place, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        walk_schemas(spec, property, &format!("{place}.{name}"), seen, visit);
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            walk_schemas(spec, &schema[key], &format!("{place}[]"), seen, visit);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in schema[key].as_array().into_iter().flatten() {
            walk_schemas(spec, part, place, seen, visit);
        }
    }
}
