//! What oasdiff found, put to our changes.
//!
//! oasdiff names an operation and, in its text, a parameter or the way to a property from the top of a body. The way is walked in both
//! specs, which gives the places by which our own comparison knows it. What is found at no change of ours becomes a change of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compare::{component, responses};
use super::fact::{Fact, Side, Verdict};
use super::oasdiff::Finding;
use super::{Change, listed};
use crate::api::flatten;
use crate::spec::{Operation, Spec};

/// Marks the changes that oasdiff's errors are about as breaking on the wire, and adds what is about none of them.
pub fn judge(changes: &mut Vec<Change>, findings: &[Finding], old: &Spec, new: &Spec) {
    let mut alone: BTreeMap<(&str, &str), (&Finding, BTreeSet<String>)> = BTreeMap::new();
    for finding in findings {
        let ids = ids(finding, old, new);
        match about(changes, finding, &ids, old, new) {
            Some(index) => {
                if finding.is_error {
                    changes[index].wire = Verdict::Breaking;
                    changes[index].wire_by.insert(finding.to_string());
                }
            }
            // The same of many operations is one change.
            None => {
                let key = (finding.rule.as_str(), finding.text.as_str());
                let entry = alone.entry(key).or_insert((finding, BTreeSet::new()));
                entry.1.extend(ids.into_iter().next());
            }
        }
    }
    changes.extend(alone.into_values().map(|(finding, operations)| Change {
        side: Side::Operation,
        place: match operations.is_empty() {
            true => "the spec".to_owned(),
            false => listed(&operations),
        },
        operations,
        facts: BTreeSet::from([Fact::Said {
            text: finding.text.clone(),
        }]),
        rust: Verdict::None,
        wire: match finding.is_error {
            true => Verdict::Breaking,
            false => Verdict::Compatible,
        },
        wire_by: BTreeSet::from([finding.to_string()]),
    }));
}

/// The operation's ids, which are two when it was renamed; the old one first, as our changes are called by it.
fn ids(finding: &Finding, old: &Spec, new: &Spec) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    for spec in [old, new] {
        let id = operation(spec, finding, &[]).map(|it| it.id.to_owned());
        ids.extend(id.filter(|id| !ids.contains(id)));
    }
    if ids.is_empty() && !finding.operation.is_empty() {
        ids.push(finding.operation.clone());
    }
    ids
}

fn operation<'a>(spec: &'a Spec, finding: &Finding, ids: &[String]) -> Option<Operation<'a>> {
    let is_it = |it: &Operation<'_>| {
        (it.method == finding.method && it.path == finding.path) || ids.iter().any(|id| id == it.id)
    };
    spec.operations().into_iter().find(is_it)
}

/// Which of our changes a finding is about.
fn about(
    changes: &[Change],
    finding: &Finding,
    ids: &[String],
    old: &Spec,
    new: &Spec,
) -> Option<usize> {
    let side = side(&finding.rule);
    let mut places: Vec<Step> = Vec::new();
    for spec in [old, new] {
        if let Some(operation) = operation(spec, finding, ids) {
            let first = ids.first().map_or(operation.id, String::as_str);
            places.extend(self::places(spec, &operation, first, side, &finding.text));
        }
    }
    // The nearest to what it is about first.
    places.sort_by_key(|(steps, _)| std::cmp::Reverse(*steps));
    let last = places.first().map_or(0, |(steps, _)| *steps);
    places.into_iter().find_map(|(steps, place)| {
        changes.iter().position(|it| {
            let is_there = it.place == place || renamed(it).is_some_and(|name| name == place);
            let is_of = it.operations.iter().any(|id| ids.contains(id));
            // What changed in words or marks alone is not what oasdiff is about; what stands above it, only if it changed as a whole.
            let is_it = |fact: &Fact| match steps == last {
                true => !fact.is_silent(),
                false => is_whole(fact),
            };
            it.side == side && is_there && is_of && it.facts.iter().any(is_it)
        })
    })
}

/// Whether what stands below is another thing by it, and is not compared in its own right.
fn is_whole(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::TypeChanged { .. }
            | Fact::TypeRenamed { .. }
            | Fact::Renamed { .. }
            | Fact::Removed
            | Fact::ContentAdded
            | Fact::ContentRemoved
            | Fact::StatusRemoved
    )
}

/// A place, and how many steps of a way from the top of a body lead there.
type Step = (usize, String);

fn side(rule: &str) -> Side {
    let has = |word: &str| rule.contains(word);
    if has("response") {
        Side::Answer
    } else if has("request") && (has("parameter") || has("header")) {
        Side::Parameter
    } else if has("request") {
        Side::Body
    } else {
        Side::Operation
    }
}

/// The new name of what was renamed, as a place.
fn renamed(change: &Change) -> Option<String> {
    let to = change.facts.iter().find_map(|fact| match fact {
        Fact::Renamed { to, .. } => Some(to),
        _ => None,
    })?;
    let place = &change.place;
    match place.splitn(3, '`').collect::<Vec<_>>().as_slice() {
        [before, _, after] => Some(format!("{before}`{to}`{after}")),
        _ => place.rsplit_once('.').map(|(of, _)| format!("{of}.{to}")),
    }
}

