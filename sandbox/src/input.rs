//! What a caller sent, read without ever failing: every vendor says in its own words what is wrong.

use std::convert::Infallible;
use std::ops::Deref;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::HeaderMap;
use serde_json::{Map, Value};

use crate::faults::Conditions;

/// The largest body that is read.
pub const BODY_LIMIT: usize = 1024 * 1024;

/// One request, taken apart.
#[derive(Debug)]
pub struct Arrived {
    headers: HeaderMap,
    parameters: Vec<(String, String)>,
    /// The path and the query as sent, with the vendor's prefix.
    pub target: String,
    /// The path without the vendor's prefix.
    pub path: String,
    /// The query's pairs.
    pub query: Query,
    body: Result<Bytes, BodyFailure>,
}

/// A request to an operation, and the conditions under which it is acted upon.
#[derive(Debug)]
pub struct Call {
    arrived: Arrived,
    /// What the world does to it.
    pub conditions: Conditions,
}

impl Call {
    /// A request under conditions.
    pub fn new(arrived: Arrived, conditions: Conditions) -> Self {
        Self {
            arrived,
            conditions,
        }
    }
}

impl Deref for Call {
    type Target = Arrived;

    fn deref(&self) -> &Arrived {
        &self.arrived
    }
}

/// Why a body could not be read as a JSON object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BodyFailure {
    /// It is larger than [`BODY_LIMIT`].
    TooLarge,
    /// It broke off on the way.
    Unreadable,
    /// It is not JSON.
    NotJson,
    /// It is JSON, but not an object.
    NotAnObject,
}

/// A value is there, but not of the type that it should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wrong {
    /// The type that it should have, as a word: `integer`, `boolean`, `string`.
    pub expected: &'static str,
}

/// What the recorder leaves for [`Arrived`].
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The path and the query as sent.
    pub target: String,
    /// The body.
    pub body: Result<Bytes, BodyFailure>,
}

impl<S: Send + Sync> FromRequest<S> for Arrived {
    type Rejection = Infallible;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let (mut parts, _) = request.into_parts();
        // A path that is no UTF-8 has no parameters, so its id is unknown.
        let parameters = RawPathParams::from_request_parts(&mut parts, state)
            .await
            .map(|parameters| {
                parameters
                    .iter()
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect()
            })
            .unwrap_or_default();
        let recorded = parts.extensions.remove::<Recorded>();
        let (target, body) = recorded.map_or((String::new(), Ok(Bytes::new())), |recorded| {
            (recorded.target, recorded.body)
        });
        Ok(Self {
            parameters,
            target,
            path: parts.uri.path().to_owned(),
            query: Query::parse(parts.uri.query().unwrap_or_default()),
            headers: parts.headers,
            body,
        })
    }
}

impl Arrived {
    /// A header, if there is one of that name and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A parameter of the path, percent-decoded.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    /// Whether there is no body at all.
    pub fn body_is_empty(&self) -> bool {
        self.body.as_ref().is_ok_and(Bytes::is_empty)
    }

    /// The body as JSON. No body at all is no JSON; see [`Arrived::body_is_empty`].
    pub fn json(&self) -> Result<Value, BodyFailure> {
        let bytes = self.body.as_ref().map_err(Clone::clone)?;
        serde_json::from_slice(bytes).map_err(|_| BodyFailure::NotJson)
    }

    /// The body as a JSON object.
    pub fn object(&self) -> Result<Map<String, Value>, BodyFailure> {
        match self.json()? {
            Value::Object(object) => Ok(object),
            _ => Err(BodyFailure::NotAnObject),
        }
    }
}

/// The pairs of a query in the order sent, percent-decoded.
#[derive(Debug, Default, Clone)]
pub struct Query {
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Takes a raw query apart.
    pub fn parse(raw: &str) -> Self {
        let pairs = raw
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                (decode(name), decode(value))
            })
            .collect();
        Self { pairs }
    }

    /// The value of a name. Of several the last one counts. Empty is the same as absent.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// The value of a name as an integer.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Wrong> {
        self.text(name).map(integer_of).transpose()
    }

    /// The value of a name as a boolean: `true`, `false`, `1` or `0`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Wrong> {
        self.text(name)
            .map(|text| match text {
                "true" | "1" => Ok(true),
                "false" | "0" => Ok(false),
                _ => Err(Wrong {
                    expected: "boolean",
                }),
            })
            .transpose()
    }

    /// The values of a list in all three spellings: `x[]=1&x[]=2`, `x[0]=1&x[1]=2` and `x=1,2`.
    /// `None` if the name does not occur at all.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        let mut found = false;
        let mut values = Vec::new();
        for (key, value) in &self.pairs {
            if key == name {
                found = true;
                values.extend(value.split(',').map(str::trim).filter(|v| !v.is_empty()));
            } else if let Some(index) = bracketed(key, name)
                && index.bytes().all(|byte| byte.is_ascii_digit())
            {
                found = true;
                values.push(value.as_str());
            }
        }
        found.then_some(values)
    }

    /// The pairs of a deep object: `x[a]=1&x[b]=2`.
    pub fn keyed(&self, name: &str) -> Vec<(&str, &str)> {
        self.pairs
            .iter()
            .filter_map(|(key, value)| Some((bracketed(key, name)?, value.as_str())))
            .collect()
    }
}

/// Text as an integer, without a sign of plus, blanks or decimals.
pub fn integer_of(text: &str) -> Result<i64, Wrong> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Wrong {
            expected: "integer",
        });
    }
    text.parse().map_err(|_| Wrong {
        expected: "integer",
    })
}

/// A member of a JSON object as an integer. Null is the same as absent.
pub fn integer(object: &Map<String, Value>, name: &str) -> Result<Option<i64>, Wrong> {
    member(object, name, "integer", Value::as_i64)
}

/// A member of a JSON object as a boolean. Null is the same as absent.
pub fn boolean(object: &Map<String, Value>, name: &str) -> Result<Option<bool>, Wrong> {
    member(object, name, "boolean", Value::as_bool)
}

/// A member of a JSON object as text. Null is the same as absent.
pub fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, Wrong> {
    member(object, name, "string", Value::as_str)
}

/// A member of a JSON object as an array. Null is the same as absent.
pub fn array<'a>(
    object: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Vec<Value>>, Wrong> {
    member(object, name, "array", Value::as_array)
}

fn member<'a, T>(
    object: &'a Map<String, Value>,
    name: &str,
    expected: &'static str,
    read: impl FnOnce(&'a Value) -> Option<T>,
) -> Result<Option<T>, Wrong> {
    match object.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => read(value).map(Some).ok_or(Wrong { expected }),
    }
}

/// What stands in the brackets of `name[...]`.
fn bracketed<'a>(key: &'a str, name: &str) -> Option<&'a str> {
    key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')
}

/// Undoes percent-encoding and `+`. What is no UTF-8 afterwards is replaced, not refused.
pub fn decode(encoded: &str) -> String {
    let bytes = encoded.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        index += 1;
        let escaped = (byte == b'%')
            .then(|| Some(hex(*bytes.get(index)?)? * 16 + hex(*bytes.get(index + 1)?)?))
            .flatten();
        if let Some(value) = escaped {
            index += 2;
            decoded.push(value);
        } else {
            decoded.push(if byte == b'+' { b' ' } else { byte });
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}
