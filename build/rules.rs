//! The rules that a spec must keep before anything is generated from it. `openapi/README.md`
//! explains them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::conditions;
use super::diagnostic::Diagnostic;
use super::spec::{METHODS, Operation, Spec, schema_name, success, walk, walk_schemas};
use super::yaml::join;

/// The values of `x-effect`.
pub const EFFECTS: [&str; 4] = ["read", "set", "change", "spend"];
/// The values of `x-provenance.confidence`.
pub const CONFIDENCES: [&str; 3] = ["documented", "observed", "inferred"];
/// The keys of `x-refusal` that hold the name of a field.
pub const REFUSAL_TEXTS: [&str; 3] = ["flag", "code", "errors"];
/// The keys of `x-refusal` that hold codes of the vendor.
pub const REFUSAL_CODES: &[&str] = &["authentication", "forbidden"];
/// The other keys of `x-refusal`, which hold lists too.
pub const REFUSAL_LISTS: &[&str] = &["success", "refused", "message"];

/// Checks a spec against all rules.
pub fn check(spec: &Spec) -> Result<(), Vec<Diagnostic>> {
    let mut rules = Rules {
        spec,
        found: Vec::new(),
        bodies: Vec::new(),
    };
    rules.head();
    rules.access();
    rules.refusal();
    rules.everywhere();
    rules.schema_names();
    rules.path_items();
    let mut ids = BTreeMap::new();
    for operation in spec.operations() {
        if operation.id.is_empty() {
            let message = "has no operationId: give it the snake_case name that clients will call";
            rules.add(&operation.pointer, message);
            continue;
        }
        let here = format!("{} {}", operation.method.to_uppercase(), operation.path);
        if let Some(other) = ids.insert(operation.id, here) {
            let message =
                format!("operationId is used at {other} too: give each operation its own");
            rules.add(&join(&operation.pointer, "operationId"), message);
        }
        rules.effect(&operation);
        rules.parameters(&operation);
        rules.request(&operation);
        rules.found.extend(conditions::check(spec, &operation));
        rules.success(&operation);
    }
    rules.answers();
    if rules.found.is_empty() {
        Ok(())
    } else {
        Err(rules.found)
    }
}

struct Rules<'a> {
    spec: &'a Spec,
    found: Vec<Diagnostic>,
    /// The schemas of bodies that were looked at.
    bodies: Vec<&'a str>,
}

impl<'a> Rules<'a> {
    fn add(&mut self, pointer: &str, message: impl Into<String>) {
        self.found.push(self.spec.diagnostic(pointer, message));
    }

    /// The version is the one that the generator reads, and the vendor has a name.
    fn head(&mut self) {
        let version = &self.spec.root["openapi"];
        if version != "3.0.3" {
            let message = format!(
                "`openapi` is {version}: the generator reads 3.0.3, write `openapi: 3.0.3`"
            );
            self.add("/openapi", message);
        }
        let vendor = &self.spec.root["info"]["x-vendor"];
        let is_type_name = |variant: &str| variant.starts_with(|first: char| first.is_uppercase());
        if !vendor["name"].is_string() || !self.spec.variant().is_some_and(is_type_name) {
            let message = "lacks `x-vendor: {name: ..., variant: ...}`: write the vendor's name and its variant of `Vendor`";
            self.add("/info/x-vendor", message);
        }
    }

