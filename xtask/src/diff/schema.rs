//! Two schemas, field by field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::compare::{Finder, component};
use super::fact::{Fact, Side};
use crate::api::{Kind, flatten, kind, plain, requires};
use crate::fixups::REPLACED;
use crate::spec::Spec;

const BOUNDS: [&str; 7] = [
    "minimum",
    "minLength",
    "minItems",
    "maximum",
    "maxLength",
    "maxItems",
    "pattern",
];

/// The comparison of all schemas of two specs.
pub struct Schemas<'a, 'f> {
    pub old: &'a Spec,
    pub new: &'a Spec,
    pub finder: &'f mut Finder,
    /// Pairs of components of different names that are being compared, as a schema may hold itself.
    open: Vec<(&'a str, &'a str)>,
}

/// Where something stands.
#[derive(Clone, Copy)]
struct Place<'p> {
    side: Side,
    text: &'p str,
    operations: &'p BTreeSet<String>,
    /// Whether it may be left out, before and after.
    is_optional: bool,
}

impl<'a, 'f> Schemas<'a, 'f> {
    /// Nothing compared yet.
    pub fn new(old: &'a Spec, new: &'a Spec, finder: &'f mut Finder) -> Self {
        Schemas {
            old,
            new,
            finder,
            open: Vec::new(),
        }
    }

    /// A component that both have.
    pub fn named(&mut self, side: Side, name: &str, operations: &BTreeSet<String>) {
        let pointer = format!("/components/schemas/{name}");
        let (Some(old), Some(new)) = (
            self.old.root.pointer(&pointer),
            self.new.root.pointer(&pointer),
        ) else {
            return;
        };
        let place = Place {
            side,
            text: name,
            operations,
            is_optional: true,
        };
        // A component may itself be no more than a reference to another.
        match (component(old), component(new)) {
            (None, None) => self.structure(place, old, new),
            _ => self.schema(place, old, new),
        }
    }

    /// A parameter that both have.
    pub fn parameter(
        &mut self,
        text: &str,
        operations: &BTreeSet<String>,
        old: &'a Value,
        new: &'a Value,
    ) {
        let [was_required, is_required] = [old, new].map(|it| it["required"] == true);
        let place = Place {
            side: Side::Parameter,
            text,
            operations,
            is_optional: !was_required && !is_required,
        };
        self.requirement(place, was_required, is_required);
        let encoding = |it: &Value| {
            let style = it["style"].as_str().unwrap_or("form").to_owned();
            // Exploded is the default of form alone.
            let explode = it["explode"].as_bool().unwrap_or(style == "form");
            format!("{style}, explode: {explode}")
        };
        let is_list = matches!(
            kind(self.new, flatten(self.new, &new["schema"])),
            Kind::List(_) | Kind::Map | Kind::Object
        );
        if is_list && encoding(old) != encoding(new) {
            self.add(
                place,
                Fact::EncodingChanged {
                    from: encoding(old),
                    to: encoding(new),
                },
            );
        }
        self.flag(place, old, new, "deprecated", |now| Fact::Deprecated {
            now,
        });
        self.words(place, old, new);
        self.schema(place, &old["schema"], &new["schema"]);
    }

    /// The schema of a body.
    pub fn anywhere(
        &mut self,
        side: Side,
        text: &str,
        operations: &BTreeSet<String>,
        old: &'a Value,
        new: &'a Value,
    ) {
        let place = Place {
            side,
            text,
            operations,
            is_optional: false,
        };
        self.schema(place, old, new);
    }

    /// Whether two schemas could be the same thing under another name.
    pub fn is_alike(&self, old: &'a Value, new: &'a Value) -> bool {
        let kinds = (
            kind(self.old, flatten(self.old, old)),
            kind(self.new, flatten(self.new, new)),
        );
        component(old) == component(new) && kinds.0 == kinds.1
    }

    fn add(&mut self, place: Place<'_>, fact: Fact) {
        self.finder
            .add(place.side, place.text, place.operations, fact);
    }

    fn schema(&mut self, place: Place<'_>, old: &'a Value, new: &'a Value) {
        self.marks(place, old, new);
        let names = (component(old), component(new));
        if names.0 == names.1 && names.0.is_some() {
            // It is compared in its own right.
            return;
        }
        let [before, after] = [flatten(self.old, old), flatten(self.new, new)];
        if names.0 != names.1 && !is_same_in_rust(names) {
            let (from, to) = (names.0.unwrap_or("no name"), names.1.unwrap_or("no name"));
            let is_object = |it: &Value| it["type"] == "object";
            let is_object = is_object(before) && is_object(after);
            self.add(
                place,
                Fact::TypeRenamed {
                    from: from.to_owned(),
                    to: to.to_owned(),
                    is_object,
                },
            );
        }
        let pair = (names.0.unwrap_or_default(), names.1.unwrap_or_default());
        let is_named = names.0.is_some() || names.1.is_some();
        if is_named && self.open.contains(&pair) {
            return;
        }
        self.open.push(pair);
        self.structure(place, before, after);
        self.open.pop();
    }

