//! Where Rust needs the spec bent: small named fixups, each with its reason.
//!
//! The YAML is true for every language and is never changed for the generator's sake. A fixup that finds nothing to bend any more
//! stops the build, so that none outlives its reason.

use serde_json::{Value, json};

use crate::spec::{Fault, METHODS, Spec, schema_name, walk_schemas};

struct Fixup {
    name: &'static str,
    /// The vendors whose spec needs it.
    vendors: &'static [&'static str],
    /// Bends the spec; says how often.
    bend: fn(&Spec, &mut Value) -> usize,
}

const ALL: &[&str] = &["iproyal", "proxyshard", "smartproxy"];

/// In the order in which they are applied.
const FIXUPS: &[Fixup] = &[
    // The generator panics on two failure shapes, and loses status, headers and body of a failure that is not of the declared
    // shape. Undeclared, every failure arrives whole, and the transport reads it.
    Fixup {
        name: "drop_failure_answers",
        vendors: ALL,
        bend: drop_failure_answers,
    },
    // An answer under another success than the documented one is read all the same. (What spends says `2XX` in the spec itself.)
    Fixup {
        name: "widen_200_to_2xx",
        vendors: ALL,
        bend: widen_200_to_2xx,
    },
    // The credential is the transport's to add; a caller must not have to pass it with each body.
    Fixup {
        name: "credential_out_of_bodies",
        vendors: &["smartproxy"],
        bend: credential_out_of_bodies,
    },
    // A wrapper `{allOf: [ref], description}` would become a type of its own.
    Fixup {
        name: "lone_all_of_to_reference",
        vendors: ALL,
        bend: lone_all_of_to_reference,
    },
    // A named schema that may be null would become a wrapper around an `Option`; every use of one is optional already.
    Fixup {
        name: "nullable_named_to_plain",
        vendors: ALL,
        bend: nullable_named_to_plain,
    },
    // No page of this vendor's marks the identity as required, and yet an answer without it is worthless.
    Fixup {
        name: "identities_are_required",
        vendors: &["smartproxy"],
        bend: identities_are_required,
    },
    // A field that a page calls required may still be missing one day; only the identity may make an answer unreadable.
    Fixup {
        name: "answers_require_only_identity",
        vendors: &["proxyshard"],
        bend: answers_require_only_identity,
    },
    // A list that is missing would be read as an empty one, and "no orders" is a dangerous thing to believe: it becomes an `Option`.
    Fixup {
        name: "missing_lists_are_none",
        vendors: &["iproyal", "proxyshard"],
        bend: missing_lists_are_none,
    },
    // The generator writes a schema's default into every request; what the caller does not set is the vendor's to decide.
    Fixup {
        name: "defaults_are_the_vendors",
        vendors: &["proxyshard", "smartproxy"],
        bend: defaults_are_the_vendors,
    },
    // Rust's whole numbers have 64 bits as it is. Said of each, it would cost the unsigned type of one whose least is 0, and would name
    // the variant of a `oneOf` after itself.
    Fixup {
        name: "int64_goes_without_saying",
        vendors: ALL,
        bend: int64_goes_without_saying,
    },
    // As an f64, a count of 2 would go out as 2.0, which a strict reader of whole numbers refuses.
    Fixup {
        name: "request_numbers_as_written",
        vendors: &["smartproxy"],
        bend: request_numbers_as_written,
    },
    // Keys and passwords become a type that can't be printed.
    Fixup {
        name: "secrets_are_types",
        vendors: ALL,
        bend: secrets_are_types,
    },
    // The generator refuses deepObject. As a form-exploded map whose keys are `name[key]`, the same goes over the wire.
    Fixup {
        name: "deep_object_to_prefixed_map",
        vendors: &["iproyal"],
        bend: deep_object_to_prefixed_map,
    },
];

/// Schemas that stand for one of the library's own types.
pub const REPLACED: &[(&str, &str)] = &[
    ("Money", "crate::vocabulary::Money"),
    ("Cents", "crate::vocabulary::Cents"),
    ("NullableMoney", "crate::vocabulary::Money"),
    ("Timestamp", "crate::vocabulary::Moment"),
    ("NullableTimestamp", "crate::vocabulary::Moment"),
    ("ProxyEntry", "crate::vocabulary::ProxyEntry"),
    ("Secret", "crate::vocabulary::Secret"),
    ("RequestNumber", "::serde_json::Number"),
    (
        "ProductQuestionAnswersQuery",
        "crate::generated::ProductQuestionAnswersQuery",
    ),
];

pub fn apply(spec: &Spec, vendor: &str) -> Result<Spec, Vec<Fault>> {
    let mut bent = spec.clone();
    let mut faults = Vec::new();
    for fixup in FIXUPS
        .iter()
        .filter(|fixup| fixup.vendors.contains(&vendor))
    {
        let before = bent.clone();
        if (fixup.bend)(&before, &mut bent.root) == 0 {
            let what = format!(
                "fixup `{}` finds nothing to bend: take this vendor off its list in build/fixups.rs",
                fixup.name
            );
            faults.push(Fault::file(&spec.file, what));
        }
    }
    if faults.is_empty() {
        Ok(bent)
    } else {
        Err(faults)
    }
}

/// Whether the schema becomes an open enum of the library's.
fn is_open_enum(schema: &Value) -> bool {
    // The generator can't make an enum of integers, so a closed one of a request becomes open as well.
    schema.get("x-extensible-enum").is_some()
        || (schema["type"] == "integer" && schema.get("enum").is_some())
}

