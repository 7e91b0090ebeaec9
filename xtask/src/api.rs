//! A spec as its readers see it: operations with what a caller may pass, in the order of the file.
//!
//! It says the same as the library's operation table, which `build/table.rs` makes; a test below holds the two against each other.

mod words;

pub use words::{Credential, Kind, Place};

use serde_json::Value;

use crate::problem::Problem;
use crate::spec::{Spec, default_of, schema_name};
use crate::tree::{Node, join};

/// One vendor's spec.
#[derive(Clone)]
pub struct Api {
    /// The word for the vendor: `iproyal`.
    pub vendor: String,
    /// The file, from the root: `openapi/iproyal.yaml`.
    pub file: String,
    /// The file as a tree with lines.
    pub tree: Node,
    /// The file as the build reads it.
    pub spec: Spec,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    pub id: String,
    /// In capitals.
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub tag: String,
    pub effect: String,
    pub source: Source,
    pub credential: Credential,
    pub parameters: Vec<Parameter>,
    /// The schema of the body.
    pub request: Option<String>,
    /// The schema of the answer.
    pub answer: Option<String>,
    /// Where it stands in the file.
    pub pointer: String,
}

/// Where a fact comes from.
#[derive(Debug)]
pub struct Source {
    /// Short name of the document.
    pub document: String,
    pub title: String,
    pub url: Option<String>,
    pub confidence: String,
}

/// Something that a caller may pass.
#[derive(Debug)]
pub struct Parameter {
    /// On the wire: `order_ids[]`.
    pub name: String,
    pub place: Place,
    pub required: bool,
    pub kind: Kind,
    /// The only values that are taken, if there is such a list.
    pub allowed: Vec<String>,
    /// Values known today, if there is such a list.
    pub known: Vec<String>,
    pub default: Option<String>,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    pub secret: bool,
    pub description: String,
    /// Where it stands in the file.
    pub pointer: String,
}

impl Api {
    /// Reads a spec; `file` is its path from the root.
    pub fn parse(file: &str, text: &str) -> Result<Self, Problem> {
        let tree: Node = serde_saphyr::from_str(text).map_err(|error| {
            let line = error
                .location()
                .map_or_else(String::new, |it| format!(":{}", it.line()));
            let error = error.to_string();
            let first = error.lines().next().unwrap_or_default();
            Problem::new(format!(
                "{file}{line}: this is no YAML that can be read: {first}; mend it there"
            ))
        })?;
        let vendor = file.rsplit('/').next().unwrap_or(file);
        Ok(Api {
            vendor: vendor.trim_end_matches(".yaml").to_owned(),
            file: file.to_owned(),
            spec: Spec {
                file: file.to_owned(),
                root: tree.value(),
            },
            tree,
        })
    }

    /// The API's own name.
    pub fn title(&self) -> &str {
        self.spec.root["info"]["title"]
            .as_str()
            .unwrap_or(&self.vendor)
    }

    /// The base URL, or why there is none.
    pub fn server(&self) -> String {
        let server = &self.spec.root["servers"][0];
        match server["url"].as_str() {
            Some(url) if !url.contains('{') => format!("`{url}`"),
            _ => one_line(
                server["description"]
                    .as_str()
                    .unwrap_or("To be set by the user."),
            ),
        }
    }