    /// Words and marks, which stand beside a reference too.
    fn marks(&mut self, place: Place<'_>, old: &Value, new: &Value) {
        self.words(place, old, new);
        self.flag(place, old, new, "x-secret", |now| Fact::SecretMark { now });
        self.flag(place, old, new, "x-identity", |now| Fact::IdentityMark {
            now,
        });
        let value = |it: &Value| it.get("default").map(plain);
        let (from, to) = (value(old), value(new));
        if from != to {
            self.add(place, Fact::DefaultChanged { from, to });
        }
    }

    fn words(&mut self, place: Place<'_>, old: &Value, new: &Value) {
        let keys = [
            "description",
            "title",
            "example",
            "examples",
            "x-default",
            "x-provenance",
        ];
        if keys.iter().any(|key| old.get(key) != new.get(key)) {
            self.add(place, Fact::Reworded);
        }
    }

    fn flag(
        &mut self,
        place: Place<'_>,
        old: &Value,
        new: &Value,
        key: &str,
        fact: impl Fn(bool) -> Fact,
    ) {
        let [was, is] = [old, new].map(|it| it[key] == true);
        if was != is {
            self.add(place, fact(is));
        }
    }

    fn requirement(&mut self, place: Place<'_>, was: bool, is: bool) {
        match (was, is) {
            (false, true) => self.add(place, Fact::MadeRequired),
            (true, false) => self.add(place, Fact::MadeOptional),
            _ => {}
        }
    }

    /// Two schemas that are no references.
    fn structure(&mut self, place: Place<'_>, old: &'a Value, new: &'a Value) {
        self.marks(place, old, new);
        let [was_nullable, is_nullable] = [old, new].map(|it| it["nullable"] == true);
        let is_list = new["type"] == "array";
        let is_optional = place.is_optional && !is_list;
        match (was_nullable, is_nullable) {
            (false, true) => self.add(place, Fact::MadeNullable { is_optional }),
            (true, false) => self.add(place, Fact::MadeNonNull { is_optional }),
            _ => {}
        }
        let (before, after) = (type_in_words(self.old, old), type_in_words(self.new, new));
        if before != after {
            self.add(
                place,
                Fact::TypeChanged {
                    from: before,
                    to: after,
                },
            );
            return;
        }
        self.format(place, old, new);
        self.values(place, old, new);
        self.bounds(place, old, new);
        self.properties(place, old, new);
        let [was_closed, is_closed] = [old, new].map(|it| it["additionalProperties"] == false);
        match (was_closed, is_closed) {
            (false, true) => self.add(place, Fact::Closed),
            (true, false) => self.add(place, Fact::OpenedUp),
            _ => {}
        }
        for key in ["items", "additionalProperties"] {
            if old[key].is_object() && new[key].is_object() {
                let text = format!("{}[]", place.text);
                let inner = Place {
                    text: &text,
                    is_optional: false,
                    ..place
                };
                self.schema(inner, &old[key], &new[key]);
            }
        }
    }

    fn format(&mut self, place: Place<'_>, old: &Value, new: &Value) {
        let format = |it: &Value| it["format"].as_str().unwrap_or("none").to_owned();
        let (from, to) = (format(old), format(new));
        if from != to {
            // A whole number is an i64 unless its format says otherwise.
            let is_plain = |it: &str| matches!(it, "none" | "int64");
            let is_same_in_rust = new["type"] == "integer" && is_plain(&from) && is_plain(&to);
            self.add(
                place,
                Fact::FormatChanged {
                    from,
                    to,
                    is_same_in_rust,
                },
            );
        }
    }

