//! The idempotency key.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The caller's name for one purchase, under which it is made at most once.
///
/// No vendor has an idempotency key, so this one never leaves the machine: the journal knows what
/// became of it. A name from the caller's own records, such as an invoice number, is best, because
/// a program that is started again finds it again.
///
/// ```
/// use proxy_orders::purchase::IdempotencyKey;
///
/// let key: IdempotencyKey = "invoice-2026-117".parse()?;
/// assert!("two words".parse::<IdempotencyKey>().is_err());
/// println!("{}", IdempotencyKey::random());
/// # Ok::<(), proxy_orders::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The greatest length, so that a key fits into a line of a list.
    pub(crate) const LONGEST: usize = 120;

    /// Creates a key.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the text is empty, longer than 120 characters, or
    /// not visible ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let wrong = if text.is_empty() {
            "is empty"
        } else if text.len() > Self::LONGEST {
            "is longer than 120 characters"
        } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            "has a space or another character that is not visible ASCII"
        } else {
            return Ok(IdempotencyKey(text));
        };
        Err(Error::input(format!(
            "the idempotency key `{}` {wrong}: use a name such as invoice-2026-117",
            text.escape_default().take(40).collect::<String>()
        )))
    }

    /// Creates a new key, from the time and a random part.
    pub fn random() -> Self {
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        IdempotencyKey(format!("{now}-{:012x}", fastrand::u64(..) >> 16))
    }

    /// Returns the text of the key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for IdempotencyKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        IdempotencyKey::new(text)
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        IdempotencyKey::new(text)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> String {
        key.0
    }
}