/// Where a finding could stand in our comparison.
fn places(spec: &Spec, operation: &Operation<'_>, id: &str, side: Side, text: &str) -> Vec<Step> {
    let quoted = quoted(text);
    let is_quoted = |it: &str| quoted.iter().any(|word| word == it);
    let mut tops: Vec<(String, Option<&Value>)> = Vec::new();
    let mut places = Vec::new();
    match side {
        Side::Operation => places.push((0, id.to_owned())),
        Side::Parameter => {
            let parameters = spec.parameters(operation.value);
            let name = |it: &Value, key: &str| it[key].as_str().unwrap_or_default().to_owned();
            let parameters = parameters.filter(|it| is_quoted(&name(it, "name")));
            tops.extend(parameters.map(|it| {
                let place = format!("{id} `{}` ({})", name(it, "name"), name(it, "in"));
                (place, Some(&it["schema"]))
            }));
        }
        Side::Body => tops.push((format!("{id} body"), spec.request_schema(operation.value))),
        Side::Answer => {
            // An answer of any success is called 200 by our comparison.
            let is_of = |status: &str| is_quoted(status) || (status == "200" && is_quoted("2XX"));
            let all = responses(spec, operation.value);
            let is_any = !all.keys().any(|status| is_of(status));
            for (status, schema) in all.into_iter().filter(|(it, _)| is_any || is_of(it)) {
                places.push((0, status.to_owned()));
                tops.push((format!("{id} {status}"), schema));
            }
        }
    }
    for (place, schema) in tops {
        let Some(schema) = schema else {
            places.push((0, place));
            continue;
        };
        // Of the quoted words one may be the way to a property; the empty way leads to the top.
        for way in quoted.iter().map(String::as_str).chain([""]) {
            places.extend(walk(spec, &place, schema, way).unwrap_or_default());
        }
    }
    places
}

/// What stands in single quotes.
fn quoted(text: &str) -> Vec<String> {
    let text = text.replace("'s ", " ");
    let words = text.split('\'').skip(1).step_by(2);
    words.map(str::to_owned).collect()
}

/// All places on the way from a schema to a property, such as `data/items/id`: `get_order 200`, `OrderList`, `OrderList.data`, …, `Order.id`.
/// They end where it leads on to what we have no place for, such as a part of a `oneOf`; `None` if it begins with such a step.
fn walk(spec: &Spec, place: &str, schema: &Value, way: &str) -> Option<Vec<Step>> {
    let mut steps = way.split('/').filter(|step| !step.is_empty());
    let mut place = place.to_owned();
    let mut places = vec![(0, place.clone())];
    let mut taken = 0;
    let mut schema = schema;
    loop {
        // A component that is no more than a reference to another has a place, too.
        for _ in 0..8 {
            let Some(name) = component(schema) else { break };
            place = name.to_owned();
            places.push((taken, place.clone()));
            schema = spec.root.pointer(&format!("/components/schemas/{name}"))?;
        }
        schema = flatten(spec, schema);
        let Some(step) = steps.next() else {
            return Some(places);
        };
        if let Some(property) = schema["properties"].get(step) {
            place = format!("{place}.{step}");
            schema = property;
        } else if step == "items" && schema["items"].is_object() {
            place = format!("{place}[]");
            schema = &schema["items"];
        } else {
            return (taken > 0).then_some(places);
        }
        taken += 1;
        places.push((taken, place.clone()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    #[test]
    fn quotes_and_genitives() {
        let text = "the 'data/items/id' response's property type/format changed from 'integer'/'' to 'string'/'' for status '200'";
        let found = quoted(text);
        assert_eq!(found, ["data/items/id", "integer", "", "string", "", "200"]);
    }

    #[test]
    fn a_way_through_components() {
        let spec = Spec {
            file: String::new(),
            root: json!({"components": {"schemas": {
                "List": {"type": "object", "properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}},
                "Thing": {"type": "object", "properties": {"at": {"allOf": [{"$ref": "#/components/schemas/Time"}]}}},
                "Time": {"type": "string"},
            }}}),
        };
        let top = json!({"$ref": "#/components/schemas/List"});
        let found = walk(&spec, "list 200", &top, "data/items/at").unwrap();
        let expected = [
            (0, "list 200"),
            (0, "List"),
            (1, "List.data"),
            (2, "List.data[]"),
            (2, "Thing"),
            (3, "Thing.at"),
            (3, "Time"),
        ]
        .map(|(steps, place)| (steps, place.to_owned()));
        assert_eq!(found, expected);
        let found = walk(&spec, "list 200", &top, "data/oneOf[#1]/at").unwrap();
        assert_eq!(found, expected[..3]);
        assert_eq!(walk(&spec, "list 200", &top, "at"), None);
    }

    #[test]
    fn new_names_are_places() {
        let mut change = Change {
            side: Side::Parameter,
            place: "list `a` (query)".to_owned(),
            operations: BTreeSet::new(),
            facts: BTreeSet::from([Fact::Renamed {
                to: "b".to_owned(),
                in_path: false,
            }]),
            rust: Verdict::None,
            wire: Verdict::None,
            wire_by: BTreeSet::new(),
        };
        assert_eq!(renamed(&change).unwrap(), "list `b` (query)");
        change.place = "Thing.a".to_owned();
        assert_eq!(renamed(&change).unwrap(), "Thing.b");
        change.facts.clear();
        assert_eq!(renamed(&change), None);
    }
}