    /// The credential's environment variable and the place where it is found are there.
    fn access(&mut self) {
        let security = &self.spec.root["security"][0];
        let Some(name) = security.as_object().and_then(|it| it.keys().next()) else {
            self.add(
                "/security",
                "names no scheme: write the one that most operations use",
            );
            return;
        };
        let at = join("/components/securitySchemes", name);
        let credential = self.spec.root.pointer(&join(&at, "x-credential"));
        let Some(credential) = credential.and_then(Value::as_object) else {
            let message = "lacks `x-credential: {variable: ..., found_at: ...}`: write the environment variable for the credential and the place where the vendor shows it";
            self.add(&at, message);
            return;
        };
        let at = join(&at, "x-credential");
        for key in ["variable", "found_at"] {
            if !credential.get(key).is_some_and(Value::is_string) {
                self.add(&at, format!("lacks the text `{key}`: write it"));
            }
        }
        for (key, value) in credential {
            if !["variable", "found_at", "not_prefix"].contains(&key.as_str()) {
                let message =
                    format!("`{key}` is not known: write variable, found_at or not_prefix");
                self.add(&join(&at, key), message);
            } else if !value.is_string() {
                self.add(&join(&at, key), format!("`{key}` is not text: write text"));
            }
        }
    }

    /// `x-refusal` says how to tell a refusal, in words that the library knows.
    fn refusal(&mut self) {
        let at = "/x-refusal";
        let Some(refusal) = self.spec.root["x-refusal"].as_object() else {
            let message = "lacks `x-refusal: {message: [...]}`: write where an answer says that the request was refused, and in which fields the vendor's words are";
            self.add(at, message);
            return;
        };
        for (key, value) in refusal {
            let here = join(at, key);
            let is_scalar = |value: &Value| {
                value.is_string() || value.is_boolean() || value.is_i64() && key != "message"
            };
            let items = value.as_array().filter(|items| !items.is_empty());
            if REFUSAL_TEXTS.contains(&key.as_str()) {
                if !value.is_string() {
                    let message = format!("`{key}` is not the name of a field: write text");
                    self.add(&here, message);
                }
            } else if !REFUSAL_CODES.contains(&key.as_str())
                && !REFUSAL_LISTS.contains(&key.as_str())
            {
                let known = [&REFUSAL_TEXTS, REFUSAL_LISTS, REFUSAL_CODES]
                    .concat()
                    .join(", ");
                self.add(&here, format!("`{key}` is none of {known}: fix the word"));
            } else if !items.is_some_and(|items| items.iter().all(is_scalar)) {
                let message = format!("`{key}` is not a list of values: write one or more");
                self.add(&here, message);
            }
        }
        let has = |key: &str| refusal.contains_key(key);
        if has("flag") != has("success") || (has("refused") && !has("flag")) {
            let message = "`flag` and `success` need each other, and `refused` needs both: write the field and its values";
            self.add(at, message);
        }
        if REFUSAL_CODES.iter().any(|key| has(key)) && !has("code") {
            let message =
                "lists codes without `code`: write the field that holds the vendor's code";
            self.add(at, message);
        }
        if !has("message") {
            let message = "lacks `message`: write the fields that hold the vendor's words";
            self.add(at, message);
        }
    }

    /// References lead somewhere, `nullable` has an effect, provenances are known, and enum values
    /// have one name each.
    fn everywhere(&mut self) {
        let spec = self.spec;
        walk(&spec.root, "", &mut |pointer, value| {
            // A map of properties may hold one that is named like a keyword.
            if pointer.ends_with("/properties") {
                return;
            }
            if let Some(reference) = value.get("$ref").and_then(Value::as_str)
                && spec.resolve(value).is_none()
            {
                let message = format!(
                    "`$ref: {reference}` leads nowhere in this file: fix the name or add the component"
                );
                self.add(&join(pointer, "$ref"), message);
            }
            if value.get("nullable") == Some(&Value::Bool(true)) && value.get("type").is_none() {
                let message = "`nullable` without `type` means nothing in OpenAPI 3.0.3: make the schema that is referred to nullable";
                self.add(&join(pointer, "nullable"), message);
            }
            if let Some(provenance) = value.get("x-provenance") {
                self.provenance(&join(pointer, "x-provenance"), provenance);
            }
            let count = |key: &str| value[key].as_array().map(Vec::len);
            let values = count("enum").or_else(|| count("x-extensible-enum"));
            if let Some(names) = count("x-enum-varnames").filter(|names| Some(*names) != values) {
                let values = values.unwrap_or_default();
                let message = format!(
                    "`x-enum-varnames` has {names} names for {values} values: give each value a name"
                );
                self.add(&join(pointer, "x-enum-varnames"), message);
            }
        });
    }

