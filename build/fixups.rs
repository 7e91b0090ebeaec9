//! Adaptations of a spec to the Rust generator: small named fixups, each with its reason.
//!
//! The YAML is true for every language and is never changed for the generator. Every fixup is
//! applied to every spec. A fixup that changes nothing in any spec stops the build, so that none
//! outlives its reason.

use serde_json::{Map, Value, json};

use super::spec::{METHODS, Spec, schema_name, walk_schemas};

/// Changes the second argument, which is the root of the spec in the first.
type Fixup = fn(&Spec, &mut Value);

/// Lists functions together with their names.
macro_rules! named {
    ($($fixup:ident,)+) => { &[$((stringify!($fixup), $fixup),)+] };
}

/// All fixups, in the order in which they are applied.
const FIXUPS: &[(&str, Fixup)] = named![
    // The generator panics on two shapes of failures, and loses status, headers and body of a
    // failure that does not have the declared shape. A failure that is not declared arrives whole,
    // and the transport reads it.
    drop_failure_answers,
    // An answer with another 2xx status than the documented one is read too. (An operation that
    // spends says `2XX` in the spec itself.)
    widen_200_to_2xx,
    // The transport adds the credential; a caller must not have to pass it with each body.
    drop_credential_from_bodies,
    // `{allOf: [ref], description}` would become a type of its own.
    replace_lone_all_of_by_reference,
    // A named schema that may be null would become a wrapper around an `Option`; every use of one
    // is optional already.
    drop_nullable_of_named_schemas,
    // An answer without its identity is worthless, even if no page of the vendor's marks the
    // identity as required.
    identities_are_required,
    // A field that a page calls required may still be missing one day; only the identity may make
    // an answer unreadable.
    answers_require_only_identity,
    // A missing list would be read as an empty one, and a caller would conclude that there are no
    // orders. It becomes an `Option`.
    missing_lists_are_none,
    // The generator writes a schema's default into every request; the vendor decides on what the
    // caller does not set.
    drop_defaults,
    // Rust's whole numbers have 64 bits already. The format would cost the unsigned type of a
    // number whose minimum is 0, and would name the variant of a `oneOf` after itself.
    drop_int64_format,
    // As an f64, a count of 2 would go out as 2.0, which a strict reader of whole numbers refuses.
    keep_request_numbers_as_written,
    // Keys and passwords become a type that cannot be printed.
    secrets_are_types,
    // The generator refuses deepObject. A form-exploded map whose keys are `name[key]` sends the
    // same over the wire.
    deep_object_to_prefixed_map,
];

/// Schemas that one of the library's own types stands for.
pub const REPLACED: &[(&str, &str)] = &[
    ("Money", "crate::vocabulary::Money"),
    ("Cents", "crate::vocabulary::Cents"),
    ("NullableMoney", "crate::vocabulary::Money"),
    ("Timestamp", "crate::vocabulary::Moment"),
    ("NullableTimestamp", "crate::vocabulary::Moment"),
    ("ProxyEntry", "crate::vocabulary::ProxyEntry"),
    ("Secret", "crate::vocabulary::Secret"),
    ("RequestNumber", "::serde_json::Number"),
];

/// Marks a schema that a fixup adds for a deepObject parameter, with the name of the parameter. A
/// macro of the library defines its Rust type.
const PREFIXED_MAP: &str = "x-prefixed-map";

/// All replacements of a fixed spec: names of schemas, and paths of the Rust types that stand for
/// them.
pub fn replacements(spec: &Spec) -> Vec<(String, String)> {
    let fixed = REPLACED
        .iter()
        .map(|(name, path)| ((*name).to_owned(), (*path).to_owned()));
    let schemas = spec.schemas().filter_map(|(name, schema)| {
        let is_defined = schema.get(PREFIXED_MAP).is_some() || is_open_enum(schema);
        let path = format!("crate::generated::{}::api::enums::{name}", spec.vendor());
        is_defined.then(|| (name.clone(), path))
    });
    fixed.chain(schemas).collect()
}

/// Applies all fixups; returns the fixed spec, and for each fixup whether it changed anything.
pub fn apply(spec: &Spec) -> (Spec, Vec<bool>) {
    let mut fixed = spec.clone();
    let changes = FIXUPS.iter().map(|(_, fixup)| {
        let before = fixed.clone();
        fixup(&before, &mut fixed.root);
        before.root != fixed.root
    });
    let changes = changes.collect();
    (fixed, changes)
}

/// The fixups that changed nothing in any spec, by what `apply` returned for each of them.
pub fn unused(changes: &[Vec<bool>]) -> impl Iterator<Item = &'static str> {
    let names = FIXUPS.iter().map(|(name, _)| *name).enumerate();
    names.filter_map(|(index, name)| (!changes.iter().any(|it| it[index])).then_some(name))
}

