//! A YAML file as a tree that still knows its lines and the order of its keys.
//!
//! Places are JSON pointers: `/paths/~1orders/get/x-effect`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value};
use serde_saphyr::Spanned;

/// A piece of YAML.
#[derive(Clone, Debug)]
pub enum Node {
    /// Keys in the order of the file.
    Map(Vec<Entry>),
    /// Items, each with the line on which it begins.
    List(Vec<(u64, Node)>),
    /// Anything else.
    Leaf(Value),
}

/// A key with what stands under it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The line of the key, from 1.
    pub line: u64,
    /// What stands under it.
    pub node: Node,
}

/// The pointer of what stands under `key`.
pub fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    let steps = pointer.split('/').skip(1);
    steps.map(|step| step.replace("~1", "/").replace("~0", "~"))
}

impl Node {
    /// The same as JSON. The order of keys is then serde_json's.
    pub fn value(&self) -> Value {
        match self {
            Node::Leaf(value) => value.clone(),
            Node::List(items) => items.iter().map(|(_, item)| item.value()).collect(),
            Node::Map(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|entry| (entry.key.clone(), entry.node.value()));
                Value::Object(entries.collect::<Map<_, _>>())
            }
        }
    }

    fn step(&self, step: &str) -> Option<(u64, &Node)> {
        match self {
            Node::Map(entries) => {
                let entry = entries.iter().find(|entry| entry.key == step)?;
                Some((entry.line, &entry.node))
            }
            Node::List(items) => {
                let (line, node) = items.get(step.parse::<usize>().ok()?)?;
                Some((*line, node))
            }
            Node::Leaf(_) => None,
        }
    }

    /// What stands at the pointer.
    pub fn at(&self, pointer: &str) -> Option<&Node> {
        steps(pointer).try_fold(self, |node, step| Some(node.step(&step)?.1))
    }

    /// The line of the pointer, or of the nearest thing above it that is there.
    pub fn line(&self, pointer: &str) -> u64 {
        let mut line = 1;
        let mut node = self;
        for step in steps(pointer) {
            let Some((next_line, next)) = node.step(&step) else {
                break;
            };
            (line, node) = (next_line, next);
        }
        line
    }

    /// Calls `visit` with the pointer of every map, from the outside in.
    pub fn maps<'a>(&'a self, pointer: &str, visit: &mut impl FnMut(&str, &'a [Entry])) {
        match self {
            Node::Map(entries) => {
                visit(pointer, entries);
                for entry in entries {
                    entry.node.maps(&join(pointer, &entry.key), visit);
                }
            }
            Node::List(items) => {
                for (index, (_, item)) in items.iter().enumerate() {
                    item.maps(&format!("{pointer}/{index}"), visit);
                }
            }
            Node::Leaf(_) => {}
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

macro_rules! leaves {
    ($($visit:ident: $kind:ty,)*) => {$(
        fn $visit<E>(self, value: $kind) -> Result<Node, E> {
            Ok(Node::Leaf(Value::from(value)))
        }
    )*};
}

impl<'de> Visitor<'de> for Reader {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML")
    }

    leaves! { visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str, }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Leaf(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            entries.push(Entry {
                key: key.value,
                line: key.referenced.line(),
                node: map.next_value()?,
            });
        }
        Ok(Node::Map(entries))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<Spanned<Node>>()? {
            items.push((item.referenced.line(), item.value));
        }
        Ok(Node::List(items))
    }
}

/// In the order of the file, whatever order serde_json's own maps have.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Node::Leaf(value) => value.serialize(serializer),
            Node::List(items) => serializer.collect_seq(items.iter().map(|(_, item)| item)),
            Node::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for entry in entries {
                    map.serialize_entry(&entry.key, &entry.node)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::workspace::Workspace;

    const YAML: &str = "\
openapi: 3.0.3
# A comment is a line, too.
paths:
  /a~b/{id}:
    get:
      tags: [One, Two]
      parameters:
        - name: id
          in: path
        - {name: x, in: query,
           required: true}
      text: >-
        folded
        text
      after: null
";

    #[test]
    fn lines_are_those_of_the_file() {
        let tree: Node = serde_saphyr::from_str(YAML).unwrap();
        let operation = join(&join("/paths", "/a~b/{id}"), "get");
        let lines = YAML.lines().collect::<Vec<_>>();
        for (below, word) in [
            ("", "get:"),
            ("/tags", "tags:"),
            ("/parameters/0", "- name: id"),
            ("/parameters/0/in", "in: path"),
            ("/parameters/1", "- {name: x"),
            ("/parameters/1/required", "required: true"),
            ("/text", "text:"),
            ("/after", "after:"),
        ] {
            let line = tree.line(&format!("{operation}{below}"));
            let found = lines[usize::try_from(line).unwrap() - 1];
            assert!(found.contains(word), "{below}: line {line}: {found}");
        }
        assert_eq!(tree.line(&format!("{operation}/parameters/0/schema")), 8);
        assert_eq!(tree.line("/nothing"), 1);
    }

    #[test]
    fn the_specs_read_the_same_as_without_lines() {
        let workspace = Workspace::here();
        for api in workspace.apis().unwrap() {
            let text = workspace.read(&api.file).unwrap();
            let plain: Value = serde_saphyr::from_str(&text).unwrap();
            assert_eq!(api.tree.value(), plain, "{}", api.file);
            let written = serde_json::to_string(&api.tree).unwrap();
            let read: Value = serde_json::from_str(&written).unwrap();
            assert_eq!(read, plain, "{}", api.file);
        }
    }

    /// Every key that stands alone on its line is found on that line.
    #[test]
    fn every_line_of_the_specs_is_right() {
        let workspace = Workspace::here();
        for api in workspace.apis().unwrap() {
            let text = workspace.read(&api.file).unwrap();
            let lines = text.lines().collect::<Vec<_>>();
            api.tree.maps("", &mut |pointer, entries| {
                for entry in entries {
                    let line = lines[usize::try_from(entry.line).unwrap() - 1];
                    assert!(line.contains(&entry.key), "{pointer} {}: {line}", entry.key);
                }
            });
        }
    }
}