    /// All operations, in the order of the file.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations: Vec<_> = self
            .spec
            .operations()
            .iter()
            .map(|it| self.read(it))
            .collect();
        operations.sort_by_key(|operation| self.tree.line(&operation.pointer));
        operations
    }

    fn read(&self, operation: &crate::spec::Operation<'_>) -> Operation {
        let value = operation.value;
        let text = |key: &str| value[key].as_str().unwrap_or_default().trim().to_owned();
        let pointer = join(&join("/paths", operation.path), operation.method);
        let credential = credential(&self.spec, operation);
        let name = |schema: Option<&Value>| schema.and_then(schema_name).map(str::to_owned);
        Operation {
            id: operation.id.to_owned(),
            method: operation.method.to_uppercase(),
            path: operation.path.to_owned(),
            summary: text("summary"),
            description: text("description"),
            tag: value["tags"][0].as_str().unwrap_or_default().to_owned(),
            effect: text("x-effect"),
            source: self.source(&value["x-provenance"]),
            parameters: self.parameters(value, &pointer, &credential),
            credential,
            request: name(self.spec.request_schema(value)),
            answer: name(self.spec.answer_schema(value)),
            pointer,
        }
    }

    fn source(&self, provenance: &Value) -> Source {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let document = text(&provenance["document"]);
        let page = &self.spec.root["x-documents"][&document];
        Source {
            title: text(&page["title"]),
            url: page["url"].as_str().map(str::to_owned),
            confidence: text(&provenance["confidence"]),
            document,
        }
    }

    fn parameters(
        &self,
        operation: &Value,
        pointer: &str,
        credential: &Credential,
    ) -> Vec<Parameter> {
        let mut parameters: Vec<_> = self
            .spec
            .parameters(operation)
            .enumerate()
            .map(|(index, outer)| {
                let place = match outer["in"].as_str() {
                    Some("path") => Place::Path,
                    _ => Place::Query,
                };
                let name = outer["name"].as_str().unwrap_or_default();
                let required = outer["required"] == true;
                let pointer = format!("{pointer}/parameters/{index}");
                self.parameter(name, place, required, [outer, &outer["schema"]], pointer)
            })
            .collect();
        let body = self.spec.request_schema(operation);
        let Some((body, target)) = body.and_then(|it| Some((it, self.spec.resolve(it)?))) else {
            return parameters;
        };
        let at = schema_name(body).map(|name| join("/components/schemas", name));
        let at = at.unwrap_or_else(|| format!("{pointer}/requestBody")) + "/properties";
        // In the order of the file, which JSON doesn't keep.
        let Some(Node::Map(entries)) = self.tree.at(&at) else {
            return parameters;
        };
        for entry in entries {
            let name = &entry.key;
            if credential != &Credential::Body(name.clone()) {
                let schema = &target["properties"][name];
                let (required, pointer) = (requires(target, name), join(&at, name));
                parameters.push(self.parameter(
                    name,
                    Place::Body,
                    required,
                    [schema, schema],
                    pointer,
                ));
            }
        }
        parameters
    }

    fn parameter(
        &self,
        name: &str,
        place: Place,
        required: bool,
        [outer, schema]: [&Value; 2],
        pointer: String,
    ) -> Parameter {
        let target = flatten(&self.spec, schema);
        let values = match target["type"] == "array" {
            true => flatten(&self.spec, &target["items"]),
            false => target,
        };
        let list = |key: &str| {
            let list = values[key].as_array().into_iter().flatten();
            list.map(plain).collect()
        };
        let default = default_of(schema).or_else(|| default_of(target));
        let about = [outer, schema, target];
        let about = about.iter().find_map(|it| it["description"].as_str());
        Parameter {
            name: name.to_owned(),
            place,
            required,
            kind: kind(&self.spec, target),
            allowed: list("enum"),
            known: list("x-extensible-enum"),
            default: default.map(plain),
            minimum: target["minimum"].as_i64(),
            maximum: target["maximum"].as_i64(),
            secret: schema["x-secret"] == true || target["x-secret"] == true,
            description: one_line(about.unwrap_or_default()),
            pointer,
        }
    }
}

/// Whether an object schema lists the property as required.
pub fn requires(schema: &Value, property: &str) -> bool {
    let required = schema["required"].as_array().into_iter().flatten();
    required.into_iter().any(|it| it == property)
}

/// Where the credential of an operation goes.
pub fn credential(spec: &Spec, operation: &crate::spec::Operation<'_>) -> Credential {
    let everywhere = &spec.root["security"];
    let security = operation.value.get("security").unwrap_or(everywhere);
    let schemes = &spec.root["components"]["securitySchemes"];
    let wanted = security[0].as_object().and_then(|it| it.keys().next());
    let Some(wanted) = wanted else {
        // A key in the body is the secret property that is named like a query key.
        let body = spec.request_schema(operation.value);
        let body = body.and_then(|schema| spec.resolve(schema));
        let schemes = schemes.as_object().into_iter().flatten();
        let mut keys = schemes.filter_map(|(_, scheme)| scheme["name"].as_str());
        let key = keys.find(|key| body.is_some_and(|it| it["properties"][key]["x-secret"] == true));
        return key.map_or(Credential::Nowhere, |key| Credential::Body(key.to_owned()));
    };
    let scheme = &schemes[wanted];
    let word = |key: &str| scheme[key].as_str().unwrap_or_default();
    match (word("type"), word("in"), word("scheme")) {
        ("apiKey", "header", _) => Credential::Header(word("name").to_owned()),
        ("apiKey", "query", _) => Credential::Query(word("name").to_owned()),
        ("http", _, "bearer") => Credential::Bearer,
        _ => Credential::Other(wanted.clone()),
    }
}

/// Follows references and a lone `allOf`, which only carries a description.
pub fn flatten<'a>(spec: &'a Spec, mut schema: &'a Value) -> &'a Value {
    // A longer chain can only be a circle.
    for _ in 0..32 {
        schema = spec.resolve(schema).unwrap_or(schema);
        match schema["allOf"].as_array().map(Vec::as_slice) {
            Some([only]) => schema = only,
            _ => break,
        }
    }
    schema
}

