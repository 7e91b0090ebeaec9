//! The operation table: what the YAML says of each operation, as Rust statics for `src/operation.rs`.
//!
//! It is written before any fixup, so it is the spec's truth and not the generator's. The transport reads from it what may be
//! repeated, where the credential goes and what shape an answer has; the command line makes its `api` command from it.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;

use crate::fixups::is_open_scalar;
use crate::spec::{Fault, Operation, Spec, default_of, schema_name};

pub fn render(spec: &Spec, vendor: &str) -> Result<String, Fault> {
    let mut out = String::new();
    let mut records = BTreeSet::new();
    let mut rows = Vec::new();
    let mut operations = spec.operations();
    // By name, so that the library can look one up by halving.
    operations.sort_by_key(|operation| operation.id);
    for operation in &operations {
        rows.push(row(spec, vendor, operation, &mut records)?);
    }
    // Each record may name others; go on until no new one turns up.
    let mut done = BTreeSet::new();
    while let Some(name) = records.difference(&done).next().cloned() {
        done.insert(name.clone());
        let text = record(spec, &name, &mut records);
        out.push_str(&text);
    }
    let server = spec.root.pointer("/servers/0/url").and_then(Value::as_str);
    // A template stands for a host that no page prints: it is the user's to set.
    let server = server.filter(|url| !url.contains('{'));
    let _ = writeln!(out, "pub const SERVER: Option<&str> = {server:?};");
    let _ = writeln!(
        out,
        "pub static OPERATIONS: [Operation; {}] = [\n{}];",
        rows.len(),
        rows.concat()
    );
    Ok(out)
}

fn row(
    spec: &Spec,
    vendor: &str,
    operation: &Operation<'_>,
    records: &mut BTreeSet<String>,
) -> Result<String, Fault> {
    let value = operation.value;
    let (credential, credential_name) = credential(spec, operation)?;
    let mut parameters = String::new();
    let mut add = |name: &str, place: &str, required: bool, schema: &Value, outer: &Value| {
        let text = parameter(spec, name, place, required, schema, outer);
        parameters.push_str(&text);
    };
    for parameter in spec.parameters(value) {
        let name = parameter["name"].as_str().unwrap_or_default();
        let place = match parameter["in"].as_str() {
            Some("path") => "Path",
            _ => "Query",
        };
        add(
            name,
            place,
            parameter["required"] == true,
            &parameter["schema"],
            parameter,
        );
    }
    if let Some(body) = spec
        .request_schema(value)
        .and_then(|schema| spec.resolve(schema))
    {
        let required: Vec<_> = body["required"].as_array().into_iter().flatten().collect();
        for (name, schema) in body["properties"].as_object().into_iter().flatten() {
            if Some(name.as_str()) != credential_name.as_deref() {
                let required = required.iter().any(|it| *it == name);
                add(name, "Body", required, schema, schema);
            }
        }
    }
    let answer = match spec.answer_schema(value) {
        None => "Shape::Nothing".to_owned(),
        Some(schema) => shape(spec, schema, records),
    };
    let text = |key: &str| words(value[key].as_str().unwrap_or_default());
    let provenance = &value["x-provenance"];
    let confidence = match provenance["confidence"].as_str() {
        Some("documented") => "Documented",
        Some("observed") => "Observed",
        _ => "Inferred",
    };
    let effect = match value["x-effect"].as_str() {
        Some("read") => "Read",
        Some("set") => "Set",
        Some("change") => "Change",
        _ => "Spend",
    };
    Ok(format!(
        "Operation {{ vendor: Vendor::{vendor}, id: {:?}, method: {:?}, path: {:?}, effect: Effect::{effect}, summary: {:?}, \
         description: {:?}, document: {:?}, confidence: Confidence::{confidence}, has_body: {}, parameters: &[\n{parameters}], \
         credential: {credential}, answer: {answer} }},\n",
        operation.id,
        operation.method.to_uppercase(),
        operation.path,
        text("summary"),
        text("description"),
        provenance["document"].as_str().unwrap_or_default(),
        value.get("requestBody").is_some(),
    ))
}

/// Where the credential of an operation goes, as Rust, and the body property that carries it.
fn credential(spec: &Spec, operation: &Operation<'_>) -> Result<(String, Option<String>), Fault> {
    let security = operation
        .value
        .get("security")
        .unwrap_or(&spec.root["security"]);
    let schemes = spec.root.pointer("/components/securitySchemes");
    let schemes = schemes.and_then(Value::as_object);
    let wanted = security.as_array().into_iter().flatten().next();
    let wanted = wanted
        .and_then(Value::as_object)
        .and_then(|it| it.keys().next());
    let Some(wanted) = wanted else {
        // OpenAPI has no word for a key in the body: it is then the secret property that is named like a query key.
        let body = spec
            .request_schema(operation.value)
            .and_then(|schema| spec.resolve(schema));
        let keys = schemes
            .into_iter()
            .flatten()
            .filter_map(|(_, scheme)| scheme["name"].as_str());
        for key in keys {
            let property = body.and_then(|body| body["properties"].get(key));
            if property.is_some_and(|property| property["x-secret"] == true) {
                return Ok((
                    format!("CredentialPlace::Body({key:?})"),
                    Some(key.to_owned()),
                ));
            }
        }
        return Ok(("CredentialPlace::Nowhere".to_owned(), None));
    };
    let scheme = schemes
        .and_then(|schemes| schemes.get(wanted))
        .unwrap_or(&Value::Null);
    let name = scheme["name"].as_str().unwrap_or_default();
    let place = match (
        scheme["type"].as_str(),
        scheme["in"].as_str(),
        scheme["scheme"].as_str(),
    ) {
        (Some("apiKey"), Some("header"), _) => format!("CredentialPlace::Header({name:?})"),
        (Some("apiKey"), Some("query"), _) => format!("CredentialPlace::Query({name:?})"),
        (Some("http"), _, Some("bearer")) => "CredentialPlace::Bearer".to_owned(),
        _ => {
            let what = format!(
                "security scheme `{wanted}` is neither an API key in header or query nor an HTTP bearer: use one of these"
            );
            return Err(spec.fault(operation.id, what));
        }
    };
    Ok((place, None))
}

