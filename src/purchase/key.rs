//! The caller's name for one purchase.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The caller's name for one purchase: what keeps it from being made twice.
///
/// No vendor has an idempotency key, so this one never leaves the machine: the journal knows what became of it. Best is a name that
/// the caller's own records have anyway, such as an invoice number, because a program that starts anew then finds it again.
///
/// ```
/// use proxy_orders::purchase::IntentKey;
///
/// let key: IntentKey = "invoice-2026-117".parse()?;
/// assert!("two words".parse::<IntentKey>().is_err());
/// println!("{}", IntentKey::random());
/// # Ok::<(), proxy_orders::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IntentKey(String);

/// Longer ones would not fit into a line of a list.
const LONGEST: usize = 120;

impl IntentKey {
    /// A key from a text.
    ///
    /// # Errors
    /// When it is empty, longer than 120 characters, or holds anything but visible ASCII.
    pub fn new(text: impl Into<String>) -> Result<Self, Error> {
        let text = text.into();
        let wrong = if text.is_empty() {
            "is empty"
        } else if text.len() > LONGEST {
            "is longer than 120 characters"
        } else if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            "holds a space or something else than visible ASCII"
        } else {
            return Ok(IntentKey(text));
        };
        Err(Error::input(format!(
            "the intent key `{}` {wrong}: use a name such as invoice-2026-117",
            text.escape_default().take(40).collect::<String>()
        )))
    }

    /// A key that nobody had before: the time, and a random part.
    pub fn random() -> Self {
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ");
        IntentKey(format!("{now}-{:012x}", fastrand::u64(..) >> 16))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IntentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for IntentKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        IntentKey::new(text)
    }
}

impl TryFrom<String> for IntentKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        IntentKey::new(text)
    }
}

impl From<IntentKey> for String {
    fn from(key: IntentKey) -> String {
        key.0
    }
}
