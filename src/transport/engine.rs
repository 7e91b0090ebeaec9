//! The execution of a call: attempts, until there is an answer or a reason to stop.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{HeaderMap, RETRY_AFTER};
use reqwest::Request;
use tracing::{Instrument, Span, field};

use super::bounds::Bounds;
use super::hooks::Attempted;
use super::retry::{self, Decision, Failure, Situation};
use super::{Call, Transport, classify, send};
use crate::error::{Error, Kind, Outcome};

/// The answer to a successful call, as the vendor sent it and as the generated types read it.
pub(super) struct Success {
    pub received: send::Received,
    pub readable: Bytes,
}

impl Transport {
    /// Executes a call. Every request of this crate passes here.
    pub(super) async fn execute(&self, request: Request, call: &Call) -> Result<Success, Error> {
        let url = request.url();
        let span = tracing::info_span!(
            "proxy_orders.call",
            vendor = %call.vendor(),
            operation = call.name(),
            effect = %call.effect,
            outcome = field::Empty,
            attempts = field::Empty,
            duration = field::Empty,
            http.request.method = %request.method(),
            server.address = url.host_str().unwrap_or_default(),
            server.port = url.port_or_known_default(),
            url.template = call.operation.map(|operation| operation.path),
            http.response.status_code = field::Empty,
            error.r#type = field::Empty,
        );
        let started = Instant::now();
        let result = self
            .attempts(request, call, started)
            .instrument(span.clone())
            .await;
        let result = result.map_err(|error| {
            error
                .with_effect(call.effect)
                .at(call.vendor(), Some(call.name()))
        });
        record(&span, &result, started.elapsed());
        result
    }

    async fn attempts(
        &self,
        mut request: Request,
        call: &Call,
        started: Instant,
    ) -> Result<Success, Error> {
        // Until the call is over, no message shows the request's secrets.
        let _redactor = self.prepare(&mut request, call)?;
        let gate = &*self.0.gate;
        gate.count_call();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let copy = request
                .try_clone()
                .ok_or_else(|| Error::input("a streamed body cannot be sent"))?;
            let error = match self.attempt(copy, call, started, attempt).await {
                Ok(success) => {
                    Span::current().record("attempts", attempt);
                    return Ok(success);
                }
                Err(error) => error.with_attempts(attempt),
            };
            let situation = Situation {
                effect: call.effect,
                attempt,
                elapsed: started.elapsed(),
                failure: Failure::of(&error),
                retry_after: error.retry_after(),
                jitter: fastrand::f64(),
            };
            let mut decision = retry::enforce_at_most_once(&*self.0.settings.retry, &situation);
            if matches!(decision, Decision::Again { .. }) && !gate.may_repeat() {
                decision = Decision::Stop {
                    reason: "the retries that the limits allow are used up",
                };
            }
            let failure = situation.failure;
            match decision {
                Decision::Again { after, reason } => {
                    tracing::info!(
                        http.request.resend_count = attempt,
                        ?failure,
                        ?after,
                        reason,
                        "sending again"
                    );
                    tokio::time::sleep(after).await;
                }
                Decision::Stop { reason } => {
                    Span::current().record("attempts", attempt);
                    tracing::info!(attempt, ?failure, reason, "not sending again");
                    return Err(match error.retry_after() {
                        Some(wanted) if reason == retry::TOO_LONG => {
                            error.noting(&format!("the vendor asks to wait {wanted:?}, which is longer than max_retry_after"))
                        }
                        _ => error,
                    });
                }
            }
        }
    }

    async fn attempt(
        &self,
        request: Request,
        call: &Call,
        started: Instant,
        attempt: u32,
    ) -> Result<Success, Error> {
        let timeouts = &self.0.settings.timeouts;
        let left = timeouts.total.saturating_sub(started.elapsed());
        let _turn = self.0.gate.enter(left).await?;
        let begun = Instant::now();
        let result = self.send_once(request, call, started).await;
        let duration = begun.elapsed();
        let status = match &result {
            Ok(success) => Some(success.received.raw.status),
            Err(error) => error.status(),
        };
        let error = result.as_ref().err();
        tracing::debug!(
            attempt,
            ?duration,
            http.response.status_code = status.map(|status| status.as_u16()),
            error.r#type = error.map(|error| field::debug(error.kind())),
            "attempt over"
        );
        if let Some(hook) = &self.0.settings.hooks.on_attempt {
            let (vendor, effect) = (call.vendor(), call.effect);
            let operation = call.name();
            hook(&Attempted {
                vendor,
                operation,
                effect,
                attempt,
                duration,
                status,
                error,
            });
        }
        result
    }

    async fn send_once(
        &self,
        request: Request,
        call: &Call,
        started: Instant,
    ) -> Result<Success, Error> {
        let settings = &self.0.settings;
        let timeouts = &settings.timeouts;
        let (client, limit) = if call.effect.is_repeatable() {
            let left = timeouts.total.saturating_sub(started.elapsed());
            (&self.0.pooled, timeouts.attempt.min(left))
        } else {
            // The total does not cut this short: giving up on a purchase leaves its outcome
            // unknown.
            (&self.0.fresh, timeouts.non_repeatable)
        };
        // The last thing before the connection is opened.
        if call.not_after.is_some_and(|latest| Instant::now() > latest) {
            let what = "too much time passed before the request could be sent, so it was not sent: \
                        try again";
            return Err(Error::new(Kind::Deadline, Outcome::NotSent, what));
        }
        let bounds = Bounds::of(call.effect, settings.answer_size_cap);
        let sending = send::send(client, request, bounds.bytes);
        let received = tokio::time::timeout(limit, sending)
            .await
            .unwrap_or_else(|_| {
                let what = format!("the vendor did not answer within {limit:?}");
                Err(Error::new(Kind::Timeout, Outcome::Unknown, what))
            })?;
        match classify::classify(call, bounds, &received.raw) {
            Ok(readable) => Ok(Success { received, readable }),
            Err(error) => {
                let header = |name| text_header(&received.headers, name);
                let wait = header(RETRY_AFTER.as_str());
                let wait =
                    wait.and_then(|value| retry::retry_after(&value, jiff::Timestamp::now()));
                let id = ["x-request-id", "request-id", "cf-ray"]
                    .into_iter()
                    .find_map(header);
                Err(error
                    .with_raw(received.raw)
                    .with_retry_after(wait)
                    .with_request_id(id))
            }
        }
    }
}

fn record(span: &Span, result: &Result<Success, Error>, duration: Duration) {
    span.record("duration", field::debug(duration));
    match result {
        Ok(success) => {
            span.record("outcome", "done");
            span.record(
                "http.response.status_code",
                success.received.raw.status.as_u16(),
            );
        }
        Err(error) => {
            span.record("outcome", error.outcome().as_str());
            span.record("error.type", field::debug(error.kind()));
            if let Some(status) = error.status() {
                span.record("http.response.status_code", status.as_u16());
            }
        }
    }
}

fn text_header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
