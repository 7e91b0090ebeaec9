//! What the purchase path asks of a vendor's client.

use std::collections::BTreeMap;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use futures_util::future::ready;
use rust_decimal::Decimal;

use super::{Baseline, SpendRequest};
use crate::account::{Account, Purchase, Quote, Renewal};
use crate::error::Error;
use crate::transport::Transport;
use crate::vocabulary::Money;

/// What a spend is paid from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Funds {
    /// The account's balance: it tells whether a charge was made.
    Balance,
    /// A card: the balance tells nothing.
    Card,
    /// Nothing yet: the order is made unpaid and paid in a step of its own.
    Later,
}

/// What a vendor confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confirmation {
    /// The order, in the vendor's own name for it.
    pub order: String,
    /// What it cost, if the answer says so.
    pub price: Option<Money>,
}

/// An order that may be what became of a spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedOrder {
    /// Its name.
    pub order: String,
    /// What it cost, if the vendor says so.
    pub price: Option<Money>,
    /// What it is, in the words of [`Evidence::expected`].
    pub facts: BTreeMap<String, String>,
}

/// What is found at a vendor after a spend whose outcome is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What is left to spend, if the vendor says so. Asked for first, so that a charge made meanwhile shows in the orders.
    pub balance: Option<Decimal>,
    /// How many orders there are, if the vendor says so.
    pub total: Option<i64>,
    /// The orders that were made since the baseline.
    pub new_orders: Vec<ObservedOrder>,
    /// What an order made by the spend would look like.
    pub expected: BTreeMap<String, String>,
    /// For a spend on an order that existed before: what it would change of it, as it stands now.
    pub order: BTreeMap<String, String>,
}

/// What the purchase path asks of a vendor's client. Implemented by the three `Client`s and by nothing else.
pub trait SpendAdapter: Account {
    /// The client's transport.
    fn transport(&self) -> &Transport;

    /// The request that a purchase in vendor-neutral words becomes.
    ///
    /// # Errors
    /// When the vendor has no such thing, or needs something that is missing.
    fn purchase(&self, purchase: &Purchase) -> Result<SpendRequest, Error>;

    /// The request that a renewal in vendor-neutral words becomes. Errors as for [`SpendAdapter::purchase`].
    fn renewal(&self, order: &str, renewal: &Renewal) -> Result<SpendRequest, Error>;

    /// Looks up what a request needs and its caller can't know. Nothing that spends is sent.
    fn resolve(&self, spend: SpendRequest) -> BoxFuture<'_, Result<SpendRequest, Error>> {
        ready(Ok(spend)).boxed()
    }

    /// What it would cost now; `None` where the vendor has no price preview.
    fn price<'a>(&'a self, spend: &'a SpendRequest) -> BoxFuture<'a, Result<Option<Quote>, Error>>;

    /// The order that it changes; `None` when it makes a new one.
    fn on_order<'a>(&self, spend: &'a SpendRequest) -> Option<&'a str>;

    /// What it is paid from.
    fn funds(&self, spend: &SpendRequest) -> Funds;

    /// What must be known of the account to find out later what became of a spend.
    fn baseline<'a>(&'a self, spend: &'a SpendRequest) -> BoxFuture<'a, Result<Baseline, Error>>;

    /// Looks for what became of a spend.
    fn evidence<'a>(
        &'a self,
        spend: &'a SpendRequest,
        before: &'a Baseline,
    ) -> BoxFuture<'a, Result<Evidence, Error>>;

    /// Reads a success. The transport has made sure that it confirms something.
    ///
    /// # Errors
    /// When it names no order. The spend may have taken effect all the same.
    fn confirmation(&self, spend: &SpendRequest, answer: &[u8]) -> Result<Confirmation, Error>;

    /// Takes an order back that turned out to cost more than allowed, where that can be done: `None` where it can't.
    fn take_back<'a>(&'a self, _order: &'a str) -> Option<BoxFuture<'a, Result<(), Error>>> {
        None
    }
}
