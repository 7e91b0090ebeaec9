//! A property or parameter whose name speaks of a secret is marked as one, or it would end up in a log.

use serde_json::Value;

use super::Findings;
use crate::api::flatten;
use crate::spec::Spec;
use crate::tree::join;

/// Words that give a secret away.
const WORDS: [&str; 11] = [
    "password",
    "passwords",
    "passwd",
    "token",
    "tokens",
    "secret",
    "secrets",
    "credential",
    "credentials",
    "appkey",
    "apikey",
];

/// Pairs of words that do.
const PAIRS: [[&str; 2]; 4] = [
    ["app", "key"],
    ["api", "key"],
    ["access", "key"],
    ["private", "key"],
];

/// Finds secrets that are not marked.
pub fn check(findings: &mut Findings<'_>) {
    let api = findings.api;
    let what = |name: &str| {
        format!(
            "`{name}` sounds like a secret but lacks `x-secret: true`: add it, so that it is never logged (or give it another name)"
        )
    };
    for operation in api.operations() {
        for parameter in &operation.parameters {
            // Those of a body are properties and come below.
            let is_own = parameter.pointer.starts_with("/paths/");
            if is_own && !parameter.secret && is_telling(&parameter.name) {
                let node = api.tree.at(&parameter.pointer);
                let value = node.map(|node| node.value()).unwrap_or_default();
                if may_hold_one(&api.spec, &value["schema"]) && !is_marked(&api.spec, &value) {
                    findings.add(&parameter.pointer, &operation.id, what(&parameter.name));
                }
            }
        }
    }
    for (name, schema) in api.spec.schemas() {
        let mut properties = Vec::new();
        collect(
            schema,
            &join("/components/schemas", name),
            name,
            &mut properties,
        );
        for (pointer, place, property, value) in properties {
            if is_telling(property)
                && may_hold_one(&api.spec, value)
                && !is_marked(&api.spec, value)
            {
                findings.add(&pointer, place, what(property));
            }
        }
    }
}

type Property<'a> = (String, String, &'a str, &'a Value);

/// All properties within a schema, not through references: each schema is looked at where it stands.
fn collect<'a>(schema: &'a Value, pointer: &str, place: &str, out: &mut Vec<Property<'a>>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = join(&join(pointer, "properties"), name);
        let place = format!("{place}.{name}");
        collect(property, &pointer, &place, out);
        out.push((pointer, place, name, property));
    }
    for key in ["items", "additionalProperties"] {
        if schema[key].is_object() {
            collect(
                &schema[key],
                &join(pointer, key),
                &format!("{place}[]"),
                out,
            );
        }
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        for (index, part) in schema[key].as_array().into_iter().flatten().enumerate() {
            collect(part, &format!("{pointer}/{key}/{index}"), place, out);
        }
    }
}

/// Whether the name speaks of a secret.
fn is_telling(name: &str) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|it| it == word);
    let has_pair = |pair: &[&str; 2]| words.windows(2).any(|it| it == pair);
    WORDS.iter().any(|word| has(word)) || PAIRS.iter().any(has_pair)
}

/// `proxyPassword[]` -> `proxy`, `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            last.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A flag or a number is no secret, whatever it is called; of an object, its own properties are looked at.
fn may_hold_one(spec: &Spec, schema: &Value) -> bool {
    let target = flatten(spec, schema);
    let is_object = target["type"] == "object" && target.get("properties").is_some();
    !is_object
        && !["boolean", "integer", "number"]
            .iter()
            .any(|kind| target["type"] == *kind)
}

fn is_marked(spec: &Spec, schema: &Value) -> bool {
    let target = flatten(spec, schema);
    let items = flatten(spec, &target["items"]);
    let inner = &schema["schema"];
    let all = [schema, target, items, inner, flatten(spec, inner)];
    all.iter().any(|it| it["x-secret"] == true)
}

#[cfg(test)]
mod tests {
    use super::super::tests::broken;
    use super::*;

    #[test]
    fn names_that_speak_of_a_secret() {
        for name in [
            "password",
            "new_password",
            "proxyPassword",
            "app_key",
            "appKey",
            "api_key",
            "X-Access-Token",
            "tokens[]",
            "client_secret",
            "credentials",
        ] {
            assert!(is_telling(name), "{name}");
        }
        for name in [
            "addon_key",
            "key",
            "tokenizer",
            "secretary",
            "app",
            "keyboard",
            "passwordless",
        ] {
            assert!(!is_telling(name), "{name}");
        }
    }

    #[test]
    fn an_unmarked_one_is_found_where_it_stands() {
        let found = broken("          x-secret: true\n", "");
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(
            found[0].contains(": ChangeRequest.password: `password` sounds like a secret"),
            "{found:#?}"
        );

        let found = broken(
            "- name: id\n          in: path",
            "- {name: token, in: query, schema: {type: string}}\n        - name: id\n          in: path",
        );
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(
            found[0].contains(": change_thing: `token` sounds like a secret"),
            "{found:#?}"
        );
    }

    #[test]
    fn a_mark_on_the_schema_the_reference_or_the_items_counts() {
        for marked in [
            "- {name: token, in: query, schema: {type: string, x-secret: true}}",
            "- {name: tokens, in: query, x-secret: true, schema: {type: string}}",
            "- {name: is_token, in: query, schema: {type: boolean}}",
        ] {
            let found = broken("- name: id\n", &format!("{marked}\n        - name: id\n"));
            assert_eq!(found, Vec::<String>::new(), "{marked}");
        }
    }
}
