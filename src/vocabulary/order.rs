//! The vendor-neutral view of an order.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{Moment, Money, Vendor};

/// Where an order stands, in words that hold at every vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OrderState {
    /// Made, and waiting to be paid: IPRoyal `unpaid`, SmartProxy `0`.
    AwaitingPayment,
    /// Paid, and waiting for its proxies: IPRoyal `in-progress`.
    Provisioning,
    /// Paid and running: IPRoyal `confirmed`, ProxyShard `active`, SmartProxy `1`.
    Active,
    /// Run out, and can still be renewed: ProxyShard `on-hold`.
    OnHold,
    /// Run out: IPRoyal `expired`.
    Expired,
    /// Ended without being delivered, or ended for good: ProxyShard `cancelled`, SmartProxy `2`.
    Cancelled,
    /// Paid back: IPRoyal `refunded`, SmartProxy `3`.
    Refunded,
    /// The vendor said nothing, or a word that no page of it lists: see [`Order::status`].
    Unknown,
}

impl OrderState {
    /// All states.
    pub const ALL: [OrderState; 8] = [
        OrderState::AwaitingPayment,
        OrderState::Provisioning,
        OrderState::Active,
        OrderState::OnHold,
        OrderState::Expired,
        OrderState::Cancelled,
        OrderState::Refunded,
        OrderState::Unknown,
    ];

    /// The word on the command line and in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderState::AwaitingPayment => "awaiting-payment",
            OrderState::Provisioning => "provisioning",
            OrderState::Active => "active",
            OrderState::OnHold => "on-hold",
            OrderState::Expired => "expired",
            OrderState::Cancelled => "cancelled",
            OrderState::Refunded => "refunded",
            OrderState::Unknown => "unknown",
        }
    }
}

impl fmt::Display for OrderState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for OrderState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = OrderState::ALL
            .into_iter()
            .find(|state| state.as_str() == word);
        found.ok_or_else(|| {
            let words = OrderState::ALL.map(OrderState::as_str).join(", ");
            format!("`{word}` is no state of an order: use one of {words}")
        })
    }
}

/// An order at any vendor. What a vendor does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Order {
    /// At which vendor.
    #[serde(serialize_with = "vendor_word")]
    pub vendor: Vendor,
    /// The vendor's own name for the order: IPRoyal `id`, ProxyShard `order_id`, SmartProxy `trade_no`.
    pub id: String,
    /// The product's name.
    pub product: Option<String>,
    /// Plan (IPRoyal) or billing cycle (ProxyShard).
    pub plan: Option<String>,
    /// Where the proxies stand, in the vendor's words.
    pub location: Option<String>,
    /// Number of proxies, or of gigabytes for traffic products.
    pub quantity: Option<i64>,
    /// Where the order stands.
    pub state: OrderState,
    /// The vendor's own word for it.
    pub status: Option<String>,
    /// What was paid, or is to be paid.
    pub price_paid: Option<Money>,
    /// When the order was made.
    pub created: Option<Moment>,
    /// When it runs out.
    pub expires: Option<Moment>,
    /// Whether the vendor renews it by itself.
    pub auto_renewal: Option<bool>,
    /// The caller's own mark on it: IPRoyal `note`, ProxyShard `tag`.
    pub note: Option<String>,
}

impl Order {
    /// An order of which nothing but its name is known.
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
