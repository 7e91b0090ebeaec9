//! The specs as they stand in `openapi/*.yaml`, read without the help of the build that compiles
//! them.

use std::collections::BTreeMap;
use std::fs;

use proxy_orders::Vendor;
use serde_json::Value;

use super::file;

/// Reads the specs of all vendors.
pub fn specs() -> BTreeMap<Vendor, Spec> {
    let vendors = Vendor::all().iter().copied();
    vendors.map(|vendor| (vendor, Spec::read(vendor))).collect()
}

/// A spec.
pub struct Spec {
    /// `openapi/iproyal.yaml`.
    pub name: String,
    root: Value,
}

/// An operation of a spec.
pub struct Operation<'a> {
    pub id: &'a str,
    pub value: &'a Value,
}

impl Spec {
    /// The spec of a vendor.
    pub fn read(vendor: Vendor) -> Self {
        let name = format!("openapi/{vendor}.yaml");
        let text = fs::read_to_string(file(&name)).unwrap();
        let root = serde_saphyr::from_str(&text).unwrap();
        Spec { name, root }
    }

    /// All of it.
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// All operations.
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let items = self.root["paths"].as_object().unwrap().values();
        let operations = items.flat_map(|item| item.as_object().unwrap().values());
        operations
            .filter_map(|value| {
                let id = value.get("operationId")?.as_str()?;
                Some(Operation { id, value })
            })
            .collect()
    }

    /// The operation of that id.
    pub fn operation(&self, id: &str) -> &Value {
        let operations = self.operations();
        let found = operations.iter().find(|operation| operation.id == id);
        found
            .unwrap_or_else(|| panic!("{}: no `{id}`", self.name))
            .value
    }

    /// Follows references, and an `allOf` of one schema, which only adds words.
    pub fn resolve<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        loop {
            if let Some(reference) = value["$ref"].as_str() {
                let pointer = reference.trim_start_matches('#');
                value = self
                    .root
                    .pointer(pointer)
                    .unwrap_or_else(|| panic!("{reference}"));
            } else if let Some([only]) = value["allOf"].as_array().map(Vec::as_slice) {
                value = only;
            } else {
                return value;
            }
        }
    }

    /// The schema of an operation's body.
    pub fn body<'a>(&'a self, operation: &'a Value) -> Option<&'a Value> {
        let body = operation.get("requestBody")?;
        let schema = body.pointer("/content/application~1json/schema").unwrap();
        Some(self.resolve(schema))
    }

    /// The media type of an operation's success.
    pub fn answer<'a>(&'a self, operation: &'a Value) -> Option<&'a Value> {
        // One that spends documents any success.
        let responses = &operation["responses"];
        let success = responses.get("200").unwrap_or(&responses["2XX"]);
        let answer = self.resolve(success);
        answer.pointer("/content/application~1json")
    }

    /// The sample answers of an operation's success, by name.
    pub fn examples(&self, operation: &Value) -> Vec<(String, Value)> {
        let Some(answer) = self.answer(operation) else {
            return Vec::new();
        };
        assert!(answer.get("example").is_none(), "use `examples` instead");
        let examples = answer["examples"].as_object().into_iter().flatten();
        examples
            .map(|(name, example)| (name.clone(), self.resolve(example)["value"].clone()))
            .collect()
    }
}
