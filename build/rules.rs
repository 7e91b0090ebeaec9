//! What a spec must keep to before anything is made of it. The rules themselves stand in `openapi/README.md`.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::spec::{Fault, METHODS, Spec, schema_name, success, walk_schemas};

pub const EFFECTS: [&str; 4] = ["read", "set", "change", "spend"];
const CONFIDENCES: [&str; 3] = ["documented", "observed", "inferred"];

pub fn check(spec: &Spec) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    if spec.root["openapi"] != "3.0.3" {
        let found = &spec.root["openapi"];
        let what =
            format!("`openapi` is {found}: the generator reads 3.0.3, write `openapi: 3.0.3`");
        faults.push(Fault::file(&spec.file, what));
    }
    for (key, part) in spec.root.as_object().into_iter().flatten() {
        if key != "paths" {
            references(spec, part, key, &mut faults);
            nullables(spec, part, key, &mut faults);
        }
    }
    names(spec, &mut faults);
    let mut ids = BTreeMap::new();
    for operation in spec.operations() {
        let here = format!("{} {}", operation.method.to_uppercase(), operation.path);
        if operation.id.is_empty() {
            let what = "has no operationId: give it the snake_case name that clients will call";
            faults.push(spec.fault(&here, what));
            continue;
        }
        if let Some(other) = ids.insert(operation.id, here.clone()) {
            let what = format!("operationId also stands at {other}: give each operation its own");
            faults.push(spec.fault(operation.id, what));
        }
        references(spec, operation.value, operation.id, &mut faults);
        nullables(spec, operation.value, operation.id, &mut faults);
        marks(spec, operation.id, operation.value, &mut faults);
        parameters(
            spec,
            operation.id,
            operation.path,
            operation.value,
            &mut faults,
        );
        bodies(spec, operation.id, operation.value, &mut faults);
    }
    for (path, item) in spec.root["paths"].as_object().into_iter().flatten() {
        for key in item.as_object().into_iter().flatten().map(|(key, _)| key) {
            if !METHODS.contains(&key.as_str()) {
                let what = format!("`{key}` is not supported here: write it at each operation");
                faults.push(spec.fault(path, what));
            }
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

/// Where something stands: below an operation its name says enough, elsewhere the path of keys.
fn below(place: &str, key: &str) -> String {
    if place.starts_with("components") {
        format!("{place}/{key}")
    } else {
        place.to_owned()
    }
}

/// Every `$ref` points to something in this file.
fn references(spec: &Spec, value: &Value, place: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str)
                && spec.resolve(value).is_none()
            {
                let what = format!(
                    "`$ref: {reference}` leads nowhere in this file: mend the name or add the component"
                );
                faults.push(spec.fault(place, what));
            }
            for (key, inner) in map {
                references(spec, inner, &below(place, key), faults);
            }
        }
        Value::Array(list) => {
            for inner in list {
                references(spec, inner, place, faults);
            }
        }
        _ => {}
    }
}

/// In 3.0.3 `nullable` means something only beside `type`.
fn nullables(spec: &Spec, value: &Value, place: &str, faults: &mut Vec<Fault>) {
    match value {
        Value::Object(map) => {
            if map.get("nullable") == Some(&Value::Bool(true)) && !map.contains_key("type") {
                let what = "`nullable` without `type` means nothing in OpenAPI 3.0.3: make the schema that is referred to nullable";
                faults.push(spec.fault(place, what));
            }
            for (key, inner) in map {
                nullables(spec, inner, &below(place, key), faults);
            }
        }
        Value::Array(list) => {
            for inner in list {
                nullables(spec, inner, place, faults);
            }
        }
        _ => {}
    }
}

/// No two schemas differ by case alone: they would become one Rust type.
fn names(spec: &Spec, faults: &mut Vec<Fault>) {
    let mut seen = BTreeMap::new();
    for (name, _) in spec.schemas() {
        if let Some(other) = seen.insert(name.to_lowercase(), name) {
            let what = format!("schema differs from `{other}` by case alone: rename one");
            faults.push(spec.fault(name, what));
        }
    }
}

