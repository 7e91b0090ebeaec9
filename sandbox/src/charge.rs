//! Charges of an account that the ledger does not have yet.

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

/// The charges of an account since the ledger was last brought up to date, oldest first.
pub type PendingCharges = Vec<PendingCharge>;