/// Returns whether the schema becomes an open enum of the library.
fn is_open_enum(schema: &Value) -> bool {
    // The generator cannot make an enum of integers, so a closed one of a request becomes open as
    // well.
    schema.get("x-extensible-enum").is_some()
        || (schema["type"] == "integer" && schema.get("enum").is_some())
}

/// Returns whether the Rust type of the schema reads any value at all.
pub fn is_open_scalar(name: &str, schema: &Value) -> bool {
    is_open_enum(schema) || REPLACED.iter().any(|(replaced, _)| *replaced == name)
}

/// The open enums and prefixed maps of a fixed spec, as calls of the library's macros.
pub fn enums(spec: &Spec) -> String {
    let mut out = String::new();
    for (name, schema) in spec.schemas().filter(|(_, schema)| is_open_enum(schema)) {
        let list = schema
            .get("x-extensible-enum")
            .or_else(|| schema.get("enum"));
        let values = list.and_then(Value::as_array).into_iter().flatten();
        let mut names = schema["x-enum-varnames"].as_array().into_iter().flatten();
        let about = schema["description"].as_str().unwrap_or(name);
        let kind = if schema["type"] == "integer" {
            "integer"
        } else {
            "text"
        };
        out.push_str(&format!(
            "crate::vocabulary::open::open_{kind}_enum! {{\n#[doc = {about:?}]\n{name} {{\n"
        ));
        for value in values {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let given = names.next().and_then(Value::as_str).map(str::to_owned);
            let variant = given.unwrap_or_else(|| pascal(&text));
            out.push_str(&format!("{variant} = {value},\n"));
        }
        out.push_str("}\n}\n");
    }
    for (name, schema) in spec.schemas() {
        if let Some(prefix) = schema.get(PREFIXED_MAP) {
            out.push_str(&format!(
                "crate::vocabulary::prefixed_map::prefixed_map! {{ {name}, {prefix} }}\n"
            ));
        }
    }
    out
}

/// `in-progress` -> `InProgress`, `ISP Proxy` -> `IspProxy`, `win10` -> `Win10`.
fn pascal(text: &str) -> String {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words
        .map(|word| {
            let is_acronym = word.chars().all(|letter| !letter.is_lowercase());
            let rest: String = word.chars().skip(1).collect();
            let rest = if is_acronym {
                rest.to_lowercase()
            } else {
                rest
            };
            word.chars()
                .take(1)
                .flat_map(char::to_uppercase)
                .collect::<String>()
                + &rest
        })
        .collect()
}

/// The map under a key, if there is one.
fn map_mut<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    value.get_mut(key)?.as_object_mut()
}

fn operations_mut(root: &mut Value) -> impl Iterator<Item = &mut Value> {
    let items = map_mut(root, "paths").into_iter().flatten();
    items.flat_map(|(_, item)| {
        let item = item.as_object_mut().into_iter().flatten();
        item.filter(|(key, _)| METHODS.contains(&key.as_str()))
            .map(|(_, operation)| operation)
    })
}

fn responses_mut(root: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    operations_mut(root).filter_map(|operation| map_mut(operation, "responses"))
}

fn drop_failure_answers(_: &Spec, root: &mut Value) {
    for responses in responses_mut(root) {
        responses.retain(|status, _| status.starts_with('2'));
    }
}

fn widen_200_to_2xx(_: &Spec, root: &mut Value) {
    for responses in responses_mut(root) {
        if let Some(answer) = responses.remove("200") {
            responses.insert("2XX".to_owned(), answer);
        }
    }
}

/// Calls `change` on the schema of every request body.
fn bodies(spec: &Spec, root: &mut Value, mut change: impl FnMut(&mut Value)) {
    for operation in spec.operations() {
        if let Some(name) = spec.request_schema(operation.value).and_then(schema_name) {
            change(&mut root["components"]["schemas"][name]);
        }
    }
}

fn drop_credential_from_bodies(spec: &Spec, root: &mut Value) {
    let schemes = spec.root["components"]["securitySchemes"].as_object();
    let schemes = schemes.into_iter().flatten();
    let keys: Vec<_> = schemes
        .filter_map(|(_, scheme)| scheme["name"].as_str())
        .collect();
    bodies(spec, root, |schema| {
        for key in &keys {
            map_mut(schema, "properties").map(|it| it.remove(*key));
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|it| it != key);
            }
        }
    });
}

/// Calls `change` on every JSON object below `value`, the innermost first.
fn everywhere(value: &mut Value, change: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|inner| everywhere(inner, change)),
        Value::Array(list) => list.iter_mut().for_each(|inner| everywhere(inner, change)),
        _ => return,
    }
    if value.is_object() {
        change(value);
    }
}

