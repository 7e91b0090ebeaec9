//! Two specs, operation by operation.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fact::{Fact, Side};
use super::schema::Schemas;
use crate::api::credential;
use crate::spec::{Operation, Spec, schema_name, walk_schemas};

/// A difference and where it is.
#[derive(Clone, Debug)]
pub struct Found {
    pub side: Side,
    /// `list_orders`, `list_orders status`, `Order.plan_name`.
    pub place: String,
    /// The operations that it touches.
    pub operations: BTreeSet<String>,
    pub fact: Fact,
}

/// Differences as they come in.
#[derive(Debug, Default)]
pub struct Finder {
    pub found: Vec<Found>,
}

impl Finder {
    /// Notes one.
    pub fn add(&mut self, side: Side, place: &str, operations: &BTreeSet<String>, fact: Fact) {
        self.found.push(Found {
            side,
            place: place.to_owned(),
            operations: operations.clone(),
            fact,
        });
    }
}

/// An operation in both specs.
struct Pair<'a> {
    id: &'a str,
    old: Operation<'a>,
    new: Operation<'a>,
}

/// Named schemas that both specs have, and the operations that reach them.
pub type Named = BTreeMap<(Side, String), BTreeSet<String>>;

/// The named schemas that operations of both specs reach.
pub fn named(old: &Spec, new: &Spec) -> Named {
    let mut named = Named::new();
    for pair in &pairs(old, new).0 {
        for (side, name) in shared(old, new, pair) {
            let operations = named.entry((side, name.to_owned())).or_default();
            operations.insert(pair.id.to_owned());
        }
    }
    named
}

/// All differences but those of the operations themselves: parameters, bodies and answers, field by field. `named` is asked for because
/// the generator makes types of components that no operation answers any more when failures are bent away.
pub fn contents(old: &Spec, new: &Spec, named: &Named) -> Vec<Found> {
    let mut finder = Finder::default();
    let pairs = pairs(old, new).0;
    let mut schemas = Schemas::new(old, new, &mut finder);
    for pair in &pairs {
        let operations = BTreeSet::from([pair.id.to_owned()]);
        parameters(&mut schemas, pair, &operations);
        request(&mut schemas, pair, &operations);
        answers(&mut schemas, pair, &operations);
    }
    // Each named schema once, with the operations that it is part of.
    for ((side, name), operations) in named {
        schemas.named(*side, name, operations);
    }
    finder.found
}