fn parameter(
    spec: &Spec,
    name: &str,
    place: &str,
    required: bool,
    schema: &Value,
    outer: &Value,
) -> String {
    let target = flatten(spec, schema);
    let closed = target["type"] == "array";
    let values = if closed {
        flatten(spec, &target["items"])
    } else {
        target
    };
    let allowed = values["enum"]
        .as_array()
        .map(|list| list.iter().map(plain).collect::<Vec<_>>());
    let known = values["x-extensible-enum"]
        .as_array()
        .map(|list| list.iter().map(plain).collect::<Vec<_>>());
    let default = default_of(schema).or_else(|| default_of(target)).map(plain);
    let bound = |key: &str| target[key].as_i64();
    let description = [outer, schema, target]
        .iter()
        .find_map(|it| it["description"].as_str())
        .unwrap_or_default();
    let secret = schema["x-secret"] == true || target["x-secret"] == true;
    format!(
        "Parameter {{ name: {name:?}, place: Place::{place}, required: {required}, kind: {}, allowed: &{:?}, known: &{:?}, default: {default:?}, \
         minimum: {:?}, maximum: {:?}, secret: {secret}, description: {:?} }},\n",
        kind(spec, target),
        allowed.unwrap_or_default(),
        known.unwrap_or_default(),
        bound("minimum"),
        bound("maximum"),
        words(description),
    )
}

/// Follows references and a lone `allOf`, which only carries `nullable` or a description.
fn flatten<'a>(spec: &'a Spec, mut schema: &'a Value) -> &'a Value {
    loop {
        schema = spec.resolve(schema).unwrap_or(schema);
        match schema["allOf"].as_array() {
            Some(parts) if parts.len() == 1 => schema = &parts[0],
            _ => return schema,
        }
    }
}

fn kind(spec: &Spec, schema: &Value) -> String {
    match schema["type"].as_str() {
        Some("integer") => "Kind::Integer".to_owned(),
        Some("number") => "Kind::Number".to_owned(),
        Some("boolean") => "Kind::Boolean".to_owned(),
        Some("string") => "Kind::Text".to_owned(),
        Some("array") => {
            let items = kind(spec, flatten(spec, &schema["items"]));
            format!("Kind::List(&{items})")
        }
        Some("object") if schema.get("properties").is_none() => "Kind::Map".to_owned(),
        Some("object") => "Kind::Object".to_owned(),
        _ if schema["oneOf"].as_array().is_some_and(|parts| {
            parts
                .iter()
                .all(|part| part["type"] == "integer" || part["type"] == "string")
        }) =>
        {
            "Kind::IntegerOrText".to_owned()
        }
        _ => "Kind::Any".to_owned(),
    }
}

fn record(spec: &Spec, name: &str, records: &mut BTreeSet<String>) -> String {
    let reference = serde_json::json!({ "$ref": format!("#/components/schemas/{name}") });
    let Some(schema) = spec.resolve(&reference) else {
        return String::new();
    };
    let mut fields = String::new();
    for (field, inner) in schema["properties"].as_object().into_iter().flatten() {
        let identity = inner["x-identity"] == true;
        let shape = shape(spec, inner, records);
        let _ = writeln!(
            fields,
            "Field {{ name: {field:?}, identity: {identity}, shape: {shape} }},"
        );
    }
    format!(
        "static {}: Record = Record {{ name: {name:?}, fields: &[\n{fields}] }};\n",
        constant(name)
    )
}

/// What an answer's value must look like for its generated type to read it.
fn shape(spec: &Spec, schema: &Value, records: &mut BTreeSet<String>) -> String {
    if schema["x-secret"] == true {
        return "Shape::Any".to_owned();
    }
    if let Some(name) = schema_name(schema) {
        let Some(target) = spec.resolve(schema) else {
            return "Shape::Any".to_owned();
        };
        if is_open_scalar(name, target) {
            return "Shape::Any".to_owned();
        }
        if target["type"] == "object" && target.get("properties").is_some() {
            records.insert(name.to_owned());
            return format!("Shape::Record(&{})", constant(name));
        }
        return shape(spec, target, records);
    }
    match schema["type"].as_str() {
        Some("string") => "Shape::Text".to_owned(),
        Some("integer") => "Shape::Integer".to_owned(),
        Some("number") => "Shape::Number".to_owned(),
        Some("boolean") => "Shape::Flag".to_owned(),
        Some("array") => format!("Shape::List(&{})", shape(spec, &schema["items"], records)),
        Some("object") => "Shape::Map".to_owned(),
        _ => match schema["allOf"].as_array() {
            Some(parts) if parts.len() == 1 => shape(spec, &parts[0], records),
            _ => "Shape::Any".to_owned(),
        },
    }
}

/// `OrderList` -> `ORDER_LIST`.
fn constant(name: &str) -> String {
    let mut out = String::new();
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            out.push('_');
        }
        out.extend(letter.to_uppercase());
    }
    out
}

fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
