//! The effect of a request.

use super::word::words;

words! {
    /// The effect of an operation, which decides whether it may be sent again. It does not follow from
    /// the HTTP method.
    ///
    /// There are four effects and there will be no fifth, so that a `match` needs no wildcard.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub enum Effect {
        /// Safe: changes nothing. May be sent again.
        Read = "read",
        /// Idempotent write: sets a value, and has the same result when it is done twice. May be sent
        /// again.
        Set = "set",
        /// Non-idempotent write: changes or removes something, without money. Not sent again once it
        /// may have arrived.
        Change = "change",
        /// Moves money or starts an obligation to pay. Not sent again once it may have arrived.
        Spend = "spend",
    }
    /// Returns the word in the spec's `x-effect`: `read`, `set`, `change` or `spend`.
    as_str
}

impl Effect {
    /// Returns whether a request with this effect may be sent again although it may have arrived.
    pub const fn is_repeatable(self) -> bool {
        matches!(self, Effect::Read | Effect::Set)
    }
}
