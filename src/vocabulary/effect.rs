//! The effect of a request.

use std::fmt;

/// The effect of an operation, which decides whether it may be sent again. It does not follow from
/// the HTTP method.
///
/// There are four effects and there will be no fifth, so that a `match` needs no wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Safe: changes nothing. May be sent again.
    Read,
    /// Idempotent write: sets a value, and has the same result when it is done twice. May be sent
    /// again.
    Set,
    /// Non-idempotent write: changes or removes something, without money. Not sent again once it
    /// may have arrived.
    Change,
    /// Moves money or starts an obligation to pay. Not sent again once it may have arrived.
    Spend,
}

impl Effect {
    /// Returns whether a request with this effect may be sent again although it may have arrived.
    pub const fn is_repeatable(self) -> bool {
        matches!(self, Effect::Read | Effect::Set)
    }

    /// Returns the word in the spec's `x-effect`: `read`, `set`, `change` or `spend`.
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
