//! Functions of the user's that are called with each request and each answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::vocabulary::{Effect, Vendor};

/// A request that is about to be sent. It does not have the credential yet.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outgoing<'a> {
    /// The vendor.
    pub vendor: Vendor,
    /// The operationId, or `raw`.
    pub operation: &'static str,
    /// The effect of a repeat.
    pub effect: Effect,
    /// The headers, to which others can be added, such as those of a trace. The transport sets its
    /// own afterwards.
    pub headers: &'a mut HeaderMap,
}

/// An attempt that is over.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempted<'a> {
    /// The vendor.
    pub vendor: Vendor,
    /// The operationId, or `raw`.
    pub operation: &'static str,
    /// The effect of a repeat.
    pub effect: Effect,
    /// The number of the attempt within its call, from 1.
    pub attempt: u32,
    /// The time that it took.
    pub duration: Duration,
    /// The status, if there was an answer.
    pub status: Option<StatusCode>,
    /// The error, if it failed.
    pub error: Option<&'a crate::Error>,
}

type OnRequest = Arc<dyn Fn(&mut Outgoing<'_>) + Send + Sync>;
type OnAttempt = Arc<dyn Fn(&Attempted<'_>) + Send + Sync>;

/// The functions that a client calls.
#[derive(Clone, Default)]
pub(crate) struct Hooks {
    pub on_request: Option<OnRequest>,
    pub on_attempt: Option<OnAttempt>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hooks")
            .field("on_request", &self.on_request.is_some())
            .field("on_attempt", &self.on_attempt.is_some())
            .finish()
    }
}
