//! The transport of all operations. It decides what is sent again, what is logged and what an
//! answer means.
//!
//! # The outcome of a failure
//!
//! | what happened | outcome | sent again: `read`, `set` | sent again: `change`, `spend` |
//! |---|---|---|---|
//! | no connection could be opened | not sent | yes | yes |
//! | a purchase waited too long after the journal's mark `sent` | not sent | - | no |
//! | connection broke before, while or after the request was read | unknown | yes | no |
//! | no answer in time | unknown | yes | no |
//! | 408, 425, 429, 500, 502, 503, 504 | unknown | yes | no |
//! | other 5xx | unknown | no | no |
//! | 3xx (never followed) | unknown | no | no |
//! | other 4xx | rejected | no | no |
//! | 2xx with the vendor's refusal (`x-refusal` in its spec: `success: false`, `code` not 0 or 200) | rejected | no | no |
//! | 2xx whose envelope says that the vendor's server failed (`code` 500) | unknown | no | no |
//! | 2xx that is cut short | unknown | yes | no |
//! | 2xx that is too large, too deep or has too many values | unknown | no | no |
//! | 2xx that is empty or not JSON where an answer is documented, or that lacks the order's id | unknown | no | no |
//! | 2xx to a `spend` that neither names an order nor confirms success | unknown | - | no |
//!
//! # The bounds of an answer
//!
//! Of an answer to a read, at most [`answer_size_cap`](crate::ClientBuilder::answer_size_cap) bytes
//! are read, of one to a write at most 4 MiB, of a refusal at most 256 KiB. Before a tree is made
//! of the JSON, its depth (64) and its values (250,000 in a read, 50,000 in a write) are counted:
//! the memory of a tree grows with them and not with the bytes. The worst answer of
//! `tests/hostile_catalogue.rs` takes some 110 MB, with everything else in that process.
//!
//! A request is sent again within the limits of the [`RetryPolicy`]. `change` and `spend` are sent
//! on a new connection, because a pooled connection that has died fails in the same way as one on
//! which the request did arrive.

mod auth;
mod bounds;
mod classify;
mod conditions;
mod engine;
mod hooks;
mod limits;
mod normalize;
mod prepare;
#[cfg(test)]
mod properties;
mod raw;
mod retry;
mod send;
mod settings;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use reqwest::{Client, Request, Response, Url};

pub use crate::cleaning::Redactor;
pub use hooks::{Attempted, Outgoing};
pub use limits::Limits;
pub use raw::{RawRequest, RawResponse};
pub use retry::{AtMost, Decision, Failure, RetryPolicy, RetryRule, Situation, Within};
pub use settings::Timeouts;
pub(crate) use settings::{Settings, base_url};

use crate::error::{Error, Kind, Outcome};
use crate::operation::Operation;
use crate::vendor::Profile;
use crate::vocabulary::{Effect, Secret, Vendor};

/// The transport of one account. It is cheap to clone; clones share their limits.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    profile: &'static Profile,
    base_url: Url,
    credential: Secret,
    /// Keeps the credential out of every message as long as the transport exists.
    redactor: Redactor,
    /// For requests that may be sent again.
    pooled: Client,
    /// For requests that must not: every one gets a connection of its own.
    fresh: Client,
    gate: Arc<limits::Gate>,
    settings: Settings,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("vendor", &self.vendor())
            .field("base_url", &self.0.base_url.as_str())
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

/// The facts about a call besides the request itself.
pub(crate) struct Call {
    pub profile: &'static Profile,
    pub operation: Option<&'static Operation>,
    pub effect: Effect,
    /// The time after which the request must not be sent any more.
    pub not_after: Option<Instant>,
}

impl Call {
    pub fn vendor(&self) -> Vendor {
        self.profile.vendor
    }

    /// The operationId, or `raw`.
    pub fn name(&self) -> &'static str {
        self.operation.map_or("raw", |operation| operation.id)
    }
}

/// An error on its way through the generated code, which only knows `reqwest::Response`: it is an
/// extension of a response.
#[derive(Clone)]
struct Carried(Error);

/// Reads an answer to an operation, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_answer(
    operation: &'static Operation,
    raw: &crate::error::RawAnswer,
) -> Result<Bytes, Error> {
    let call = Call {
        profile: operation.vendor.profile(),
        operation: Some(operation),
        effect: operation.effect,
        not_after: None,
    };
    classify::classify(&call, bounds::Bounds::of(call.effect, 1 << 20), raw)
        .map_err(|error| error.with_effect(call.effect))
}

