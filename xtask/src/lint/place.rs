//! Which line a fault of `build/rules.rs` means.
//!
//! A fault names the operation, the path, the schema or the path of keys; its text names the key in backticks. From both follows the line.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Finding;
use crate::api::Api;
use crate::spec::{METHODS, schema_name, success};
use crate::tree::join;

/// The faults with their lines. The same fault twice means two places, in the order of the file.
pub fn findings(api: &Api, faults: &[String]) -> Vec<Finding> {
    let mut seen = BTreeMap::new();
    let mut findings = Vec::new();
    for fault in faults {
        let before = seen.entry(fault).or_insert(0_usize);
        let text = fault
            .strip_prefix(&format!("{}: ", api.file))
            .unwrap_or(fault);
        let (place, what, scope) = match text.split_once(": ") {
            Some((place, what)) if !place.contains(' ') || is_request(place) => {
                (place, what, scope(api, place))
            }
            _ => ("", text, Some(String::new())),
        };
        let scope = scope.unwrap_or_default();
        let lines = lines(api, &scope, what);
        let line = lines.get(*before).or_else(|| lines.last());
        let line = line.copied().unwrap_or_else(|| api.tree.line(&scope));
        *before += 1;
        findings.push(Finding {
            file: api.file.clone(),
            line,
            place: place.to_owned(),
            what: what.to_owned(),
        });
    }
    findings
}

/// `GET /orders`.
fn is_request(place: &str) -> bool {
    let method = place.split(' ').next().unwrap_or_default().to_lowercase();
    METHODS.contains(&method.as_str()) && place.contains(" /")
}

/// The pointer of what a fault is about.
fn scope(api: &Api, place: &str) -> Option<String> {
    let operations = api.spec.operations();
    if let Some(operation) = operations.iter().find(|it| it.id == place) {
        return Some(join(&join("/paths", operation.path), operation.method));
    }
    if let Some((method, path)) = place.split_once(' ') {
        return Some(join(&join("/paths", path), &method.to_lowercase()));
    }
    if place.starts_with('/') {
        return Some(join("/paths", place));
    }
    if place.contains('/') {
        return Some(format!("/{place}"));
    }
    let schema = join("/components/schemas", place);
    api.tree.at(&schema).map(|_| schema)
}

/// The lines below the pointer that the text may mean, in the order of the file.
fn lines(api: &Api, scope: &str, what: &str) -> Vec<u64> {
    if what.starts_with("the request body") {
        return vec![api.tree.line(&join(scope, "requestBody"))];
    }
    if what.starts_with("the answer is") {
        let responses = join(scope, "responses");
        let status = api.tree.at(scope).and_then(|it| success(&it.value()));
        return vec![api.tree.line(&join(&responses, status.unwrap_or("200")))];
    }
    let tokens: Vec<_> = what.split('`').skip(1).step_by(2).collect();
    let Some(first) = tokens.first() else {
        return Vec::new();
    };
    // `enum` in the answer at Order.status
    if let Some((_, rest)) = what.split_once("in the answer at ") {
        let at = rest.split(" would make").next().unwrap_or_default();
        let pointer = answer_pointer(api, scope, at);
        let below = join(&pointer, first);
        let pointer = if api.tree.at(&below).is_some() {
            below
        } else {
            pointer
        };
        return vec![api.tree.line(&pointer)];
    }
    if what.starts_with("operationId") {
        return vec![api.tree.line(&join(scope, "operationId"))];
    }
    // Parameter `status` ..., query parameter `status` ...
    if what.contains(&format!("parameter `{first}`")) {
        let parameters = join(scope, "parameters");
        for index in 0.. {
            let pointer = format!("{parameters}/{index}");
            let Some(node) = api.tree.at(&pointer) else {
                break;
            };
            if node.value()["name"] == **first {
                return vec![api.tree.line(&pointer)];
            }
        }
    }
    // `x-provenance.document` is ...
    let dotted = first
        .split('.')
        .fold(scope.to_owned(), |pointer, key| join(&pointer, key));
    if api.tree.at(&dotted).is_some() {
        return vec![api.tree.line(&dotted)];
    }
    let (key, value) = match first.split_once(": ") {
        Some((key, value)) => (key, Some(value)),
        None => (*first, None),
    };
    let mut lines = Vec::new();
    if let Some(node) = api.tree.at(scope) {
        node.maps(scope, &mut |_, entries| {
            let has = |key: &str| entries.iter().any(|entry| entry.key == key);
            for entry in entries.iter().filter(|entry| entry.key == key) {
                let is_meant = match value {
                    Some(value) => entry.node.value() == value,
                    // Beside a type it is in its place.
                    None => key != "nullable" || !has("type"),
                };
                if is_meant {
                    lines.push(entry.line);
                }
            }
        });
    }
    lines
}