/// The differences of the operations themselves.
pub fn operations(old: &Spec, new: &Spec) -> Vec<Found> {
    let mut finder = Finder::default();
    let (pairs, removed, added) = pairs(old, new);
    let one = |id: &str| BTreeSet::from([id.to_owned()]);
    for id in removed {
        finder.add(Side::Operation, id, &one(id), Fact::OperationRemoved);
    }
    for id in added {
        finder.add(Side::Operation, id, &one(id), Fact::OperationAdded);
    }
    // What moves for all of them at once is one change.
    let mut moved: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for pair in &pairs {
        let Pair {
            id,
            old: before,
            new: after,
        } = pair;
        let mut add = |fact| finder.add(Side::Operation, id, &one(id), fact);
        if before.id != after.id {
            add(Fact::OperationRenamed {
                to: after.id.to_owned(),
            });
        }
        let request = |it: &Operation<'_>| format!("{} {}", it.method.to_uppercase(), it.path);
        // The name of a path parameter is the parameter's, not the path's.
        let on_wire = |it: &Operation<'_>| format!("{} {}", it.method, without_names(it.path));
        if on_wire(before) != on_wire(after) {
            add(Fact::PathChanged {
                from: request(before),
                to: request(after),
            });
        }
        let text =
            |it: &Operation<'_>, key: &str| it.value[key].as_str().unwrap_or_default().to_owned();
        let (from, to) = (text(before, "x-effect"), text(after, "x-effect"));
        if from != to {
            add(Fact::EffectChanged { from, to });
        }
        let is_deprecated = |it: &Operation<'_>| it.value["deprecated"] == true;
        if is_deprecated(before) != is_deprecated(after) {
            add(Fact::Deprecated {
                now: is_deprecated(after),
            });
        }
        if is_reworded(before.value, after.value) {
            add(Fact::Reworded);
        }
        let from = credential(old, before).to_string();
        let to = credential(new, after).to_string();
        if from != to {
            moved
                .entry((from, to))
                .or_default()
                .insert((*id).to_owned());
        }
    }
    for ((from, to), ids) in moved {
        let place = format!("credential of {}", super::listed(&ids));
        finder.add(
            Side::Operation,
            &place,
            &ids,
            Fact::CredentialMoved { from, to },
        );
    }
    let server = |spec: &Spec| {
        spec.root["servers"][0]["url"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let (from, to) = (server(old), server(new));
    if from != to {
        let all = pairs.iter().map(|pair| pair.id.to_owned()).collect();
        finder.add(
            Side::Operation,
            "servers",
            &all,
            Fact::ServerChanged { from, to },
        );
    }
    finder.found
}

/// Whether the words of an operation differ, or the words and examples around its bodies. A body that comes or goes is another matter.
fn is_reworded(old: &Value, new: &Value) -> bool {
    let differs = |old: &Value, new: &Value, keys: &[&str]| {
        keys.iter().any(|key| old.get(key) != new.get(key))
    };
    let around = |old: &Value, new: &Value| {
        let contents = old["content"].as_object().into_iter().flatten();
        let mut contents =
            contents.filter_map(|(kind, old)| Some((old, new["content"].get(kind)?)));
        differs(old, new, &["description"])
            || contents.any(|(old, new)| differs(old, new, &["example", "examples"]))
    };
    let answers = old["responses"].as_object().into_iter().flatten();
    let mut answers =
        answers.filter_map(|(status, old)| Some((old, new["responses"].get(status)?)));
    differs(
        old,
        new,
        &["summary", "description", "tags", "x-provenance"],
    ) || around(&old["requestBody"], &new["requestBody"])
        || answers.any(|(old, new)| around(old, new))
}

/// `/orders/{order_id}` -> `/orders/{}`.
fn without_names(path: &str) -> String {
    let steps = path.split('/');
    let steps = steps.map(|step| if step.starts_with('{') { "{}" } else { step });
    steps.collect::<Vec<_>>().join("/")
}

/// Operations in both, only in the old, only in the new. One that has another operationId at the same method and path is the same.
fn pairs<'a>(old: &'a Spec, new: &'a Spec) -> (Vec<Pair<'a>>, Vec<&'a str>, Vec<&'a str>) {
    let mut unmatched = new.operations();
    let mut left = Vec::new();
    let mut pairs = Vec::new();
    for before in old.operations() {
        match unmatched.iter().position(|after| after.id == before.id) {
            Some(index) => pairs.push(Pair {
                id: before.id,
                new: unmatched.swap_remove(index),
                old: before,
            }),
            None => left.push(before),
        }
    }
    let mut removed = Vec::new();
    for before in left {
        let is_same = |after: &Operation<'_>| {
            after.method == before.method && without_names(after.path) == without_names(before.path)
        };
        match unmatched.iter().position(is_same) {
            Some(index) => pairs.push(Pair {
                id: before.id,
                new: unmatched.swap_remove(index),
                old: before,
            }),
            None => removed.push(before.id),
        }
    }
    pairs.sort_by_key(|pair| pair.id);
    (
        pairs,
        removed,
        unmatched.iter().map(|after| after.id).collect(),
    )
}

/// The named schemas that the operation reaches in both specs, by side.
fn shared<'a>(old: &'a Spec, new: &'a Spec, pair: &Pair<'a>) -> Vec<(Side, &'a str)> {
    let mut all = Vec::new();
    for side in [Side::Parameter, Side::Body, Side::Answer] {
        let after = reached(new, pair.new.value, side);
        let both = reached(old, pair.old.value, side)
            .into_iter()
            .filter(|name| after.contains(name));
        all.extend(both.map(|name| (side, name)));
    }
    all
}

fn reached<'a>(spec: &'a Spec, operation: &'a Value, side: Side) -> Vec<&'a str> {
    let roots: Vec<&Value> = match side {
        Side::Operation => Vec::new(),
        Side::Parameter => spec.parameters(operation).map(|it| &it["schema"]).collect(),
        Side::Body => spec.request_schema(operation).into_iter().collect(),
        Side::Answer => responses(spec, operation).into_values().flatten().collect(),
    };
    let mut names = Vec::new();
    for root in roots {
        walk_schemas(spec, root, "", &mut names, &mut |_, _| {});
    }
    names
}

/// The schema of each documented answer. Bent for Rust, `200` is called `2XX`.
pub fn responses<'a>(spec: &'a Spec, operation: &'a Value) -> BTreeMap<&'a str, Option<&'a Value>> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let responses = responses.map(|(status, answer)| {
        let answer = spec.resolve(answer).unwrap_or(answer);
        let status = if status == "2XX" { "200" } else { status };
        (status, answer.pointer("/content/application~1json/schema"))
    });
    responses.collect()
}