/// `x-effect` and `x-provenance` are there and say something that is known.
fn marks(spec: &Spec, id: &str, operation: &Value, faults: &mut Vec<Fault>) {
    match operation["x-effect"].as_str() {
        Some(effect) if EFFECTS.contains(&effect) => {}
        Some(effect) => faults.push(spec.fault(
            id,
            format!("`x-effect: {effect}` is none of {}", EFFECTS.join(", ")),
        )),
        None => faults.push(spec.fault(
            id,
            "has no `x-effect`: say read, set, change or spend, as it decides whether a call may be repeated",
        )),
    }
    let provenance = &operation["x-provenance"];
    let document = provenance["document"].as_str().unwrap_or_default();
    if spec.root["x-documents"].get(document).is_none() {
        let what = format!(
            "`x-provenance.document` is `{document}`, which is not listed under `x-documents`: name the page that the fact comes from"
        );
        faults.push(spec.fault(id, what));
    }
    let confidence = provenance["confidence"].as_str().unwrap_or_default();
    if !CONFIDENCES.contains(&confidence) {
        let what = format!(
            "`x-provenance.confidence` is `{confidence}`: say {}",
            CONFIDENCES.join(", ")
        );
        faults.push(spec.fault(id, what));
    }
}

/// Path parameters match the path; a query array is a named schema.
fn parameters(spec: &Spec, id: &str, path: &str, operation: &Value, faults: &mut Vec<Fault>) {
    let mut declared = Vec::new();
    for parameter in spec.parameters(operation) {
        let name = parameter["name"].as_str().unwrap_or_default();
        let place = parameter["in"].as_str().unwrap_or_default();
        match place {
            "path" if parameter["required"] == true => declared.push(name),
            "path" => faults.push(spec.fault(
                id,
                format!("path parameter `{name}` lacks `required: true`"),
            )),
            "query" => {}
            other => faults.push(spec.fault(
                id,
                format!("parameter `{name}` is in `{other}`: only path and query are supported"),
            )),
        }
        let schema = &parameter["schema"];
        let resolved = spec.resolve(schema).unwrap_or(schema);
        let structured = resolved["type"] == "array" || resolved["type"] == "object";
        if structured && schema_name(schema).is_none() {
            let what = format!(
                "query parameter `{name}` holds an unnamed {}: move it to components/schemas and refer to it",
                resolved["type"]
            );
            faults.push(spec.fault(id, what));
        }
    }
    for piece in path.split('/') {
        if let Some(name) = piece
            .strip_prefix('{')
            .and_then(|piece| piece.strip_suffix('}'))
            && !declared.contains(&name)
        {
            let what = format!(
                "the path names `{{{name}}}` but no path parameter of that name is declared: add it"
            );
            faults.push(spec.fault(id, what));
        }
    }
}

/// Bodies are named schemas; answers are open.
fn bodies(spec: &Spec, id: &str, operation: &Value, faults: &mut Vec<Fault>) {
    if operation.get("requestBody").is_some() {
        let named = spec.request_schema(operation).and_then(schema_name);
        if named.is_none() {
            let what = "the request body is not one named schema as application/json: move it to components/schemas and refer to it";
            faults.push(spec.fault(id, what));
        }
    }
    match success(operation) {
        None => faults.push(spec.fault(
            id,
            "documents no `200` answer: add it, without content if it has none",
        )),
        Some("200") if operation["x-effect"] == "spend" => faults.push(spec.fault(
            id,
            "spends, and documents `200` alone: write `2XX`, as clients of other languages lose what was bought under a 201",
        )),
        Some(_) => {}
    }
    let Some(answer) = spec.answer_schema(operation) else {
        return;
    };
    if schema_name(answer).is_none() {
        let what =
            "the answer is not a named schema: move it to components/schemas and refer to it";
        faults.push(spec.fault(id, what));
    }
    let mut open = |place: &str, schema: &Value| {
        let mut closed = |key: &str, mend: &str| {
            if schema
                .get(key)
                .is_some_and(|value| key != "additionalProperties" || value == false)
            {
                let what = format!(
                    "`{key}` in the answer at {place} would make answers unreadable: {mend}"
                );
                faults.push(spec.fault(id, what));
            }
        };
        closed("enum", "write `x-extensible-enum`");
        closed("additionalProperties", "leave it out");
        for key in ["minimum", "maximum", "minLength", "maxLength", "pattern"] {
            closed(key, "keep bounds to requests");
        }
    };
    walk_schemas(spec, answer, "answer", &mut Vec::new(), &mut open);
}
