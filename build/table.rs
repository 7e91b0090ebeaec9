//! The operation table: everything that the YAML says of each operation, as data.
//!
//! It is computed before any fixup, so it says what the spec says and not what the generator needs.
//! `render.rs` writes it as Rust for the library; `xtask` makes its pages from it and compares two
//! versions of it.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::conditions::Condition;
use super::diagnostic::Diagnostic;
use super::fixups::is_open_scalar;
use super::spec::{self, Spec, default_of, schema_name};
use super::yaml::join;

/// The operation table of one vendor.
#[derive(Clone, Debug, Serialize)]
pub struct Table {
    /// The word for the vendor, such as the feature and the name of the file.
    pub vendor: String,
    /// The title of the API.
    pub title: String,
    /// The base URL; `None` if no page prints it and the user has to set it.
    pub server: Option<String>,
    /// The note of the spec on the base URL.
    pub server_description: String,
    /// The credential, and the other things that a user has to set.
    pub access: Access,
    /// The vendor's way to refuse a request: its `x-refusal`.
    pub refusal: Value,
    /// In the order of the file.
    pub operations: Vec<Operation>,
    /// The objects that answers hold, by name.
    pub records: Vec<Record>,
}

/// The settings that a user of the vendor has to make, from `x-credential` and `x-vendor`.
#[derive(Clone, Debug, Serialize)]
pub struct Access {
    /// The environment variable with the credential.
    pub variable: String,
    /// The place where the vendor shows the credential.
    pub found_at: String,
    /// A word that a credential never begins with, though users expect it to.
    pub not_prefix: Option<String>,
    /// The host and port of the proxies are in no answer, so the user has to set them.
    pub gateway: bool,
}

/// One operation.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    pub id: String,
    /// In capitals.
    pub method: String,
    pub path: String,
    pub summary: String,
    /// With its line breaks.
    pub description: String,
    /// `read`, `set`, `change` or `spend`.
    pub effect: String,
    pub source: Source,
    pub credential: Credential,
    /// Everything that a caller may pass, without the credential: path and query, then the top
    /// level of the body.
    pub parameters: Vec<Parameter>,
    /// The conditions between them: `x-conditions`.
    pub conditions: Vec<Condition>,
    pub has_body: bool,
    /// The schema of the body.
    pub request: Option<String>,
    /// The schema of the answer.
    pub answer: Option<String>,
    /// The kind of the answer, if it has a schema.
    pub answer_kind: Option<Kind>,
    /// The shape that the answer must have for its generated type to read it.
    pub shape: Shape,
}

/// The source of a fact.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// Short name of the document.
    pub document: String,
    pub title: String,
    pub url: Option<String>,
    /// `documented`, `observed` or `inferred`.
    pub confidence: String,
}

/// A value that a caller may pass.
#[derive(Clone, Debug, Serialize)]
pub struct Parameter {
    /// On the wire: `order_ids[]`.
    pub name: String,
    pub place: Place,
    pub required: bool,
    pub nullable: bool,
    pub kind: Kind,
    /// The only values that are accepted, if there is such a list.
    pub allowed: Vec<String>,
    /// The values known today, if there is such a list.
    pub known: Vec<String>,
    pub default: Option<String>,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    /// `style` and `explode` of a parameter that is a list or an object.
    pub encoding: Option<String>,
    pub secret: bool,
    /// Its value `true` obliges the user to pay later: its `x-obligation`.
    pub obligation: bool,
    pub description: String,
    /// JSON pointer into the spec.
    pub pointer: String,
}

/// The part of a request that a parameter belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Place {
    Path,
    Query,
    Body,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Path => "path",
            Place::Query => "query",
            Place::Body => "body",
        })
    }
}

/// The kind of value that a parameter or an answer holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Kind {
    Integer,
    Number,
    Boolean,
    Text,
    IntegerOrText,
    List(Box<Kind>),
    Map,
    Object,
    Any,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Integer => "integer",
            Kind::Number => "number",
            Kind::Boolean => "boolean",
            Kind::Text => "text",
            Kind::IntegerOrText => "integer or text",
            Kind::List(items) => return write!(f, "list of {items}"),
            Kind::Map => "map",
            Kind::Object => "object",
            Kind::Any => "any",
        })
    }
}

/// The part of a request that carries the credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Credential {
    Nowhere,
    Header(String),
    Bearer,
    Query(String),
    Body(String),
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Nowhere => f.write_str("none"),
            Credential::Header(name) => write!(f, "header `{name}`"),
            Credential::Bearer => f.write_str("header `Authorization: Bearer`"),
            Credential::Query(name) => write!(f, "query `{name}`"),
            Credential::Body(name) => write!(f, "body `{name}`"),
        }
    }
}

/// The shape that an answer's JSON must have for its generated type to read it. Types that read
/// anything are `Any`.
#[derive(Clone, Debug, Serialize)]
pub enum Shape {
    /// No body is documented.
    Nothing,
    Any,
    Text,
    Integer,
    Number,
    Flag,
    Map,
    /// A map that may be null, which does not mean the same as a missing one.
    NullableMap,
    List(Box<Shape>),
    /// The record of that name.
    Record(String),
}