fn parameters<'a>(schemas: &mut Schemas<'a, '_>, pair: &Pair<'a>, operations: &BTreeSet<String>) {
    type Key<'a> = (&'a str, &'a str);
    fn list<'a>(spec: &'a Spec, operation: &'a Value) -> BTreeMap<Key<'a>, &'a Value> {
        let word = |value: &'a Value, key: &str| value[key].as_str().unwrap_or_default();
        let list = spec.parameters(operation);
        list.map(|it| ((word(it, "in"), word(it, "name")), it))
            .collect()
    }
    let before = list(schemas.old, pair.old.value);
    let after = list(schemas.new, pair.new.value);
    let place = |(at, name): Key<'_>| format!("{} `{name}` ({at})", pair.id);
    let mut added: Vec<_> = after
        .keys()
        .filter(|key| !before.contains_key(*key))
        .copied()
        .collect();
    let side = Side::Parameter;
    for (key, old) in &before {
        if let Some(new) = after.get(key) {
            schemas.parameter(&place(*key), operations, old, new);
            continue;
        }
        let is_same =
            |it: &Key<'_>| it.0 == key.0 && schemas.is_alike(&old["schema"], &after[it]["schema"]);
        match added.iter().position(is_same) {
            Some(index) => {
                let to = added.swap_remove(index);
                let renamed = Fact::Renamed {
                    to: to.1.to_owned(),
                    in_path: key.0 == "path",
                };
                schemas.finder.add(side, &place(*key), operations, renamed);
                schemas.parameter(&place(*key), operations, old, after[&to]);
            }
            None => schemas
                .finder
                .add(side, &place(*key), operations, Fact::Removed),
        }
    }
    added.sort_unstable();
    for key in added {
        let required = after[&key]["required"] == true;
        schemas
            .finder
            .add(side, &place(key), operations, Fact::Added { required });
    }
}

fn request<'a>(schemas: &mut Schemas<'a, '_>, pair: &Pair<'a>, operations: &BTreeSet<String>) {
    let before = schemas.old.request_schema(pair.old.value);
    let after = schemas.new.request_schema(pair.new.value);
    let place = format!("{} body", pair.id);
    let is_required =
        |operation: &Operation<'_>| operation.value["requestBody"]["required"] == true;
    let fact = match (before, after) {
        (None, None) => return,
        (None, Some(_)) => Fact::ContentAdded,
        (Some(_), None) => Fact::ContentRemoved,
        (Some(old), Some(new)) => {
            match (is_required(&pair.old), is_required(&pair.new)) {
                (false, true) => {
                    schemas
                        .finder
                        .add(Side::Body, &place, operations, Fact::MadeRequired)
                }
                (true, false) => {
                    schemas
                        .finder
                        .add(Side::Body, &place, operations, Fact::MadeOptional)
                }
                _ => {}
            }
            return schemas.anywhere(Side::Body, &place, operations, old, new);
        }
    };
    schemas.finder.add(Side::Body, &place, operations, fact);
}

fn answers<'a>(schemas: &mut Schemas<'a, '_>, pair: &Pair<'a>, operations: &BTreeSet<String>) {
    let before = responses(schemas.old, pair.old.value);
    let after = responses(schemas.new, pair.new.value);
    let all: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    for status in all {
        let place = format!("{} {status}", pair.id);
        let fact = match (before.get(status), after.get(status)) {
            // Often the same for all operations: one line for them all.
            (None, _) => {
                schemas
                    .finder
                    .add(Side::Answer, status, operations, Fact::StatusAdded);
                continue;
            }
            (_, None) => {
                schemas
                    .finder
                    .add(Side::Answer, status, operations, Fact::StatusRemoved);
                continue;
            }
            (Some(None), Some(None)) => continue,
            (Some(None), Some(Some(_))) => Fact::ContentAdded,
            (Some(Some(_)), Some(None)) => Fact::ContentRemoved,
            (Some(Some(old)), Some(Some(new))) => {
                schemas.anywhere(Side::Answer, &place, operations, old, new);
                continue;
            }
        };
        schemas.finder.add(Side::Answer, &place, operations, fact);
    }
}

/// The component that a schema refers to, itself or through a lone `allOf`.
pub fn component(schema: &Value) -> Option<&str> {
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => component(only),
        _ => schema_name(schema),
    }
}
