//! What was charged.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::decimal;
use crate::random::Random;
use crate::vendor::Vendor;

/// Money that was moved.
///
/// No vendor's API has an operation that refunds, so there are charges only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Charge {
    /// Counts the charges of a sandbox, from 1.
    pub sequence: u64,
    /// When it happened, on the sandbox's clock. What happened by itself is entered when somebody
    /// looks next, under the instant that it was due at.
    pub time: Timestamp,
    /// At which vendor.
    pub vendor: Vendor,
    /// Whose it was: the [`fingerprint`] of the credential.
    pub account: String,
    /// The order that was paid, as the vendor identifies it: its id, or at SmartProxy its
    /// `trade_no`.
    pub order: String,
    /// How much, such as `30.00`. No vendor names a currency.
    pub amount: String,
    /// What for.
    pub cause: Cause,
    /// What it was paid from: `balance`, `card 1` for the card 1, or `outside` for a recharge,
    /// which raises the balance.
    pub paid_from: String,
}

/// What something was charged for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cause {
    /// An order was bought.
    Purchase,
    /// An order was extended by hand.
    Extension,
    /// An order on hold was renewed by hand.
    Renewal,
    /// An order extended or renewed itself.
    AutoRenewal,
    /// The billing cycle of an order was changed.
    CycleChange,
    /// Slots of an add-on were bought for an order.
    AddOn,
    /// Traffic was added to an order.
    Bandwidth,
    /// A pending order was paid.
    Payment,
    /// A pending recharge was paid, from outside.
    Recharge,
}

/// What an account has been charged since the ledger was last told. Each account has one.
#[derive(Debug, Default)]
pub struct Till {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    time: Timestamp,
    order: String,
    cents: i64,
    cause: Cause,
    paid_from: String,
}

/// What a charge is for.
#[derive(Debug, Clone, Copy)]
pub struct Reason {
    /// The order's id.
    pub order: i64,
    /// What happened to it.
    pub cause: Cause,
    /// When.
    pub time: Timestamp,
}

impl Till {
    /// Notes a charge that was made.
    pub fn note(
        &mut self,
        time: Timestamp,
        order: impl fmt::Display,
        cents: i64,
        cause: Cause,
        paid_from: impl Into<String>,
    ) {
        self.entries.push(Entry {
            time,
            order: order.to_string(),
            cents,
            cause,
            paid_from: paid_from.into(),
        });
    }
}

/// All charges of a sandbox.
#[derive(Debug, Default)]
pub struct Ledger {
    charges: Mutex<Vec<Charge>>,
}

impl Ledger {
    /// The charges that a sandbox has come back with.
    pub fn of(charges: Vec<Charge>) -> Self {
        Self {
            charges: Mutex::new(charges),
        }
    }

    /// Enters what an account has been charged.
    pub fn enter(&self, vendor: Vendor, account: &str, till: &mut Till) {
        if till.entries.is_empty() {
            return;
        }
        let mut charges = self.charges.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in till.entries.drain(..) {
            let sequence = charges.last().map_or(1, |last| last.sequence + 1);
            charges.push(Charge {
                sequence,
                time: entry.time,
                vendor,
                account: account.to_owned(),
                order: entry.order,
                amount: decimal(entry.cents),
                cause: entry.cause,
                paid_from: entry.paid_from,
            });
        }
    }

    /// All that were entered, the oldest first.
    pub fn all(&self) -> Vec<Charge> {
        let charges = self.charges.lock().unwrap_or_else(PoisonError::into_inner);
        charges.clone()
    }

    /// Forgets them.
    pub fn clear(&self) {
        let mut charges = self.charges.lock().unwrap_or_else(PoisonError::into_inner);
        charges.clear();
    }
}

/// By what the ledger, the state and the state file name the account of a credential, so that none
/// of them holds the credential itself. It does not depend on the seed.
#[must_use]
pub fn fingerprint(credential: &str) -> String {
    format!("{:016x}", Random::derived(0, credential).number())
}