fn replace_lone_all_of_by_reference(_: &Spec, root: &mut Value) {
    everywhere(&mut root["components"]["schemas"], &mut |schema| {
        if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice)
            && schema_name(only).is_some()
        {
            *schema = only.clone();
        }
    });
}

fn drop_nullable_of_named_schemas(_: &Spec, root: &mut Value) {
    let schemas = map_mut(&mut root["components"], "schemas");
    for (_, schema) in schemas.into_iter().flatten() {
        schema.as_object_mut().map(|it| it.remove("nullable"));
    }
}

/// Calls `change` on every schema that answers are made of.
fn answer_schemas(spec: &Spec, root: &mut Value, mut change: impl FnMut(&mut Value)) {
    let mut names = Vec::new();
    for operation in spec.operations() {
        // Failure answers are gone and 200 is 2XX by now.
        if let Some(answer) = spec.answer_schema(operation.value) {
            walk_schemas(spec, answer, "", &mut names, &mut |_, _| {});
        }
    }
    for name in names {
        change(&mut root["components"]["schemas"][name]);
    }
}

fn identities_are_required(spec: &Spec, root: &mut Value) {
    answer_schemas(spec, root, |schema| {
        let properties = schema["properties"].as_object().into_iter().flatten();
        let mut missing: Vec<_> = properties
            .filter(|(_, property)| property["x-identity"] == true)
            .map(|(name, _)| json!(name))
            .collect();
        let mut required = schema["required"].as_array().cloned().unwrap_or_default();
        missing.retain(|identity| !required.contains(identity));
        if !missing.is_empty() {
            required.append(&mut missing);
            schema["required"] = Value::Array(required);
        }
    });
}

fn answers_require_only_identity(spec: &Spec, root: &mut Value) {
    answer_schemas(spec, root, |schema| {
        if let Some(mut required) = schema["required"].as_array().cloned() {
            required.retain(|property| {
                let property = property.as_str().unwrap_or_default();
                schema["properties"][property]["x-identity"] == true
            });
            schema["required"] = Value::Array(required);
        }
    });
}

fn missing_lists_are_none(spec: &Spec, root: &mut Value) {
    answer_schemas(spec, root, |schema| {
        for (_, property) in map_mut(schema, "properties").into_iter().flatten() {
            if property["type"] == "array" && property["x-identity"] != true {
                property["nullable"] = json!(true);
            }
        }
    });
}

fn drop_defaults(_: &Spec, root: &mut Value) {
    everywhere(root, &mut |schema| {
        // A property may itself be named `default`: only a schema's own one, beside its `type`, is
        // meant.
        if schema["type"].is_string() {
            schema.as_object_mut().map(|it| it.remove("default"));
        }
    });
}

fn drop_int64_format(_: &Spec, root: &mut Value) {
    everywhere(root, &mut |schema| {
        if schema["type"] == "integer" && schema["format"] == "int64" {
            schema.as_object_mut().map(|it| it.remove("format"));
        }
    });
}

fn keep_request_numbers_as_written(spec: &Spec, root: &mut Value) {
    let mut found = false;
    bodies(spec, root, |schema| {
        for (_, property) in map_mut(schema, "properties").into_iter().flatten() {
            if property["type"] == "number" {
                *property = json!({ "$ref": "#/components/schemas/RequestNumber" });
                found = true;
            }
        }
    });
    if found {
        root["components"]["schemas"]["RequestNumber"] = json!({ "type": "number" });
    }
}

fn secrets_are_types(_: &Spec, root: &mut Value) {
    let mut found = false;
    everywhere(&mut root["components"]["schemas"], &mut |schema| {
        if schema["x-secret"] == true {
            *schema = json!({ "$ref": "#/components/schemas/Secret" });
            found = true;
        }
    });
    if found {
        root["components"]["schemas"]["Secret"] = json!({ "type": "string" });
    }
}

fn deep_object_to_prefixed_map(_: &Spec, root: &mut Value) {
    let mut added = Vec::new();
    for operation in operations_mut(root) {
        let parameters = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut);
        for parameter in parameters.into_iter().flatten() {
            if parameter["style"] == "deepObject" {
                let name = schema_name(&parameter["schema"]).unwrap_or_default();
                let name = format!("{name}Query");
                parameter["schema"] = json!({ "$ref": format!("#/components/schemas/{name}") });
                parameter["style"] = json!("form");
                added.push((name, parameter["name"].clone()));
            }
        }
    }
    for (name, prefix) in added {
        root["components"]["schemas"][name] =
            json!({ "type": "object", "additionalProperties": true, PREFIXED_MAP: prefix });
    }
}
