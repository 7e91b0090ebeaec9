//! A request that spends, in the form that is compared, written down and sent.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::error::Error;
use crate::operation::Operation;
use crate::transport::RawRequest;
use crate::vocabulary::{Effect, Vendor};

/// A request that spends: the operation, and everything that is sent with it but the credential.
///
/// The functions of each vendor's `spend` module make requests, as do
/// [`crate::purchase::SpendAdapter::purchase`] and [`crate::purchase::SpendAdapter::renewal`].
/// Requests with the same [hash](SpendRequest::hash) ask for the same.
#[derive(Clone)]
pub struct SpendRequest {
    operation: &'static Operation,
    path: BTreeMap<String, String>,
    query: Vec<(String, String)>,
    body: Value,
    /// Values that are not sent but needed: to price the request, or to look up what is sent.
    context: BTreeMap<String, String>,
}

impl PartialEq for SpendRequest {
    fn eq(&self, other: &Self) -> bool {
        self.canonical() == other.canonical()
    }
}

impl fmt::Debug for SpendRequest {
    /// Leaves out what is sent: a request of the caller's own may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Operation { vendor, id, .. } = self.operation;
        write!(f, "SpendRequest({vendor} {id})")
    }
}

impl SpendRequest {
    /// Creates a request in the vendor's own terms.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the operation does not spend, a parameter of its
    /// path is missing or would change the path, or the request does not keep the operation's
    /// [conditions](Operation::conditions).
    pub fn new(
        operation: &'static Operation,
        path: impl IntoIterator<Item = (String, String)>,
        query: Vec<(String, String)>,
        body: Option<Value>,
    ) -> Result<Self, Error> {
        if operation.effect != Effect::Spend {
            let what = format!(
                "`{}` does not spend: call it without a journal",
                operation.id
            );
            return Err(Error::input(what).at(operation.vendor, Some(operation.id)));
        }
        let request = SpendRequest {
            operation,
            path: path.into_iter().collect(),
            query,
            body: sorted(body.unwrap_or_else(|| json!({}))),
            context: BTreeMap::new(),
        };
        request.request()?.check_conditions()?;
        Ok(request)
    }

    /// Creates a request with a body of a generated type. `order` is the order in its path.
    pub(crate) fn of(
        vendor: Vendor,
        operation: &str,
        order: Option<(&str, i64)>,
        body: &impl Serialize,
    ) -> Result<Self, Error> {
        let found = vendor.operation(operation).ok_or_else(|| {
            Error::input(format!("{vendor} has no operation `{operation}`")).at(vendor, None)
        })?;
        let path = order.map(|(name, id)| (name.to_owned(), id.to_string()));
        // The generated types are structs of plain fields with text keys, which always serialize.
        let body = serde_json::to_value(body).unwrap_or_default();
        SpendRequest::new(found, path, Vec::new(), Some(body))
    }

    /// Adds a value that is not sent but needed: to price the request, or to look up what is sent.
    #[must_use]
    pub fn with_context(mut self, name: &str, value: impl Into<String>) -> Self {
        self.context.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn context(&self, name: &str) -> Option<&str> {
        self.context.get(name).map(String::as_str)
    }

    /// Sets a field of the body, which changes the hash.
    pub(crate) fn set_field(&mut self, name: &str, value: Value) {
        if let Value::Object(fields) = &mut self.body {
            fields.insert(name.to_owned(), value);
        }
    }

    /// Returns the vendor.
    pub fn vendor(&self) -> Vendor {
        self.operation.vendor
    }

    /// Returns the operation.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Returns the body that is sent, without the credential.
    pub fn body(&self) -> &Value {
        &self.body
    }

    /// Returns a parameter of the path.
    pub(crate) fn path(&self, name: &str) -> Option<&str> {
        self.path.get(name).map(String::as_str)
    }

    /// Parses the body.
    pub(crate) fn parse<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.body).map_err(|error| {
            let what = format!("the body does not fit the operation: {error}");
            Error::input(what).at(self.vendor(), Some(self.operation.id))
        })
    }

    /// Returns the canonical form, with sorted keys. The journal stores it, and the hash is made
    /// of it.
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

    /// Reads the canonical form. `None` if it is not one of this crate's.
    pub(crate) fn from_canonical(whole: &Value) -> Option<Self> {
        let vendor: Vendor = whole.get("vendor")?.as_str()?.parse().ok()?;
        let operation = vendor.operation(whole.get("operation")?.as_str()?)?;
        let map = |name: &str| match whole.get(name) {
            None => Some(BTreeMap::new()),
            Some(found) => BTreeMap::deserialize(found).ok(),
        };
        let query = whole
            .get("query")
            .map_or_else(|| Ok(Vec::new()), Vec::deserialize);
        Some(SpendRequest {
            operation,
            path: map("path")?,
            query: query.ok()?,
            body: whole.get("body")?.clone(),
            context: map("context")?,
        })
    }

    /// Returns the SHA-256 of the canonical form, in hexadecimal.
    pub fn hash(&self) -> String {
        hexadecimal(&Sha256::digest(self.canonical().to_string()))
    }

    /// Returns the request for the transport, which sends it once.
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
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sorts the keys of every object, whichever map serde_json was built with.
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
