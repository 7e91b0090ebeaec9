//! A YAML file as a tree that keeps its lines and the order of its keys.

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
    /// Any other value.
    Leaf(Value),
}

/// A key and its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The line of the key, from 1.
    pub line: u64,
    /// The value.
    pub node: Node,
}

/// Appends a key to a JSON pointer.
pub fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// The keys of a JSON pointer.
pub fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    let steps = pointer.split('/').skip(1);
    steps.map(|step| step.replace("~1", "/").replace("~0", "~"))
}

impl Node {
    /// The same as JSON. The order of keys is then that of `serde_json`.
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

    /// The node at a pointer.
    pub fn at(&self, pointer: &str) -> Option<&Node> {
        steps(pointer).try_fold(self, |node, step| Some(node.step(&step)?.1))
    }

    /// The keys of the map at a pointer, in the order of the file; none if there is no map.
    pub fn keys(&self, pointer: &str) -> Vec<&str> {
        match self.at(pointer) {
            Some(Node::Map(entries)) => entries.iter().map(|entry| entry.key.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    /// The line of a pointer, or of the nearest node above it that exists.
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

/// Writes the keys in the order of the file, whatever order the maps of `serde_json` have.
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
