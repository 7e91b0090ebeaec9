//! A spec as it stands in its YAML file.

use std::path::Path;
use std::{fs, io};

use serde_json::Value;

use super::diagnostic::Diagnostic;
use super::yaml::{Node, join, steps};

/// A spec.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Path of the file from the root of the repository.
    pub file: String,
    /// The file as JSON.
    pub root: Value,
    /// The file with its lines and the order of its keys.
    pub tree: Node,
}

/// An operation of a spec.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// The operationId; empty if there is none.
    pub id: &'a str,
    /// In lower case.
    pub method: &'a str,
    pub path: &'a str,
    pub value: &'a Value,
    /// JSON pointer of the operation.
    pub pointer: String,
}

/// The methods of HTTP that a spec may use.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Returns the files of the specs below a root, `openapi/<vendor>.yaml`, sorted by name.
pub fn files(root: &Path) -> Result<Vec<String>, Diagnostic> {
    let listed = fs::read_dir(root.join("openapi")).and_then(|entries| {
        let names = entries.map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()));
        names.collect::<io::Result<Vec<_>>>()
    });
    let mut files = listed.map_err(|error| {
        let message = format!("the specs cannot be listed: {error}");
        Diagnostic::of_file("openapi", None, message)
    })?;
    files.retain(|name| name.ends_with(".yaml"));
    files.sort();
    Ok(files.iter().map(|name| format!("openapi/{name}")).collect())
}

impl Spec {
    /// Reads a spec from the current directory.
    pub fn read(file: &str) -> Result<Self, Diagnostic> {
        let text = fs::read_to_string(file).map_err(|error| {
            Diagnostic::of_file(file, None, format!("the file cannot be read: {error}"))
        })?;
        Spec::parse(file, &text)
    }

    /// Parses the text of a spec; `file` is its path from the root.
    pub fn parse(file: &str, text: &str) -> Result<Self, Diagnostic> {
        let tree: Node = serde_saphyr::from_str(text).map_err(|error| {
            let line = error.location().map(|location| location.line());
            let error = error.to_string();
            let first = error.lines().next().unwrap_or_default();
            let message = format!("this is not valid YAML: {first}; fix the syntax");
            Diagnostic::of_file(file, line, message)
        })?;
        Ok(Spec {
            file: file.to_owned(),
            root: tree.value(),
            tree,
        })
    }

    /// The word for the vendor, which is the name of the file without `.yaml`.
    pub fn vendor(&self) -> &str {
        let name = self.file.rsplit('/').next().unwrap_or(&self.file);
        name.trim_end_matches(".yaml")
    }

    /// The vendor's variant of `Vendor`, from `info.x-vendor`.
    pub fn variant(&self) -> Option<&str> {
        self.root.pointer("/info/x-vendor/variant")?.as_str()
    }

    /// The security scheme that the root's `security` names.
    pub fn security_scheme(&self) -> Option<&Value> {
        let name = self.root["security"][0].as_object()?.keys().next()?;
        self.root.pointer("/components/securitySchemes")?.get(name)
    }

