//! The interface between the purchase path and a vendor's client.

use std::collections::BTreeMap;

use futures_core::future::BoxFuture;
use futures_util::FutureExt;
use futures_util::future::ready;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::request::hexadecimal;
use super::{Baseline, SpendRequest};
use crate::account::{Account, OrderChange, Purchase, Quote, Renewal};
use crate::cleaning::{Cleaned, is_id};
use crate::error::{Error, Kind, Outcome};
use crate::support::{List, Numbered};
use crate::transport::Transport;
use crate::vocabulary::lenient::text_of;
use crate::vocabulary::{Effect, Money, Vendor};

/// The source of a spend's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Funds {
    /// The account's balance, which therefore shows whether a charge was made.
    Balance,
    /// A card. The balance shows nothing.
    Card,
    /// Nothing yet: the order is made unpaid and paid in a separate step.
    Later,
}

/// The payment of an order that an answer confirms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Payment {
    /// The order is paid, or was charged for at once.
    #[default]
    Paid,
    /// The order is not paid yet, so that it can be cancelled without a charge.
    Unpaid,
    /// The answer does not tell. The order may be paid.
    Unknown,
}

/// The content of a vendor's answer that confirms a spend.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confirmation {
    /// The id of the order.
    pub order: String,
    /// The price, if the answer has one.
    pub price: Option<Money>,
    /// The payment of the order.
    pub payment: Payment,
}

/// An order at the vendor that may be the result of a spend.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObservedOrder {
    /// The id of the order.
    pub order: String,
    /// The price, if the vendor gives it.
    pub price: Option<Money>,
    /// The payment of the order.
    pub payment: Payment,
    /// The time at which the order was made, if the vendor gives it.
    pub made_at: Option<Timestamp>,
    /// The order's properties, under the names of [`Evidence::expected`].
    pub facts: BTreeMap<String, String>,
}

/// The state of the account after a spend whose outcome is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// The balance, if the vendor gives it. It is read first, so that a charge made in between
    /// shows in the orders.
    pub balance: Option<Decimal>,
    /// The number of orders, if the vendor gives it.
    pub total: Option<i64>,
    /// The orders made since the baseline.
    pub new_orders: Vec<ObservedOrder>,
    /// The orders of which nobody can tell whether they were made before or after the baseline.
    pub unplaced: Vec<String>,
    /// The properties of an order made by the spend.
    pub expected: BTreeMap<String, String>,
    /// For a spend on an existing order: the properties that it changes, as they are now.
    pub order: BTreeMap<String, String>,
}

/// A vendor's client, as the purchase path uses it. Implemented by each vendor's `Client` and by
/// nothing else.
pub trait SpendAdapter: Account {
    /// Returns the client's transport.
    fn transport(&self) -> &Transport;

    /// Translates a vendor-neutral purchase. Nothing is sent.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the vendor does not offer what is asked for, or
    /// needs a field that is missing.
    fn purchase(&self, purchase: &Purchase) -> Result<SpendRequest, Error>;

    /// Translates a vendor-neutral renewal. Nothing is sent.
    ///
    /// # Errors
    /// As for [`SpendAdapter::purchase`].
    fn renewal(&self, order: &str, renewal: &Renewal) -> Result<SpendRequest, Error>;

    /// Translates a vendor-neutral change of an order. Nothing is sent.
    ///
    /// # Errors
    /// As for [`SpendAdapter::purchase`].
    fn change(&self, _order: &str, change: &OrderChange) -> Result<SpendRequest, Error> {
        Err(not_offered(self.vendor(), change))
    }

    /// Returns the vendor's own name for the account of the client's credential. `None` where no
    /// operation tells it.
    ///
    /// # Errors
    /// When the vendor cannot be asked.
    fn identity(&self) -> BoxFuture<'_, Result<Option<String>, Error>> {
        ready(Ok(None)).boxed()
    }

    /// Parses a request. Nothing is sent.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] when the body does not fit the operation, and
    /// [`crate::ErrorKind::Unsupported`] when this crate cannot price the operation.
    fn prepare(&self, request: SpendRequest) -> Result<Box<dyn PreparedSpend + '_>, Error>;
}