/// What a schema holds; `schema` is flattened.
pub fn kind(spec: &Spec, schema: &Value) -> Kind {
    let is_scalar = |part: &Value| part["type"] == "integer" || part["type"] == "string";
    match schema["type"].as_str() {
        Some("integer") => Kind::Integer,
        Some("number") => Kind::Number,
        Some("boolean") => Kind::Boolean,
        Some("string") => Kind::Text,
        Some("array") => Kind::List(Box::new(kind(spec, flatten(spec, &schema["items"])))),
        Some("object") if schema.get("properties").is_none() => Kind::Map,
        Some("object") => Kind::Object,
        _ => match schema["oneOf"].as_array() {
            Some(parts) if parts.iter().all(is_scalar) => Kind::IntegerOrText,
            _ => Kind::Any,
        },
    }
}

/// A value as a reader expects it: text without quotes.
pub fn plain(value: &Value) -> String {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value.to_string())
}

/// Text on one line.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fmt::Write;

    use super::*;
    use crate::workspace::Workspace;

    /// As `tests/surface.rs` writes the library's own table.
    fn table(api: &Api) -> String {
        let mut operations = api.operations();
        operations.sort_by(|one, other| one.id.cmp(&other.id));
        let mut out = String::new();
        for it in &operations {
            let Operation {
                id,
                method,
                path,
                effect,
                source,
                ..
            } = it;
            let (confidence, document) = (&source.confidence, &source.document);
            let head = format!("{id}  {method} {path}  {effect}  {confidence} ({document})");
            let body = if it.request.is_some() { "  body" } else { "" };
            writeln!(out, "{head}{body}").unwrap();
            let (mut fields, others): (Vec<_>, Vec<_>) =
                it.parameters.iter().partition(|it| it.place == Place::Body);
            fields.sort_by(|one, other| one.name.cmp(&other.name));
            for parameter in others.into_iter().chain(fields) {
                writeln!(out, "    {}", row(parameter)).unwrap();
            }
        }
        out
    }

    fn row(parameter: &Parameter) -> String {
        let Parameter {
            name, place, kind, ..
        } = parameter;
        let mut out = format!("{place} {name}: {kind}");
        if parameter.required {
            out.push_str(", required");
        }
        for (word, values) in [("one of", &parameter.allowed), ("known", &parameter.known)] {
            if !values.is_empty() {
                write!(out, ", {word} {}", values.join(" | ")).unwrap();
            }
        }
        if let Some(default) = &parameter.default {
            write!(out, ", default {default}").unwrap();
        }
        for (word, bound) in [("min", parameter.minimum), ("max", parameter.maximum)] {
            if let Some(bound) = bound {
                write!(out, ", {word} {bound}").unwrap();
            }
        }
        if parameter.secret {
            out.push_str(", secret");
        }
        out
    }

    /// The snapshots come from the table that is compiled into the library: two programs read the specs, and agree.
    #[test]
    fn it_says_what_the_operation_table_says() {
        let workspace = Workspace::here();
        for api in workspace.apis().unwrap() {
            let snapshot = format!("tests/snapshots/{}_operations.snap", api.vendor);
            let snapshot = workspace.read(&snapshot).unwrap();
            let table_of_library = snapshot.splitn(3, "---\n").last().unwrap();
            let mend = "if the spec was changed, run `cargo xtask generate` first";
            similar_or_panic(table_of_library, &table(&api), mend);
        }
    }

    fn similar_or_panic(expected: &str, found: &str, mend: &str) {
        let diff = similar::TextDiff::from_lines(expected, found);
        let diff = diff.unified_diff().context_radius(2).to_string();
        assert!(diff.is_empty(), "{mend}\n{diff}");
    }

    #[test]
    fn there_are_55_operations() {
        let counts = Workspace::here().apis().unwrap();
        let counts = counts
            .iter()
            .map(|api| (api.vendor.clone(), api.operations().len()));
        let expected = [("iproyal", 14), ("proxyshard", 34), ("smartproxy", 7)];
        assert!(counts.eq(expected.map(|(vendor, count)| (vendor.to_owned(), count))));
    }

    #[test]
    fn broken_yaml_is_named_with_its_line() {
        let text = "openapi: 3.0.3\npaths:\n  a: [1\nb: 2\n";
        let problem = Api::parse("openapi/x.yaml", text).err().unwrap();
        let problem = problem.to_string();
        assert!(problem.starts_with("openapi/x.yaml:"), "{problem}");
        assert!(problem.contains("mend"), "{problem}");
    }
}
