//! An account: its orders, what they bought, and how they are paid.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::seed;
use crate::answer::money;
use crate::clock::{days_later, later};
use crate::random::Random;
use crate::world::{Opening, World};

/// How long an order may stay unpaid.
const UNPAID: Duration = Duration::from_secs(30 * 60);
/// Days that what was bought lasts, and that a month of renewal adds.
pub const MONTH: u32 = 30;

/// What one key owns.
#[derive(Debug)]
pub(crate) struct Account {
    /// Cents.
    pub balance: i64,
    /// By rising id.
    pub orders: Vec<Order>,
    /// By rising id.
    pub user_products: Vec<UserProduct>,
    /// By rising id.
    pub whitelist: Vec<WhitelistAccount>,
    pub flows: Vec<Flow>,
    pub random: Random,
    pub opened_at: Timestamp,
    pub provisioning_delay: Duration,
}

/// An order.
#[derive(Debug)]
pub struct Order {
    pub id: i64,
    pub trade_no: String,
    pub product_id: i64,
    pub product_name: &'static str,
    pub product_type: i64,
    pub status: Status,
    /// Cents.
    pub total_fee: i64,
    /// Cents.
    pub pay_fee: i64,
    /// Whether its fees are answered as text.
    pub fees_are_text: bool,
    pub created_at: Timestamp,
    /// When somebody pays it, if anybody will.
    pub pays_at: Option<Timestamp>,
    /// When it is cancelled if nobody has paid it.
    pub lapses_at: Option<Timestamp>,
    pub effect: Effect,
}

/// The documented states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending = 0,
    Paid = 1,
    Cancelled = 2,
    Refunded = 3,
}

/// What comes of an order once it is paid.
#[derive(Debug, Clone)]
pub enum Effect {
    /// A user-product of so many items.
    UserProduct { items: i64 },
    /// These user-products last longer.
    Renewal { ids: Vec<i64>, months: u32 },
    /// So many cents of balance.
    Recharge { cents: i64 },
}

/// What was bought.
#[derive(Debug)]
pub struct UserProduct {
    pub id: i64,
    pub items: i64,
    pub product_type: i64,
    pub trade_no: String,
    pub title: &'static str,
    pub ordered_at: Timestamp,
    pub created_at: Timestamp,
    pub expired_at: Timestamp,
}

/// A user name and password that proxies are used with.
#[derive(Debug)]
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

/// What was used on a day.
#[derive(Debug)]
pub struct Flow {
    pub day: jiff::civil::Date,
    pub username: String,
    pub product_type: i64,
    pub kilobytes: i64,
}

impl World for Account {
    const VENDOR: &'static str = "smartproxy";

    fn seeded(opening: Opening) -> Self {
        seed::account(opening)
    }

    fn settle(&mut self, now: Timestamp) {
        // One event at a time and the earliest first, so that it makes no difference how often
        // somebody looks.
        while let Some((at, index)) = self.next_due(now) {
            self.happen(index, at);
        }
    }
}

impl Account {
    /// The order of that number.
    pub fn order_mut(&mut self, trade_no: &str) -> Option<&mut Order> {
        self.orders
            .iter_mut()
            .find(|order| order.trade_no == trade_no)
    }

    /// The user-product of that id.
    pub fn user_product(&self, id: i64) -> Option<&UserProduct> {
        self.user_products.iter().find(|product| product.id == id)
    }

    /// Makes up an order number the way the vendor's look: an instant and digits. The instant is
    /// that of the start, so that the same world has the same numbers.
    pub fn trade_no(&mut self) -> String {
        let digits = self.random.below(100_000_000_000_000);
        format!("{}{digits:014}", self.opened_at.strftime("%Y%m%d%H%M%S"))
    }

    /// Places a pending order, which somebody pays if `is_paid`.
    pub fn place(&mut self, mut order: Order, is_paid: bool, now: Timestamp) -> &Order {
        order.id = self.orders.last().map_or(1, |last| last.id + 1);
        order.pays_at = is_paid.then(|| later(now, self.provisioning_delay));
        let lapses_at = later(now, UNPAID);
        // However long provisioning is set to take, whoever pays is given the time.
        order.lapses_at = order.pays_at.max(Some(lapses_at));
        let index = self.orders.len();
        self.orders.push(order);
        &self.orders[index]
    }

    fn next_due(&self, now: Timestamp) -> Option<(Timestamp, usize)> {
        let due = self.orders.iter().enumerate().filter_map(|(index, order)| {
            if order.status != Status::Pending {
                return None;
            }
            // Whoever pays comes before the end even at the same instant.
            let at = [order.pays_at, order.lapses_at]
                .into_iter()
                .flatten()
                .min()?;
            (at <= now).then_some((at, index))
        });
        due.min()
    }

    /// Lets the next event of a pending order happen: it is paid or cancelled.
    fn happen(&mut self, index: usize, at: Timestamp) {
        let Some(order) = self.orders.get_mut(index) else {
            return;
        };
        let is_payment = order.pays_at.take().is_some_and(|pays_at| pays_at <= at);
        if !is_payment {
            order.status = Status::Cancelled;
            return;
        }
        // A recharge is paid from outside; everything else from the balance.
        let from_balance = match order.effect {
            Effect::Recharge { .. } => 0,
            Effect::UserProduct { .. } | Effect::Renewal { .. } => order.pay_fee,
        };
        if from_balance > self.balance {
            return;
        }
        self.balance -= from_balance;
        order.status = Status::Paid;
        match order.effect.clone() {
            Effect::UserProduct { items } => self.deliver(index, items, at),
            Effect::Recharge { cents } => self.balance = self.balance.saturating_add(cents),
            Effect::Renewal { ids, months } => {
                let renewed = self
                    .user_products
                    .iter_mut()
                    .filter(|p| ids.contains(&p.id));
                for product in renewed {
                    product.expired_at = days_later(product.expired_at, MONTH * months);
                }
            }
        }
    }

    /// Hands over what an order has bought.
    pub fn deliver(&mut self, index: usize, items: i64, at: Timestamp) {
        let Some(order) = self.orders.get(index) else {
            return;
        };
        let login = (self.random.username(), self.random.password());
        self.user_products.push(UserProduct {
            id: self.user_products.last().map_or(1, |last| last.id + 1),
            items,
            product_type: order.product_type,
            trade_no: order.trade_no.clone(),
            title: order.product_name,
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

    /// The id of the next whitelist account.
    pub fn next_whitelist_id(&self) -> i64 {
        self.whitelist.last().map_or(1, |last| last.id + 1)
    }
}

impl Order {
    /// As the vendor shows it.
    pub fn json(&self) -> Value {
        let fee = |cents: i64| {
            if self.fees_are_text {
                Value::from(format!("{}.{:02}", cents / 100, cents % 100))
            } else {
                money(cents)
            }
        };
        json!({
            "id": self.id,
            "trade_no": self.trade_no,
            "product_id": self.product_id,
            "product_name": self.product_name,
            "total_fee": fee(self.total_fee),
            "pay_fee": fee(self.pay_fee),
            "status": self.status as i64,
            "created_at": self.created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        })
    }
}

/// An instant as the older pages write it, in UTC.
pub fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
