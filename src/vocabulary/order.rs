//! Orders in words that all vendors share.

use serde::{Serialize, Serializer};

use super::word::words;
use super::{Moment, Money, Vendor};

words! {
    /// The state of an order, in words that all vendors share. [`Order::status`] has the vendor's own
    /// word.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
    #[serde(rename_all = "kebab-case")]
    #[non_exhaustive]
    pub enum OrderState {
        /// The order is not paid yet.
        AwaitingPayment = "awaiting-payment",
        /// The order is paid, and its proxies are not ready yet.
        Provisioning = "provisioning",
        /// The order is paid and running.
        Active = "active",
        /// The order has expired and can still be renewed.
        OnHold = "on-hold",
        /// The order has expired.
        Expired = "expired",
        /// The order ended before it was delivered, or was ended for good.
        Cancelled = "cancelled",
        /// The price was paid back.
        Refunded = "refunded",
        /// The vendor gave no state, or one that its pages do not list.
        Unknown = "unknown",
    }
    /// Returns the word in JSON: `awaiting-payment`.
    as_str
    /// All states that this version knows.
    read "the state of an order"
}

/// An order at any vendor. A field is `None` if the vendor does not give it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Order {
    /// The vendor.
    #[serde(serialize_with = "vendor_word")]
    pub vendor: Vendor,
    /// The name by which the vendor's operations know the order.
    pub id: String,
    /// The product's name.
    pub product: Option<String>,
    /// The plan or the billing cycle.
    pub plan: Option<String>,
    /// The location of the proxies, in the vendor's words.
    pub location: Option<String>,
    /// The number of proxies, or of gigabytes for traffic products.
    pub quantity: Option<i64>,
    /// The state of the order.
    pub state: OrderState,
    /// The vendor's own word for the state.
    pub status: Option<String>,
    /// The price that was paid, or that is to be paid.
    pub price_paid: Option<Money>,
    /// The time at which the order was made.
    pub created: Option<Moment>,
    /// The time at which the order expires.
    pub expires: Option<Moment>,
    /// True if the vendor renews the order by itself.
    pub auto_renewal: Option<bool>,
    /// The caller's own mark on the order.
    pub note: Option<String>,
}

impl Order {
    /// Returns an order of which only the id is known.
    pub fn new(vendor: Vendor, id: impl Into<String>) -> Self {
        Order {
            vendor,
            id: id.into(),
            product: None,
            plan: None,
            location: None,
            quantity: None,
            state: OrderState::Unknown,
            status: None,
            price_paid: None,
            created: None,
            expires: None,
            auto_renewal: None,
            note: None,
        }
    }
}

fn vendor_word<S: Serializer>(vendor: &Vendor, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(vendor.as_str())
}
