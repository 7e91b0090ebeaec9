//! One request, read without ever failing: every vendor says in its own words what is wrong.

use std::convert::Infallible;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::answer::Problem;
use crate::conditions::Conditions;
use crate::values::Query;

/// A request to an operation, taken apart, and the circumstances in which it is acted upon.
#[derive(Debug, Clone, Default)]
pub struct RequestContext {
    pub method: Method,
    headers: HeaderMap,
    parameters: Vec<(String, String)>,
    /// The path and the query as sent, with the vendor's prefix.
    pub target: String,
    /// The path without the vendor's prefix.
    pub path: String,
    pub query: Query,
    body: Option<Result<Value, Problem>>,
    /// The length of the body as it came.
    pub body_bytes: usize,
    pub conditions: Conditions,
    /// The time on the sandbox's clock at which the account is looked at.
    pub now: Timestamp,
}

impl RequestContext {
    /// Reads a request whose body has arrived. An empty body is the same as none.
    pub fn new(parts: &Parts, body: Result<Bytes, Problem>) -> Self {
        let target = parts.uri.path_and_query();
        let parse = |bytes: Bytes| serde_json::from_slice(&bytes).map_err(|_| Problem::NotJson);
        let body_bytes = body.as_ref().map_or(0, Bytes::len);
        let is_empty = body.as_ref().is_ok_and(Bytes::is_empty);
        Self {
            method: parts.method.clone(),
            headers: parts.headers.clone(),
            target: target.map(ToString::to_string).unwrap_or_default(),
            query: Query::parse(parts.uri.query().unwrap_or_default()),
            body_bytes,
            body: (!is_empty).then(|| body.and_then(parse)),
            ..Self::default()
        }
    }

    /// Returns a header, if there is one of that name and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns a parameter of the path, percent-decoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    /// Tells whether there is a body.
    pub fn has_body(&self) -> bool {
        self.body.is_some()
    }

    /// Returns the body as JSON. No body is not JSON.
    pub fn json(&self) -> Result<&Value, Problem> {
        match &self.body {
            Some(body) => body.as_ref().map_err(|problem| *problem),
            None => Err(Problem::NotJson),
        }
    }

    /// Returns the body as a JSON object.
    pub fn object(&self) -> Result<&Map<String, Value>, Problem> {
        self.json()?.as_object().ok_or(Problem::NotJson)
    }
}

impl<S: Send + Sync> FromRequest<S> for RequestContext {
    type Rejection = Infallible;

    /// Takes what the recorder has read, and adds what the router has found out.
    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let (mut parts, _) = request.into_parts();
        // A path that is not UTF-8 has no parameters, so its id is unknown.
        let parameters = RawPathParams::from_request_parts(&mut parts, state).await;
        let pairs = parameters.iter().flatten();
        let parameters = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let recorded = parts.extensions.remove::<Self>().unwrap_or_default();
        Ok(Self {
            parameters: parameters.collect(),
            path: parts.uri.path().to_owned(),
            ..recorded
        })
    }
}
