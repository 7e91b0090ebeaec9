//! An order and its price.

use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::catalog::{
    Cycle, Family, Price, SLOT_PRICE, SLOTS_CATALOG_ID, SLOTS_KEY, price, slots_price,
};
use crate::account;
use crate::answer::Refusal;
use crate::clock::days_later;
use crate::conditions::Market;
use crate::words::words;

/// The days after which an unpaid order is cancelled.
const DAYS_ON_HOLD: u32 = 3;

/// Ports that every proxy listens on.
const HTTP_PORT: u16 = 8_080;
const SOCKS_PORT: u16 = 1_080;

words! {
    /// The documented states.
    pub enum Status {
        Active = "active",
        OnHold = "on-hold",
        Cancelled = "cancelled",
    }
}

/// The terms of an order, made or about to be made.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Terms {
    pub family: Family,
    pub location: Option<String>,
    pub cycle: Cycle,
    /// Proxies, GB or plans.
    pub quantity: i64,
    pub promo: Option<String>,
    pub auto_renewal: bool,
    /// Slots of the `p0f_slots` add-on.
    pub slots: i64,
}

impl Terms {
    /// Returns the price of the next period.
    pub fn price(&self) -> Result<Price, Refusal> {
        price(
            self.family,
            self.cycle,
            self.quantity,
            self.promo.as_deref(),
        )
    }
}

/// The cost of an order for one period, in cents.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    pub price: i64,
    pub addons: i64,
}

impl Cost {
    /// Returns the cost of an order of these terms as prices are now.
    pub fn of(terms: &Terms, market: Market) -> Result<Self, Refusal> {
        Ok(Self {
            price: market.price(terms.price()?.last),
            addons: market.price(slots_price(terms.slots)?),
        })
    }

    pub fn total(self) -> i64 {
        self.price.saturating_add(self.addons)
    }
}

/// An order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    pub id: i64,
    pub terms: Terms,
    pub price_paid: i64,
    pub addons_price_paid: i64,
    pub status: Status,
    pub created_at: Timestamp,
    /// `None`: never.
    pub expires_at: Option<Timestamp>,
    pub tag: Option<String>,
    pub proxies: Vec<Proxy>,
    /// The time from which the proxies may be seen.
    pub ready_at: Timestamp,
    /// The number of slots from the next period on, if it is to change.
    pub next_slots: Option<i64>,
}

/// A proxy of an order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Proxy {
    pub ip: Ipv4Addr,
    pub username: String,
    pub password: String,
    pub signature: Option<String>,
    /// True if it is removed at the next renewal instead of being paid for again.
    pub leaving: bool,
}

impl account::Order for Order {
    fn id(&self) -> i64 {
        self.id
    }

    fn status(&self) -> String {
        self.status.name().to_owned()
    }

    fn due(&self) -> Option<Timestamp> {
        match self.status {
            Status::Active => self.expires_at,
            Status::OnHold => self.expires_at.map(|at| days_later(at, DAYS_ON_HOLD)),
            Status::Cancelled => None,
        }
    }
}

impl Order {
    /// Refuses what only works while the order is paid.
    pub fn must_be_active(&self) -> Result<(), Refusal> {
        if self.status == Status::Active {
            return Ok(());
        }
        Err(Refusal::invalid(format!(
            "order_id: order {} is {}, it must be active",
            self.id,
            self.status.name()
        )))
    }

    /// Refuses an order that is not a list of addresses.
    pub fn must_be_addresses(&self) -> Result<(), Refusal> {
        if self.terms.family.is_addresses() {
            return Ok(());
        }
        Err(Refusal::invalid(self.not_addresses()))
    }

    /// Says why an operation for datacenter and ISP proxies does not work here.
    pub fn not_addresses(&self) -> String {
        format!(
            "order_id: only available for Datacenter and ISP proxies, order {} is {}",
            self.id,
            self.terms.family.name()
        )
    }

    pub fn slots_used(&self) -> i64 {
        let used = self.proxies.iter().filter(|p| p.signature.is_some());
        i64::try_from(used.count()).unwrap_or(i64::MAX)
    }

    /// Returns the add-on lines: one, if the order has any slots.
    pub fn addons(&self) -> Value {
        if self.terms.slots == 0 {
            return json!([]);
        }
        let pending = self
            .next_slots
            .map(|next| json!({ "action": "downgrade", "next_qty": next }));
        json!([{
            "addon_key": SLOTS_KEY,
            "catalog_id": SLOTS_CATALOG_ID,
            "qty": self.terms.slots,
            "price_per_unit": SLOT_PRICE,
            "pending": pending,
        }])
    }
}

impl Proxy {
    pub fn to_json(&self, status: Status, until: Option<Timestamp>) -> Value {
        json!({
            "ip": self.ip.to_string(),
            "username": self.username,
            "password": self.password,
            "http_port": HTTP_PORT,
            "socks_port": SOCKS_PORT,
            "until": until.map(iso),
            "status": status.name(),
            "signature": self.signature,
        })
    }
}

/// Writes a time as the vendor does: ISO 8601, UTC, whole seconds.
pub fn iso(at: Timestamp) -> String {
    format!("{at:.0}")
}