/// A parsed request that spends, together with the client that can answer questions about it.
/// No method sends the request itself.
pub trait PreparedSpend: Send + Sync {
    /// Returns the request, with the fields that [`PreparedSpend::resolve`] has added.
    fn request(&self) -> &SpendRequest;

    /// Returns the order that the spend changes, or `None` if it makes a new one.
    fn order(&self) -> Option<&str>;

    /// Returns the source of the money.
    fn funds(&self) -> Funds;

    /// Looks up the fields that the vendor needs and the caller cannot know.
    ///
    /// # Errors
    /// When a lookup fails, or finds nothing to send.
    fn resolve(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        ready(Ok(())).boxed()
    }

    /// Returns what the caller should know before the request is sent, such as a guess in it.
    fn remark(&self) -> Option<String> {
        None
    }

    /// Reads the state of the account before the spend.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Refused`] when the order is in a state in which the vendor refuses the
    /// spend.
    fn baseline(&self) -> BoxFuture<'_, Result<Baseline, Error>>;

    /// Asks for the price. `None` where the vendor has no price preview.
    fn quote(&self) -> BoxFuture<'_, Result<Option<Quote>, Error>>;

    /// Reads a successful answer.
    ///
    /// # Errors
    /// When the answer names no order. The spend may have taken effect all the same.
    fn confirmation(&self, answer: &Value) -> Result<Confirmation, Error>;

    /// Returns the number by which the vendor counts a new order, as in [`Baseline::newest`].
    /// `None` if the id of the order does not tell it.
    fn number_of(&self, order: &str) -> Option<i64> {
        order.parse().ok()
    }

    /// Reads what was charged for a spend that the vendor has confirmed, where its answer does not
    /// tell: the amount that the order shows, or else the movement of the balance. `None` if the
    /// vendor does not tell it.
    ///
    /// # Errors
    /// When the vendor cannot be asked. The spend was made all the same.
    fn charged<'a>(
        &'a self,
        _order: &'a str,
        _before: &'a Baseline,
    ) -> BoxFuture<'a, Result<Option<Decimal>, Error>> {
        ready(Ok(None)).boxed()
    }

    /// Cancels an unpaid order that turned out to cost more than allowed. `None` where the vendor
    /// charges at once, so that nothing can be cancelled.
    fn cancel<'a>(&'a self, _order: &'a str) -> Option<BoxFuture<'a, Result<(), Error>>> {
        None
    }

    /// Reads the state of the account after the spend, to find out whether it took effect.
    fn evidence<'a>(&'a self, before: &'a Baseline) -> BoxFuture<'a, Result<Evidence, Error>>;
}

/// Collects named properties. Those that the vendor does not give are left out. What is too long to
/// be written down is cut off, and its hash still tells it apart.
pub(crate) fn facts<const N: usize>(
    facts: [(&str, Option<String>); N],
) -> BTreeMap<String, String> {
    facts
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), short(&value?))))
        .collect()
}

/// The most letters of a property.
const MOST_LETTERS: usize = 200;

fn short(value: &str) -> String {
    let clean = Cleaned::cut(value, MOST_LETTERS);
    match value.chars().nth(MOST_LETTERS) {
        None => clean.into_string(),
        Some(_) => format!("{clean} {}", hexadecimal(&Sha256::digest(value))),
    }
}

/// The most orders whose names a baseline keeps, where the list does not number them.
const MOST_NAMES: usize = 1000;

/// Reads the list of orders before a spend that makes a new one: the greatest number and the number
/// of orders. If orders lack their number, the names of all orders are kept instead.
pub(crate) async fn before_new_order<'a, T>(list: List<'a, T>) -> Result<Baseline, Error>
where
    T: Numbered + Send + 'a,
{
    let newer = list.newer_than(i64::MAX).await?;
    if newer.unplaced.is_empty() {
        return Ok(Baseline {
            newest: newer.newest,
            total: newer.total,
            ..Baseline::default()
        });
    }
    let orders = list.whole().await?;
    if orders.len() > MOST_NAMES {
        let what = format!(
            "the list of orders lacks ids, and {} orders are too many to remember by name, so a \
             purchase whose answer gets lost could not be found again; nothing was bought: buy at \
             the vendor's site, or ask the vendor why the ids are missing",
            orders.len()
        );
        let error = Error::new(Kind::Answer, Outcome::NotSent, what);
        return Err(error.at(list.vendor, Some(list.operation)));
    }
    Ok(Baseline {
        known: Some(orders.iter().filter_map(T::id).collect()),
        ..Baseline::default()
    })
}

