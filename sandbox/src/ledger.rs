//! The ledger of all charges.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::answer::decimal;
use crate::vendor::Vendor;
use crate::wallet::{Cause, PendingCharge};

/// Money that was moved.
///
/// No vendor's API has an operation that refunds, so there are charges only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Charge {
    /// The number of the charge in its sandbox, from 1.
    pub sequence: u64,
    /// The time of the charge on the sandbox's clock. A charge that time brought is entered when
    /// the account is looked at next, under the instant at which it was due.
    pub time: Timestamp,
    /// The vendor.
    pub vendor: Vendor,
    /// The account: the [`fingerprint`](crate::fingerprint) of the credential.
    pub account: String,
    /// The order that was paid, by the id or number with which the vendor identifies it.
    pub order: String,
    /// The amount, such as `30.00`. No vendor names a currency.
    pub amount: String,
    /// The reason.
    pub cause: Cause,
    /// The source of the money: `balance`, `card 1` for the card 1, or `outside` for a recharge,
    /// which raises the balance.
    pub paid_from: String,
}

/// A call that took effect and costs money, now or when its order is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spent {
    /// The caller, as the call named it in the header `x-sandbox-caller`; empty if it did not.
    pub caller: String,
    /// The vendor.
    pub vendor: Vendor,
    /// The operation, by its id in the OpenAPI files.
    pub operation: &'static str,
    /// The order that was made, or that the call was about.
    pub order: String,
}

/// All charges of a sandbox, oldest first.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    pub charges: Vec<Charge>,
}

impl Ledger {
    /// Enters the charges of an account.
    pub fn enter(&mut self, vendor: Vendor, account: &str, pending: Vec<PendingCharge>) {
        for charge in pending {
            let sequence = self.charges.last().map_or(1, |last| last.sequence + 1);
            self.charges.push(Charge {
                sequence,
                time: charge.time,
                vendor,
                account: account.to_owned(),
                order: charge.order,
                amount: decimal(charge.cents),
                cause: charge.cause,
                paid_from: charge.paid_from,
            });
        }
    }
}
