//! Answers that do not arrive, or not as they should.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use hyper::body::{Frame, SizeHint};
use serde_json::json;
use tokio::time::{Instant, Sleep};

use super::FaultMode;
use super::spoiling::{nulled, with_unknown_status, without_identity};
use crate::answer::Answer;
use crate::vendor::Vendor;
use crate::world::Shared;

/// Into how many pieces a slow answer is cut, and how long the pause before each is.
const PIECES: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// What a proxy in front of a vendor says when the vendor does not answer.
const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                           <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// A mark on a response: it is not to be sent, and the connection is to be reset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reset;

/// What comes in place of acting upon a call.
pub(crate) fn instead(mode: FaultMode, target: &str) -> Response {
    match mode {
        FaultMode::Html502 => (StatusCode::BAD_GATEWAY, Html(BAD_GATEWAY)).into_response(),
        FaultMode::Status429 => (
            [(header::RETRY_AFTER, HeaderValue::from_static("1"))],
            Answer::new(
                StatusCode::TOO_MANY_REQUESTS,
                json!({ "message": "Too Many Attempts." }),
            ),
        )
            .into_response(),
        FaultMode::Redirect307 => match HeaderValue::from_str(target) {
            Ok(location) => (
                StatusCode::TEMPORARY_REDIRECT,
                [(header::LOCATION, location)],
            )
                .into_response(),
            Err(_) => StatusCode::TEMPORARY_REDIRECT.into_response(),
        },
        _ => reset(),
    }
}

/// What becomes of the answer to a call that was acted upon.
pub(crate) async fn deliver(
    mode: FaultMode,
    vendor: Vendor,
    mut answer: Answer,
    shared: &Shared,
) -> Response {
    match mode {
        FaultMode::DropAfter => reset(),
        FaultMode::HangAfter => {
            shared.stopped().await;
            reset()
        }
        FaultMode::Status500After => Answer::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({ "message": "Server Error" }),
        )
        .into_response(),
        FaultMode::TruncatedJson => truncated(&answer),
        FaultMode::SlowBody => slow(&answer),
        FaultMode::MissingId => {
            without_identity(vendor, &mut answer.body);
            answer.into_response()
        }
        FaultMode::UnknownStatus => {
            with_unknown_status(&mut answer.body);
            answer.into_response()
        }
        FaultMode::NullFields => {
            nulled(vendor, &mut answer.body);
            answer.into_response()
        }
        _ => answer.into_response(),
    }
}

fn reset() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Reset);
    response
}

fn truncated(answer: &Answer) -> Response {
    let text = Bytes::from(answer.body.to_string());
    let length = HeaderValue::from(text.len());
    let body = Trickle::new(vec![text.slice(..text.len() / 2)], true);
    (
        answer.status,
        [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            ),
            (header::CONTENT_LENGTH, length),
        ],
        Body::new(body),
    )
        .into_response()
}

fn slow(answer: &Answer) -> Response {
    let text = Bytes::from(answer.body.to_string());
    let piece = text.len().div_ceil(PIECES).max(1);
    let starts = (0..text.len()).step_by(piece);
    let pieces = starts.map(|at| text.slice(at..text.len().min(at + piece)));
    let body = Trickle::new(pieces.collect(), false);
    let json = [(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json"),
    )];
    (answer.status, json, Body::new(body)).into_response()
}

/// A body that comes in pieces with pauses, and perhaps not to its end.
struct Trickle {
    pieces: std::vec::IntoIter<Bytes>,
    pause: Pin<Box<Sleep>>,
    breaks_off: bool,
}

/// A body that was to break off did.
#[derive(Debug)]
struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the body breaks off here")
    }
}

impl std::error::Error for BrokenOff {}

impl Trickle {
    fn new(pieces: Vec<Bytes>, breaks_off: bool) -> Self {
        Self {
            pieces: pieces.into_iter(),
            pause: Box::pin(tokio::time::sleep(PAUSE)),
            breaks_off,
        }
    }
}

impl hyper::body::Body for Trickle {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        // What came before is sent during the pause, so that breaking off takes none of it back.
        ready!(self.pause.as_mut().poll(context));
        if let Some(piece) = self.pieces.next() {
            self.pause.as_mut().reset(Instant::now() + PAUSE);
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        Poll::Ready(self.breaks_off.then_some(Err(BrokenOff)))
    }

    fn is_end_stream(&self) -> bool {
        !self.breaks_off && self.pieces.len() == 0
    }

    fn size_hint(&self) -> SizeHint {
        if self.breaks_off {
            return SizeHint::default();
        }
        let length: usize = self.pieces.as_slice().iter().map(Bytes::len).sum();
        SizeHint::with_exact(length as u64)
    }
}