/// An object that answers hold.
#[derive(Clone, Debug, Serialize)]
pub struct Record {
    pub name: String,
    pub fields: Vec<Field>,
}

/// A field of a record.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    pub name: String,
    /// The record is worthless without it.
    pub identity: bool,
    pub shape: Shape,
}

impl Table {
    /// Computes the table of a spec that keeps the rules.
    pub fn of(spec: &Spec) -> Result<Self, Diagnostic> {
        let mut reader = Reader {
            spec,
            named: BTreeSet::new(),
        };
        let mut operations = spec.operations();
        operations.sort_by_key(|operation| spec.tree.line(&operation.pointer));
        let operations = operations.iter().map(|it| reader.operation(it));
        let operations = operations.collect::<Result<Vec<_>, _>>()?;
        let text = |pointer: &str| spec.root.pointer(pointer).and_then(Value::as_str);
        // A template stands for a host that no page prints.
        let server = text("/servers/0/url").filter(|url| !url.contains('{'));
        Ok(Table {
            vendor: spec.vendor().to_owned(),
            title: text("/info/title").unwrap_or(spec.vendor()).to_owned(),
            server: server.map(str::to_owned),
            server_description: one_line(text("/servers/0/description").unwrap_or_default()),
            access: reader.access(),
            refusal: spec.root["x-refusal"].clone(),
            operations,
            records: reader.records(),
        })
    }
}

/// Reads a spec; collects the names of the records that it meets.
struct Reader<'a> {
    spec: &'a Spec,
    named: BTreeSet<String>,
}

