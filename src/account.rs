//! One account at one vendor, in terms that hold for every vendor.
//!
//! [`Account`] is what the clients have in common: offers, prices, orders, proxies, balance. It
//! spends nothing; [`crate::purchase::Buyer`] does. Each client offers more in its vendor's terms.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::FutureExt;
use serde::Serialize;
use tokio::time::{Instant, sleep_until};

use crate::client::sealed::Sealed;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Money, Order, OrderState, ProxyEndpoint, Vendor};

/// One thing that can be bought: a product on one plan at one location.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Offer {
    /// The value for [`Purchase::product`].
    pub product: String,
    /// The product's name.
    pub product_name: Option<String>,
    /// The value for [`Purchase::plan`]; `None` where the product has no plans.
    pub plan: Option<String>,
    /// The plan's name.
    pub plan_name: Option<String>,
    /// The value for [`Purchase::location`]; `None` where the product has no locations.
    pub location: Option<String>,
    /// The location's name.
    pub location_name: Option<String>,
    /// The catalogue's price of one unit, where it has one. A quote is what counts.
    pub unit_price: Option<Money>,
    /// The number of units that can be bought now, where the vendor gives it.
    pub available: Option<i64>,
    /// The least number of units of one purchase, where the vendor gives it.
    pub min_quantity: Option<i64>,
    /// The largest number of units of one purchase, where the vendor gives it.
    pub max_quantity: Option<i64>,
    /// The questions to the buyer.
    pub questions: Vec<Question>,
}

/// A question of a vendor to the buyer of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Question {
    /// The key of the answer in [`Purchase::answers`].
    pub id: String,
    /// The question.
    pub text: Option<String>,
    /// True if there is no purchase without an answer.
    pub is_required: bool,
}

/// A purchase in vendor-neutral terms. Further fields may be added: end a literal with
/// `..Purchase::default()`.
///
/// The documentation of each vendor's module says what the fields mean there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purchase {
    /// The product.
    pub product: String,
    /// The plan or billing cycle.
    pub plan: Option<String>,
    /// The location.
    pub location: Option<String>,
    /// The number of units.
    pub quantity: u32,
    /// Coupon or promo code.
    pub coupon: Option<String>,
    /// Asks the vendor to renew the order automatically.
    pub auto_renewal: bool,
    /// The means of payment.
    pub pay_with: Option<String>,
    /// Answers to the product's questions, by question id.
    pub answers: BTreeMap<String, String>,
}

/// A renewal in vendor-neutral terms. Further fields may be added: end a literal with
/// `..Renewal::default()`.
///
/// The documentation of each vendor's module says which fields it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// The plan to continue with.
    pub plan: Option<String>,
    /// The product that renews, where it is one of its own.
    pub product: Option<String>,
    /// The means of payment.
    pub pay_with: Option<String>,
    /// The vendor's ids of the proxies to renew, where it does not renew whole orders.
    pub proxies: Vec<String>,
    /// Allows the client to guess these ids, where no operation that it knows tells them. A wrong
    /// guess may renew something else.
    pub guess_ids: bool,
}

/// A change of an existing order that not every vendor offers, in vendor-neutral terms.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OrderChange {
    /// Extends the order, or some of its proxies, by a plan.
    Extend {
        /// The plan.
        plan: String,
        /// The IP addresses of the proxies to extend; `None` for all.
        proxies: Option<Vec<String>>,
        /// The means of payment.
        pay_with: Option<String>,
    },
    /// Changes the billing cycle.
    Cycle {
        /// The new cycle.
        cycle: String,
        /// The order's location code, if its price depends on it.
        location: Option<String>,
    },
    /// Buys more traffic.
    Traffic {
        /// The number of gigabytes.
        gigabytes: i64,
        /// Coupon or promo code.
        coupon: Option<String>,
    },
    /// Buys further units of an add-on.
    Addon {
        /// The add-on.
        name: String,
        /// The number of units.
        quantity: u64,
    },
}

