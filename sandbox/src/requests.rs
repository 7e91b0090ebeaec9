//! The requests that a sandbox has seen.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;

use crate::input::{BODY_LIMIT, BodyFailure, ReadBody, decode};
use crate::world::Shared;

/// How many requests are kept; the oldest go first.
const KEPT: usize = 10_000;
/// How much of a body is kept.
const KEPT_OF_BODY: usize = 64 * 1024;
/// How much of a body that is too large is read and dropped, so that the caller gets to read the
/// refusal instead of a broken connection.
const DRAINED: usize = 16 * 1024 * 1024;
/// Names whose values are masked, in queries and in JSON bodies.
const MASKED: [&str; 3] = ["app_key", "api_key", "token"];
const MASK: &str = "***";

/// One request as it came in, with the values of keys masked.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path, with the prefix of the vendor, as sent.
    pub path: String,
    /// The query as sent, without the question mark; empty if there was none.
    pub query: String,
    /// The body as text, at most its first 64 KiB; empty if there was none.
    pub body: String,
}

/// The last requests, oldest first.
#[derive(Debug, Default)]
pub struct Requests {
    last: Mutex<VecDeque<RecordedRequest>>,
}

impl Requests {
    /// All that are kept, oldest first.
    pub fn all(&self) -> Vec<RecordedRequest> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.iter().cloned().collect()
    }

    fn push(&self, request: RecordedRequest) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() == KEPT {
            last.pop_front();
        }
        last.push_back(request);
    }
}

/// Reads the body, records the request before anything answers it, and hands the body on.
pub async fn record(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = read(body).await;
    let text = match &body {
        Ok(bytes) => String::from_utf8_lossy(bytes.get(..KEPT_OF_BODY).unwrap_or(bytes)),
        Err(_) => "".into(),
    };
    shared.requests.push(RecordedRequest {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: masked_query(parts.uri.query().unwrap_or_default()),
        body: masked_json(&text),
    });
    parts.extensions.insert(ReadBody(body));
    next.run(Request::from_parts(parts, Body::empty())).await
}

async fn read(mut body: Body) -> Result<Bytes, BodyFailure> {
    let mut read = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(BodyFailure::Unreadable);
        };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        length += data.len();
        if length <= BODY_LIMIT {
            read.extend_from_slice(data);
        } else if length > DRAINED {
            break;
        }
    }
    if length > BODY_LIMIT {
        return Err(BodyFailure::TooLarge);
    }
    Ok(read.into())
}

fn masked_query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if MASKED.contains(&decode(name).as_str()) => format!("{name}={MASK}"),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Masks string members by their names, in text that need not be whole or well-formed JSON.
fn masked_json(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, from)) = next_masked(rest) {
        masked.push_str(before);
        masked.push_str(MASK);
        rest = &from[string_length(from)..];
    }
    masked.push_str(rest);
    masked
}

/// Splits behind the opening quote of the next value to mask.
fn next_masked(text: &str) -> Option<(&str, &str)> {
    MASKED
        .iter()
        .filter_map(|name| value_of(text, name))
        .min()
        .map(|at| text.split_at(at))
}

/// Where the value of the first member of that name begins, behind its opening quote.
fn value_of(text: &str, name: &str) -> Option<usize> {
    let quoted = format!("\"{name}\"");
    text.match_indices(&quoted).find_map(|(at, _)| {
        let mut rest = text[at + quoted.len()..].trim_start();
        rest = rest.strip_prefix(':')?.trim_start();
        rest = rest.strip_prefix('"')?;
        Some(text.len() - rest.len())
    })
}

/// How far a JSON string reaches, from behind its opening quote to before its closing one.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_masked_in_queries() {
        assert_eq!(
            masked_query("a=1&app%5Fkey=x&app_key=y&b"),
            "a=1&app%5Fkey=***&app_key=***&b"
        );
        assert_eq!(masked_query(""), "");
    }

    #[test]
    fn keys_are_masked_in_bodies_whole_or_broken() {
        assert_eq!(
            masked_json(r#"{"a":"app_key", "app_key" : "x\"y","token":"z","n":1}"#),
            r#"{"a":"app_key", "app_key" : "***","token":"***","n":1}"#
        );
        assert_eq!(masked_json(r#"{"app_key":"x"#), r#"{"app_key":"***"#);
        assert_eq!(masked_json(r#"{"app_key":5}"#), r#"{"app_key":5}"#);
    }
}
