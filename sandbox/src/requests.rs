//! The requests that a sandbox has seen.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{Method, Uri};
use serde::Serialize;

/// The number of requests that are kept; the oldest go first.
const KEPT: usize = 10_000;
/// The bytes of text that they may have in all, so that large bodies do not fill the memory.
const KEPT_BYTES: usize = 8 * 1024 * 1024;
/// The bytes of a body that are kept.
const KEPT_OF_BODY: usize = 64 * 1024;
/// Names whose values are masked, in queries and in JSON bodies.
const MASKED: [&str; 3] = ["app_key", "api_key", "token"];
const MASK: &str = "***";

/// One request as it came in, with the values of keys masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RecordedRequest {
    /// The HTTP method.
    pub method: String,
    /// The path as sent, with the prefix of the vendor, but with the key of a rotation masked.
    pub path: String,
    /// The query as sent, without the question mark; empty if there was none.
    pub query: String,
    /// The body as text, at most its first 64 KiB; empty if there was none.
    pub body: String,
}

impl RecordedRequest {
    fn bytes(&self) -> usize {
        self.method.len() + self.path.len() + self.query.len() + self.body.len()
    }
}

/// The last requests.
#[derive(Debug, Default)]
pub struct Requests {
    kept: Mutex<Kept>,
}

/// The requests that are kept, oldest first, and the bytes of their text.
#[derive(Debug, Default)]
struct Kept {
    requests: VecDeque<RecordedRequest>,
    bytes: usize,
}

impl Requests {
    /// Returns all that are kept, oldest first.
    pub fn all(&self) -> Vec<RecordedRequest> {
        self.lock().requests.iter().cloned().collect()
    }

    /// Forgets them.
    pub fn clear(&self) {
        *self.lock() = Kept::default();
    }

    /// Keeps a request, with the values of keys masked.
    pub fn record(&self, method: &Method, uri: &Uri, body: &[u8]) {
        let text = String::from_utf8_lossy(body.get(..KEPT_OF_BODY).unwrap_or(body));
        self.push(RecordedRequest {
            method: method.to_string(),
            path: masked_path(uri.path()),
            query: masked_query(uri.query().unwrap_or_default()),
            body: masked_json(&text),
        });
    }

    fn push(&self, request: RecordedRequest) {
        let kept = &mut *self.lock();
        kept.bytes += request.bytes();
        kept.requests.push_back(request);
        while kept.requests.len() > KEPT || kept.bytes > KEPT_BYTES {
            let Some(oldest) = kept.requests.pop_front() else {
                return;
            };
            kept.bytes -= oldest.bytes();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Masks the key of a rotation, which stands in the path and is all that rotating needs.
fn masked_path(path: &str) -> String {
    const BEFORE_KEY: &str = "/rotate-ip/";
    match path.split_once(BEFORE_KEY) {
        Some((before, _)) => format!("{before}{BEFORE_KEY}{MASK}"),
        None => path.to_owned(),
    }
}

fn masked_query(query: &str) -> String {
    let masked = |pair: &str| {
        let (name, _) = pair.split_once('=')?;
        let (decoded, _) = form_urlencoded::parse(name.as_bytes()).next()?;
        MASKED
            .contains(&&*decoded)
            .then(|| format!("{name}={MASK}"))
    };
    let pairs = query
        .split('&')
        .map(|pair| masked(pair).unwrap_or_else(|| pair.to_owned()));
    pairs.collect::<Vec<_>>().join("&")
}

/// Masks string members by their names, in text that need not be whole or well-formed JSON.
fn masked_json(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    // One pass: however often a name occurs, no part of the text is looked at again.
    while let Some((before, from)) = rest.split_once('"') {
        masked.push_str(before);
        masked.push('"');
        match masked_value(from) {
            Some((name, value)) => {
                masked.push_str(name);
                masked.push_str(MASK);
                rest = &value[string_length(value)..];
            }
            None => rest = from,
        }
    }
    masked.push_str(rest);
    masked
}

/// Splits text behind the opening quote of a string that is to be masked, if the text begins with
/// a masked name, its closing quote, a colon and that string.
fn masked_value(text: &str) -> Option<(&str, &str)> {
    let behind = MASKED
        .iter()
        .find_map(|name| text.strip_prefix(name)?.strip_prefix('"'))?;
    let value = behind.trim_start().strip_prefix(':')?.trim_start();
    let value = value.strip_prefix('"')?;
    Some((&text[..text.len() - value.len()], value))
}

/// Returns the length of a JSON string, from behind its opening quote to before its closing one.
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
