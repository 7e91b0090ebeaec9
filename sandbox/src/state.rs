//! Where a sandbox stands.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::answer::decimal;
use crate::faults::Fault;
use crate::vendor::Vendor;
use crate::world::World;

/// What a sandbox is like at one moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct State {
    /// What its clock shows.
    pub clock: Timestamp,
    /// What its made-up values depend on.
    pub seed: u64,
    /// The faults, with what is left of their times.
    pub faults: Vec<Fault>,
    /// The accounts that were called for so far, vendor by vendor.
    pub accounts: Vec<AccountState>,
    /// Why the state file could not be written the last time, if it could not.
    pub save_error: Option<String>,
}

/// What an account is like at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountState {
    /// At which vendor.
    pub vendor: Vendor,
    /// Whose it is: the [`fingerprint`](crate::fingerprint) of the credential.
    pub account: String,
    /// How much it has, such as `884.05`.
    pub balance: String,
    /// How many orders it has of each status, by the vendor's word for it, at SmartProxy its
    /// number.
    pub orders: BTreeMap<String, usize>,
}

impl AccountState {
    pub(crate) fn of<W: World>(fingerprint: &str, account: &W) -> Self {
        Self {
            vendor: W::VENDOR,
            account: fingerprint.to_owned(),
            balance: decimal(account.balance()),
            orders: account.statuses(),
        }
    }
}

impl State {
    /// As the control API answers it.
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
