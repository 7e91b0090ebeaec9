//! Hooks: a user's own look at what goes out and what comes back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};

use crate::vocabulary::{Effect, Vendor};

/// A request about to be sent, before it is signed: the credential is not on it yet.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outgoing<'a> {
    /// At which vendor.
    pub vendor: Vendor,
    /// The operationId, or `raw`.
    pub operation: &'static str,
    /// What a repeat would do.
    pub effect: Effect,
    /// Headers, to be added to: a trace's, say. What the transport sets itself can't be changed here.
    pub headers: &'a mut HeaderMap,
}

/// One attempt that is over.
#[derive(Debug)]
#[non_exhaustive]
pub struct Attempted<'a> {
    /// At which vendor.
    pub vendor: Vendor,
    /// The operationId, or `raw`.
    pub operation: &'static str,
    /// What a repeat would do.
    pub effect: Effect,
    /// Which attempt of its call, from 1.
    pub attempt: u32,
    /// How long it took.
    pub duration: Duration,
    /// Status, when there was an answer.
    pub status: Option<StatusCode>,
    /// How it failed, if it did.
    pub error: Option<&'a crate::Error>,
}

type OnRequest = Arc<dyn Fn(&mut Outgoing<'_>) + Send + Sync>;
type OnAttempt = Arc<dyn Fn(&Attempted<'_>) + Send + Sync>;

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
