//! The state of a sandbox.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::faults::Fault;
use crate::vendor::Vendor;

/// The state of a sandbox at one moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// The time on its clock.
    pub clock: Timestamp,
    /// The seed of its made-up values.
    pub seed: u64,
    /// The faults, with what is left of their times.
    pub faults: Vec<Fault>,
    /// The accounts that were called for so far, vendor by vendor.
    pub accounts: Vec<AccountState>,
    /// The reason why the state file could not be written the last time, if it could not.
    pub save_error: Option<String>,
}

/// The state of an account at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountState {
    /// The vendor.
    pub vendor: Vendor,
    /// The account: the [`fingerprint`](crate::fingerprint) of the credential.
    pub account: String,
    /// The balance, such as `884.05`.
    pub balance: String,
    /// The number of orders of each status, by the vendor's word or number for it.
    pub orders: BTreeMap<String, usize>,
}

impl State {
    /// Returns the state as the control API answers it.
    pub(crate) fn json(&self) -> Value {
        let vendors = Vendor::all().iter().map(|&vendor| {
            let accounts = self.accounts.iter().filter(|one| one.vendor == vendor);
            let accounts = accounts.map(|one| {
                json!({ "account": one.account, "balance": one.balance, "orders": one.orders })
            });
            (vendor.as_str().to_owned(), accounts.collect())
        });
        json!({
            "clock": self.clock,
            "seed": self.seed,
            "faults": self.faults,
            "vendors": Map::from_iter(vendors),
            "save_error": self.save_error,
        })
    }
}
