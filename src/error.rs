//! The error of all operations: what went wrong, and whether the request took effect.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;

use crate::cleaning::Cleaned;
use crate::vocabulary::word::words;
use crate::vocabulary::{Effect, Vendor};

words! {
    /// The effect of a request that failed.
    ///
    /// There are three outcomes and there will be no fourth, so that a `match` needs no wildcard.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum Outcome {
        /// The request did not leave this machine. It did not take effect.
        NotSent = "not sent",
        /// The vendor refused the request. It did not take effect.
        Rejected = "rejected",
        /// The request may have taken effect. After a purchase, look at the vendor's order list before
        /// anything else, and do not send it again.
        Unknown = "unknown",
    }
    /// Returns the word for logs: `not sent`, `rejected` or `unknown`.
    as_str
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// The client cannot be built: the credential or the base URL is missing or cannot be used.
    Configuration,
    /// The caller's input cannot be sent.
    InvalidInput,
    /// The vendor does not document what was asked for.
    Unsupported,
    /// The price is above the caller's cap, or not known.
    OverCap,
    /// No connection to the vendor could be opened.
    Connect,
    /// The vendor did not answer in time.
    Timeout,
    /// The connection broke before the whole answer was there.
    Connection,
    /// The vendor does not accept the credential.
    Authentication,
    /// The vendor does not allow this to this account, or for this order.
    Forbidden,
    /// The vendor has no such order or other thing.
    NotFound,
    /// The vendor found a mistake in the request: see [`Error::field_errors`].
    Validation,
    /// The vendor received too many requests.
    RateLimited,
    /// The vendor refused for another reason.
    Refused,
    /// The vendor answered with a redirect, which is never followed.
    Redirect,
    /// The vendor's server failed.
    Server,
    /// The answer is not what is documented.
    Answer,
    /// An order was not ready in time, or a purchase could not be sent in time.
    Deadline,
    /// The journal cannot be read or written.
    Journal,
    /// Another purchase on the account is in progress.
    Busy,
    /// The idempotency key was used for another request.
    KeyReused,
    /// The outcome of an earlier purchase is not known: reconcile first.
    Unsettled,
    /// The balance is too low.
    Funds,
    /// The journal knows accounts of the vendor, and nothing tells which of them the credential
    /// belongs to: see [`Error::accounts`].
    UnknownAccount,
    /// A purchase made two orders: see [`Error::orders`].
    Duplicate,
}

/// An error of any operation at any vendor. It is cheap to clone.
///
/// It says what happened ([`Error::kind`]), whether the request took effect ([`Error::outcome`])
/// and what the vendor said.
///
/// `Display` prints one line without the causes, which [`source`](std::error::Error::source)
/// returns; with `{:#}` they follow on the same line. `Debug` prints the causes and all facts on
/// lines of their own, so that `fn main() -> Result<(), proxy_orders::Error>` prints something
/// readable. None of them prints a credential, a proxy password, a URL's query, the raw answer or a
/// character that steers a terminal, and none is longer than a few pages.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: Kind,
    outcome: Outcome,
    vendor: Option<Vendor>,
    operation: Option<&'static str>,
    effect: Option<Effect>,
    what: Cleaned,
    status: Option<StatusCode>,
    vendor_code: Option<Cleaned>,
    vendor_message: Option<Cleaned>,
    field_errors: BTreeMap<String, Vec<String>>,
    /// The number of fields with errors that are left out of `field_errors`.
    more_fields: usize,
    request_id: Option<Cleaned>,
    idempotency_key: Option<String>,
    accounts: Vec<String>,
    orders: Vec<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    raw: Option<RawAnswer>,
    source: Option<Arc<Cause>>,
}

/// The cause of an error, in clean words: libraries quote what a server sent.
#[derive(Debug)]
struct Cause {
    what: Cleaned,
    source: Option<Box<Cause>>,
}

impl Cause {
    /// The most causes of causes that are kept.
    const DEPTH: usize = 8;

    fn of(error: &dyn std::error::Error, depth: usize) -> Self {
        let source = error.source().filter(|_| depth < Self::DEPTH);
        Cause {
            what: Cleaned::quoted(&error.to_string()),
            source: source.map(|source| Box::new(Cause::of(source, depth + 1))),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)
    }
}

impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// The most fields with errors that are kept, and the most errors of one field.
const MOST_FIELDS: (usize, usize) = (8, 3);

/// The most letters of an error of a field.
const FIELD_ERROR: usize = 160;

