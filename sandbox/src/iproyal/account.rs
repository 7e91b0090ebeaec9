//! An account: what it owns and how it pays.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::catalogue::Product;
use super::failure::{Errors, Failure};
use super::order::{AutoExtend, Order, Status};
use super::seed;
use crate::answer::money;
use crate::clock::days_later;
use crate::input::Call;
use crate::random::{Addresses, Random};
use crate::world::{Opening, World};

/// What one token owns.
#[derive(Debug)]
pub(crate) struct Account {
    /// Cents.
    pub balance: i64,
    pub cards: Vec<Card>,
    pub coupons: Vec<Coupon>,
    pub products: Vec<Product>,
    /// By rising id.
    pub orders: Vec<Order>,
    pub next_order_id: i64,
    pub random: Random,
    pub addresses: Addresses,
    pub provisioning_delay: Duration,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    const VENDOR: &'static str = "iproyal";

    fn seeded(opening: Opening) -> Self {
        seed::account(opening)
    }

    fn settle(&mut self, now: Timestamp) {
        // One event at a time and the earliest first, so that it makes no difference how often
        // somebody looks.
        while let Some(index) = self.next_due(now) {
            self.happen(index);
        }
    }
}

impl Account {
    /// The product of that id.
    pub fn product(&self, id: i64) -> Option<&Product> {
        self.products.iter().find(|product| product.id == id)
    }

    /// The order of that id.
    pub fn order(&self, id: i64) -> Option<&Order> {
        self.orders.iter().find(|order| order.id == id)
    }

    /// The order of that id, to be changed.
    pub fn order_mut(&mut self, id: i64) -> Option<&mut Order> {
        self.orders.iter_mut().find(|order| order.id == id)
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
    pub fn pay(&mut self, payment: Payment, cents: i64) -> Result<(), Failure> {
        match payment {
            Payment::Balance if cents > self.balance => {
                Err(Failure::Refused("Insufficient balance"))
            }
            Payment::Balance => {
                self.balance -= cents;
                Ok(())
            }
            Payment::Card(id) => {
                let card = self.cards.iter().find(|card| card.id == id);
                if card.is_some_and(|card| !card.declines) {
                    Ok(())
                } else {
                    Err(Failure::Refused("The card was declined."))
                }
            }
        }
    }

    /// The order that something happens to first, of those where it is due.
    fn next_due(&self, now: Timestamp) -> Option<usize> {
        let due = self.orders.iter().enumerate().filter_map(|(index, order)| {
            let at = order.next_event()?;
            (at <= now).then_some((at, index))
        });
        due.min().map(|(_, index)| index)
    }

    /// Lets the next event of an order happen: it gets its proxies, is extended or expires.
    fn happen(&mut self, index: usize) {
        let Some(order) = self.orders.get_mut(index) else {
            return;
        };
        if order.status == Status::InProgress {
            order.status = Status::Confirmed;
            return;
        }
        order.status = Status::Expired;
        let (id, settings, expired_at) = (order.id, order.auto_extend, order.expires_at);
        if let (Some(settings), Some(at)) = (settings, expired_at) {
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
        // At the end of all time there is nothing to extend to.
        if days_later(at, plan.days) <= at || self.pay(settings.payment, price).is_err() {
            return;
        }
        if let Some(order) = self.order_mut(id) {
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
