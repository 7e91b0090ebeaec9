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

use super::spoiling::{nulled, with_unknown_status, without_identity};
use crate::answer::Answer;
use crate::fault_mode::FaultMode;
use crate::simulation::Profile;

/// The number of pieces of a slow answer, and the pause before each.
const PIECES: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// The page of a proxy in front of a vendor that does not answer.
const BAD_GATEWAY: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
                           <center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/// A mark on a response that is not to be sent: the connection is to be reset instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reset;

/// Returns the answer to a call that is not acted upon.
pub(crate) fn instead(mode: FaultMode, target: &str) -> Response {
    match mode {
        FaultMode::Html502 => (StatusCode::BAD_GATEWAY, Html(BAD_GATEWAY)).into_response(),
        FaultMode::Status429 => {
            let retry = [(header::RETRY_AFTER, HeaderValue::from_static("1"))];
            let body = json!({ "message": "Too Many Attempts." });
            (retry, Answer::refusal(StatusCode::TOO_MANY_REQUESTS, body)).into_response()
        }
        FaultMode::Redirect307 => {
            let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
            let location = HeaderValue::from_str(target).ok();
            let headers = response.headers_mut();
            headers.extend(location.map(|location| (header::LOCATION, location)));
            response
        }
        _ => reset(),
    }
}

/// Delivers the answer to a call that was acted upon, as the fault has it. `stopped` ends when the
/// sandbox is to stop.
pub(crate) async fn deliver(
    mode: FaultMode,
    vendor: &Profile,
    mut answer: Answer,
    stopped: impl Future<Output = ()>,
) -> Response {
    match mode {
        FaultMode::DropAfter => return reset(),
        FaultMode::HangAfter => {
            stopped.await;
            return reset();
        }
        FaultMode::Status500After => {
            let body = json!({ "message": "Server Error" });
            answer = Answer::refusal(StatusCode::INTERNAL_SERVER_ERROR, body);
        }
        FaultMode::TruncatedJson => return truncated(&answer),
        FaultMode::SlowBody => return slow(&answer),
        FaultMode::MissingId => without_identity(vendor, &mut answer.body),
        FaultMode::UnknownStatus => with_unknown_status(&mut answer.body),
        FaultMode::NullFields => nulled(vendor, &mut answer.body),
        _ => {}
    }
    answer.into_response()
}

fn reset() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Reset);
    response
}

fn truncated(answer: &Answer) -> Response {
    let text = Bytes::from(answer.body.to_string());
    let mut response = trickled(
        answer,
        Trickle::new(vec![text.slice(..text.len() / 2)], true),
    );
    let length = HeaderValue::from(text.len());
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, length);
    response
}

fn slow(answer: &Answer) -> Response {
    let text = Bytes::from(answer.body.to_string());
    let piece = text.len().div_ceil(PIECES).max(1);
    let starts = (0..text.len()).step_by(piece);
    let pieces = starts.map(|at| text.slice(at..text.len().min(at + piece)));
    trickled(answer, Trickle::new(pieces.collect(), false))
}

fn trickled(answer: &Answer, body: Trickle) -> Response {
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

/// The error with which a body breaks off.
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
        // Earlier pieces are sent during the pause, so that breaking off takes none of them back.
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
