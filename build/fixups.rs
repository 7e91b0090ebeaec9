//! Adaptations of a spec to the Rust generator: small named fixups, each with its reason.
//!
//! The YAML is true for every language and is never changed for the generator. Every fixup is
//! applied to every spec. A fixup that changes nothing in any spec stops the build, so that none
//! outlives its reason.

use serde_json::{Value, json};

use super::spec::{METHODS, Spec, schema_name, walk_schemas};

/// Changes the second argument, which is the root of the spec in the first; returns the number of
/// changes.
type Fixup = fn(&Spec, &mut Value) -> usize;

/// All fixups, in the order in which they are applied.
const FIXUPS: &[(&str, Fixup)] = &[
    // The generator panics on two shapes of failures, and loses status, headers and body of a
    // failure that does not have the declared shape. A failure that is not declared arrives whole,
    // and the transport reads it.
    ("drop_failure_answers", drop_failure_answers),
    // An answer with another 2xx status than the documented one is read too. (An operation that
    // spends says `2XX` in the spec itself.)
    ("widen_200_to_2xx", widen_200_to_2xx),
    // The transport adds the credential; a caller must not have to pass it with each body.
    ("drop_credential_from_bodies", drop_credential_from_bodies),
    // `{allOf: [ref], description}` would become a type of its own.
    (
        "replace_lone_all_of_by_reference",
        replace_lone_all_of_by_reference,
    ),
    // A named schema that may be null would become a wrapper around an `Option`; every use of one
    // is optional already.
    (
        "drop_nullable_of_named_schemas",
        drop_nullable_of_named_schemas,
    ),
    // An answer without its identity is worthless, even if no page of the vendor's marks the
    // identity as required.
    ("identities_are_required", identities_are_required),
    // A field that a page calls required may still be missing one day; only the identity may make
    // an answer unreadable.
    (
        "answers_require_only_identity",
        answers_require_only_identity,
    ),
    // A missing list would be read as an empty one, and a caller would conclude that there are no
    // orders. It becomes an `Option`.
    ("missing_lists_are_none", missing_lists_are_none),
    // The generator writes a schema's default into every request; the vendor decides on what the
    // caller does not set.
    ("drop_defaults", drop_defaults),
    // Rust's whole numbers have 64 bits already. The format would cost the unsigned type of a
    // number whose minimum is 0, and would name the variant of a `oneOf` after itself.
    ("drop_int64_format", drop_int64_format),
    // As an f64, a count of 2 would go out as 2.0, which a strict reader of whole numbers refuses.
    (
        "keep_request_numbers_as_written",
        keep_request_numbers_as_written,
    ),
    // Keys and passwords become a type that cannot be printed.
    ("secrets_are_types", secrets_are_types),
    // The generator refuses deepObject. A form-exploded map whose keys are `name[key]` sends the
    // same over the wire.
    ("deep_object_to_prefixed_map", deep_object_to_prefixed_map),
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

/// Applies all fixups; returns the fixed spec, and the number of changes that each fixup made.
pub fn apply(spec: &Spec) -> (Spec, Vec<usize>) {
    let mut fixed = spec.clone();
    let changes = FIXUPS.iter().map(|(_, fixup)| {
        let before = fixed.clone();
        fixup(&before, &mut fixed.root)
    });
    let changes = changes.collect();
    (fixed, changes)
}

/// The fixups that changed nothing in any spec, by what `apply` returned for each of them.
pub fn unused(changes: &[Vec<usize>]) -> impl Iterator<Item = &'static str> {
    let names = FIXUPS.iter().map(|(name, _)| *name).enumerate();
    names.filter_map(|(index, name)| changes.iter().all(|it| it[index] == 0).then_some(name))
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

fn operations_mut(root: &mut Value) -> impl Iterator<Item = &mut Value> {
    let paths = root
        .get_mut("paths")
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten();
    paths.flat_map(|(_, item)| {
        let item = item.as_object_mut().into_iter().flatten();
        item.filter(|(key, _)| METHODS.contains(&key.as_str()))
            .map(|(_, operation)| operation)
    })
}

fn drop_failure_answers(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    for operation in operations_mut(root) {
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        {
            let before = responses.len();
            responses.retain(|status, _| status.starts_with('2'));
            changes += before - responses.len();
        }
    }
    changes
}

fn widen_200_to_2xx(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    for operation in operations_mut(root) {
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            && let Some(answer) = responses.remove("200")
        {
            responses.insert("2XX".to_owned(), answer);
            changes += 1;
        }
    }
    changes
}

fn drop_credential_from_bodies(spec: &Spec, root: &mut Value) -> usize {
    let schemes = spec
        .root
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object);
    let keys: Vec<_> = schemes
        .into_iter()
        .flatten()
        .filter_map(|(_, scheme)| scheme["name"].as_str())
        .collect();
    let mut changes = 0;
    for operation in spec.operations() {
        let Some(name) = spec.request_schema(operation.value).and_then(schema_name) else {
            continue;
        };
        let schema = &mut root["components"]["schemas"][name];
        for key in &keys {
            if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
                && properties.remove(*key).is_some()
            {
                changes += 1;
            }
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|it| it != key);
            }
        }
    }
    changes
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