    /// A message about the value at a JSON pointer.
    pub fn diagnostic(&self, pointer: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            file: self.file.clone(),
            line: Some(self.tree.line(pointer)),
            pointer: pointer.to_owned(),
            subject: self.subject(pointer),
            message: message.into(),
        }
    }

    /// A short name of a pointer: the operationId within an operation, `Order.status` within a
    /// schema, else the keys.
    pub fn subject(&self, pointer: &str) -> String {
        let steps: Vec<_> = steps(pointer).collect();
        let steps: Vec<_> = steps.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["paths", path, method, ..] if METHODS.contains(method) => {
                let id = self.root["paths"][path][method]["operationId"].as_str();
                id.filter(|id| !id.is_empty()).map_or_else(
                    || format!("{} {path}", method.to_uppercase()),
                    str::to_owned,
                )
            }
            ["paths", path, ..] => (*path).to_owned(),
            ["components", "schemas", name, rest @ ..] => {
                let mut subject = (*name).to_owned();
                let mut rest = rest.iter();
                while let Some(step) = rest.next() {
                    match *step {
                        "properties" => {
                            if let Some(property) = rest.next() {
                                subject = format!("{subject}.{property}");
                            }
                        }
                        "items" => subject.push_str("[]"),
                        "additionalProperties" if rest.len() > 0 => subject.push_str("[]"),
                        _ => break,
                    }
                }
                subject
            }
            [_] => String::new(),
            other => other.join("/"),
        }
    }

    /// All operations, in the order of paths and methods.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let paths = self.root["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| {
                METHODS.iter().filter_map(move |method| {
                    let value = item.get(method)?;
                    Some(Operation {
                        id: value["operationId"].as_str().unwrap_or_default(),
                        method,
                        path,
                        value,
                        pointer: join(&join("/paths", path), method),
                    })
                })
            })
            .collect()
    }

    /// Follows `$ref`s within the file until another value is reached.
    pub fn resolve<'a>(&'a self, mut value: &'a Value) -> Option<&'a Value> {
        // A longer chain can only be a circle.
        for _ in 0..16 {
            match value["$ref"].as_str() {
                None => return Some(value),
                Some(reference) => value = self.root.pointer(reference.strip_prefix('#')?)?,
            }
        }
        None
    }

    /// Follows `$ref`s and every `allOf` of one part, which only adds `nullable` or a description.
    pub fn flatten<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..16 {
            schema = self.resolve(schema).unwrap_or(schema);
            match schema["allOf"].as_array().map(Vec::as_slice) {
                Some([only]) => schema = only,
                _ => break,
            }
        }
        schema
    }

    /// The schema of the JSON request body, if the operation has one.
    pub fn request_schema<'a>(&'a self, operation: &'a Value) -> Option<&'a Value> {
        let body = self.resolve(operation.get("requestBody")?)?;
        body.pointer("/content/application~1json/schema")
    }

    /// The schema of the JSON answer to a success, if the operation documents one.
    pub fn answer_schema<'a>(&'a self, operation: &'a Value) -> Option<&'a Value> {
        self.response_schema(operation["responses"].get(success(operation)?)?)
    }

    /// The schema of a response with a JSON body.
    pub fn response_schema<'a>(&'a self, response: &'a Value) -> Option<&'a Value> {
        self.resolve(response)?
            .pointer("/content/application~1json/schema")
    }

    /// The parameters of an operation, `$ref`s followed.
    pub fn parameters<'a>(&'a self, operation: &'a Value) -> impl Iterator<Item = &'a Value> {
        let list = operation["parameters"].as_array().into_iter().flatten();
        list.filter_map(|parameter| self.resolve(parameter))
    }

    /// The named schemas.
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

/// The value that the vendor takes when the caller gives none. In a body it is an `x-default`,
/// because generated clients send a `default` unasked.
pub fn default_of(schema: &Value) -> Option<&Value> {
    schema.get("default").or_else(|| schema.get("x-default"))
}

/// The name in `#/components/schemas/<name>`.
pub fn schema_name(schema: &Value) -> Option<&str> {
    schema["$ref"]
        .as_str()?
        .strip_prefix("#/components/schemas/")
}

/// Calls `visit` with every JSON object below `value` and its pointer, the outermost first.
pub fn walk<'a>(value: &'a Value, pointer: &str, visit: &mut impl FnMut(&str, &'a Value)) {
    match value {
        Value::Object(map) => {
            visit(pointer, value);
            for (key, inner) in map {
                walk(inner, &join(pointer, key), visit);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                walk(inner, &format!("{pointer}/{index}"), visit);
            }
        }
        _ => {}
    }
}

/// Calls `visit` with every schema that is reachable from `schema`, and its pointer. Each named
/// schema is visited once; `seen` holds their names.
pub fn walk_schemas<'a>(
    spec: &'a Spec,
    schema: &'a Value,
    pointer: &str,
    seen: &mut Vec<&'a str>,
    visit: &mut impl FnMut(&str, &'a Value),
) {
    if let Some(name) = schema_name(schema) {
        if seen.contains(&name) {
            return;
        }
        seen.push(name);
        if let Some(target) = spec.resolve(schema) {
            let pointer = join("/components/schemas", name);
            walk_schemas(spec, target, &pointer, seen, visit);
        }
        return;
    }
    visit(pointer, schema);
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = join(&join(pointer, "properties"), name);
        walk_schemas(spec, property, &pointer, seen, visit);
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            walk_schemas(spec, &schema[key], &join(pointer, key), seen, visit);
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for (index, part) in schema[key].as_array().into_iter().flatten().enumerate() {
            walk_schemas(spec, part, &format!("{pointer}/{key}/{index}"), seen, visit);
        }
    }
}
