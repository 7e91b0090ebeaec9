//! One engine under all operations: it knows what may be repeated, what may be logged and what an answer means.
//!
//! # What a failure leaves open
//!
//! | what happened | outcome | sent again: `read`, `set` | sent again: `change`, `spend` |
//! |---|---|---|---|
//! | no connection could be made | not sent | yes | yes |
//! | connection broke before, while or after the request was read | unknown | yes | no |
//! | no answer in time | unknown | yes | no |
//! | 408, 425, 429, 500, 502, 503, 504 | unknown | yes | no |
//! | other 5xx | unknown | no | no |
//! | 3xx (never followed) | unknown | no | no |
//! | other 4xx | rejected | no | no |
//! | 2xx with the vendor's refusal (`success: false`, `code` not 0 or 200) | rejected | no | no |
//! | 2xx that is cut short | unknown | yes | no |
//! | 2xx that is empty, no JSON, or lacks the order's id | unknown | no | no |
//!
//! "Sent again" is within the caps of the [`RetryPolicy`]. `change` and `spend` go out on a fresh connection, because a pooled one
//! that has died fails in the same way as one on which the request did arrive.

mod auth;
mod judge;
mod mend;
mod raw;
mod redact;
mod retry;
mod send;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Request, Response, Url};
use tracing::Instrument;

pub use auth::{Access, access};
pub use raw::{RawRequest, RawResponse};
pub use retry::{Decision, Failure, RetryPolicy, Situation};
pub(crate) use settings::base_url;
pub use settings::{Settings, Timeouts};

use crate::error::{Error, Kind};
use crate::operation::{self, Operation, Place};
use crate::vocabulary::{Effect, Secret, Vendor};
use redact::Redactor;

/// The connection of one account to its vendor. Cheap to clone; clones share their limits.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    vendor: Vendor,
    base_url: Url,
    credential: Secret,
    /// For what may be repeated.
    pooled: Client,
    /// For what must not be: every request gets a connection of its own.
    fresh: Client,
    settings: Settings,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("vendor", &self.0.vendor)
            .field("base_url", &self.0.base_url.as_str())
            .finish_non_exhaustive()
    }
}

/// One call: everything that must be known of it besides the request itself.
pub(crate) struct Call {
    pub vendor: Vendor,
    pub operation: Option<&'static Operation>,
    pub effect: Effect,
}

impl Call {
    /// The operationId, or `raw`.
    pub fn name(&self) -> &'static str {
        self.operation.map_or("raw", |operation| operation.id)
    }
}

/// A success: the answer as it came, and as the generated types read it.
struct Success {
    received: send::Received,
    readable: Bytes,
}

/// How an error travels through the generated code, which only knows `reqwest::Response`.
#[derive(Clone)]
struct Carried(Error);

/// No vendor answers with it, and it is no success: the generated code passes it on whole.
const CARRIER_STATUS: u16 = 599;

impl Transport {
    pub(crate) fn new(
        vendor: Vendor,
        credential: Secret,
        base_url: Url,
        settings: Settings,
    ) -> Result<Self, Error> {
        auth::check(vendor, &credential)?;
        let client = |is_pooled| {
            settings
                .client(&base_url, is_pooled)
                .map_err(|error| error.at(vendor, None))
        };
        Ok(Transport(Arc::new(Inner {
            vendor,
            pooled: client(true)?,
            fresh: client(false)?,
            base_url,
            credential,
            settings,
        })))
    }

    /// At which vendor.
    pub fn vendor(&self) -> Vendor {
        self.0.vendor
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.0.base_url.as_str().trim_end_matches('/')
    }

    pub(crate) fn builder_client(&self) -> &Client {
        &self.0.pooled
    }

    /// Sends a request of any path and body.
    ///
    /// # Errors
    /// As for any operation. A request with the effect `spend` or `change` whose error says [`crate::Outcome::Unknown`] may have
    /// taken effect.
    pub async fn send(&self, raw: RawRequest) -> Result<RawResponse, Error> {
        let call = Call {
            vendor: self.0.vendor,
            operation: raw.operation,
            effect: raw.effect,
        };
        let named = |error: Error| error.at(call.vendor, Some(call.name()));
        let request = self.raw_request(&raw).map_err(named)?;
        let success = self.execute(request, &call).await?;
        Ok(RawResponse {
            status: success.received.raw.status,
            headers: success.received.headers,
            body: success.received.raw.body,
        })
    }

