//! An account: what it owns and how it pays.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::catalogue::Product;
use super::failure::{Errors, Failure};
use super::order::{AutoExtend, Order, Status};
use super::{catalogue, seed};
use crate::answer::money;
use crate::book::{Book, EntryMut};
use crate::clock::days_later;
use crate::input::Call;
use crate::ledger::{Cause, Reason, Till};
use crate::random::{Addresses, Random};
use crate::vendor::Vendor;
use crate::world::{Accounts, Opening, Shared, World};

/// What one token owns.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Cents.
    pub balance: i64,
    #[serde(skip, default = "seed::cards")]
    pub cards: Vec<Card>,
    #[serde(skip, default = "seed::coupons")]
    pub coupons: Vec<Coupon>,
    #[serde(with = "catalogue::stock")]
    pub products: Vec<Product>,
    pub orders: Book<Order>,
    /// Which mobile order a key rotates.
    pub rotation_keys: BTreeMap<String, i64>,
    pub next_order_id: i64,
    pub random: Random,
    pub addresses: Addresses,
    #[serde(skip)]
    pub till: Till,
}

/// A saved way to pay.
#[derive(Debug)]
pub struct Card {
    pub id: i64,
    /// Whether everything charged to it is declined.
    pub declines: bool,
    /// As the vendor shows it.
    pub json: Value,
}

/// A coupon that is good.
#[derive(Debug)]
pub struct Coupon {
    pub code: &'static str,
    pub percent: i64,
}

/// How something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payment {
    Balance,
    Card(i64),
}

impl Payment {
    /// The word for it.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Balance => "balance",
            Self::Card(_) => "card",
        }
    }

    /// The card, if it is one.
    pub fn card_id(self) -> Option<i64> {
        match self {
            Self::Balance => None,
            Self::Card(id) => Some(id),
        }
    }
}

impl World for Account {
    const VENDOR: Vendor = Vendor::IpRoyal;

    fn accounts(shared: &Shared) -> &Accounts<Self> {
        &shared.iproyal
    }

    fn seeded(opening: Opening) -> Self {
        seed::account(opening)
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
        self.balance
    }

    fn statuses(&self) -> BTreeMap<String, usize> {
        let mut statuses = BTreeMap::new();
        for (shelf, count) in self.orders.shelves() {
            *statuses.entry(shelf.status.name().to_owned()).or_default() += count;
        }
        statuses
    }
}

impl Account {
    /// The product of that id.
    pub fn product(&self, id: i64) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// The order of that id.
    pub fn order(&self, id: i64) -> Option<&Order> {
        self.orders.get(id)
    }

    /// The order of that id, to be changed.
    pub fn order_mut(&mut self, id: i64) -> Option<EntryMut<'_, Order>> {
        self.orders.get_mut(id)
    }

    /// What a `card_id` means, none of which is the balance.
    pub fn payment(&self, card_id: Option<i64>, errors: &mut Errors) -> Payment {
        match card_id {
            None => Payment::Balance,
            Some(id) => {
                if !self.cards.iter().any(|card| card.id == id) {
                    errors.unknown("card_id");
                }
                Payment::Card(id)
            }
        }
    }

    /// Pays an amount in cents, or changes nothing.
    pub fn pay(&mut self, payment: Payment, cents: i64, reason: Reason) -> Result<(), Failure> {
        let paid_from = match payment {
            Payment::Balance if cents > self.balance => {
                return Err(Failure::Refused("Insufficient balance"));
            }
            Payment::Balance => {
                self.balance -= cents;
                "balance".to_owned()
            }
            Payment::Card(id) => {
                let card = self.cards.iter().find(|card| card.id == id);
                if card.is_none_or(|card| card.declines) {
                    return Err(Failure::Refused("The card was declined."));
                }
                format!("card {id}")
            }
        };
        let Reason { order, cause, time } = reason;
        self.till.note(time, order, cents, cause, paid_from);
        Ok(())
    }

    /// Lets what is due for an order happen: it gets its proxies, is extended or expires.
    fn happen(&mut self, id: i64, at: Timestamp) {
        let Some(mut order) = self.orders.get_mut(id) else {
            return;
        };
        if order.status == Status::InProgress {
            order.status = Status::Confirmed;
            return;
        }
        order.status = Status::Expired;
        let settings = order.auto_extend;
        drop(order);
        if let Some(settings) = settings {
            self.extend_by_itself(id, settings, at);
        }
    }

    fn extend_by_itself(&mut self, id: i64, settings: AutoExtend, at: Timestamp) {
        let Some(order) = self.order(id) else {
            return;
        };
        let product = self.product(order.product_id);
        let Some(plan) = product.and_then(|product| product.plan(settings.plan_id)) else {
            return;
        };
        let price = plan.price.saturating_mul(order.quantity);
        let reason = Reason {
            order: id,
            cause: Cause::AutoRenewal,
            time: at,
        };
        // At the end of all time there is nothing to extend to.
        if days_later(at, plan.days) <= at || self.pay(settings.payment, price, reason).is_err() {
            return;
        }
        if let Some(mut order) = self.order_mut(id) {
            order.status = Status::Confirmed;
            order.extend(plan, price, at);
        }
    }
}

/// `GET /balance`
pub fn get_balance(account: &mut Account, _: &Call, _: Timestamp) -> Result<Value, Failure> {
    Ok(money(account.balance))
}

/// `GET /cards`
pub fn list_cards(account: &mut Account, _: &Call, _: Timestamp) -> Result<Value, Failure> {
    let cards = account.cards.iter().map(|card| card.json.clone());
    Ok(json!({ "data": cards.collect::<Vec<_>>() }))
}
