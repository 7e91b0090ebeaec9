//! Answers that do not arrive, or not as they should.

use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::json;

use super::spoiling::{nulled, with_unknown_status, without_identity};
use crate::answer::Answer;
use crate::fault_mode::FaultMode;
use crate::simulation::Profile;

/// The number of pieces of a slow answer, and the pause before each.
const PIECES: usize = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// A code that no page lists.
const UNKNOWN_CODE: i64 = 7777;

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
        FaultMode::Code500After => answer = coded(500, "Server Error"),
        FaultMode::UnknownCodeAfter => answer = coded(UNKNOWN_CODE, "Operation noted"),
        FaultMode::TruncatedJson => return trickled(&answer, |length| length / 2, 1),
        FaultMode::SlowBody => return trickled(&answer, |length| length, PIECES),
        FaultMode::MissingId => without_identity(vendor, &mut answer.body),
        FaultMode::UnknownStatus => with_unknown_status(&mut answer.body),
        FaultMode::NullFields => nulled(vendor, &mut answer.body),
        _ => {}
    }
    answer.into_response()
}

/// Says in an envelope, under 200, that the call failed.
fn coded(code: i64, message: &str) -> Answer {
    let body = json!({ "code": code, "message": message, "data": {} });
    Answer::refusal(StatusCode::OK, body)
}

fn reset() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Reset);
    response
}

/// Sends as much of an answer as `sent` tells by its length, in about so many pieces and with a
/// pause before each. A body that is not sent whole breaks off.
fn trickled(answer: &Answer, sent: impl Fn(usize) -> usize, pieces: usize) -> Response {
    let text = Bytes::from(answer.body.to_string());
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (header::CONTENT_LENGTH, HeaderValue::from(text.len())),
    ];
    let sent = sent(text.len());
    let size = sent.div_ceil(pieces).max(1);
    let broken_off = (sent < text.len()).then(|| Err(io::Error::other("the body breaks off")));
    let pieces = (0..sent).step_by(size);
    let pieces = pieces.map(move |at| Ok(text.slice(at..sent.min(at + size))));
    // Earlier pieces are sent during the pause, so that breaking off takes none of them back.
    let slowly = stream::iter(pieces.chain(broken_off)).then(|piece| async {
        tokio::time::sleep(PAUSE).await;
        piece
    });
    (answer.status, headers, Body::from_stream(slowly)).into_response()
}
