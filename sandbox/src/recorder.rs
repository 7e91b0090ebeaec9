//! The recorder, through which every request passes first.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;

use crate::answer::Problem;
use crate::control;
use crate::request::RequestContext;
use crate::world::World;

/// The largest body that is read.
const BODY_LIMIT: usize = 1024 * 1024;
/// The bytes of a body that is too large that are read and dropped, so that the caller can read
/// the refusal instead of meeting a broken connection.
const DRAINED: usize = 16 * 1024 * 1024;

/// Reads the body, records the request before anything answers it, and hands it on as a
/// [`RequestContext`].
pub async fn record(State(world): State<Arc<World>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let arriving = tokio::time::timeout(world.settings.request_timeout, read(body));
    let body = arriving.await.unwrap_or(Err(Problem::Unreadable));
    // Control requests are not meant for a vendor.
    if !control::is_at(parts.uri.path()) {
        let bytes = body.as_ref().map(Bytes::as_ref).unwrap_or_default();
        world.requests.record(&parts.method, &parts.uri, bytes);
    }
    let context = RequestContext::new(&parts, body);
    parts.extensions.insert(context);
    next.run(Request::from_parts(parts, Body::empty())).await
}

async fn read(mut body: Body) -> Result<Bytes, Problem> {
    let mut read = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Err(Problem::Unreadable);
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
        return Err(Problem::TooLarge);
    }
    Ok(read.into())
}
