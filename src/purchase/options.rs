//! The conditions of a purchase, and its results.

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{IdempotencyKey, JournalEntry};
use crate::account::Quote;
use crate::error::Error;

/// The conditions under which one purchase may be made.
#[derive(Clone, Debug)]
#[must_use]
pub struct SpendOptions {
    pub(super) max_total: Decimal,
    pub(super) again: bool,
    pub(super) despite_unknown: Option<String>,
}

impl SpendOptions {
    /// Allows the purchase to cost at most `max_total`, tax included.
    pub fn up_to(max_total: Decimal) -> Self {
        SpendOptions {
            max_total,
            again: false,
            despite_unknown: None,
        }
    }

    /// Allows another attempt under the same key where the journal says that nothing was spent:
    /// `rejected` and `not-made`.
    pub fn again(mut self) -> Self {
        self.again = true;
        self
    }

    /// Allows the purchase while the outcome of another one on the account is not known. The
    /// reason is written into the journal.
    pub fn despite_unknown(mut self, reason: impl Into<String>) -> Self {
        self.despite_unknown = Some(reason.into());
        self
    }
}

/// The result of a purchase that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
#[must_use]
pub struct Receipt {
    /// The idempotency key of the purchase.
    pub key: IdempotencyKey,
    /// The id of the order.
    pub order: String,
    /// The amount that the journal has booked, and that counts under the caps: what was charged if
    /// that is known, else the quote, else the most that the purchase may cost.
    pub amount: Option<Decimal>,
    /// The amount that the vendor charged. `None` if the vendor does not tell it, and for a
    /// recorded result, of which the journal has [`Receipt::amount`] alone.
    pub charged: Option<Decimal>,
    /// The price right before sending, where the vendor has a price preview.
    pub quote: Option<Decimal>,
    /// The most that the purchase was allowed to cost.
    pub max_total: Decimal,
    /// The journal's latest remark on the purchase.
    pub note: Option<String>,
    /// True if the purchase had been made before, so that nothing was sent now.
    pub is_recorded: bool,
}

impl Receipt {
    /// Returns true if the purchase cost more than it was allowed to. The vendor charged another
    /// price than it had quoted, or made an order that cannot be cancelled.
    pub fn is_above_cap(&self) -> bool {
        self.amount.is_some_and(|amount| amount > self.max_total)
    }
}

/// A forecast of what [`super::Buyer::spend`] would do.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[must_use]
pub struct DryRun {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the vendor's base URL.
    pub path: String,
    /// The body that would be sent, without the credential.
    pub body: Value,
    /// A remark for the caller before the request is sent, such as on a guess in it.
    pub remark: Option<String>,
    /// The price; `None` where the vendor has no price preview, and where it was not asked for.
    pub quote: Option<Quote>,
    /// The balance, where the vendor gives it.
    pub balance: Option<Decimal>,
    /// The entry that the journal has under the key.
    pub recorded: Option<JournalEntry>,
    /// The error that `spend` would return without sending anything. Serialized as its text.
    #[serde(serialize_with = "error_text")]
    pub refusal: Option<Error>,
}

impl DryRun {
    /// Returns true if `spend` would send the request: it is not refused and was not made before.
    pub fn would_send(&self) -> bool {
        let is_done = self.recorded.as_ref().is_some_and(|it| it.state.is_done());
        self.refusal.is_none() && !is_done
    }
}

fn error_text<S: Serializer>(error: &Option<Error>, serializer: S) -> Result<S::Ok, S::Error> {
    error
        .as_ref()
        .map(ToString::to_string)
        .serialize(serializer)
}
