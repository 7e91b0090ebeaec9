//! What went wrong, whether it took effect, and what the caller may do.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::vocabulary::{Effect, Vendor};

/// Whether a request that failed took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Nothing left this machine for the vendor. It did not take effect.
    NotSent,
    /// The vendor read the request and refused it. It did not take effect.
    Rejected,
    /// It may have taken effect. For a purchase: look at the vendor's order list before doing anything else, and don't send it again.
    Unknown,
}

impl Outcome {
    /// The word in logs and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::NotSent => "not sent",
            Outcome::Rejected => "rejected",
            Outcome::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The client is not set up right: no credential, no base URL, or one that can't be used.
    Configuration,
    /// The caller asked for something that can't be sent.
    InvalidInput,
    /// The vendor has no such thing, or documents none.
    Unsupported,
    /// The price is above the caller's cap, or could not be learned under a cap.
    OverCap,
    /// No connection to the vendor could be made.
    Connect,
    /// The vendor did not answer in time.
    Timeout,
    /// The connection broke while the request or the answer was on its way.
    Connection,
    /// The vendor does not accept the credential.
    Authentication,
    /// The vendor does not allow this to this account, or for this order.
    Forbidden,
    /// The vendor knows no such thing.
    NotFound,
    /// The vendor found the request wrong: see [`Error::field_errors`].
    Validation,
    /// Too many requests.
    RateLimited,
    /// The vendor refused for another reason.
    Refused,
    /// The vendor answered with a redirect, which is never followed.
    Redirect,
    /// The vendor failed.
    Server,
    /// The answer could not be read as what is documented.
    Answer,
    /// What was waited for did not come about in time.
    Deadline,
    /// The journal can't be read or written.
    Journal,
    /// Another purchase on the account is under way.
    Busy,
    /// The idempotency key was used for another request.
    KeyReused,
    /// Nobody knows yet what became of an earlier purchase: reconcile first.
    Unsettled,
    /// The balance would not pay for it.
    Funds,
}

/// An error of any operation at any vendor. Cheap to clone.
///
/// Says what happened ([`Error::kind`]), whether it took effect ([`Error::outcome`]) and what the vendor said. Neither `Debug` nor
/// `Display` prints a credential, a proxy password, a URL's query or the raw answer.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    outcome: Outcome,
    vendor: Option<Vendor>,
    operation: Option<&'static str>,
    effect: Option<Effect>,
    what: String,
    status: Option<StatusCode>,
    vendor_code: Option<String>,
    vendor_message: Option<String>,
    field_errors: BTreeMap<String, Vec<String>>,
    request_id: Option<String>,
    idempotency_key: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    raw: Option<RawAnswer>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// An answer as it came, kept with an error so that nothing the vendor said is lost.
///
/// `Debug` prints its size and type only: it may hold proxy passwords.
#[derive(Clone)]
pub struct RawAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// What the answer says it is.
    pub content_type: Option<String>,
    /// The body, as far as it was read and no more than 256 KiB of it.
    pub body: Bytes,
    /// Whether the body was cut off, by the connection or by a cap.
    pub is_cut: bool,
}

impl fmt::Debug for RawAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawAnswer")
            .field("status", &self.status.as_u16())
            .field("content_type", &self.content_type)
            .field("bytes", &self.body.len())
            .field("is_cut", &self.is_cut)
            .finish()
    }
}

impl Error {
    pub(crate) fn new(kind: Kind, outcome: Outcome, what: impl Into<String>) -> Self {
        Error(Arc::new(Inner {
            kind,
            outcome,
            vendor: None,
            operation: None,
            effect: None,
            what: what.into(),
            status: None,
            vendor_code: None,
            vendor_message: None,
            field_errors: BTreeMap::new(),
            request_id: None,
            idempotency_key: None,
            retry_after: None,
            attempts: 0,
            raw: None,
            source: None,
        }))
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Error::new(Kind::Configuration, Outcome::NotSent, what)
    }

    pub(crate) fn input(what: impl Into<String>) -> Self {
        Error::new(Kind::InvalidInput, Outcome::NotSent, what)
    }