    fn values(&mut self, place: Place<'_>, old: &Value, new: &Value) {
        let list = |it: &Value| {
            let open = it.get("x-extensible-enum").map(|list| (list.clone(), true));
            it.get("enum").map(|list| (list.clone(), false)).or(open)
        };
        let (before, after) = (list(old), list(new));
        let [was_open, is_open] = [&before, &after].map(|it| it.as_ref().map(|(_, open)| *open));
        if was_open != is_open {
            return self.add(
                place,
                Fact::ListChanged {
                    from: was_open,
                    to: is_open,
                },
            );
        }
        let (Some((before, is_open)), Some((after, _))) = (before, after) else {
            return;
        };
        let is_open_in_rust = is_open || new["type"] == "integer";
        let values = |list: &Value| list.as_array().cloned().unwrap_or_default();
        let (before, after) = (values(&before), values(&after));
        for value in before.iter().filter(|it| !after.contains(it)) {
            self.add(
                place,
                Fact::ValueLost {
                    value: plain(value),
                },
            );
        }
        for value in after.iter().filter(|it| !before.contains(it)) {
            let value = plain(value);
            self.add(
                place,
                Fact::ValueGained {
                    value,
                    is_open_in_rust,
                },
            );
        }
        let names = |schema: &Value, values: &[Value]| -> BTreeMap<String, String> {
            let names = schema["x-enum-varnames"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            values
                .iter()
                .map(plain)
                .zip(names.iter().map(plain))
                .collect()
        };
        let (from, to) = (names(old, &before), names(new, &after));
        let mut renamed = from
            .iter()
            .filter(|(value, name)| to.get(*value).is_some_and(|now| now != *name));
        if let Some((value, name)) = renamed.next() {
            let to = to[value].clone();
            self.add(
                place,
                Fact::VariantsRenamed {
                    from: name.clone(),
                    to,
                },
            );
        }
    }

    fn bounds(&mut self, place: Place<'_>, old: &Value, new: &Value) {
        for key in BOUNDS {
            let (from, to) = (old.get(key).map(plain), new.get(key).map(plain));
            if from == to {
                continue;
            }
            let number = |it: &Option<String>| it.as_ref().and_then(|it| it.parse::<f64>().ok());
            // The least number decides between i64, u64 and NonZeroU64; any bound of a text makes a type of its own.
            let class = |it: &Option<String>| number(it).map(|least| least >= 1.0);
            let is_seen_in_rust = match new["type"].as_str() {
                Some("integer") => key == "minimum" && class(&from) != class(&to),
                Some("string") => true,
                _ => false,
            };
            let key = key.to_owned();
            self.add(
                place,
                Fact::Bound {
                    key,
                    from,
                    to,
                    is_seen_in_rust,
                },
            );
        }
    }

    fn properties(&mut self, place: Place<'_>, old: &'a Value, new: &'a Value) {
        let after = properties(new);
        let before = properties(old);
        let mut added: Vec<_> = after
            .keys()
            .filter(|name| !before.contains_key(*name))
            .copied()
            .collect();
        let text = |name: &str| format!("{}.{name}", place.text);
        let Place {
            side, operations, ..
        } = place;
        for (name, old_property) in &before {
            let mut now = *name;
            if !after.contains_key(name) {
                let is_same = |it: &&str| self.is_alike(old_property, after[*it]);
                match added.iter().position(is_same) {
                    Some(index) => now = added.remove(index),
                    None => {
                        self.finder
                            .add(side, &text(name), operations, Fact::Removed);
                        continue;
                    }
                }
                let renamed = Fact::Renamed {
                    to: now.to_owned(),
                    in_path: false,
                };
                self.finder.add(side, &text(name), operations, renamed);
            }
            let (was, is) = (requires(old, name), requires(new, now));
            let text = text(name);
            let inner = Place {
                text: &text,
                is_optional: !was && !is,
                ..place
            };
            self.requirement(inner, was, is);
            self.schema(inner, old_property, after[now]);
        }
        for name in added {
            let required = requires(new, name);
            self.finder
                .add(side, &text(name), operations, Fact::Added { required });
        }
    }
}

fn properties(schema: &Value) -> BTreeMap<&str, &Value> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, property)| (name.as_str(), property))
        .collect()
}

/// Whether both names stand for one and the same type of the library's.
fn is_same_in_rust((old, new): (Option<&str>, Option<&str>)) -> bool {
    let replaced = |name: Option<&str>| {
        REPLACED
            .iter()
            .find(|(from, _)| Some(*from) == name)
            .map(|(_, to)| to)
    };
    replaced(old).is_some() && replaced(old) == replaced(new)
}

fn type_in_words(spec: &Spec, schema: &Value) -> String {
    match kind(spec, schema) {
        // The items are compared on their own.
        Kind::List(_) => "list".to_owned(),
        // Both hold a JSON object; which properties it has is compared on its own.
        Kind::Map | Kind::Object => "object".to_owned(),
        Kind::Any => match schema["oneOf"].as_array() {
            Some(parts) => {
                let parts: Vec<_> = parts
                    .iter()
                    .map(|part| kind(spec, flatten(spec, part)).to_string())
                    .collect();
                format!("one of {}", parts.join(", "))
            }
            None => "any".to_owned(),
        },
        kind => kind.to_string(),
    }
}
