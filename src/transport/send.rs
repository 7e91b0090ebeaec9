//! One attempt: sends a request, reads the answer, and says what a failure leaves open.

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Request, Response};

use super::bounds::Bounds;
use crate::cleaning::Cleaned;
use crate::error::{Error, Kind, Outcome, RawAnswer};

/// An answer as the vendor sent it, with its headers.
pub(crate) struct Received {
    pub raw: RawAnswer,
    pub headers: HeaderMap,
}

/// Sends a request and reads the whole answer: a success up to `size_cap` bytes.
pub(crate) async fn send(
    client: &Client,
    request: Request,
    size_cap: usize,
) -> Result<Received, Error> {
    let response = client.execute(request).await.map_err(unanswered)?;
    let status = response.status();
    let headers = response.headers().clone();
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|it| it.to_str().ok())
        .map(|it| Cleaned::quoted(it).into_string());
    let size_cap = match status.is_success() {
        true => size_cap,
        false => Bounds::REFUSAL.bytes,
    };
    let (body, failure) = read(response, size_cap).await;
    let raw = RawAnswer {
        status,
        content_type,
        body,
        is_cut: failure.is_some(),
    };
    match failure {
        None => Ok(Received { raw, headers }),
        // The status alone makes a refusal; only a success needs its whole body.
        Some(_) if !status.is_success() => Ok(Received { raw, headers }),
        Some(error) => Err(error.with_raw(raw)),
    }
}

async fn read(mut response: Response, size_cap: usize) -> (Bytes, Option<Error>) {
    let mut body = BytesMut::new();
    loop {
        match response.chunk().await {
            Ok(None) => return (body.freeze(), None),
            Ok(Some(chunk)) if body.len() + chunk.len() > size_cap => {
                body.extend_from_slice(
                    chunk
                        .get(..size_cap.saturating_sub(body.len()))
                        .unwrap_or_default(),
                );
                let what = format!("the answer is larger than the cap of {size_cap} bytes");
                return (
                    body.freeze(),
                    Some(Error::new(Kind::Answer, Outcome::Unknown, what)),
                );
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Err(error) => {
                let what = "the connection broke before the whole answer was there";
                let error = Error::new(Kind::Connection, Outcome::Unknown, what)
                    .with_source(error.without_url());
                return (body.freeze(), Some(error));
            }
        }
    }
}

/// Returns the error for a request without an answer.
///
/// Only a connection that was never opened proves that nothing arrived. A connection that was
/// closed before the answer looks the same whether or not the vendor read the request.
fn unanswered(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let (kind, what) = if error.is_builder() {
        (Kind::InvalidInput, "the request cannot be sent")
    } else if error.is_connect() {
        let what = "no connection to the vendor could be opened";
        (Kind::Connect, what)
    } else if error.is_timeout() {
        (Kind::Timeout, "the vendor did not answer in time")
    } else {
        let what = "the connection broke before an answer came";
        (Kind::Connection, what)
    };
    let outcome = match kind {
        Kind::InvalidInput | Kind::Connect => Outcome::NotSent,
        _ => Outcome::Unknown,
    };
    Error::new(kind, outcome, what).with_source(error)
}