    fn provenance(&mut self, pointer: &str, provenance: &Value) {
        let document = provenance["document"].as_str().unwrap_or_default();
        if self.spec.root["x-documents"].get(document).is_none() {
            let message = format!(
                "`x-provenance.document` is `{document}`, which is not listed under `x-documents`: name the page that the fact comes from"
            );
            self.add(&join(pointer, "document"), message);
        }
        let confidence = provenance["confidence"].as_str().unwrap_or_default();
        if !CONFIDENCES.contains(&confidence) {
            let known = CONFIDENCES.join(", ");
            let message =
                format!("`x-provenance.confidence` is `{confidence}`: write one of {known}");
            self.add(&join(pointer, "confidence"), message);
        }
    }

    /// No two schemas differ by case alone, because they would become one Rust type.
    fn schema_names(&mut self) {
        let mut seen = BTreeMap::new();
        for (name, _) in self.spec.schemas() {
            if let Some(other) = seen.insert(name.to_lowercase(), name) {
                let message = format!("schema differs from `{other}` by case alone: rename one");
                self.add(&join("/components/schemas", name), message);
            }
        }
    }

    /// A path holds methods and nothing else.
    fn path_items(&mut self) {
        let spec = self.spec;
        for (path, item) in spec.root["paths"].as_object().into_iter().flatten() {
            for (key, _) in item.as_object().into_iter().flatten() {
                if !METHODS.contains(&key.as_str()) {
                    let message =
                        format!("`{key}` is not supported here: write it at each operation");
                    self.add(&join(&join("/paths", path), key), message);
                }
            }
        }
    }

    /// `x-effect` is known, and there is an `x-provenance`.
    fn effect(&mut self, operation: &Operation<'_>) {
        match operation.value["x-effect"].as_str() {
            Some(effect) if EFFECTS.contains(&effect) => {}
            Some(effect) => {
                let message = format!("`x-effect: {effect}` is none of {}", EFFECTS.join(", "));
                self.add(&join(&operation.pointer, "x-effect"), message);
            }
            None => self.add(
                &operation.pointer,
                "has no `x-effect`: write read, set, change or spend, because it decides whether a call may be repeated",
            ),
        }
        if operation.value.get("x-provenance").is_none() {
            let message = "has no `x-provenance`: name the page that the operation comes from";
            self.add(&operation.pointer, message);
        }
    }

    /// Path parameters match the path, and an array or object in the query is a named schema.
    fn parameters(&mut self, operation: &Operation<'_>) {
        let mut declared = Vec::new();
        for (index, parameter) in self.spec.parameters(operation.value).enumerate() {
            let at = format!("{}/parameters/{index}", operation.pointer);
            let name = parameter["name"].as_str().unwrap_or_default();
            match parameter["in"].as_str().unwrap_or_default() {
                "path" if parameter["required"] == true => declared.push(name),
                "path" => self.add(
                    &at,
                    format!("path parameter `{name}` lacks `required: true`"),
                ),
                "query" => {}
                other => self.add(
                    &at,
                    format!(
                        "parameter `{name}` is in `{other}`: only path and query are supported"
                    ),
                ),
            }
            let schema = &parameter["schema"];
            let kind = &self.spec.resolve(schema).unwrap_or(schema)["type"];
            if (kind == "array" || kind == "object") && schema_name(schema).is_none() {
                let message = format!(
                    "query parameter `{name}` holds an unnamed {kind}: move it to components/schemas and refer to it"
                );
                self.add(&at, message);
            }
        }
        for piece in operation.path.split('/') {
            let name = piece.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            if let Some(name) = name.filter(|name| !declared.contains(name)) {
                let message = format!(
                    "the path contains `{{{name}}}` but no path parameter of that name is declared: add it"
                );
                self.add(&operation.pointer, message);
            }
        }
    }