/// `Order.proxies[].ip` -> the pointer of that property; `answer...` begins at the operation's own answer.
pub fn answer_pointer(api: &Api, operation: &str, place: &str) -> String {
    let mut steps = place.split('.');
    let first = steps.next().unwrap_or_default();
    let name = first.trim_end_matches("[]");
    let mut pointer = match name {
        "answer" => {
            let status = api.tree.at(operation).and_then(|it| success(&it.value()));
            let status = status.unwrap_or("200");
            format!("{operation}/responses/{status}/content/application~1json/schema")
        }
        name => join("/components/schemas", name),
    };
    let descend = |pointer: &mut String, step: &str, is_property: bool| {
        if is_property {
            *pointer = join(&join(pointer, "properties"), step.trim_end_matches("[]"));
        }
        for _ in 0..step.matches("[]").count() {
            let items = join(pointer, "items");
            *pointer = match api.tree.at(&items) {
                Some(_) => items,
                None => join(pointer, "additionalProperties"),
            };
        }
        // A part of an `allOf` has the place of the whole.
        let value = api.tree.at(pointer).map(|node| node.value());
        if let Some([only]) = value
            .as_ref()
            .and_then(|it| it["allOf"].as_array())
            .map(Vec::as_slice)
            && is_inline(only)
        {
            pointer.push_str("/allOf/0");
        }
    };
    descend(&mut pointer, first, false);
    for step in steps {
        descend(&mut pointer, step, true);
    }
    pointer
}

fn is_inline(schema: &Value) -> bool {
    schema_name(schema).is_none()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SOUND, broken};

    fn line_of(word: &str) -> usize {
        SOUND
            .lines()
            .take_while(|line| !line.contains(word))
            .count()
            + 1
    }

    /// Every rule of `build/rules.rs`, broken once: the line is that of the change.
    #[test]
    fn each_fault_of_the_build_has_its_line() {
        let table = [
            ("openapi: 3.0.3", "openapi: 3.1.0", "", "3.0.3"),
            (
                "operationId: change_thing",
                "deprecated: false",
                "POST /things/{id}",
                "no operationId",
            ),
            (
                "x-effect: change",
                "x-effect: maybe",
                "change_thing",
                "`x-effect: maybe`",
            ),
            (
                "document: page,",
                "document: other,",
                "change_thing",
                "not listed",
            ),
            (
                "confidence: documented",
                "confidence: sure",
                "change_thing",
                "`sure`",
            ),
            (
                "in: path",
                "in: cookie",
                "change_thing",
                "only path and query",
            ),
            (
                "schema: {type: integer}",
                "schema: {type: array, items: {}}",
                "change_thing",
                "unnamed",
            ),
            (
                "schema: {$ref: \"#/components/schemas/ChangeRequest\"}",
                "schema: {type: object}",
                "change_thing",
                "request body",
            ),
            (
                "schema: {$ref: \"#/components/schemas/Thing\"}",
                "schema: {type: object}",
                "change_thing",
                "answer is not",
            ),
            (
                "x-extensible-enum: [1, 2]",
                "enum: [1, 2]",
                "change_thing",
                "`enum` in the answer at Thing.kind",
            ),
            (
                "#/components/schemas/Mode",
                "#/components/schemas/Mood",
                "components/schemas/ChangeRequest",
                "leads nowhere",
            ),
            (
                "    Thing:\n",
                "    changerequest:\n",
                "changerequest",
                "by case alone",
            ),
        ];
        // The line of what is changed, but for those where the fault can only be told from further up.
        let further = |word: &str| match word {
            "operationId: change_thing" => "post:",
            "in: path" | "schema: {type: integer}" => "- name: id",
            "schema: {$ref: \"#/components/schemas/ChangeRequest\"}" => "requestBody:",
            "schema: {$ref: \"#/components/schemas/Thing\"}" => "\"200\":",
            _ => "",
        };
        for (what, with, place, words) in table {
            let found = broken(what, with);
            let word = match further(what) {
                "" => what.trim_end(),
                word => word,
            };
            let start = match place {
                "" => format!("openapi/x.yaml:{}: ", line_of(word)),
                place => format!("openapi/x.yaml:{}: {place}", line_of(word)),
            };
            let is_there = |it: &String| it.starts_with(&start) && it.contains(words);
            assert!(
                found.iter().any(is_there),
                "{with}: {start}...{words}\n{found:#?}"
            );
        }
    }

    #[test]
    fn a_missing_effect_points_to_its_operation() {
        let found = broken("      x-effect: change\n", "");
        let start = format!(
            "openapi/x.yaml:{}: change_thing: has no `x-effect`",
            line_of("post:")
        );
        assert!(found.iter().any(|it| it.starts_with(&start)), "{found:#?}");
    }

    /// The same fault twice in one schema: each has a line of its own, and a nullable beside a type is passed over.
    #[test]
    fn a_nullable_without_a_type_has_its_own_line() {
        let first = line_of("nullable: true");
        let found = broken(
            "        note:\n          type: string\n          nullable: true\n",
            "        note:\n          type: string\n          nullable: true\n        one:\n          nullable: true\n        two:\n          nullable: true\n",
        );
        let lines: Vec<_> = found
            .iter()
            .filter(|it| it.contains("`nullable` without"))
            .collect();
        assert_eq!(lines.len(), 2, "{found:#?}");
        for (finding, line) in lines.iter().zip([first + 2, first + 4]) {
            let start = format!("openapi/x.yaml:{line}: components/schemas/Thing");
            assert!(finding.starts_with(&start), "{start}\n{found:#?}");
        }
    }

    #[test]
    fn an_operation_id_that_stands_twice_points_to_the_second() {
        let again = "  /other:\n    get:\n      operationId: change_thing\n      responses: {}\n";
        let found = broken("components:\n", &format!("{again}components:\n"));
        assert!(
            found
                .iter()
                .any(|it| it.contains("operationId also stands at")),
            "{found:#?}"
        );
    }
}
