//! What one account owns, and what time does to it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ask::Refusal;
use super::catalog::{
    Cycle, Family, LOCATIONS, Price, SLOT_PRICE, SLOTS_CATALOG_ID, SLOTS_KEY, price, slots_price,
};
use super::residential::Pools;
use super::seed;
use crate::book::{Book, Entry, EntryMut};
use crate::clock::days_later;
use crate::faults::Market;
use crate::ledger::{Cause, Reason, Till};
use crate::random::{Addresses, Random};
use crate::vendor::Vendor;
use crate::world::{Accounts, Opening, Shared, World};

/// How many days an unpaid order is kept before it is cancelled.
const DAYS_ON_HOLD: u32 = 3;

/// Ports that every proxy listens on.
const HTTP_PORT: u16 = 8_080;
const SOCKS_PORT: u16 = 1_080;

/// What one key owns.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Cents.
    pub(super) wallet: i64,
    pub(super) orders: Book<Order>,
    pub(super) pools: Pools,
    pub(super) random: Random,
    addresses: Addresses,
    pub(super) next_order: i64,
    stock: Vec<Stock>,
    #[serde(skip)]
    till: Till,
}

/// How many proxies of one kind are left in one country.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stock {
    pub(super) family: Family,
    pub(super) country: Cow<'static, str>,
    pub(super) amount: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Status {
    Active,
    OnHold,
    Cancelled,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::OnHold => "on-hold",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Something bought, or about to be.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Terms {
    pub(super) family: Family,
    pub(super) location: Option<String>,
    pub(super) cycle: Cycle,
    /// Proxies, GB or plans.
    pub(super) quantity: i64,
    pub(super) promo: Option<String>,
    pub(super) auto_renewal: bool,
    /// Slots of the `p0f_slots` add-on.
    pub(super) slots: i64,
}

impl Terms {
    /// Cents for the next period.
    pub(super) fn price(&self) -> Result<Price, Refusal> {
        price(
            self.family,
            self.cycle,
            self.quantity,
            self.promo.as_deref(),
        )
    }
}

/// What an order costs for one period, in cents.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) price: i64,
    pub(super) addons: i64,
}

impl Cost {
    /// What an order of these terms costs as prices are now.
    pub(super) fn of(terms: &Terms, market: Market) -> Result<Self, Refusal> {
        Ok(Self {
            price: market.price(terms.price()?.last),
            addons: market.price(slots_price(terms.slots)?),
        })
    }

    pub(super) fn total(self) -> i64 {
        self.price.saturating_add(self.addons)
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) id: i64,
    pub(super) terms: Terms,
    pub(super) price_paid: i64,
    pub(super) addons_price_paid: i64,
    pub(super) status: Status,
    pub(super) created_at: Timestamp,
    /// `None`: never.
    pub(super) expires_at: Option<Timestamp>,
    pub(super) tag: Option<String>,
    pub(super) proxies: Vec<Proxy>,
    /// When the proxies may be seen.
    pub(super) ready_at: Timestamp,
    /// The number of slots from the next period on, if it is to change.
    pub(super) next_slots: Option<i64>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Proxy {
    pub(super) ip: Ipv4Addr,
    username: String,
    password: String,
    pub(super) signature: Option<String>,
    /// Not to be paid for again: it goes at the next renewal.
    pub(super) leaving: bool,
}

impl World for Account {
    const VENDOR: Vendor = Vendor::ProxyShard;

    fn accounts(shared: &Shared) -> &Accounts<Self> {
        &shared.proxyshard
    }

    fn seeded(opening: Opening) -> Self {
        let mut random = opening.random;
        let addresses = Addresses::new(&mut random);
        let mut stock = Vec::new();
        for (country, datacenter, isp) in LOCATIONS {
            for (family, amount) in [(Family::Datacenter, datacenter), (Family::Isp, isp)] {
                stock.push(Stock {
                    family,
                    country: country.into(),
                    amount,
                });
            }
        }
        let mut account = Self {
            wallet: seed::WALLET,
            orders: Book::default(),
            pools: Pools::new(&mut random),
            random,
            addresses,
            next_order: seed::FIRST_ORDER,
            stock,
            till: Till::default(),
        };
        seed::fill(&mut account, opening.at, opening.extra_orders);
        account
    }

    fn happens(&mut self, now: Timestamp) -> bool {
        let Some((at, id)) = self.orders.next_due(now) else {
            return false;
        };
        self.happen(id, at);
        true
    }

    fn till(&mut self) -> &mut Till {
        &mut self.till
    }

    fn balance(&self) -> i64 {
        self.wallet
    }

    fn statuses(&self) -> BTreeMap<String, usize> {
        let shelves = self.orders.shelves();
        shelves
            .map(|(status, count)| (status.name().to_owned(), count))
            .collect()
    }
}

impl Account {
    fn happen(&mut self, id: i64, at: Timestamp) {
        let Some(mut order) = self.orders.get_mut(id) else {
            return;
        };
        match order.status {
            Status::Active => {
                // It is put on hold first, in case it is not paid.
                order.status = Status::OnHold;
                if order.terms.auto_renewal {
                    drop(order);
                    self.renew(id, at, Cause::AutoRenewal, Market::CALM).ok();
                }
            }
            Status::OnHold => {
                order.status = Status::Cancelled;
                let proxies = order.proxies.len();
                let (family, location) = (order.terms.family, order.terms.location.clone());
                drop(order);
                self.restock(family, location.as_deref(), proxies);
            }
            Status::Cancelled => {}
        }
    }

