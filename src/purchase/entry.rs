//! What the journal knows of one purchase.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::IdempotencyKey;
use crate::vocabulary::Vendor;

/// Where a purchase stands. What each state means, and what comes after it, is the table in [the module's
/// documentation](crate::purchase).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum EntryState {
    /// Written down. Nothing was sent.
    Planned,
    /// The request may have left this machine.
    Sent,
    /// The vendor said that it is done.
    Confirmed,
    /// The vendor refused it. Nothing was spent.
    Rejected,
    /// It was sent, and whether it took effect is not known.
    Unknown,
    /// Found among the vendor's orders after it had been unknown.
    Reconciled,
    /// Not found at the vendor after it had been unknown. Nothing was spent.
    NotMade,
    /// A person decided that nobody needs to know any more.
    Dismissed,
}

impl EntryState {
    /// All states.
    pub const ALL: [EntryState; 8] = [
        EntryState::Planned,
        EntryState::Sent,
        EntryState::Confirmed,
        EntryState::Rejected,
        EntryState::Unknown,
        EntryState::Reconciled,
        EntryState::NotMade,
        EntryState::Dismissed,
    ];

    /// The word in the journal and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            EntryState::Planned => "planned",
            EntryState::Sent => "sent",
            EntryState::Confirmed => "confirmed",
            EntryState::Rejected => "rejected",
            EntryState::Unknown => "unknown",
            EntryState::Reconciled => "reconciled",
            EntryState::NotMade => "not-made",
            EntryState::Dismissed => "dismissed",
        }
    }

    /// Whether it is known to have been done.
    pub const fn is_done(self) -> bool {
        matches!(self, EntryState::Confirmed | EntryState::Reconciled)
    }

    /// Whether nobody knows yet if money moved.
    pub const fn is_open(self) -> bool {
        matches!(self, EntryState::Sent | EntryState::Unknown)
    }
}

impl fmt::Display for EntryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for EntryState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = EntryState::ALL
            .into_iter()
            .find(|state| state.as_str() == word);
        found.ok_or_else(|| {
            let words = EntryState::ALL.map(EntryState::as_str).join(", ");
            format!("`{word}` is no state of a journal entry: use one of {words}")
        })
    }
}

/// What was known of the account right before sending. Reconciling compares it with what is found later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The number of the newest order. Vendors count upwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<i64>,
    /// How many orders there were, if the vendor says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// What was left to spend, if the vendor says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Decimal>,
    /// What the spend would change of the order that it is for: expiry, cycle, quantity.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub order: BTreeMap<String, String>,
}

/// What the journal knows of one purchase. It holds neither a credential nor a proxy's password.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct JournalEntry {
    /// At which vendor.
    #[serde(serialize_with = "vendor_word")]
    pub vendor: Vendor,
    /// Whose account: a fingerprint of the credential, or the name that the caller gave the account.
    pub account: String,
    /// The caller's name for the purchase.
    pub key: IdempotencyKey,
    /// The operationId.
    pub operation: String,
    /// The request in its canonical form.
    pub request: Value,
    /// SHA-256 of that form.
    pub request_hash: String,
    /// The most that it may cost.
    pub max_total: Decimal,
    /// Where it stands.
    pub state: EntryState,
    /// The vendor's price right before sending, where it has one.
    pub quote: Option<Decimal>,
    /// What it counts for under the caps: the price where it is known, else the quote, else `max_total`.
    pub amount: Option<Decimal>,
    /// What the vendor made of it.
    pub order: Option<String>,
    /// What was known right before sending.
    pub baseline: Option<Baseline>,
    /// What was said of it last.
    pub note: Option<String>,
    /// When it was written down.
    pub planned_at: Timestamp,
    /// When it may have left this machine.
    pub sent_at: Option<Timestamp>,
    /// When it came into its state.
    pub changed_at: Timestamp,
}

/// One line of an entry's history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// In which state the entry was from then on.
    pub state: EntryState,
    /// What happened.
    pub note: Option<String>,
}

fn vendor_word<S: Serializer>(vendor: &Vendor, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(vendor.as_str())
}
