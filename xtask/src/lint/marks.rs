//! Names and marks that the build does not ask for: snake_case, `x-provenance` anywhere, `x-identity`, `x-enum-varnames`, closed enums in
//! failures, as the build looks at successes only, and what other languages' clients stumble over.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Findings;
use crate::spec::walk_schemas;
use crate::tree::join;

const CONFIDENCES: [&str; 3] = ["documented", "observed", "inferred"];

/// All of them.
pub fn check(findings: &mut Findings<'_>) {
    operation_ids(findings);
    provenances(findings);
    identities(findings);
    schemas(findings);
    failures(findings);
    bodies(findings);
}

/// Generated clients of some languages send a body's `default` with every call, asked or not.
fn bodies(findings: &mut Findings<'_>) {
    let api = findings.api;
    let (mut seen, mut bodies) = (Vec::new(), Vec::new());
    for operation in api.spec.operations() {
        if let Some(body) = api.spec.request_schema(operation.value) {
            walk_schemas(&api.spec, body, "body", &mut seen, &mut |place, schema| {
                if schema.get("default").is_some() {
                    bodies.push(place.to_owned());
                }
            });
        }
    }
    for place in bodies {
        let pointer = super::place::answer_pointer(api, "", &place);
        let what = "`default` in a body is sent unasked by clients of other languages: write `x-default`, and say it in the description";
        findings.add(&join(&pointer, "default"), place, what);
    }
}

fn operation_ids(findings: &mut Findings<'_>) {
    for operation in findings.api.operations() {
        if !operation.id.is_empty() && !is_snake_case(&operation.id) {
            let pointer = join(&operation.pointer, "operationId");
            let what = "operationId is not snake_case: write it as `list_orders`, lower-case words with underscores between them";
            findings.add(&pointer, &operation.id, what);
        }
    }
}

fn is_snake_case(id: &str) -> bool {
    let mut words = id.split('_');
    id.starts_with(|first: char| first.is_ascii_lowercase())
        && words.all(|word| {
            let is_fine = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit();
            !word.is_empty() && word.chars().all(is_fine)
        })
}

/// Those of operations are the build's to check.
fn provenances(findings: &mut Findings<'_>) {
    let api = findings.api;
    let operations: BTreeSet<_> = api.operations().into_iter().map(|it| it.pointer).collect();
    let mut found = Vec::new();
    api.tree.maps("", &mut |pointer, entries| {
        let entry = entries.iter().find(|entry| entry.key == "x-provenance");
        if let Some(entry) = entry.filter(|_| !operations.contains(pointer)) {
            found.push((join(pointer, "x-provenance"), entry.node.value()));
        }
    });
    for (pointer, provenance) in found {
        let place = in_words(&pointer);
        let document = provenance["document"].as_str().unwrap_or_default();
        if api.spec.root["x-documents"].get(document).is_none() {
            let what = format!(
                "`x-provenance.document` is `{document}`, which is not listed under `x-documents`: name the page that the fact comes from"
            );
            findings.add(&join(&pointer, "document"), &place, what);
        }
        let confidence = provenance["confidence"].as_str().unwrap_or_default();
        if !CONFIDENCES.contains(&confidence) {
            let what = format!(
                "`x-provenance.confidence` is `{confidence}`: say {}",
                CONFIDENCES.join(", ")
            );
            findings.add(&join(&pointer, "confidence"), &place, what);
        }
    }
}

/// `/components/schemas/Order/properties/id/x-provenance` -> `Order.id`; anything else stays a path of keys.
fn in_words(pointer: &str) -> String {
    let plain = pointer.replace("~1", "/").replace("~0", "~");
    let plain = plain
        .trim_start_matches('/')
        .trim_end_matches("/x-provenance");
    match plain.strip_prefix("components/schemas/") {
        Some(schema) => schema.replace("/properties/", "."),
        None => plain.to_owned(),
    }
}

/// An identity is a property of something that an answer holds: nowhere else does anyone look for it.
fn identities(findings: &mut Findings<'_>) {
    let api = findings.api;
    let mut answered = Vec::new();
    for operation in api.spec.operations() {
        if let Some(answer) = api.spec.answer_schema(operation.value) {
            walk_schemas(&api.spec, answer, "", &mut answered, &mut |_, _| {});
        }
    }
    let mut found = Vec::new();
    api.tree.maps("", &mut |pointer, entries| {
        if let Some(entry) = entries.iter().find(|entry| entry.key == "x-identity") {
            found.push((pointer.to_owned(), entry.node.value()));
        }
    });
    for (pointer, value) in found {
        let steps: Vec<_> = pointer.split('/').skip(1).collect();
        let place = in_words(&pointer);
        let at = join(&pointer, "x-identity");
        let ["components", "schemas", name, "properties", _] = steps.as_slice() else {
            let what = "`x-identity` stands on no property of a named schema: move it to the property of components/schemas that it means";
            findings.add(&at, place, what);
            continue;
        };
        if value != true {
            findings.add(
                &at,
                &place,
                format!("`x-identity` is {value}: write `true`, or take it out"),
            );
        }
        if !answered.contains(name) {
            let what = format!(
                "`x-identity` means nothing here, as no answer holds a `{name}`: take it out, or refer to the schema from the answer"
            );
            findings.add(&at, place, what);
        }
    }
}