fn replace_lone_all_of_by_reference(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    everywhere(&mut root["components"]["schemas"], &mut |schema| {
        if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice)
            && schema_name(only).is_some()
        {
            *schema = only.clone();
            changes += 1;
        }
    });
    changes
}

fn drop_nullable_of_named_schemas(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    let schemas = root["components"]["schemas"].as_object_mut();
    for (_, schema) in schemas.into_iter().flatten() {
        if let Some(map) = schema.as_object_mut() {
            changes += usize::from(map.remove("nullable").is_some());
        }
    }
    changes
}

fn identities_are_required(spec: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    for name in answer_schemas(spec) {
        let schema = &mut root["components"]["schemas"][name];
        let properties = schema["properties"].as_object().into_iter().flatten();
        let identities = properties.filter(|(_, property)| property["x-identity"] == true);
        let identities: Vec<_> = identities.map(|(name, _)| json!(name)).collect();
        let Some(map) = schema.as_object_mut() else {
            continue;
        };
        let required = map.entry("required").or_insert_with(|| json!([]));
        let Some(required) = required.as_array_mut() else {
            continue;
        };
        for identity in identities {
            if !required.contains(&identity) {
                required.push(identity);
                changes += 1;
            }
        }
    }
    changes
}

/// Names of all schemas that answers are made of.
fn answer_schemas(spec: &Spec) -> Vec<&str> {
    let mut names = Vec::new();
    for operation in spec.operations() {
        // Failure answers are gone and 200 is 2XX by now.
        let answer = operation
            .value
            .pointer("/responses/2XX/content/application~1json/schema");
        if let Some(answer) = answer {
            walk_schemas(spec, answer, "", &mut names, &mut |_, _| {});
        }
    }
    names
}

fn answers_require_only_identity(spec: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    for name in answer_schemas(spec) {
        let schema = &mut root["components"]["schemas"][name];
        let Some(required) = schema["required"].as_array().cloned() else {
            continue;
        };
        let (kept, dropped): (Vec<_>, Vec<_>) = required.into_iter().partition(|property| {
            let property = property.as_str().unwrap_or_default();
            schema["properties"][property]["x-identity"] == true
        });
        changes += dropped.len();
        schema["required"] = Value::Array(kept);
    }
    changes
}

fn missing_lists_are_none(spec: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    for name in answer_schemas(spec) {
        let schema = &mut root["components"]["schemas"][name];
        for (_, property) in schema
            .get_mut("properties")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flatten()
        {
            if property["type"] == "array"
                && property["x-identity"] != true
                && property["nullable"] != true
            {
                property["nullable"] = json!(true);
                changes += 1;
            }
        }
    }
    changes
}

fn drop_defaults(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    everywhere(root, &mut |schema| {
        // A property may itself be named `default`: only a schema's own one, beside its `type`, is
        // meant.
        if schema["type"].is_string()
            && let Some(map) = schema.as_object_mut()
            && map.remove("default").is_some()
        {
            changes += 1;
        }
    });
    changes
}

fn drop_int64_format(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    everywhere(root, &mut |schema| {
        if schema["type"] == "integer"
            && schema["format"] == "int64"
            && let Some(map) = schema.as_object_mut()
        {
            map.remove("format");
            changes += 1;
        }
    });
    changes
}

fn keep_request_numbers_as_written(spec: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    for operation in spec.operations() {
        let Some(name) = spec.request_schema(operation.value).and_then(schema_name) else {
            continue;
        };
        let properties = root["components"]["schemas"][name].get_mut("properties");
        let properties = properties.and_then(Value::as_object_mut);
        for (_, property) in properties.into_iter().flatten() {
            if property["type"] == "number" {
                *property = json!({ "$ref": "#/components/schemas/RequestNumber" });
                changes += 1;
            }
        }
    }
    if changes > 0 {
        root["components"]["schemas"]["RequestNumber"] = json!({ "type": "number" });
    }
    changes
}

fn secrets_are_types(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    everywhere(&mut root["components"]["schemas"], &mut |schema| {
        if schema["x-secret"] == true {
            *schema = json!({ "$ref": "#/components/schemas/Secret" });
            changes += 1;
        }
    });
    if changes > 0 {
        root["components"]["schemas"]["Secret"] = json!({ "type": "string" });
    }
    changes
}

fn deep_object_to_prefixed_map(_: &Spec, root: &mut Value) -> usize {
    let mut changes = 0;
    let mut added = Vec::new();
    for operation in operations_mut(root) {
        for parameter in operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            if parameter["style"] == "deepObject" {
                let name = format!(
                    "{}Query",
                    schema_name(&parameter["schema"]).unwrap_or_default()
                );
                parameter["schema"] = json!({ "$ref": format!("#/components/schemas/{name}") });
                parameter["style"] = json!("form");
                added.push((name, parameter["name"].clone()));
                changes += 1;
            }
        }
    }
    for (name, prefix) in added {
        root["components"]["schemas"][name] =
            json!({ "type": "object", "additionalProperties": true, PREFIXED_MAP: prefix });
    }
    changes
}
