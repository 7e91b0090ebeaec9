//! Requests of any path and body, for operations that the typed client does not have.

use std::fmt;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::conditions;
use crate::error::{Error, Kind, Outcome};
use crate::operation::{Effect, Operation};
use crate::vocabulary::url::percent_encoded;

/// A request of any path and body.
///
/// The transport treats it like any other request: it adds the credential, holds it to the limits
/// and the size cap, sends it again only if its effect allows that, and recognizes refusals.
///
/// ```
/// use proxy_orders::{Effect, RawRequest};
///
/// let request = RawRequest::new("GET", "/orders", Effect::Read).query("order_ids", "789,1011");
/// ```
#[derive(Clone)]
pub struct RawRequest {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) effect: Effect,
    pub(crate) operation: Option<&'static Operation>,
    pub(crate) not_after: Option<Instant>,
}

impl fmt::Debug for RawRequest {
    /// Prints neither query nor body, because they may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RawRequest {
            method,
            path,
            effect,
            ..
        } = self;
        write!(f, "RawRequest({method} {path}, {effect})")
    }
}

impl RawRequest {
    /// Returns a request to a path below the vendor's base URL.
    ///
    /// The effect decides whether the request may be sent again. When in doubt, take
    /// [`Effect::Spend`].
    pub fn new(method: impl Into<String>, path: impl Into<String>, effect: Effect) -> Self {
        RawRequest {
            method: method.into(),
            path: path.into(),
            query: Vec::new(),
            body: None,
            effect,
            operation: None,
            not_after: None,
        }
    }

    /// Returns a request to an operation of the table. Its path contains the `path_parameters`,
    /// percent-encoded.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] if a path parameter is missing, or would change the path
    /// (`..`, an empty text).
    pub fn to(
        operation: &'static Operation,
        path_parameters: &[(String, String)],
    ) -> Result<Self, Error> {
        let mut path = String::new();
        for piece in operation.path.split('/').skip(1) {
            path.push('/');
            let name = piece.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
            let Some(name) = name else {
                path.push_str(piece);
                continue;
            };
            let found = path_parameters.iter().find(|(key, _)| key == name);
            match found.map(|(_, value)| value.as_str()) {
                None => return Err(wrong(operation, name, "is missing")),
                Some("" | "." | "..") => {
                    let what = "would change the path: it must be neither empty nor `.` nor `..`";
                    return Err(wrong(operation, name, what));
                }
                Some(value) => path.push_str(&percent_encoded(value)),
            }
        }
        let mut request = RawRequest::new(operation.method, path, operation.effect);
        request.operation = Some(operation);
        Ok(request)
    }

    /// Adds a query pair. A name may be added more than once.
    #[must_use]
    pub fn query(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.query.push((name.into(), value.into()));
        self
    }

    /// Sets the JSON body.
    #[must_use]
    pub fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sets the time after which the request must not be sent any more.
    #[cfg(feature = "purchase")]
    pub(crate) fn not_after(mut self, time: Instant) -> Self {
        self.not_after = Some(time);
        self
    }

    /// Returns the path below the vendor's base URL.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Checks the request by the conditions of its operation, as the transport does before it sends
    /// the request.
    pub(crate) fn check_conditions(&self) -> Result<(), Error> {
        let Some(operation) = self.operation else {
            return Ok(());
        };
        let query = |name: &str| {
            let found = self.query.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.clone())
        };
        conditions::check(operation, query, self.body.as_ref())
            .map_err(|error| error.at(operation.vendor, Some(operation.id)))
    }

    pub(crate) fn parsed_method(&self) -> Result<Method, Error> {
        Method::from_bytes(self.method.as_bytes())
            .map_err(|_| Error::input(format!("`{}` is not an HTTP method", self.method)))
    }
}

fn wrong(operation: &Operation, name: &str, what: &str) -> Error {
    Error::input(format!("path parameter `{name}` {what}")).at(operation.vendor, Some(operation.id))
}

/// An answer as the vendor sent it.
///
/// `Debug` prints status and size only, because the body may contain proxy passwords.
#[derive(Clone)]
#[non_exhaustive]
pub struct RawResponse {
    /// The HTTP status, always of a success.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl RawResponse {
    /// Parses the body as JSON.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Answer`] if it is not JSON. The request has been carried out, so the
    /// outcome is [`crate::Outcome::Unknown`].
    pub fn json(&self) -> Result<Value, Error> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::new(Kind::Answer, Outcome::Unknown, "the answer is not JSON").with_source(error)
        })
    }
}

impl fmt::Debug for RawResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, size) = (self.status.as_u16(), self.body.len());
        write!(f, "RawResponse({status}, {size} bytes)")
    }
}