    /// The order of that id.
    pub(super) fn order(&self, id: i64) -> Result<&Order, Refusal> {
        self.orders.get(id).ok_or_else(|| unknown_order(id))
    }

    /// The order of that id.
    pub(super) fn order_mut(&mut self, id: i64) -> Result<EntryMut<'_, Order>, Refusal> {
        self.orders.get_mut(id).ok_or_else(|| unknown_order(id))
    }

    /// Takes cents from the wallet.
    pub(super) fn charge(&mut self, cents: i64, reason: Reason) -> Result<(), Refusal> {
        if cents > self.wallet {
            return Err(Refusal::invalid("Insufficient balance"));
        }
        self.wallet -= cents;
        let Reason { order, cause, time } = reason;
        self.till.note(time, order, cents, cause, "balance");
        Ok(())
    }

    /// Pays an order for one more period, which begins at `from`.
    pub(super) fn renew(
        &mut self,
        id: i64,
        from: Timestamp,
        cause: Cause,
        market: Market,
    ) -> Result<(), Refusal> {
        let order = self.order(id)?;
        let mut terms = order.terms.clone();
        terms.slots = order.next_slots.unwrap_or(terms.slots);
        let cost = Cost::of(&terms, market)?;
        let reason = Reason {
            order: id,
            cause,
            time: from,
        };
        self.charge(cost.total(), reason)?;
        let mut order = self.order_mut(id)?;
        order.next_slots = None;
        order.price_paid = cost.price;
        order.addons_price_paid = cost.addons;
        order.status = Status::Active;
        order.expires_at = terms.cycle.days().map(|days| days_later(from, days));
        let before = order.proxies.len();
        order.proxies.retain(|proxy| !proxy.leaving);
        let left = before - order.proxies.len();
        order.terms = terms.clone();
        drop(order);
        self.restock(terms.family, terms.location.as_deref(), left);
        Ok(())
    }

    /// Enters an order as paid, and makes its proxies, which may be seen from `ready_at` on. Its
    /// number is the next one.
    pub(super) fn open(&mut self, terms: Terms, cost: Cost, at: Timestamp, ready_at: Timestamp) {
        let id = self.next_order;
        self.next_order += 1;
        let proxies = if terms.family.is_addresses() {
            (0..terms.quantity).map(|_| self.new_proxy()).collect()
        } else {
            Vec::new()
        };
        self.orders.push(Order {
            id,
            price_paid: cost.price,
            addons_price_paid: cost.addons,
            status: Status::Active,
            created_at: at,
            expires_at: terms.cycle.days().map(|days| days_later(at, days)),
            tag: None,
            proxies,
            ready_at,
            next_slots: None,
            terms,
        });
    }

    fn new_proxy(&mut self) -> Proxy {
        Proxy {
            ip: self.addresses.issue(),
            username: self.random.username(),
            password: self.random.password(),
            signature: None,
            leaving: false,
        }
    }

    /// What is left to be bought.
    pub(super) fn stock(&self) -> &[Stock] {
        &self.stock
    }

    /// How many proxies can be bought. `None` for what never runs out.
    pub(super) fn available(&self, family: Family, location: Option<&str>) -> Option<i64> {
        self.stock
            .iter()
            .find(|stock| stock.family == family && Some(&*stock.country) == location)
            .map(|stock| stock.amount)
    }

    /// Takes proxies out of stock.
    pub(super) fn unstock(&mut self, family: Family, location: Option<&str>, proxies: i64) {
        for stock in &mut self.stock {
            if stock.family == family && Some(&*stock.country) == location {
                stock.amount = stock.amount.saturating_sub(proxies).max(0);
            }
        }
    }

    fn restock(&mut self, family: Family, location: Option<&str>, proxies: usize) {
        let proxies = i64::try_from(proxies).unwrap_or(0);
        for stock in &mut self.stock {
            if stock.family == family && Some(&*stock.country) == location {
                stock.amount = stock.amount.saturating_add(proxies);
            }
        }
    }
}

impl Entry for Order {
    type Shelf = Status;

    fn id(&self) -> i64 {
        self.id
    }

    fn shelf(&self) -> Status {
        self.status
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
    pub(super) fn must_be_active(&self) -> Result<(), Refusal> {
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
    pub(super) fn must_be_addresses(&self) -> Result<(), Refusal> {
        if self.terms.family.is_addresses() {
            return Ok(());
        }
        Err(Refusal::invalid(self.not_addresses()))
    }

    /// Why an operation for datacenter and ISP proxies does not work here.
    pub(super) fn not_addresses(&self) -> String {
        format!(
            "order_id: only available for Datacenter and ISP proxies, order {} is {}",
            self.id,
            self.terms.family.name()
        )
    }

    pub(super) fn slots_used(&self) -> i64 {
        let used = self.proxies.iter().filter(|p| p.signature.is_some());
        i64::try_from(used.count()).unwrap_or(i64::MAX)
    }

    /// The add-on lines: one, if the order has any slots.
    pub(super) fn addons(&self) -> Value {
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
    pub(super) fn to_json(&self, status: Status, until: Option<Timestamp>) -> Value {
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

fn unknown_order(id: i64) -> Refusal {
    Refusal::missing(format!("order_id: there is no order {id}"))
}

/// A time as the vendor writes it: ISO 8601, UTC, whole seconds.
pub(super) fn iso(at: Timestamp) -> String {
    format!("{at:.0}")
}