impl Reader<'_> {
    fn access(&self) -> Access {
        let scheme = self.spec.security_scheme().unwrap_or(&Value::Null);
        let text = |key: &str| scheme["x-credential"][key].as_str().map(str::to_owned);
        Access {
            variable: text("variable").unwrap_or_default(),
            found_at: text("found_at").unwrap_or_default(),
            not_prefix: text("not_prefix"),
            gateway: self.spec.root["info"]["x-vendor"]["gateway"] == true,
        }
    }

    fn operation(&mut self, operation: &spec::Operation<'_>) -> Result<Operation, Diagnostic> {
        let value = operation.value;
        let text = |key: &str| value[key].as_str().unwrap_or_default().trim().to_owned();
        let credential = self.credential(operation)?;
        let parameters = self.parameters(operation, &credential);
        let answer = self.spec.answer_schema(value);
        Ok(Operation {
            id: operation.id.to_owned(),
            method: operation.method.to_uppercase(),
            path: operation.path.to_owned(),
            summary: text("summary"),
            description: text("description"),
            effect: text("x-effect"),
            source: self.source(&value["x-provenance"]),
            credential,
            parameters,
            conditions: Condition::all(value),
            has_body: value.get("requestBody").is_some(),
            request: name_of(self.spec.request_schema(value)),
            answer: name_of(answer),
            answer_kind: answer.map(|schema| self.kind(schema)),
            shape: answer.map_or(Shape::Nothing, |schema| self.shape(schema)),
        })
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

    fn credential(&self, operation: &spec::Operation<'_>) -> Result<Credential, Diagnostic> {
        let everywhere = &self.spec.root["security"];
        let security = operation.value.get("security").unwrap_or(everywhere);
        let schemes = &self.spec.root["components"]["securitySchemes"];
        let wanted = security[0].as_object().and_then(|it| it.keys().next());
        let Some(wanted) = wanted else {
            // OpenAPI has no word for a key in the body: it is the secret property that is named
            // like a query key.
            let body = self.spec.request_schema(operation.value);
            let body = body.and_then(|schema| self.spec.resolve(schema));
            let schemes = schemes.as_object().into_iter().flatten();
            let mut keys = schemes.filter_map(|(_, scheme)| scheme["name"].as_str());
            let is_secret = |body: &Value, key: &str| body["properties"][key]["x-secret"] == true;
            let key = keys.find(|key| body.is_some_and(|body| is_secret(body, key)));
            return Ok(key.map_or(Credential::Nowhere, |key| Credential::Body(key.to_owned())));
        };
        let scheme = &schemes[wanted];
        let word = |key: &str| scheme[key].as_str().unwrap_or_default();
        match (word("type"), word("in"), word("scheme")) {
            ("apiKey", "header", _) => Ok(Credential::Header(word("name").to_owned())),
            ("apiKey", "query", _) => Ok(Credential::Query(word("name").to_owned())),
            ("http", _, "bearer") => Ok(Credential::Bearer),
            _ => {
                let message = format!(
                    "security scheme `{wanted}` is neither an API key in header or query nor an HTTP bearer: use one of these"
                );
                Err(self.spec.diagnostic(&operation.pointer, message))
            }
        }
    }

    fn parameters(
        &self,
        operation: &spec::Operation<'_>,
        credential: &Credential,
    ) -> Vec<Parameter> {
        let list = self.spec.parameters(operation.value).enumerate();
        let mut parameters: Vec<_> = list
            .map(|(index, outer)| {
                let place = match outer["in"].as_str() {
                    Some("path") => Place::Path,
                    _ => Place::Query,
                };
                let name = outer["name"].as_str().unwrap_or_default();
                let pointer = format!("{}/parameters/{index}", operation.pointer);
                let required = outer["required"] == true;
                self.parameter(name, place, required, [outer, &outer["schema"]], pointer)
            })
            .collect();
        let schema = self.spec.request_schema(operation.value);
        let Some((name, body)) =
            schema.and_then(|it| Some((schema_name(it)?, self.spec.resolve(it)?)))
        else {
            return parameters;
        };
        let at = join(&join("/components/schemas", name), "properties");
        let required = body["required"].as_array().map_or(&[][..], Vec::as_slice);
        for name in self.spec.tree.keys(&at) {
            if *credential != Credential::Body(name.to_owned()) {
                let schema = &body["properties"][name];
                let required = required.iter().any(|it| it == name);
                let pointer = join(&at, name);
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
        let target = self.spec.flatten(schema);
        let values = match target["type"] == "array" {
            true => self.spec.flatten(&target["items"]),
            false => target,
        };
        let list = |key: &str| {
            let list = values[key].as_array().into_iter().flatten();
            list.map(plain).collect()
        };
        let kind = self.kind(target);
        let is_structured = matches!(kind, Kind::List(_) | Kind::Map | Kind::Object);
        let style = outer["style"].as_str().unwrap_or("form");
        let explode = outer["explode"].as_bool().unwrap_or(style == "form");
        let encoding = format!("{style}, explode: {explode}");
        let default = default_of(schema).or_else(|| default_of(target));
        let about = [outer, schema, target];
        let about = about.iter().find_map(|it| it["description"].as_str());
        Parameter {
            name: name.to_owned(),
            place,
            required,
            nullable: target["nullable"] == true,
            kind,
            allowed: list("enum"),
            known: list("x-extensible-enum"),
            default: default.map(plain),
            minimum: target["minimum"].as_i64(),
            maximum: target["maximum"].as_i64(),
            encoding: (is_structured && place == Place::Query).then_some(encoding),
            secret: schema["x-secret"] == true || target["x-secret"] == true,
            obligation: target["x-obligation"] == true,
            description: one_line(about.unwrap_or_default()),
            pointer,
        }
    }

    fn kind(&self, schema: &Value) -> Kind {
        let schema = self.spec.flatten(schema);
        let is_scalar = |part: &Value| part["type"] == "integer" || part["type"] == "string";
        match schema["type"].as_str() {
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            Some("string") => Kind::Text,
            Some("array") => Kind::List(Box::new(self.kind(&schema["items"]))),
            Some("object") if schema.get("properties").is_none() => Kind::Map,
            Some("object") => Kind::Object,
            _ => match schema["oneOf"].as_array() {
                Some(parts) if parts.iter().all(is_scalar) => Kind::IntegerOrText,
                _ => Kind::Any,
            },
        }
    }

    /// The shape of an answer's schema; its records are noted.
    fn shape(&mut self, schema: &Value) -> Shape {
        if schema["x-secret"] == true {
            return Shape::Any;
        }
        if let Some(name) = schema_name(schema) {
            return match self.spec.resolve(schema) {
                Some(target) if is_open_scalar(name, target) => Shape::Any,
                Some(target)
                    if target["type"] == "object" && target.get("properties").is_some() =>
                {
                    self.named.insert(name.to_owned());
                    Shape::Record(name.to_owned())
                }
                Some(target) => self.shape(target),
                None => Shape::Any,
            };
        }
        match schema["type"].as_str() {
            Some("string") => Shape::Text,
            Some("integer") => Shape::Integer,
            Some("number") => Shape::Number,
            Some("boolean") => Shape::Flag,
            Some("array") => Shape::List(Box::new(self.shape(&schema["items"]))),
            Some("object") if schema["nullable"] == true => Shape::NullableMap,
            Some("object") => Shape::Map,
            _ => match schema["allOf"].as_array().map(Vec::as_slice) {
                Some([only]) => self.shape(only),
                _ => Shape::Any,
            },
        }
    }

    /// All records that were noted, and those that they hold.
    fn records(&mut self) -> Vec<Record> {
        let spec = self.spec;
        let mut records: Vec<Record> = Vec::new();
        let is_known = |records: &[Record], name: &str| records.iter().any(|it| it.name == name);
        while let Some(name) = self
            .named
            .iter()
            .find(|name| !is_known(&records, name))
            .cloned()
        {
            let properties = &spec.root["components"]["schemas"][&name]["properties"];
            let properties = properties.as_object().into_iter().flatten();
            let fields = properties.map(|(field, schema)| Field {
                name: field.clone(),
                identity: schema["x-identity"] == true,
                shape: self.shape(schema),
            });
            let fields = fields.collect();
            records.push(Record { name, fields });
        }
        records.sort_by(|one, other| one.name.cmp(&other.name));
        records
    }
}

fn name_of(schema: Option<&Value>) -> Option<String> {
    schema.and_then(schema_name).map(str::to_owned)
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