    pub(crate) fn unsupported(vendor: Vendor, what: impl Into<String>) -> Self {
        Error::new(Kind::Unsupported, Outcome::NotSent, what).at(vendor, None)
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    pub(crate) fn at(self, vendor: Vendor, operation: Option<&'static str>) -> Self {
        self.with(|inner| {
            inner.vendor = Some(vendor);
            inner.operation = operation.or(inner.operation);
        })
    }

    pub(crate) fn with_effect(self, effect: Effect) -> Self {
        self.with(|inner| inner.effect = Some(effect))
    }

    pub(crate) fn with_source(
        self,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        self.with(|inner| inner.source = Some(Arc::new(source)))
    }

    /// Keeps the answer, up to a size that an error may have.
    pub(crate) fn with_raw(self, mut raw: RawAnswer) -> Self {
        const MOST: usize = 256 << 10;
        if raw.body.len() > MOST {
            // A copy, so that the rest of a large answer is not kept alive by its beginning.
            raw.body = Bytes::copy_from_slice(raw.body.get(..MOST).unwrap_or_default());
            raw.is_cut = true;
        }
        self.with(|inner| {
            inner.status = Some(raw.status);
            inner.raw = Some(raw);
        })
    }

    pub(crate) fn with_vendor_words(
        self,
        code: Option<String>,
        message: Option<String>,
        field_errors: BTreeMap<String, Vec<String>>,
    ) -> Self {
        self.with(|inner| {
            inner.vendor_code = code;
            inner.vendor_message = message;
            inner.field_errors = field_errors;
        })
    }

    pub(crate) fn with_request_id(self, request_id: Option<String>) -> Self {
        self.with(|inner| inner.request_id = request_id)
    }

    /// Names the journal's entry that the error is about.
    #[cfg(feature = "purchase")]
    pub(crate) fn for_key(self, key: &str) -> Self {
        self.with(|inner| inner.idempotency_key = Some(key.to_owned()))
    }

    pub(crate) fn with_retry_after(self, retry_after: Option<Duration>) -> Self {
        self.with(|inner| inner.retry_after = retry_after)
    }

    pub(crate) fn with_attempts(self, attempts: u32) -> Self {
        self.with(|inner| inner.attempts = attempts)
    }

    pub(crate) fn with_outcome(self, outcome: Outcome) -> Self {
        self.with(|inner| inner.outcome = outcome)
    }

    /// Adds what the caller should know to what happened.
    pub(crate) fn noting(self, note: &str) -> Self {
        self.with(|inner| inner.what = format!("{}; {note}", inner.what))
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether the request took effect.
    pub fn outcome(&self) -> Outcome {
        self.0.outcome
    }

    /// At which vendor, when one was involved.
    pub fn vendor(&self) -> Option<Vendor> {
        self.0.vendor
    }

    /// The operationId, when an operation was involved.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// What a repeat of the request would do, when one was to be sent.
    pub fn effect(&self) -> Option<Effect> {
        self.0.effect
    }

    /// HTTP status, when the vendor answered.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The vendor's own code: SmartProxy's `code`.
    pub fn vendor_code(&self) -> Option<&str> {
        self.0.vendor_code.as_deref()
    }

    /// The vendor's own words, without control characters and without the request's secrets.
    pub fn vendor_message(&self) -> Option<&str> {
        self.0.vendor_message.as_deref()
    }

    /// What the vendor said of single parameters.
    pub fn field_errors(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0.field_errors
    }

    /// The vendor's name for the request, from its answer's headers; worth quoting to its support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The idempotency key of the purchase in the journal that the error is about. Set only when
    /// the journal refuses, not when the vendor does.
    pub fn idempotency_key(&self) -> Option<&str> {
        self.0.idempotency_key.as_deref()
    }

    /// How long the vendor asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the request was sent, or tried to be.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The answer as it came, when there was one.
    pub fn raw(&self) -> Option<&RawAnswer> {
        self.0.raw.as_ref()
    }

    /// Whether the request may have taken effect. Never so of one that only reads.
    pub fn may_have_taken_effect(&self) -> bool {
        self.outcome() == Outcome::Unknown && self.effect() != Some(Effect::Read)
    }

    /// Whether the credential is to blame.
    pub fn is_authentication(&self) -> bool {
        self.kind() == Kind::Authentication
    }

    /// Whether the vendor knows no such thing.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Kind::NotFound
    }

    /// Whether nothing came back in time.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), Kind::Timeout | Kind::Deadline)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match (inner.vendor, inner.operation) {
            (Some(vendor), Some(operation)) => write!(f, "{vendor} {operation}: ")?,
            (Some(vendor), None) => write!(f, "{vendor}: ")?,
            _ => {}
        }
        f.write_str(&inner.what)?;
        if let Some(message) = &inner.vendor_message {
            write!(f, ": {message}")?;
        }
        for (field, messages) in &inner.field_errors {
            write!(f, "; {field}: {}", messages.join(" "))?;
        }
        if self.may_have_taken_effect() {
            f.write_str(" (it may have taken effect)")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("outcome", &inner.outcome)
            .field("vendor", &inner.vendor)
            .field("operation", &inner.operation)
            .field("what", &inner.what)
            .field("status", &inner.status.map(|status| status.as_u16()))
            .field("vendor_code", &inner.vendor_code)
            .field("vendor_message", &inner.vendor_message)
            .field("field_errors", &inner.field_errors)
            .field("request_id", &inner.request_id)
            .field("idempotency_key", &inner.idempotency_key)
            .field("retry_after", &inner.retry_after)
            .field("attempts", &inner.attempts)
            .field("raw", &inner.raw)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
