//! An account: its orders, their results, and how they are paid.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::order::{Effect, Order, Status};
use crate::account::{self, Account as _, find, find_mut};
use crate::clock::{days_later, later};
use crate::random::Random;
use crate::wallet::{Cause, Wallet};

/// The time that an order may stay unpaid.
const UNPAID: Duration = Duration::from_secs(30 * 60);
/// The days that a product lasts, and that a month of renewal adds.
const MONTH: u32 = 30;

/// The belongings of one key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    pub wallet: Wallet,
    pub orders: Vec<Order>,
    /// By rising id.
    pub user_products: Vec<UserProduct>,
    /// By rising id.
    pub whitelist: Vec<WhitelistAccount>,
    pub flows: Vec<Flow>,
    pub random: Random,
    pub opened_at: Timestamp,
}

/// A product that a paid order has brought.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserProduct {
    pub id: i64,
    pub items: i64,
    pub product_type: i64,
    pub trade_no: String,
    pub title: String,
    pub ordered_at: Timestamp,
    pub created_at: Timestamp,
    pub expired_at: Timestamp,
}

/// A user name and password for the use of proxies.
#[derive(Debug, Serialize, Deserialize)]
pub struct WhitelistAccount {
    pub id: i64,
    pub username: String,
    pub password: String,
    pub created_at: Timestamp,
    pub remark: String,
    pub product_type: i64,
    /// GB; 0 is no limit.
    pub limit_flow: i64,
    pub is_enabled: bool,
}

/// The traffic of a day.
#[derive(Debug, Serialize, Deserialize)]
pub struct Flow {
    pub day: jiff::civil::Date,
    pub username: String,
    pub product_type: i64,
    pub kilobytes: i64,
}

impl account::Account for Account {
    type Order = Order;

    fn orders(&self) -> &[Order] {
        &self.orders
    }

    /// Pays a pending order or cancels it.
    fn happen(&mut self, id: i64, at: Timestamp) {
        let Some(order) = find_mut(&mut self.orders, id) else {
            return;
        };
        let is_payment = order.pays_at.take().is_some_and(|pays_at| pays_at <= at);
        if !is_payment {
            order.status = Status::Cancelled;
            return;
        }
        let (trade_no, cents) = (&order.trade_no, order.pay_fee);
        if let Effect::Recharge { .. } = order.effect {
            self.wallet
                .note(trade_no, cents, Cause::Recharge, at, "outside");
        } else if !self.wallet.pay(trade_no, cents, Cause::Payment, at) {
            return;
        }
        order.status = Status::Paid;
        match order.effect.clone() {
            Effect::UserProduct { items } => self.deliver(id, items, at),
            Effect::Recharge { cents } => {
                self.wallet.balance = self.wallet.balance.saturating_add(cents);
            }
            Effect::Renewal { ids, months } => {
                let products = self.user_products.iter_mut();
                for product in products.filter(|product| ids.contains(&product.id)) {
                    product.expired_at = days_later(product.expired_at, MONTH * months);
                }
            }
        }
    }

    fn wallet(&mut self) -> &mut Wallet {
        &mut self.wallet
    }
}

impl Account {
    /// Returns the order of this number, to be changed.
    pub fn order_mut(&mut self, trade_no: &str) -> Option<&mut Order> {
        let mut orders = self.orders.iter_mut();
        orders.find(|order| order.trade_no == trade_no)
    }

    /// Returns the user-product of this id.
    pub fn user_product(&self, id: i64) -> Option<&UserProduct> {
        let found = self.user_products.binary_search_by_key(&id, |one| one.id);
        self.user_products.get(found.ok()?)
    }

    /// Makes up an order number the way the vendor's look: an instant and digits. The instant is
    /// that of the start, so that the same world has the same numbers.
    pub fn trade_no(&mut self) -> String {
        let digits = self.random.below(100_000_000_000_000);
        format!("{}{digits:014}", self.opened_at.strftime("%Y%m%d%H%M%S"))
    }

    /// Returns the id of the next order.
    pub fn next_order_id(&self) -> i64 {
        self.orders.last().map_or(1, |newest| newest.id + 1)
    }

    /// Enters an order under the next id, and returns it as the vendor shows it.
    pub fn enter(&mut self, mut order: Order) -> Value {
        order.id = self.next_order_id();
        let shown = order.json();
        self.orders.push(order);
        shown
    }

    /// Places a pending order, which is paid after `pays_in`, and returns it as the vendor shows
    /// it.
    pub fn place(&mut self, mut order: Order, pays_in: Option<Duration>, now: Timestamp) -> Value {
        order.pays_at = pays_in.map(|delay| later(now, delay));
        let lapses_at = later(now, UNPAID);
        // An order with a payment method does not lapse before it is paid.
        order.lapses_at = order.pays_at.max(Some(lapses_at));
        self.enter(order)
    }

    /// Places an order and pays it at once, if the balance is enough. Returns it as the vendor
    /// shows it.
    pub fn place_paid(&mut self, order: Order, now: Timestamp) -> Value {
        let placed = self.place(order, Some(Duration::ZERO), now);
        let Some(id) = self.orders.last().map(|newest| newest.id) else {
            return placed;
        };
        self.happen(id, now);
        find(&self.orders, id).map_or(placed, Order::json)
    }

    /// Delivers the product of a paid order.
    pub fn deliver(&mut self, order_id: i64, items: i64, at: Timestamp) {
        let Some(order) = find(&self.orders, order_id) else {
            return;
        };
        let login = (self.random.username(), self.random.password());
        self.user_products.push(UserProduct {
            id: self.user_products.last().map_or(1, |last| last.id + 1),
            items,
            product_type: order.product_type,
            trade_no: order.trade_no.clone(),
            title: order.product_name.clone(),
            ordered_at: order.created_at,
            created_at: at,
            expired_at: days_later(at, MONTH),
        });
        self.whitelist.push(WhitelistAccount {
            id: self.next_whitelist_id(),
            username: login.0,
            password: login.1,
            created_at: at,
            remark: order.trade_no.clone(),
            product_type: order.product_type,
            limit_flow: 0,
            is_enabled: true,
        });
    }

    /// Returns the id of the next whitelist account.
    pub fn next_whitelist_id(&self) -> i64 {
        self.whitelist.last().map_or(1, |last| last.id + 1)
    }
}