/// Reads the header `Retry-After`, for the fuzz targets.
#[cfg(feature = "fuzzing")]
pub(crate) fn read_retry_after(text: &str) -> Option<std::time::Duration> {
    retry::retry_after(text, jiff::Timestamp::now())
}

/// The status of the response that carries an error. No vendor sends it, and because it is not a
/// success, the generated code returns the response whole.
const CARRIER_STATUS: u16 = 599;

impl Transport {
    pub(crate) fn new(
        profile: &'static Profile,
        credential: Secret,
        base_url: Url,
        settings: Settings,
    ) -> Result<Self, Error> {
        auth::check(profile, &credential)?;
        let client = |is_pooled| {
            settings
                .client(&base_url, is_pooled)
                .map_err(|error| error.at(profile.vendor, None))
        };
        let mut redactor = Redactor::default();
        redactor.add(credential.clone());
        Ok(Transport(Arc::new(Inner {
            profile,
            redactor,
            pooled: client(true)?,
            fresh: client(false)?,
            gate: Arc::new(limits::Gate::new(&settings.limits)),
            base_url,
            credential,
            settings,
        })))
    }

    /// Returns the same transport with another rule on retries. The limits stay shared.
    pub(crate) fn with_retry(&self, rule: Arc<dyn RetryRule>) -> Self {
        let mut inner = Inner::clone(&self.0);
        inner.settings.retry = rule;
        Transport(Arc::new(inner))
    }

    /// Returns the vendor.
    pub fn vendor(&self) -> Vendor {
        self.0.profile.vendor
    }

    /// Returns the base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.0.base_url.as_str().trim_end_matches('/')
    }

    /// Returns the timeouts.
    pub(crate) fn timeouts(&self) -> &Timeouts {
        &self.0.settings.timeouts
    }

    pub(crate) fn credential(&self) -> &Secret {
        &self.0.credential
    }

    pub(crate) fn builder_client(&self) -> &Client {
        &self.0.pooled
    }

    /// Sends a request of any path and body.
    ///
    /// # Errors
    /// The same as of any operation. If the outcome is [`Outcome::Unknown`], a `change` or a
    /// `spend` may have taken effect.
    pub async fn send(&self, raw: RawRequest) -> Result<RawResponse, Error> {
        let call = Call {
            profile: self.0.profile,
            operation: raw.operation,
            effect: raw.effect,
            not_after: raw.not_after,
        };
        let named = |error: Error| error.at(call.vendor(), Some(call.name()));
        let request = self.raw_request(&raw).map_err(named)?;
        let received = self.execute(request, &call).await?.received;
        Ok(RawResponse {
            status: received.raw.status,
            headers: received.headers,
            body: received.raw.body,
        })
    }

    /// Sends a request of the generated client. An error is returned within the response: see
    /// [`Carried`].
    pub(crate) async fn carry(
        &self,
        request: Request,
        operation: Option<&'static Operation>,
    ) -> Response {
        let carried = match operation {
            Some(operation) => {
                let call = Call {
                    profile: self.0.profile,
                    operation: Some(operation),
                    effect: operation.effect,
                    not_after: None,
                };
                self.execute(request, &call).await
            }
            // Never so: the table and the client are made of the same spec.
            None => Err(Error::input("the operation is not in the table")),
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
}

impl<E> From<progenitor_client::Error<E>> for Error {
    /// Takes the transport's error out of an error of the generated client.
    fn from(error: progenitor_client::Error<E>) -> Self {
        use progenitor_client::Error as Generated;
        let past = |status| {
            let what = format!("an answer with status {status} came past the transport");
            Error::new(Kind::Server, Outcome::Unknown, what)
        };
        match error {
            Generated::UnexpectedResponse(response) => match response.extensions().get::<Carried>()
            {
                Some(Carried(error)) => error.clone(),
                None => past(response.status()),
            },
            Generated::InvalidRequest(what) | Generated::Custom(what) => Error::input(what),
            Generated::InvalidResponsePayload(_, error) => {
                // The transport has normalized the answer before, so this is a defect of this
                // crate. The outcome is open all the same.
                let what = "the answer cannot be decoded";
                Error::new(Kind::Answer, Outcome::Unknown, what).with_source(error)
            }
            Generated::CommunicationError(error)
            | Generated::InvalidUpgrade(error)
            | Generated::ResponseBodyError(error) => {
                let (kind, outcome) = match error.is_builder() {
                    true => (Kind::InvalidInput, Outcome::NotSent),
                    false => (Kind::Connection, Outcome::Unknown),
                };
                Error::new(kind, outcome, "the request could not be sent")
                    .with_source(error.without_url())
            }
            Generated::ErrorResponse(response) => past(response.status()),
        }
    }
}
