//! One request that spends, in a form that can be compared, written down and sent.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::operation::Operation;
use crate::transport::RawRequest;
use crate::vocabulary::{Effect, Vendor};

/// One request that spends: which operation, and everything that is sent with it but the credential.
///
/// Made by the functions of each vendor's `spend` module, by [`crate::purchase::SpendAdapter`] from vendor-neutral words, or from the
/// operation table for whatever a vendor's API takes. Two spends with the same [hash](SpendRequest::hash) ask for the same.
#[derive(Clone)]
pub struct SpendRequest {
    operation: &'static Operation,
    path: BTreeMap<String, String>,
    query: Vec<(String, String)>,
    body: Value,
    /// What is not sent but needed: to price it, or to look up what is sent.
    context: BTreeMap<String, String>,
}

impl PartialEq for SpendRequest {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl fmt::Debug for SpendRequest {
    /// Without what is sent, which may hold secrets in a request of the caller's own making.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SpendRequest({} {})",
            self.operation.vendor, self.operation.id
        )
    }
}

impl SpendRequest {
    /// A request to an operation that spends, in the vendor's own terms.
    ///
    /// # Errors
    /// When the operation does not spend, or a parameter of its path is missing or would change the path.
    pub fn new(
        operation: &'static Operation,
        path: impl IntoIterator<Item = (String, String)>,
        query: Vec<(String, String)>,
        body: Option<Value>,
    ) -> Result<Self, Error> {
        if operation.effect != Effect::Spend {
            let what = format!("`{}` does not spend: it needs no journal", operation.id);
            return Err(Error::input(what).at(operation.vendor, Some(operation.id)));
        }
        let spend = SpendRequest {
            operation,
            path: path.into_iter().collect(),
            query,
            body: sorted(body.unwrap_or_else(|| Value::Object(Map::new()))),
            context: BTreeMap::new(),
        };
        spend.request()?;
        Ok(spend)
    }

    /// The same by the operation's name, with a body of the vendor's generated type.
    pub(crate) fn of(
        vendor: Vendor,
        operation: &str,
        path: &[(&str, String)],
        body: Option<&dyn erased::Body>,
    ) -> Result<Self, Error> {
        let found = vendor.operation(operation).ok_or_else(|| {
            Error::input(format!("{vendor} has no operation `{operation}`")).at(vendor, None)
        })?;
        let path = path
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        SpendRequest::new(found, path, Vec::new(), body.map(erased::Body::json))
    }

    pub(crate) fn with_context(mut self, name: &str, value: impl Into<String>) -> Self {
        self.context.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn context(&self, name: &str) -> Option<&str> {
        self.context.get(name).map(String::as_str)
    }

    /// The same with another field in its body. What was asked for, and with it the hash, changes.
    pub(crate) fn with_field(mut self, name: &str, value: Value) -> Self {
        if let Value::Object(fields) = &mut self.body {
            fields.insert(name.to_owned(), value);
        }
        self
    }

    /// At which vendor.
    pub fn vendor(&self) -> Vendor {
        self.operation.vendor
    }

    /// Which operation.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The body that is sent.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// A parameter of the path.
    pub(crate) fn path(&self, name: &str) -> Option<&str> {
        self.path.get(name).map(String::as_str)
    }

    /// Reads the body as the vendor's generated type.
    pub(crate) fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.body).map_err(|error| {
            let what = format!("the body is not what the operation takes: {error}");
            Error::input(what).at(self.vendor(), Some(self.operation.id))
        })
    }

    /// The canonical form: what the journal keeps, and what the hash is made of. Keys are sorted.
    pub fn canonical(&self) -> Value {
        let mut whole = json!({
            "vendor": self.vendor().as_str(),
            "operation": self.operation.id,
            "path": self.path,
            "body": self.body,
        });
        if let Value::Object(fields) = &mut whole {
            if !self.query.is_empty() {
                fields.insert("query".to_owned(), json!(self.query));
            }
            if !self.context.is_empty() {
                fields.insert("context".to_owned(), json!(self.context));
            }
        }
        sorted(whole)
    }

    /// Reads what [`SpendRequest::canonical`] wrote.
    pub(crate) fn from_canonical(text: &str) -> Option<Self> {
        let whole: Value = serde_json::from_str(text).ok()?;
        let vendor: Vendor = whole.get("vendor")?.as_str()?.parse().ok()?;
        let operation = vendor.operation(whole.get("operation")?.as_str()?)?;
        let map = |name: &str| match whole.get(name) {
            None => Some(BTreeMap::new()),
            Some(found) => serde_json::from_value(found.clone()).ok(),
        };
        let query = whole.get("query").cloned().unwrap_or_else(|| json!([]));
        Some(SpendRequest {
            operation,
            path: map("path")?,
            query: serde_json::from_value(query).ok()?,
            body: whole.get("body")?.clone(),
            context: map("context")?,
        })
    }

    /// SHA-256 over the canonical form, in hexadecimal.
    pub fn hash(&self) -> String {
        hexadecimal(&Sha256::digest(self.canonical().to_string()))
    }

    /// The request, as the transport sends it: once.
    pub(crate) fn request(&self) -> Result<RawRequest, Error> {
        let path: Vec<_> = self.path.clone().into_iter().collect();
        let mut request = RawRequest::to(self.operation, &path)?;
        for (name, value) in &self.query {
            request = request.query(name, value);
        }
        let is_empty = self.body.as_object().is_some_and(Map::is_empty);
        Ok(match is_empty && !self.operation.has_body {
            true => request,
            false => request.json(self.body.clone()),
        })
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// With the keys of every object in order, whatever map serde_json was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<String, Value> = fields
                .into_iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            Value::Object(fields.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// A body of any generated type.
pub(crate) mod erased {
    use serde::Serialize;
    use serde_json::Value;

    pub(crate) trait Body {
        fn json(&self) -> Value;
    }

    impl<T: Serialize> Body for T {
        fn json(&self) -> Value {
            // The generated types are structs of plain fields with text keys, which always serialize.
            serde_json::to_value(self).unwrap_or(Value::Null)
        }
    }
}