/// An answer as the vendor sent it, kept with an error so that nothing is lost.
///
/// `Debug` prints its size and type only, because it may hold proxy passwords.
#[derive(Clone)]
#[non_exhaustive]
pub struct RawAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The body as far as it was read, and at most 256 KiB of it.
    pub body: Bytes,
    /// True if a part of the body is missing, because the connection broke or a cap was reached.
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
            what: Cleaned::new(&what.into()),
            status: None,
            vendor_code: None,
            vendor_message: None,
            field_errors: BTreeMap::new(),
            more_fields: 0,
            request_id: None,
            idempotency_key: None,
            accounts: Vec::new(),
            orders: Vec::new(),
            retry_after: None,
            attempts: 0,
            raw: None,
            source: None,
        }))
    }

    pub(crate) fn configuration(what: impl Into<String>) -> Self {
        Error::new(Kind::Configuration, Outcome::NotSent, what)
    }

    #[cfg(feature = "purchase")]
    pub(crate) fn journal(what: impl Into<String>) -> Self {
        Error::new(Kind::Journal, Outcome::NotSent, what)
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
        self.with(|inner| inner.source = Some(Arc::new(Cause::of(&source, 0))))
    }

    /// Keeps the answer, up to the size that an error may have.
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
        let quoted = |text: String| Cleaned::quoted(&text);
        let short = |text: &str| Cleaned::cut(text, FIELD_ERROR).into_string();
        let (most, most_messages) = MOST_FIELDS;
        self.with(|inner| {
            inner.vendor_code = code.map(quoted);
            inner.vendor_message = message.map(quoted);
            inner.more_fields = field_errors.len().saturating_sub(most);
            let kept = field_errors.iter().take(most).map(|(field, all)| {
                let mut messages: Vec<_> =
                    all.iter().take(most_messages).map(|it| short(it)).collect();
                if all.len() > most_messages {
                    messages.push(format!("({} more)", all.len() - most_messages));
                }
                (short(field), messages)
            });
            inner.field_errors = kept.collect();
        })
    }

    pub(crate) fn with_request_id(self, request_id: Option<String>) -> Self {
        self.with(|inner| inner.request_id = request_id.map(|id| Cleaned::quoted(&id)))
    }

    /// Names the journal's entry that the error is about.
    #[cfg(feature = "purchase")]
    pub(crate) fn for_key(self, key: &str) -> Self {
        self.with(|inner| inner.idempotency_key = Some(key.to_owned()))
    }

    /// Names the journal's accounts that the error is about.
    #[cfg(feature = "purchase")]
    pub(crate) fn with_accounts(self, accounts: Vec<String>) -> Self {
        self.with(|inner| inner.accounts = cleaned(accounts))
    }

    /// Names the vendor's orders that the error is about.
    #[cfg(feature = "purchase")]
    pub(crate) fn with_orders(self, orders: Vec<String>) -> Self {
        self.with(|inner| inner.orders = cleaned(orders))
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

    /// Adds a fact to the message.
    pub(crate) fn noting(self, note: &str) -> Self {
        self.with(|inner| inner.what = inner.what.noting(note))
    }

    fn causes(&self) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
        std::iter::successors(std::error::Error::source(self), |cause| cause.source())
    }

    /// Returns whether the request may have changed something. A request that only reads never
    /// does.
    pub fn may_have_taken_effect(&self) -> bool {
        self.outcome() == Outcome::Unknown && self.effect() != Some(Effect::Read)
    }

    /// Returns whether the vendor does not accept the credential.
    pub fn is_authentication(&self) -> bool {
        self.kind() == Kind::Authentication
    }

    /// Returns whether the vendor has no such order or other thing.
    pub fn is_not_found(&self) -> bool {
        self.kind() == Kind::NotFound
    }

    /// Returns whether an answer, or an order, was not there in time.
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), Kind::Timeout | Kind::Deadline)
    }
}

