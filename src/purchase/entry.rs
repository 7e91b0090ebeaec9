//! The journal's record of one purchase.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::{IdempotencyKey, SpendRequest};
use crate::vocabulary::Vendor;
use crate::vocabulary::word::words;

words! {
    /// The state of a purchase. The table in [the module's documentation](crate::purchase) shows what
    /// each state means and what follows it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum EntryState {
        /// Written down. Nothing was sent.
        Planned = "planned",
        /// Refused by a check, or no connection was made. Nothing was sent.
        NotSent = "not-sent",
        /// The request may have left this machine.
        Sent = "sent",
        /// The vendor confirmed the purchase.
        Confirmed = "confirmed",
        /// The vendor refused the purchase. Nothing was spent.
        Rejected = "rejected",
        /// The request was sent, and whether it took effect is not known.
        Unknown = "unknown",
        /// Found among the vendor's orders after it had been unknown.
        Reconciled = "reconciled",
        /// Not found at the vendor after it had been unknown. Nothing was spent.
        NotMade = "not-made",
        /// Closed by an operator without finding out the outcome.
        Dismissed = "dismissed",
    }
    /// Returns the word for this state in the journal, in JSON and in messages.
    as_str
    /// All states.
    read "a state of a journal entry"
}

impl EntryState {
    /// Returns true if the purchase is known to have been made.
    pub const fn is_done(self) -> bool {
        matches!(self, EntryState::Confirmed | EntryState::Reconciled)
    }

    /// Returns true if it is not known yet whether money moved.
    pub const fn is_open(self) -> bool {
        matches!(self, EntryState::Sent | EntryState::Unknown)
    }
}

/// The state of an account right before a request is sent. Reconciling compares it with the state
/// that it finds later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Baseline {
    /// The number of the newest order. The vendors number their orders upwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<i64>,
    /// The number of orders, if the vendor gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// The number of the account's orders that the journal's entries had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed: Option<i64>,
    /// The ids of all orders, where the vendor's list does not number them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<BTreeSet<String>>,
    /// The part of the orders that `newest` and `total` are of, such as a product. `None` if they
    /// are of all orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// The balance, if the vendor gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Decimal>,
    /// For a spend on an existing order: the properties that it changes, such as the expiry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub order: BTreeMap<String, String>,
}

/// The journal's record of one purchase. It contains neither the credential nor a proxy password.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// The vendor.
    #[serde(serialize_with = "vendor_word")]
    pub vendor: Vendor,
    /// The account: its name, or a fingerprint of its credential.
    pub account: String,
    /// The idempotency key of the purchase.
    pub key: IdempotencyKey,
    /// The operationId.
    pub operation: String,
    /// The request in its canonical form.
    pub request: Value,
    /// SHA-256 of the canonical form, in hexadecimal.
    pub request_hash: String,
    /// The most that the purchase may cost.
    pub max_total: Decimal,
    /// The state.
    pub state: EntryState,
    /// The vendor's price right before sending, where it has one.
    pub quote: Option<Decimal>,
    /// The amount that counts under the caps: the price if known, else the quote, else `max_total`.
    pub amount: Option<Decimal>,
    /// The id of the order.
    pub order: Option<String>,
    /// The state of the account right before sending.
    pub baseline: Option<Baseline>,
    /// The latest remark.
    pub note: Option<String>,
    /// The time at which the entry was written.
    pub planned_at: Timestamp,
    /// The time from which on the request may have left this machine.
    pub sent_at: Option<Timestamp>,
    /// The time of the last change.
    pub changed_at: Timestamp,
}

impl JournalEntry {
    /// Returns true if the purchase was made and cost more than it was allowed to.
    pub fn is_above_cap(&self) -> bool {
        self.state.is_done() && self.amount.is_some_and(|amount| amount > self.max_total)
    }

    pub(super) fn planned(
        account: &str,
        key: &IdempotencyKey,
        request: &SpendRequest,
        max_total: Decimal,
    ) -> Self {
        let now = Timestamp::now();
        JournalEntry {
            vendor: request.vendor(),
            account: account.to_owned(),
            key: key.clone(),
            operation: request.operation().id.to_owned(),
            request: request.canonical(),
            request_hash: request.hash(),
            max_total,
            state: EntryState::Planned,
            quote: None,
            amount: None,
            order: None,
            baseline: None,
            note: None,
            planned_at: now,
            sent_at: None,
            changed_at: now,
        }
    }
}

/// One line of an entry's history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The time.
    pub at: Timestamp,
    /// The state of the entry from then on.
    pub state: EntryState,
    /// A remark on what happened.
    pub note: Option<String>,
}

pub(super) fn vendor_word<S: Serializer>(
    vendor: &Vendor,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(vendor.as_str())
}