/// What is required exists; names of enum values are as many as the values.
fn schemas(findings: &mut Findings<'_>) {
    let api = findings.api;
    let mut found = Vec::new();
    if let Some(node) = api.tree.at("/components/schemas") {
        node.maps("/components/schemas", &mut |pointer, _| {
            found.push(pointer.to_owned());
        });
    }
    for pointer in found {
        // A property may be named `required` itself: only what is no map of properties is a schema.
        if pointer.ends_with("/properties") || pointer == "/components/schemas" {
            continue;
        }
        let Some(node) = api.tree.at(&pointer) else {
            continue;
        };
        let schema = node.value();
        let place = in_words(&pointer);
        if let (Some(required), Some(properties)) = (
            schema["required"].as_array(),
            schema["properties"].as_object(),
        ) {
            for name in required.iter().filter_map(Value::as_str) {
                if !properties.contains_key(name) {
                    let what = format!(
                        "`required` names `{name}`, which is no property: add the property, or take the name out"
                    );
                    findings.add(&join(&pointer, "required"), &place, what);
                }
            }
        }
        let count = |key: &str| schema[key].as_array().map(Vec::len);
        let values = count("enum").or_else(|| count("x-extensible-enum"));
        if let Some(names) = count("x-enum-varnames").filter(|names| Some(*names) != values) {
            let what = format!(
                "`x-enum-varnames` has {names} names for {} values: give one name a value",
                values.unwrap_or_default()
            );
            findings.add(&join(&pointer, "x-enum-varnames"), &place, what);
        }
    }
}

/// A failure with a value that nobody knew of has to be readable as well.
fn failures(findings: &mut Findings<'_>) {
    let api = findings.api;
    let mut found = Vec::new();
    for operation in api.spec.operations() {
        let answers = operation.value["responses"].as_object();
        for (status, answer) in answers.into_iter().flatten() {
            let answer = api.spec.resolve(answer).unwrap_or(answer);
            let Some(schema) = answer.pointer("/content/application~1json/schema") else {
                continue;
            };
            if !status.starts_with('2') {
                let place = format!("{} {status}", operation.id);
                walk_schemas(
                    &api.spec,
                    schema,
                    &place,
                    &mut Vec::new(),
                    &mut |place, schema| {
                        if schema.get("enum").is_some() {
                            found.push((operation.id.to_owned(), place.to_owned()));
                        }
                    },
                );
            }
        }
    }
    // Most operations share their failures: one finding for each.
    found.sort_by(|one, other| one.1.cmp(&other.1));
    found.dedup_by(|one, other| one.1 == other.1);
    for (id, place) in found {
        let mut pointer = super::place::answer_pointer(api, "", &place);
        if place.starts_with(&format!("{id} ")) {
            // It has no name: the operation is near enough.
            let operations = api.operations();
            let own = operations.into_iter().find(|it| it.id == id);
            pointer = own.map(|it| it.pointer).unwrap_or_default();
        }
        let what = format!(
            "`enum` in a failure at {place} would make failures unreadable: write `x-extensible-enum`"
        );
        findings.add(&join(&pointer, "enum"), id, what);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SOUND, broken};
    use super::*;

    #[test]
    fn snake_case() {
        for id in ["list_orders", "get_4g_key", "a"] {
            assert!(is_snake_case(id), "{id}");
        }
        for id in [
            "listOrders",
            "list-orders",
            "List",
            "list__orders",
            "_list",
            "list_",
            "4g",
            "",
        ] {
            assert!(!is_snake_case(id), "{id}");
        }
    }

    /// Each is found once, on its own line.
    #[test]
    fn each_mark_has_its_line() {
        let table = [
            (
                "operationId: change_thing",
                "operationId: changeThing",
                "changeThing: operationId is not snake_case",
                "operationId",
            ),
            (
                "x-identity: true",
                "x-identity: yes please",
                "Thing.id: `x-identity` is",
                "x-identity",
            ),
            (
                "x-secret: true",
                "x-secret: true\n          x-identity: true",
                "ChangeRequest.password: `x-identity` means nothing here",
                "x-identity",
            ),
            (
                "required: [id]",
                "required: [id, name]",
                "Thing: `required` names `name`",
                "required: [id, name]",
            ),
            (
                "x-enum-varnames: [One, Two]",
                "x-enum-varnames: [One]",
                "Thing.kind: `x-enum-varnames` has 1 names for 2 values",
                "x-enum-varnames",
            ),
            (
                "description: How.",
                "x-provenance: {document: nowhere, confidence: observed}",
                "ChangeRequest.mode: `x-provenance.document` is `nowhere`",
                "x-provenance: {document: nowhere",
            ),
            (
                "description: How.",
                "x-provenance: {document: page, confidence: sure}",
                "ChangeRequest.mode: `x-provenance.confidence` is `sure`",
                "confidence: sure",
            ),
            (
                "components:\n",
                "        4XX: {description: No., content: {application/json: {schema: {$ref: '#/components/schemas/Mode'}}}}\ncomponents:\n",
                "change_thing: `enum` in a failure at Mode",
                "enum: [fast, slow]",
            ),
            (
                "description: How.",
                "type: string\n          default: fast",
                "ChangeRequest.mode: `default` in a body",
                "default: fast",
            ),
            (
                "enum: [fast, slow]",
                "enum: [fast, slow]\n      x-identity: true",
                "Mode: `x-identity` stands on no property",
                "x-identity",
            ),
        ];
        for (what, with, expected, key) in table {
            let found = broken(what, with);
            let meant: Vec<_> = found.iter().filter(|it| it.contains(expected)).collect();
            assert_eq!(meant.len(), 1, "{expected}: {found:#?}");
            let text = SOUND.replacen(what, with, 1);
            let line = meant[0]
                .split(':')
                .nth(1)
                .and_then(|it| it.parse::<usize>().ok());
            let line = line
                .and_then(|it| text.lines().nth(it - 1))
                .unwrap_or_default();
            assert!(line.contains(key), "{expected}: the line is `{line}`");
        }
    }
}