    /// A body is one named schema, and has no `default`.
    fn request(&mut self, operation: &Operation<'a>) {
        let Some(body) = operation.value.get("requestBody") else {
            return;
        };
        let schema = self.spec.request_schema(operation.value);
        if body.is_object() && schema.and_then(schema_name).is_none() {
            let message = "the request body is not one named schema as application/json: move it to components/schemas and refer to it";
            self.add(&join(&operation.pointer, "requestBody"), message);
        }
        let Some(schema) = schema else { return };
        let at = join(&operation.pointer, "requestBody");
        let mut found = Vec::new();
        walk_schemas(
            self.spec,
            schema,
            &at,
            &mut self.bodies,
            &mut |pointer, schema| {
                if schema.get("default").is_some() {
                    found.push(join(pointer, "default"));
                }
            },
        );
        for pointer in found {
            let message = "`default` in a body is sent unasked by clients of other languages: write `x-default`, and say it in the description";
            self.add(&pointer, message);
        }
    }

    /// A success is documented, and its answer is a named schema.
    fn success(&mut self, operation: &Operation<'_>) {
        let responses = join(&operation.pointer, "responses");
        match success(operation.value) {
            None => self.add(
                &responses,
                "documents no `200` answer: add it, without content if it has none",
            ),
            Some("200") if operation.value["x-effect"] == "spend" => self.add(
                &responses,
                "spends, and documents `200` alone: write `2XX`, because clients of other languages lose what was bought under a 201",
            ),
            Some(_) => {}
        }
        let answer = self.spec.answer_schema(operation.value);
        if answer.is_some_and(|answer| schema_name(answer).is_none()) {
            let message =
                "the answer is not a named schema: move it to components/schemas and refer to it";
            self.add(&responses, message);
        }
    }

    /// Answers stay readable when the vendor adds a value or a field. The enums of failures are
    /// open too.
    fn answers(&mut self) {
        let spec = self.spec;
        let mut seen = [Vec::new(), Vec::new()];
        let mut reported = BTreeSet::new();
        for operation in spec.operations() {
            let success = success(operation.value);
            let responses = operation.value["responses"].as_object();
            for (status, response) in responses.into_iter().flatten() {
                let Some(schema) = spec.response_schema(response) else {
                    continue;
                };
                let (seen, closing) = match Some(status.as_str()) == success {
                    true => (&mut seen[0], CLOSING),
                    false => (&mut seen[1], &CLOSING[..1]),
                };
                let at = join(&join(&operation.pointer, "responses"), status);
                walk_schemas(spec, schema, &at, seen, &mut |pointer, schema| {
                    for (key, advice) in closing {
                        let value = schema.get(key);
                        let closes =
                            value.is_some_and(|it| *key != "additionalProperties" || it == false);
                        let pointer = join(pointer, key);
                        if closes && reported.insert(pointer.clone()) {
                            let id = operation.id;
                            let message = format!(
                                "`{key}` would make the {status} answer of {id} unreadable: {advice}"
                            );
                            self.add(&pointer, message);
                        }
                    }
                });
            }
        }
    }
}

/// Keywords that make an answer unreadable when the vendor sends something new, and what to write
/// instead. The first one is not allowed in failures either.
const CLOSING: &[(&str, &str)] = &[
    ("enum", "write `x-extensible-enum`"),
    ("additionalProperties", "leave it out"),
    ("minimum", "keep bounds to requests"),
    ("maximum", "keep bounds to requests"),
    ("minLength", "keep bounds to requests"),
    ("maxLength", "keep bounds to requests"),
    ("pattern", "keep bounds to requests"),
];
