//! One account at one vendor, in words that hold at all of them.
//!
//! The three clients offer more than this and in each vendor's own terms; [`Account`] is what they have in common. It is enough to
//! price, buy, renew, list and watch orders without knowing whose they are.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use rust_decimal::Decimal;
use serde::Serialize;

use crate::client::sealed::Sealed;
use crate::error::Error;
use crate::vocabulary::{Money, Order, ProxyEndpoint, Vendor};

/// Something that an account can buy: one product on one plan at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What to pass as [`Purchase::product`].
    pub product: String,
    /// The product's name.
    pub product_name: Option<String>,
    /// What to pass as [`Purchase::plan`]; `None` where the product has none.
    pub plan: Option<String>,
    /// The plan's name.
    pub plan_name: Option<String>,
    /// What to pass as [`Purchase::location`]; `None` where the product has none.
    pub location: Option<String>,
    /// The location's name.
    pub location_name: Option<String>,
    /// Price of one, where the catalogue says so. The quote counts, not this.
    pub unit_price: Option<Money>,
    /// How many can be bought now, where the vendor says so.
    pub available: Option<i64>,
}

/// A purchase in vendor-neutral words. What the words mean at each vendor:
///
/// | | IPRoyal | ProxyShard | SmartProxy |
/// |---|---|---|---|
/// | `product` | product id | product name, in its spelling | package id (`pid`) |
/// | `plan` | plan id | billing cycle | not used |
/// | `location` | location id | location code | country code (`region_list`) |
/// | `quantity` | proxies | proxies, or gigabytes | `amount` |
/// | `coupon` | `coupon_code` | `promo_code` | `coupon_sn` |
/// | `auto_renewal` | `auto_extend` | `auto_renewal` | not offered |
/// | `pay_with` | a saved card's id; balance if none | not used, always the wallet | payment method (`pm_id`), needed |
/// | `answers` | `product_question_answers` | not used | not used |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purchase {
    /// Which product.
    pub product: String,
    /// On which plan or cycle.
    pub plan: Option<String>,
    /// At which location.
    pub location: Option<String>,
    /// How many.
    pub quantity: u32,
    /// Coupon or promo code.
    pub coupon: Option<String>,
    /// Whether the vendor shall renew by itself.
    pub auto_renewal: bool,
    /// How it is paid.
    pub pay_with: Option<String>,
    /// Answers to the product's questions, by question id.
    pub answers: BTreeMap<String, String>,
}

/// A renewal in vendor-neutral words.
///
/// IPRoyal needs `plan` (a plan id) and takes `pay_with` (a card's id); ProxyShard takes neither; SmartProxy needs `product` (the
/// package id of the renewal) and `pay_with` (`pm_id`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Which plan to go on with.
    pub plan: Option<String>,
    /// Which package is the renewal, at SmartProxy.
    pub product: Option<String>,
    /// How it is paid.
    pub pay_with: Option<String>,
}

/// A price now. It reserves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quote {
    /// What would be charged, with tax.
    pub total: Money,
    /// What it would be without discounts, where the vendor says so.
    pub before_discounts: Option<Money>,
    /// What the vendor says beside it.
    pub message: Option<String>,
}

/// How long to wait for something, and how often to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollOptions {
    /// Give up after this long.
    pub timeout: Duration,
    /// Look this often.
    pub interval: Duration,
}

impl PollOptions {
    /// Waits for this long and looks every two seconds, as a client that was seen to work does.
    pub const fn up_to(timeout: Duration) -> Self {
        PollOptions {
            timeout,
            interval: Duration::from_secs(2),
        }
    }
}

/// What every vendor's client can do. Implemented by [`crate::iproyal::Client`], [`crate::proxyshard::Client`] and
/// [`crate::smartproxy::Client`].
pub trait Account: Sealed + Send + Sync {
    /// At which vendor.
    fn vendor(&self) -> Vendor;

    /// Everything that can be bought.
    fn catalogue(&self) -> BoxFuture<'_, Result<Vec<Offer>, Error>>;

    /// What a purchase would cost now.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] at SmartProxy, which documents no price preview: there the order, made and not yet paid,
    /// is the quote.
    fn quote<'a>(&'a self, purchase: &'a Purchase) -> BoxFuture<'a, Result<Quote, Error>>;

    /// Buys, if it costs no more than `max_total`.
    ///
    /// The price is asked for right before; nothing is sent when it is above the cap or can't be learned. At SmartProxy the order
    /// is made first, unpaid, and closed again when its price is above the cap.
    ///
    /// # Errors
    /// One whose outcome is [`crate::Outcome::Unknown`] means that the purchase may have been made: look at the orders before doing
    /// anything else.
    fn buy<'a>(
        &'a self,
        purchase: &'a Purchase,
        max_total: Decimal,
    ) -> BoxFuture<'a, Result<Order, Error>>;

    /// What a renewal would cost now, as far as the vendor lets it be known: IPRoyal prices it, ProxyShard says what was last paid.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] at SmartProxy, as for [`Account::quote`].
    fn quote_renewal<'a>(
        &'a self,
        order: &'a str,
        renewal: &'a Renewal,
    ) -> BoxFuture<'a, Result<Quote, Error>>;

    /// Renews an order, if it costs no more than `max_total`. Errors as for [`Account::buy`].
    fn renew<'a>(
        &'a self,
        order: &'a str,
        renewal: &'a Renewal,
        max_total: Decimal,
    ) -> BoxFuture<'a, Result<Order, Error>>;

    /// All orders, page by page as they are asked for.
    fn orders(&self) -> BoxStream<'_, Result<Order, Error>>;

    /// One order.
    fn order<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Order, Error>>;

    /// The proxies of an order; empty while it has none.
    fn proxies<'a>(&'a self, order: &'a str) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>>;

    /// Waits until an order has its proxies, and gives them.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Deadline`] when they are not there in time. The order stays as it is.
    fn wait_until_provisioned<'a>(
        &'a self,
        order: &'a str,
        poll: PollOptions,
    ) -> BoxFuture<'a, Result<Vec<ProxyEndpoint>, Error>>;

    /// What is left to spend.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Unsupported`] at SmartProxy, which documents no such call.
    fn balance(&self) -> BoxFuture<'_, Result<Money, Error>>;
}