/// Whether the schema's Rust type reads any value at all.
pub fn is_open_scalar(name: &str, schema: &Value) -> bool {
    is_open_enum(schema) || REPLACED.iter().any(|(replaced, _)| *replaced == name)
}

/// Names of the schemas that become open enums.
pub fn enum_names(spec: &Spec) -> impl Iterator<Item = &String> {
    spec.schemas()
        .filter(|(_, schema)| is_open_enum(schema))
        .map(|(name, _)| name)
}

/// The open enums as calls of the library's macros.
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
    let mut bends = 0;
    for operation in operations_mut(root) {
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
        {
            let before = responses.len();
            responses.retain(|status, _| status.starts_with('2'));
            bends += before - responses.len();
        }
    }
    bends
}

fn widen_200_to_2xx(_: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
    for operation in operations_mut(root) {
        if let Some(responses) = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut)
            && let Some(answer) = responses.remove("200")
        {
            responses.insert("2XX".to_owned(), answer);
            bends += 1;
        }
    }
    bends
}

fn credential_out_of_bodies(spec: &Spec, root: &mut Value) -> usize {
    let schemes = spec
        .root
        .pointer("/components/securitySchemes")
        .and_then(Value::as_object);
    let keys: Vec<_> = schemes
        .into_iter()
        .flatten()
        .filter_map(|(_, scheme)| scheme["name"].as_str())
        .collect();
    let mut bends = 0;
    for operation in spec.operations() {
        let Some(name) = spec.request_schema(operation.value).and_then(schema_name) else {
            continue;
        };
        let schema = &mut root["components"]["schemas"][name];
        for key in &keys {
            if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut)
                && properties.remove(*key).is_some()
            {
                bends += 1;
            }
            if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
                required.retain(|it| it != key);
            }
        }
    }
    bends
}

/// Calls `bend` on every JSON object below `value`, the innermost first.
fn everywhere(value: &mut Value, bend: &mut impl FnMut(&mut Value)) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|inner| everywhere(inner, bend)),
        Value::Array(list) => list.iter_mut().for_each(|inner| everywhere(inner, bend)),
        _ => return,
    }
    if value.is_object() {
        bend(value);
    }
}

fn lone_all_of_to_reference(_: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
    everywhere(&mut root["components"]["schemas"], &mut |schema| {
        if let Some([only]) = schema["allOf"].as_array().map(Vec::as_slice)
            && schema_name(only).is_some()
        {
            *schema = only.clone();
            bends += 1;
        }
    });
    bends
}

fn nullable_named_to_plain(_: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
    let schemas = root["components"]["schemas"].as_object_mut();
    for (_, schema) in schemas.into_iter().flatten() {
        if let Some(map) = schema.as_object_mut() {
            bends += usize::from(map.remove("nullable").is_some());
        }
    }
    bends
}

fn identities_are_required(spec: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
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
                bends += 1;
            }
        }
    }
    bends
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
    let mut bends = 0;
    for name in answer_schemas(spec) {
        let schema = &mut root["components"]["schemas"][name];
        let Some(required) = schema["required"].as_array().cloned() else {
            continue;
        };
        let (kept, dropped): (Vec<_>, Vec<_>) = required.into_iter().partition(|property| {
            let property = property.as_str().unwrap_or_default();
            schema["properties"][property]["x-identity"] == true
        });
        bends += dropped.len();
        schema["required"] = Value::Array(kept);
    }
    bends
}

fn missing_lists_are_none(spec: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
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
                bends += 1;
            }
        }
    }
    bends
}

fn defaults_are_the_vendors(_: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
    everywhere(root, &mut |schema| {
        // A property may itself be named `default`: only a schema's own one, beside its `type`, is meant.
        if schema["type"].is_string()
            && let Some(map) = schema.as_object_mut()
            && map.remove("default").is_some()
        {
            bends += 1;
        }
    });
    bends
}

fn int64_goes_without_saying(_: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
    everywhere(root, &mut |schema| {
        if schema["type"] == "integer"
            && schema["format"] == "int64"
            && let Some(map) = schema.as_object_mut()
        {
            map.remove("format");
            bends += 1;
        }
    });
    bends
}

fn request_numbers_as_written(spec: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
    for operation in spec.operations() {
        let Some(name) = spec.request_schema(operation.value).and_then(schema_name) else {
            continue;
        };
        let properties = root["components"]["schemas"][name].get_mut("properties");
        let properties = properties.and_then(Value::as_object_mut);
        for (_, property) in properties.into_iter().flatten() {
            if property["type"] == "number" {
                *property = json!({ "$ref": "#/components/schemas/RequestNumber" });
                bends += 1;
            }
        }
    }
    if bends > 0 {
        root["components"]["schemas"]["RequestNumber"] = json!({ "type": "number" });
    }
    bends
}

fn secrets_are_types(_: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
    everywhere(&mut root["components"]["schemas"], &mut |schema| {
        if schema["x-secret"] == true {
            *schema = json!({ "$ref": "#/components/schemas/Secret" });
            bends += 1;
        }
    });
    if bends > 0 {
        root["components"]["schemas"]["Secret"] = json!({ "type": "string" });
    }
    bends
}

fn deep_object_to_prefixed_map(_: &Spec, root: &mut Value) -> usize {
    let mut bends = 0;
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
                added.push(name);
                bends += 1;
            }
        }
    }
    for name in added {
        root["components"]["schemas"][name] =
            json!({ "type": "object", "additionalProperties": true });
    }
    bends
}
