//! The types that the library's `decide.rs` takes, field by field as the library has them. Its own
//! cannot be made outside of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use proxy_orders::Money;
use rust_decimal::Decimal;

/// The source of a spend's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    dead_code,
    reason = "no card is modelled: the balance shows nothing of it"
)]
pub enum Funds {
    /// The account's balance.
    Balance,
    /// A card.
    Card,
    /// Nothing yet.
    Later,
}

/// The payment of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payment {
    Paid,
}

/// The state of the account before.
#[derive(Debug, Default)]
#[allow(
    dead_code,
    reason = "`decide.rs` reads no other than these now, but may"
)]
pub(crate) struct Baseline {
    pub newest: Option<i64>,
    pub total: Option<i64>,
    pub balance: Option<Decimal>,
    pub order: BTreeMap<String, String>,
}

/// An order at the vendor.
#[derive(Debug)]
pub(crate) struct ObservedOrder {
    pub order: String,
    pub price: Option<Money>,
    pub payment: Payment,
    pub made_at: Option<Timestamp>,
    pub facts: BTreeMap<String, String>,
}

/// The state of the account after.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    pub balance: Option<Decimal>,
    pub total: Option<i64>,
    pub new_orders: Vec<ObservedOrder>,
    pub unplaced: Vec<String>,
    pub expected: BTreeMap<String, String>,
    pub order: BTreeMap<String, String>,
}
