//! What a purchase is asked for with, and what comes back.

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Value;

use super::IdempotencyKey;
use crate::account::Quote;

/// Under which conditions one purchase may be made.
#[derive(Clone, Debug)]
pub struct SpendOptions {
    pub(super) max_total: Decimal,
    pub(super) again: bool,
    pub(super) despite_unknown: Option<String>,
}

impl SpendOptions {
    /// It may cost no more than this, tax included.
    pub fn up_to(max_total: Decimal) -> Self {
        SpendOptions {
            max_total,
            again: false,
            despite_unknown: None,
        }
    }

    /// Tries once more under the same key if the journal says that nothing was spent: `rejected` and `not-made`.
    pub fn again(mut self) -> Self {
        self.again = true;
        self
    }

    /// Spends although the outcome of another purchase on the account is not known. The reason is written down.
    pub fn despite_unknown(mut self, reason: impl Into<String>) -> Self {
        self.despite_unknown = Some(reason.into());
        self
    }
}

/// What came of a purchase.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The caller's name for it.
    pub key: IdempotencyKey,
    /// The order, in the vendor's own name for it.
    pub order: String,
    /// What it cost, as far as it is known: what the vendor says, else the quote.
    pub amount: Option<Decimal>,
    /// Whether it had been made before and nothing was sent now.
    pub is_recorded: bool,
}

/// What a purchase would do. Nothing that spends was sent, and nothing was written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DryRun {
    /// HTTP method.
    pub method: &'static str,
    /// Path below the vendor's base URL.
    pub path: String,
    /// The body that would be sent.
    pub body: Value,
    /// What it would cost now; `None` where the vendor has no price preview.
    pub quote: Option<Quote>,
    /// What is left to spend, where the vendor says so.
    pub balance: Option<Decimal>,
    /// Why it would be refused before anything is sent.
    pub refusal: Option<String>,
}
