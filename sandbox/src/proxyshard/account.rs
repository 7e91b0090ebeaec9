//! The belongings of one account, and the events that time brings to it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::catalog::{Family, LOCATIONS};
use super::order::{Cost, Order, Proxy, Status, Terms};
use super::pools::Pools;
use super::reading::unknown;
use crate::account::{self, Opening, find, find_mut};
use crate::answer::Refusal;
use crate::clock::days_later;
use crate::conditions::Market;
use crate::random::{Addresses, Random};
use crate::wallet::{Cause, Wallet};

/// Cents in the wallet of a fresh account.
const WALLET: i64 = 500_000;

/// The id of the oldest order.
const FIRST_ORDER: i64 = 1_001;

/// The belongings of one key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub wallet: Wallet,
    pub orders: Vec<Order>,
    pub pools: Pools,
    pub random: Random,
    addresses: Addresses,
    pub next_order: i64,
    pub stock: Vec<Stock>,
}

/// The number of proxies of one kind that are left in one country.
#[derive(Debug, Serialize, Deserialize)]
pub struct Stock {
    pub family: Family,
    pub country: String,
    pub amount: i64,
}

impl account::Account for Account {
    type Order = Order;

    fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Renews an order, puts it on hold or cancels it.
    fn happen(&mut self, id: i64, at: Timestamp) {
        let Ok(order) = self.order_mut(id) else {
            return;
        };
        match order.status {
            Status::Active => {
                // It is put on hold first, in case it is not paid.
                order.status = Status::OnHold;
                if order.terms.auto_renewal {
                    self.renew(id, at, Cause::AutoRenewal, Market::CALM).ok();
                }
            }
            Status::OnHold => {
                order.status = Status::Cancelled;
                let proxies = i64::try_from(order.proxies.len()).unwrap_or_default();
                let (family, location) = (order.terms.family, order.terms.location.clone());
                self.restock(family, location.as_deref(), proxies);
            }
            Status::Cancelled => {}
        }
    }

    fn wallet(&mut self) -> &mut Wallet {
        &mut self.wallet
    }
}

impl Account {
    /// Returns an account without orders.
    pub fn empty(opening: Opening) -> Self {
        let mut random = opening.random;
        let addresses = Addresses::new(&mut random);
        let stock = LOCATIONS
            .into_iter()
            .flat_map(|(country, datacenter, isp)| {
                [(Family::Datacenter, datacenter), (Family::Isp, isp)].map(|(family, amount)| {
                    Stock {
                        family,
                        country: country.to_owned(),
                        amount,
                    }
                })
            });
        Self {
            wallet: Wallet::new(WALLET),
            orders: Vec::new(),
            pools: Pools::new(&mut random),
            random,
            addresses,
            next_order: FIRST_ORDER,
            stock: stock.collect(),
        }
    }

    /// Returns the order of this id.
    pub fn order(&self, id: i64) -> Result<&Order, Refusal> {
        find(&self.orders, id).ok_or_else(|| unknown_order(id))
    }

    /// Returns the order of this id, to be changed.
    pub fn order_mut(&mut self, id: i64) -> Result<&mut Order, Refusal> {
        find_mut(&mut self.orders, id).ok_or_else(|| unknown_order(id))
    }

    /// Takes cents from the wallet for an order, or changes nothing.
    pub fn charge(
        &mut self,
        cents: i64,
        order: i64,
        cause: Cause,
        time: Timestamp,
    ) -> Result<(), Refusal> {
        if self.wallet.pay(order, cents, cause, time) {
            return Ok(());
        }
        Err(Refusal::invalid("Insufficient balance"))
    }

    /// Pays an order for one more period, which begins at `from`.
    pub fn renew(
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
        self.charge(cost.total(), id, cause, from)?;
        let order = self.order_mut(id)?;
        order.next_slots = None;
        order.price_paid = cost.price;
        order.addons_price_paid = cost.addons;
        order.status = Status::Active;
        order.expires_at = terms.cycle.days().map(|days| days_later(from, days));
        let before = order.proxies.len();
        order.proxies.retain(|proxy| !proxy.leaving);
        let left = i64::try_from(before - order.proxies.len()).unwrap_or_default();
        order.terms = terms.clone();
        self.restock(terms.family, terms.location.as_deref(), left);
        Ok(())
    }

    /// Enters an order as paid under the next id, and makes its proxies, which may be seen from
    /// `ready_at` on.
    pub fn open(&mut self, terms: Terms, cost: Cost, at: Timestamp, ready_at: Timestamp) {
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

    /// Returns the number of proxies that can be bought. `None` for products that never run out.
    pub fn available(&self, family: Family, location: Option<&str>) -> Option<i64> {
        let mut stock = self.stock.iter();
        let found = stock.find(|one| one.family == family && Some(&*one.country) == location);
        found.map(|stock| stock.amount)
    }

    /// Puts proxies into the stock, or takes a negative number of them out.
    pub fn restock(&mut self, family: Family, location: Option<&str>, proxies: i64) {
        let mut stock = self.stock.iter_mut();
        let found = stock.find(|one| one.family == family && Some(&*one.country) == location);
        if let Some(stock) = found {
            stock.amount = stock.amount.saturating_add(proxies).max(0);
        }
    }
}

fn unknown_order(id: i64) -> Refusal {
    unknown(format!("order_id: there is no order {id}"))
}
