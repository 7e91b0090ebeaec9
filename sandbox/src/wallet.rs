//! The money of an account, and its charges that the ledger does not have yet.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The reason for a charge.
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

/// A charge, without the account.
#[derive(Debug)]
pub struct PendingCharge {
    pub time: Timestamp,
    /// The order as the vendor identifies it.
    pub order: String,
    pub cents: i64,
    pub cause: Cause,
    pub paid_from: String,
}

/// The money of an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct Wallet {
    /// Cents.
    pub balance: i64,
    /// The charges since the ledger was last brought up to date, oldest first.
    #[serde(skip)]
    pub pending: Vec<PendingCharge>,
}

impl Wallet {
    /// A wallet with so many cents.
    pub fn new(balance: i64) -> Self {
        Self {
            balance,
            pending: Vec::new(),
        }
    }

    /// Pays for an order from the balance. Returns false and changes nothing if it is too low.
    #[must_use]
    pub fn pay(
        &mut self,
        order: impl fmt::Display,
        cents: i64,
        cause: Cause,
        time: Timestamp,
    ) -> bool {
        if cents > self.balance {
            return false;
        }
        self.balance -= cents;
        self.note(order, cents, cause, time, "balance");
        true
    }

    /// Notes a charge that was not paid from the balance.
    pub fn note(
        &mut self,
        order: impl fmt::Display,
        cents: i64,
        cause: Cause,
        time: Timestamp,
        paid_from: impl Into<String>,
    ) {
        self.pending.push(PendingCharge {
            time,
            order: order.to_string(),
            cents,
            cause,
            paid_from: paid_from.into(),
        });
    }
}