    fn raw_request(&self, raw: &RawRequest) -> Result<Request, Error> {
        if !raw.path.starts_with('/') || raw.path.contains(['?', '#']) {
            let what = format!(
                "the path `{}` must begin with a slash and hold neither `?` nor `#`: pass query pairs apart",
                raw.path
            );
            return Err(Error::input(what));
        }
        let url = format!("{}{}", self.base_url(), raw.path);
        let mut url = Url::parse(&url)
            .map_err(|error| Error::input(format!("the path can't be used: {error}")))?;
        if url.path()
            != format!(
                "{}{}",
                self.0.base_url.path().trim_end_matches('/'),
                raw.path
            )
        {
            return Err(Error::input(format!(
                "the path `{}` is not the one that would be sent: percent-encode it",
                raw.path
            )));
        }
        if !raw.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&raw.query);
        }
        let mut request = Request::new(raw.parsed_method()?, url);
        if let Some(body) = &raw.body {
            *request.body_mut() = Some(body.to_string().into());
        }
        Ok(request)
    }

    /// Runs a request of the generated client. An error travels inside of the answer: see [`Carried`].
    pub(crate) async fn carry(&self, request: Request, operation_id: &str) -> Response {
        let carried = match operation::find(self.0.vendor, operation_id) {
            None => Err(Error::input(format!(
                "`{operation_id}` is no operation of the spec"
            ))),
            Some(operation) => {
                let call = Call {
                    vendor: self.0.vendor,
                    operation: Some(operation),
                    effect: operation.effect,
                };
                self.execute(request, &call).await
            }
        };
        let mut answer = http::Response::new(Bytes::new());
        match carried {
            Ok(success) => {
                *answer.status_mut() = success.received.raw.status;
                *answer.headers_mut() = success.received.headers;
                *answer.body_mut() = success.readable;
            }
            Err(error) => {
                *answer.status_mut() = http::StatusCode::from_u16(CARRIER_STATUS)
                    .unwrap_or(http::StatusCode::BAD_GATEWAY);
                answer.extensions_mut().insert(Carried(error));
            }
        }
        Response::from(answer)
    }

    /// The one way out: every request of this crate passes here.
    async fn execute(&self, request: Request, call: &Call) -> Result<Success, Error> {
        let span = tracing::info_span!(
            "proxy_orders.call",
            vendor = %call.vendor,
            operation = call.name(),
            effect = %call.effect,
            http.request.method = %request.method(),
            server.address = request.url().host_str().unwrap_or_default(),
            http.response.status_code = tracing::field::Empty,
            attempts = tracing::field::Empty,
            outcome = tracing::field::Empty,
        );
        let result = self.attempts(request, call).instrument(span.clone()).await;
        let result = result.map_err(|error| {
            error
                .with_effect(call.effect)
                .at(call.vendor, Some(call.name()))
        });
        match &result {
            Ok(success) => span.record(
                "http.response.status_code",
                success.received.raw.status.as_u16(),
            ),
            Err(error) => {
                if let Some(status) = error.status() {
                    span.record("http.response.status_code", status.as_u16());
                }
                span.record("outcome", error.outcome().as_str())
            }
        };
        result
    }

    async fn attempts(&self, mut request: Request, call: &Call) -> Result<Success, Error> {
        let redactor = self.prepare(&mut request, call)?;
        let policy = &self.0.settings.retry;
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let copy = request
                .try_clone()
                .ok_or_else(|| Error::input("a streamed body can't be sent"))?;
            let error = match self.attempt(copy, call, &redactor).await {
                Ok(success) => {
                    tracing::Span::current().record("attempts", attempt);
                    tracing::debug!(attempt, "answered");
                    return Ok(success);
                }
                Err(error) => error.with_attempts(attempt),
            };
            let decision = policy.decide(&Situation {
                effect: call.effect,
                attempt,
                elapsed: started.elapsed(),
                failure: Failure::of(&error),
                retry_after: error.retry_after(),
                jitter: fastrand::f64(),
            });
            let failure = error.kind();
            match decision {
                Decision::Again { after, reason } => {
                    tracing::info!(attempt, ?failure, ?after, reason, "sending again");
                    tokio::time::sleep(after).await;
                }
                Decision::Stop { reason } => {
                    tracing::Span::current().record("attempts", attempt);
                    tracing::info!(attempt, ?failure, reason, "not sending again");
                    return Err(match error.retry_after() {
                        Some(wanted) if reason == retry::TOO_LONG => error.noting(&format!(
                            "it asks to wait {wanted:?}, longer than the cap of {:?}",
                            policy.max_retry_after
                        )),
                        _ => error,
                    });
                }
            }
        }
    }

    /// Makes the request fit to be sent: checks its path, settles its headers and signs it. Says what must not be shown.
    fn prepare(&self, request: &mut Request, call: &Call) -> Result<Redactor, Error> {
        let mut redactor = Redactor::default();
        redactor.add(self.0.credential.clone());
        let mut place = auth::usual_place(call.vendor, request.method());
        if let Some(operation) = call.operation {
            place = operation.credential;
            self.check_path(request.url(), operation)?;
            for secret in body_secrets(request, operation) {
                redactor.add(secret);
            }
        }
        let has_body = request
            .body()
            .and_then(|body| body.as_bytes())
            .is_some_and(|bytes| !bytes.is_empty());
        let is_post = ["POST", "PUT", "PATCH"].contains(&request.method().as_str());
        if is_post && !has_body {
            // Without one there is no Content-Length, and ProxyShard's server is known to reject that.
            *request.body_mut() = Some("{}".into());
        }
        auth::sign(request, place, &self.0.credential)?;
        let headers = request.headers_mut();
        // The generator's own; no vendor knows it.
        headers.remove("api-version");
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if is_post {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(redactor)
    }

    /// A path parameter such as `..` would silently turn one operation into another.
    fn check_path(&self, url: &Url, operation: &Operation) -> Result<(), Error> {
        let base = self.0.base_url.path().trim_end_matches('/');
        let below = url.path().strip_prefix(base).unwrap_or_default();
        let pieces: Vec<_> = below.split('/').collect();
        let due: Vec<_> = operation.path.split('/').collect();
        let fits = |(piece, due): (&&str, &&str)| {
            if due.starts_with('{') {
                !piece.is_empty()
            } else {
                piece == due
            }
        };
        if pieces.len() == due.len() && pieces.iter().zip(&due).all(fits) {
            return Ok(());
        }
        Err(Error::input(format!(
            "a path parameter would change the path `{}`: it must be neither empty nor `.` nor `..`",
            operation.path
        )))
    }

    async fn attempt(
        &self,
        request: Request,
        call: &Call,
        redactor: &Redactor,
    ) -> Result<Success, Error> {
        let settings = &self.0.settings;
        let (client, limit) = match call.effect.is_repeatable() {
            true => (&self.0.pooled, settings.timeouts.attempt),
            false => (&self.0.fresh, settings.timeouts.once),
        };
        let sending = send::send(client, request, settings.answer_size_cap);
        let received = tokio::time::timeout(limit, sending)
            .await
            .unwrap_or_else(|_| {
                let what = format!("the vendor did not answer within {limit:?}");
                Err(Error::new(
                    Kind::Timeout,
                    crate::error::Outcome::Unknown,
                    what,
                ))
            })?;
        match judge::judge(call, redactor, &received.raw) {
            Ok(readable) => Ok(Success { received, readable }),
            Err(error) => {
                let wait = text_header(&received.headers, RETRY_AFTER.as_str());
                let wait =
                    wait.and_then(|value| retry::retry_after(&value, jiff::Timestamp::now()));
                let id = ["x-request-id", "request-id", "cf-ray"]
                    .iter()
                    .find_map(|name| text_header(&received.headers, name));
                let id = id.map(|id| redactor.clean(&id));
                Err(error
                    .with_raw(received.raw)
                    .with_retry_after(wait)
                    .with_request_id(id))
            }
        }
    }
}

