//! Every example and every default is one of its schema.

use serde_json::Value;

use super::{Findings, validate};
use crate::spec::schema_name;
use crate::tree::join;

/// Finds examples that don't fit.
pub fn check(findings: &mut Findings<'_>) {
    let api = findings.api;
    for operation in api.operations() {
        let Some(value) = api.tree.at(&operation.pointer).map(|node| node.value()) else {
            continue;
        };
        let parameters = value["parameters"].as_array().into_iter().flatten();
        for (index, parameter) in parameters.enumerate() {
            let pointer = format!("{}/parameters/{index}", operation.pointer);
            let name = parameter["name"].as_str().unwrap_or_default();
            let place = format!("{} `{name}`", operation.id);
            examples(findings, &pointer, &place, parameter, &parameter["schema"]);
            schema(
                findings,
                &join(&pointer, "schema"),
                &place,
                &parameter["schema"],
            );
        }
        let pointer = join(&operation.pointer, "requestBody");
        contents(findings, &pointer, &operation.id, &value["requestBody"]);
        for (status, answer) in value["responses"].as_object().into_iter().flatten() {
            let pointer = join(&join(&operation.pointer, "responses"), status);
            contents(
                findings,
                &pointer,
                &format!("{} {status}", operation.id),
                answer,
            );
        }
    }
    let components = &api.spec.root["components"];
    for kind in ["responses", "requestBodies"] {
        for (name, body) in components[kind].as_object().into_iter().flatten() {
            let pointer = join(&format!("/components/{kind}"), name);
            contents(findings, &pointer, name, body);
        }
    }
    for (name, value) in api.spec.schemas() {
        schema(findings, &join("/components/schemas", name), name, value);
    }
}

/// The bodies of a request or an answer.
fn contents(findings: &mut Findings<'_>, pointer: &str, place: &str, body: &Value) {
    for (kind, content) in body["content"].as_object().into_iter().flatten() {
        let pointer = join(&join(pointer, "content"), kind);
        examples(findings, &pointer, place, content, &content["schema"]);
        schema(
            findings,
            &join(&pointer, "schema"),
            place,
            &content["schema"],
        );
    }
}

/// `example` and `examples` beside a `schema`.
fn examples(
    findings: &mut Findings<'_>,
    pointer: &str,
    place: &str,
    holder: &Value,
    schema: &Value,
) {
    if let Some(example) = holder.get("example") {
        fits(
            findings,
            &join(pointer, "example"),
            place,
            "the example",
            schema,
            example,
        );
    }
    for (name, example) in holder["examples"].as_object().into_iter().flatten() {
        if let Some(value) = example.get("value") {
            let pointer = join(&join(&join(pointer, "examples"), name), "value");
            fits(
                findings,
                &pointer,
                place,
                &format!("example `{name}`"),
                schema,
                value,
            );
        }
    }
}

/// `example`, `default` and `x-default` within a schema. References are followed from where they lead to, not from here.
fn schema(findings: &mut Findings<'_>, pointer: &str, place: &str, value: &Value) {
    if !value.is_object() || schema_name(value).is_some() {
        return;
    }
    for (key, words) in [
        ("example", "the example"),
        ("default", "the default"),
        ("x-default", "the default"),
    ] {
        if let Some(given) = value.get(key) {
            fits(findings, &join(pointer, key), place, words, value, given);
        }
    }
    for (name, property) in value["properties"].as_object().into_iter().flatten() {
        let pointer = join(&join(pointer, "properties"), name);
        schema(findings, &pointer, &format!("{place}.{name}"), property);
    }
    for key in ["items", "additionalProperties"] {
        schema(
            findings,
            &join(pointer, key),
            &format!("{place}[]"),
            &value[key],
        );
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for (index, part) in value[key].as_array().into_iter().flatten().enumerate() {
            schema(findings, &format!("{pointer}/{key}/{index}"), place, part);
        }
    }
}

fn fits(
    findings: &mut Findings<'_>,
    pointer: &str,
    place: &str,
    words: &str,
    schema: &Value,
    value: &Value,
) {
    for fault in validate::check(&findings.api.spec, schema, value, "it") {
        // The line of the very piece, where it has one: `it.data[0].id` -> `/data/0/id`.
        let (at, rest) = fault.split_once(' ').unwrap_or((&fault, ""));
        let within = at
            .trim_start_matches("it")
            .replace(['.', '['], "/")
            .replace(']', "");
        let at = if at == "it" {
            String::new()
        } else {
            format!(
                " at `{}`",
                at.trim_start_matches("it").trim_start_matches('.')
            )
        };
        let what = format!(
            "{words}{at} {rest}: mend the example, or the schema if the vendor's page bears the example out"
        );
        findings.add(&format!("{pointer}{within}"), place, what);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{SOUND, broken};

    #[test]
    fn an_example_that_does_not_fit_is_found_on_its_line() {
        let table = [
            (
                "example: 7",
                "example: seven",
                "change_thing `id`: the example is the text `seven`, must be integer",
            ),
            (
                "value: {name: x, size: 2, mode: fast}",
                "value: {size: 2}",
                "change_thing: example `documented` lacks `name`",
            ),
            (
                "value: {name: x, size: 2, mode: fast}",
                "value: {name: x, size: 0}",
                "change_thing: example `documented` at `size` is below",
            ),
            (
                "value: {name: x, size: 2, mode: fast}",
                "value: {name: x, mode: odd}",
                "change_thing: example `documented` at `mode` is `odd`, must be one of fast, slow",
            ),
            (
                "value: {name: x, size: 2, mode: fast}",
                "value: {name: x, other: 1}",
                "change_thing: example `documented` at `other` is no property",
            ),
            (
                "value: {id: 7, note: null, tags: [a]}",
                "value: {id: 7, tags: [a, 1]}",
                "change_thing 200: example `documented` at `tags[1]` is `1`, must be string",
            ),
            (
                "value: {id: 7, note: null, tags: [a]}",
                "value: {id: null}",
                "change_thing 200: example `documented` at `id` is null, must be integer",
            ),
            (
                "example: x",
                "example: 1",
                "ChangeRequest.name: the example is `1`, must be string",
            ),
            (
                "default: 1",
                "default: 0",
                "ChangeRequest.size: the default is below its `minimum` of 1",
            ),
        ];
        for (what, with, expected) in table {
            let found = broken(what, with);
            let line = SOUND
                .lines()
                .take_while(|line| !line.contains(what))
                .count()
                + 1;
            let expected = format!("openapi/x.yaml:{line}: {expected}");
            assert!(
                found.len() == 1 && found[0].starts_with(&expected),
                "{expected}\n{found:#?}"
            );
            assert!(found[0].contains("mend"), "{found:#?}");
        }
    }

    /// In a YAML block each piece has a line of its own.
    #[test]
    fn the_line_is_that_of_the_very_piece() {
        let block = "value:\n                    id: 7\n                    tags:\n                      - a\n                      - 1\n";
        let found = broken("value: {id: 7, note: null, tags: [a]}\n", block);
        let first = SOUND
            .lines()
            .take_while(|line| !line.contains("value: {id: 7"))
            .count()
            + 1;
        assert!(
            found[0].starts_with(&format!("openapi/x.yaml:{}: ", first + 4)),
            "{found:#?}"
        );
    }
}