/// Defines the functions that return the facts of an error.
macro_rules! facts {
    ($($(#[$about:meta])* $name:ident: $kind:ty = |$it:ident| $value:expr;)+) => {
        impl Error {
            $($(#[$about])* pub fn $name(&self) -> $kind {
                let $it = &*self.0;
                $value
            })+
        }
    };
}

facts! {
    /// Returns the kind of the failure.
    kind: Kind = |it| it.kind;
    /// Returns the effect of the request.
    outcome: Outcome = |it| it.outcome;
    /// Returns the vendor, if one was involved.
    vendor: Option<Vendor> = |it| it.vendor;
    /// Returns the operationId, if an operation was involved.
    operation: Option<&'static str> = |it| it.operation;
    /// Returns what a repeat of the request would do, if a request was involved.
    effect: Option<Effect> = |it| it.effect;
    /// Returns the HTTP status, if the vendor answered.
    status: Option<StatusCode> = |it| it.status;
    /// Returns the vendor's own code, if its answers have one.
    vendor_code: Option<&str> = |it| it.vendor_code.as_deref();
    /// Returns the vendor's own words, without control characters and without the request's
    /// secrets.
    vendor_message: Option<&str> = |it| it.vendor_message.as_deref();
    /// Returns what the vendor said about single parameters.
    field_errors: &BTreeMap<String, Vec<String>> = |it| &it.field_errors;
    /// Returns the vendor's name for the request, from a header of its answer. Its support may ask
    /// for it.
    request_id: Option<&str> = |it| it.request_id.as_deref();
    /// Returns the idempotency key of the journal's entry that the error is about. Set only when
    /// the journal refuses, not when the vendor does.
    idempotency_key: Option<&str> = |it| it.idempotency_key.as_deref();
    /// Returns the accounts in the journal that the error is about: those among which the caller
    /// has to choose.
    accounts: &[String] = |it| &it.accounts;
    /// Returns the ids of the orders that the error is about, if there are several.
    orders: &[String] = |it| &it.orders;
    /// Returns the pause that the vendor asked for.
    retry_after: Option<Duration> = |it| it.retry_after;
    /// Returns the number of attempts to send the request.
    attempts: u32 = |it| it.attempts;
    /// Returns the answer as the vendor sent it, if there was one.
    raw: Option<&RawAnswer> = |it| it.raw.as_ref();
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
        if inner.more_fields > 0 {
            write!(f, "; {} more fields", inner.more_fields)?;
        }
        if self.may_have_taken_effect() {
            f.write_str(" (it may have taken effect)")?;
        }
        if f.alternate() {
            for cause in self.causes() {
                write!(f, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    /// Prints the message, then its causes and all facts on lines of their own.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        write!(
            f,
            "{self}\n  kind: {:?}\n  outcome: {}",
            inner.kind, inner.outcome
        )?;
        for cause in self.causes() {
            write!(f, "\n  cause: {cause}")?;
        }
        let attempts = Some(inner.attempts).filter(|attempts| *attempts > 0);
        for (name, fact) in [
            ("effect", inner.effect.map(|it| it.to_string())),
            ("status", inner.status.map(|it| it.as_u16().to_string())),
            (
                "vendor code",
                inner.vendor_code.as_ref().map(Cleaned::to_string),
            ),
            (
                "request id",
                inner.request_id.as_ref().map(Cleaned::to_string),
            ),
            ("idempotency key", inner.idempotency_key.clone()),
            ("accounts", joined(&inner.accounts)),
            ("orders", joined(&inner.orders)),
            ("retry after", inner.retry_after.map(|it| format!("{it:?}"))),
            ("attempts", attempts.map(|it| it.to_string())),
        ] {
            if let Some(fact) = fact {
                write!(f, "\n  {name}: {fact}")?;
            }
        }
        if let Some(raw) = &inner.raw {
            let kind = raw.content_type.as_deref().unwrap_or("no content type");
            let kind = kind.escape_default();
            write!(f, "\n  answer: {} bytes, {kind}", raw.body.len())?;
        }
        Ok(())
    }
}

fn joined(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| Cleaned::new(&names.join(", ")).into_string())
}

fn cleaned(names: Vec<String>) -> Vec<String> {
    let clean = |name: String| Cleaned::quoted(&name).into_string();
    names.into_iter().map(clean).collect()
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An error with a cause of its own.
    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn every_cause_is_printed_once() {
        let Err(inner) = "".parse::<u8>() else { return };
        let inner_text = inner.to_string();
        let error = Error::input("the request is wrong").with_source(Outer(inner));
        assert_eq!(error.to_string(), "the request is wrong");
        assert_eq!(
            format!("{error:#}"),
            format!("the request is wrong: outer: {inner_text}")
        );
        let debug = format!("{error:?}");
        assert_eq!(
            debug,
            format!(
                "the request is wrong\n  kind: InvalidInput\n  outcome: not sent\n  cause: outer\n  cause: {inner_text}"
            )
        );
    }
}