fn text_header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The secrets that a caller passes in a body: passwords to be set, say.
fn body_secrets(request: &Request, operation: &Operation) -> Vec<Secret> {
    let secret_names = operation
        .parameters
        .iter()
        .filter(|it| it.secret && it.place == Place::Body);
    let body = request.body().and_then(|body| body.as_bytes());
    let Some(body) = body.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(bytes).ok())
    else {
        return Vec::new();
    };
    secret_names
        .filter_map(|parameter| body.get(parameter.name)?.as_str().map(Secret::from))
        .collect()
}

impl<E> From<progenitor_client::Error<E>> for Error {
    /// What the generated client calls an error, as the error that it carries.
    fn from(error: progenitor_client::Error<E>) -> Self {
        use crate::error::Outcome;
        use progenitor_client::Error as Generated;
        match error {
            Generated::UnexpectedResponse(response) => match response.extensions().get::<Carried>()
            {
                Some(Carried(error)) => error.clone(),
                None => Error::new(
                    Kind::Server,
                    Outcome::Unknown,
                    format!(
                        "an answer with status {} came past the transport",
                        response.status()
                    ),
                ),
            },
            Generated::InvalidRequest(what) => Error::input(what),
            Generated::Custom(what) => Error::input(what),
            Generated::InvalidResponsePayload(_, error) => {
                // The transport has mended the answer by then, so this is a flaw of this crate; the outcome is open all the same.
                Error::new(
                    Kind::Answer,
                    Outcome::Unknown,
                    "the answer can't be decoded",
                )
                .with_source(error)
            }
            Generated::CommunicationError(error)
            | Generated::InvalidUpgrade(error)
            | Generated::ResponseBodyError(error) => {
                let not_sent = error.is_builder();
                let outcome = if not_sent {
                    Outcome::NotSent
                } else {
                    Outcome::Unknown
                };
                let kind = if not_sent {
                    Kind::InvalidInput
                } else {
                    Kind::Connection
                };
                Error::new(kind, outcome, "the request could not be run")
                    .with_source(error.without_url())
            }
            Generated::ErrorResponse(response) => Error::new(
                Kind::Server,
                Outcome::Unknown,
                format!(
                    "an answer with status {} came past the transport",
                    response.status()
                ),
            ),
        }
    }
}