/// Reads the orders that were made since a baseline, and the evidence that the list itself gives.
pub(crate) async fn since<'a, T>(
    list: List<'a, T>,
    before: &Baseline,
) -> Result<(Vec<T>, Evidence), Error>
where
    T: Numbered + Send + 'a,
{
    let (orders, unplaced, total) = match (&before.known, before.newest, before.total) {
        (Some(known), _, _) => {
            let mut orders = list.whole().await?;
            orders.retain(|it| it.id().is_none_or(|id| !known.contains(&id)));
            (orders, Vec::new(), None)
        }
        (None, None, None | Some(1..)) => (Vec::new(), list.whole().await?, None),
        (None, newest, _) => {
            let newer = list.newer_than(newest.unwrap_or(i64::MIN)).await?;
            (newer.orders, newer.unplaced, newer.total)
        }
    };
    let evidence = Evidence {
        total,
        unplaced: unplaced.iter().filter_map(T::id).collect(),
        ..Evidence::default()
    };
    Ok((orders, evidence))
}

/// Reads the answer to a spend: the order that the request names, or else the one at this place in
/// the JSON of the answer.
pub(crate) fn confirmation(
    prepared: &dyn PreparedSpend,
    answer: &Value,
    place: &[&str],
) -> Result<Confirmation, Error> {
    let found = place.iter().try_fold(answer, |value, name| value.get(name));
    let found = found.filter(|it| !it.is_null()).map(text_of);
    let found = found.map(|it| it.trim().to_owned());
    let order = prepared.order().map(str::to_owned).or(found);
    let order = order.filter(|name| is_id(name)).ok_or_else(|| {
        let request = prepared.request();
        let what = format!("the answer has no usable `{}`", place.join("."));
        Error::new(Kind::Answer, Outcome::Unknown, what)
            .with_effect(Effect::Spend)
            .at(request.vendor(), Some(request.operation().id))
    })?;
    Ok(Confirmation {
        order,
        price: None,
        payment: Payment::Paid,
    })
}

/// Returns what a spend from the balance has taken from it, if the balance went down. A balance
/// that did not move may still be charged, and one that grew was topped up: neither tells a price.
pub(crate) async fn taken(
    client: &dyn Account,
    funds: Funds,
    before: &Baseline,
) -> Result<Option<Decimal>, Error> {
    let (Funds::Balance, Some(before)) = (funds, before.balance) else {
        return Ok(None);
    };
    let now = client.balance().await?.amount();
    let taken = now.and_then(|now| before.checked_sub(now));
    Ok(taken.filter(|it| it.is_sign_positive() && !it.is_zero()))
}

/// Refuses an operation that this crate cannot price.
pub(crate) fn unpriced(request: &SpendRequest) -> Error {
    let what = "this crate cannot ask for the price of this operation, so no cap could be kept";
    Error::new(Kind::Unsupported, Outcome::NotSent, what)
        .at(request.vendor(), Some(request.operation().id))
}

/// Refuses a renewal of single proxies, at a vendor that renews whole orders.
pub(crate) fn renews_whole_orders(vendor: Vendor, renewal: &Renewal) -> Result<(), Error> {
    if renewal.proxies.is_empty() && !renewal.guess_ids {
        return Ok(());
    }
    let what = "the vendor renews whole orders: leave the ids of proxies out";
    Err(Error::input(what).at(vendor, None))
}

/// Refuses a change of an order that the vendor does not offer.
pub(crate) fn not_offered(vendor: Vendor, change: &OrderChange) -> Error {
    let what = match change {
        OrderChange::Extend { .. } => "an extension of an order by a plan",
        OrderChange::Cycle { .. } => "a change of an order's billing cycle",
        OrderChange::Traffic { .. } => "more traffic for an order",
        OrderChange::Addon { .. } => "add-ons for an order",
    };
    Error::input(format!("the vendor does not offer {what}")).at(vendor, None)
}