/// A price as of now. It reserves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Quote {
    /// The amount that would be charged, tax included.
    pub total: Money,
    /// The amount before discounts, where the vendor gives it.
    pub before_discounts: Option<Money>,
    /// True if no page of the vendor says that the total is what would be charged.
    pub is_inferred: bool,
    /// A remark of the vendor, or of this crate about how the price was found.
    pub message: Option<String>,
}

impl Quote {
    /// Returns a quote of this total and nothing else.
    pub const fn new(total: Money) -> Self {
        Quote {
            total,
            before_discounts: None,
            is_inferred: false,
            message: None,
        }
    }
}

/// The limits of a wait that polls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollOptions {
    /// The time after which waiting ends.
    pub timeout: Duration,
    /// The pause between two requests.
    pub interval: Duration,
}

impl PollOptions {
    /// Waits for at most `timeout` and asks every two seconds, as an existing client does.
    pub const fn up_to(timeout: Duration) -> Self {
        PollOptions {
            timeout,
            interval: Duration::from_secs(2),
        }
    }
}

/// The vendor-neutral side of a client. Implemented by each vendor's `Client` and by nothing else.
///
/// No method spends money or changes anything.
pub trait Account: Sealed + Send + Sync {
    /// Returns the vendor.
    fn vendor(&self) -> Vendor;

    /// Lists everything that can be bought.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] where the vendor documents no catalogue.
    fn catalogue(&self) -> BoxFuture<'_, Result<Vec<Offer>, Error>>;

    /// Asks for the price of a purchase.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] where the vendor documents no price preview.
    fn quote<'a>(&'a self, purchase: &'a Purchase) -> BoxFuture<'a, Result<Quote, Error>>;

    /// Asks for the price of a renewal. Where the vendor prices none, the client may infer it from
    /// the amount that was last paid for the order.
    ///
    /// # Errors
    /// As for [`Account::quote`].
    fn quote_renewal<'a>(
        &'a self,
        order: &'a str,
        renewal: &'a Renewal,
    ) -> BoxFuture<'a, Result<Quote, Error>>;

    /// Lists all orders. Each page is requested when the stream gets there.
    fn orders(&self) -> BoxStream<'_, Result<Order, Error>>;

    /// Returns the order with this id.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when there is none.
    fn order<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Order, Error>>;

    /// Returns the proxies of an order. The list is empty until the vendor has provided them.
    fn proxies<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>>;

    /// Polls until an order has all its proxies, and returns them.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Deadline`] when the time is up; the order stays as it is.
    /// [`crate::ErrorKind::Refused`] when the order has ended.
    fn wait_until_provisioned<'a>(
        &'a self,
        order: &'a str,
        poll: PollOptions,
    ) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>> {
        async move {
            // A time too far away to be represented never comes.
            let end = Instant::now().checked_add(poll.timeout);
            loop {
                let Order {
                    state, quantity, ..
                } = self.order(order).await?;
                // An order that has ended may still list its proxies, which no longer work.
                if matches!(
                    state,
                    OrderState::Cancelled | OrderState::Expired | OrderState::Refunded
                ) {
                    let what = format!("order `{order}` is {state} and will get no proxies");
                    let error = Error::new(Kind::Refused, Outcome::Rejected, what);
                    return Err(error.at(self.vendor(), None));
                }
                let expected = quantity.and_then(|it| usize::try_from(it).ok());
                let found = self.proxies(order).await?;
                if found.len() >= expected.unwrap_or(1).max(1) {
                    return Ok(found);
                }
                let next = Instant::now().checked_add(poll.interval);
                let next = next.filter(|next| end.is_none_or(|end| *next <= end));
                let Some(next) = next else {
                    let what = format!(
                        "order `{order}` is {state} and did not get its proxies within {:?}; \
                         it stays as it is, ask for them later",
                        poll.timeout
                    );
                    let error = Error::new(Kind::Deadline, Outcome::Rejected, what);
                    return Err(error.at(self.vendor(), None));
                };
                sleep_until(next).await;
            }
        }
        .boxed()
    }

    /// Returns the balance that is left to spend.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] where the vendor documents no such operation.
    fn balance(&self) -> BoxFuture<'_, Result<Money, Error>>;
}
