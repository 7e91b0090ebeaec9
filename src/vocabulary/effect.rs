//! What a repeat of a request would do.

use std::fmt;

/// How a client may treat a repeat of an operation. Not the same as its HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Changes nothing. May be repeated.
    Read,
    /// Sets a value; doing it twice leaves what doing it once left. May be repeated.
    Set,
    /// Changes or removes something, without money. Not repeated once it may have arrived.
    Change,
    /// Moves money or starts an obligation to pay. Never repeated once it may have arrived.
    Spend,
}

impl Effect {
    /// Whether a request with this effect may be sent again although it may have arrived.
    pub const fn is_repeatable(self) -> bool {
        matches!(self, Effect::Read | Effect::Set)
    }

    /// The word in the spec's `x-effect`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Set => "set",
            Effect::Change => "change",
            Effect::Spend => "spend",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
