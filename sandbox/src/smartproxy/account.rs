//! An account: its orders, what they bought, and how they are paid.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::seed;
use crate::answer::{decimal, money};
use crate::book::{Book, Entry, EntryMut};
use crate::clock::{days_later, later};
use crate::ledger::{Cause, Till};
use crate::random::Random;
use crate::vendor::Vendor;
use crate::world::{Accounts, Opening, Shared, World};

/// How long an order may stay unpaid.
const UNPAID: Duration = Duration::from_secs(30 * 60);
/// Days that what was bought lasts, and that a month of renewal adds.
pub const MONTH: u32 = 30;

/// What one key owns.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Account {
    /// Cents.
    pub balance: i64,
    pub orders: Book<Order>,
    /// The ids of the orders by their numbers.
    pub by_trade_no: BTreeMap<String, i64>,
    /// By rising id.
    pub user_products: Vec<UserProduct>,
    /// By rising id.
    pub whitelist: Vec<WhitelistAccount>,
    pub flows: Vec<Flow>,
    pub random: Random,
    pub opened_at: Timestamp,
    #[serde(skip)]
    pub till: Till,
}

/// An order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    pub id: i64,
    pub trade_no: String,
    pub product_id: i64,
    pub product_name: Cow<'static, str>,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    Pending = 0,
    Paid = 1,
    Cancelled = 2,
    Refunded = 3,
}

impl Status {
    /// The state of that number.
    pub fn of(number: i64) -> Option<Self> {
        let all = [Self::Pending, Self::Paid, Self::Cancelled, Self::Refunded];
        all.into_iter().find(|status| *status as i64 == number)
    }
}

/// What comes of an order once it is paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Effect {
    /// A user-product of so many items.
    UserProduct { items: i64 },
    /// These user-products last longer.
    Renewal { ids: BTreeSet<i64>, months: u32 },
    /// So many cents of balance.
    Recharge { cents: i64 },
}

/// What was bought.
#[derive(Debug, Serialize, Deserialize)]
pub struct UserProduct {
    pub id: i64,
    pub items: i64,
    pub product_type: i64,
    pub trade_no: String,
    pub title: Cow<'static, str>,
    pub ordered_at: Timestamp,
    pub created_at: Timestamp,
    pub expired_at: Timestamp,
}

/// A user name and password that proxies are used with.
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

/// What was used on a day.
#[derive(Debug, Serialize, Deserialize)]
pub struct Flow {
    pub day: jiff::civil::Date,
    pub username: String,
    pub product_type: i64,
    pub kilobytes: i64,
}

impl World for Account {
    const VENDOR: Vendor = Vendor::SmartProxy;

    fn accounts(shared: &Shared) -> &Accounts<Self> {
        &shared.smartproxy
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
            *statuses
                .entry((shelf.status as i64).to_string())
                .or_default() += count;
        }
        statuses
    }
}

/// What orders are filtered by most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shelf {
    pub product_type: i64,
    pub status: Status,
}

impl Entry for Order {
    type Shelf = Shelf;

    fn id(&self) -> i64 {
        self.id
    }

    fn shelf(&self) -> Shelf {
        Shelf {
            product_type: self.product_type,
            status: self.status,
        }
    }

    fn due(&self) -> Option<Timestamp> {
        if self.status != Status::Pending {
            return None;
        }
        // Whoever pays comes before the end even at the same instant.
        [self.pays_at, self.lapses_at].into_iter().flatten().min()
    }
}

impl Account {
    /// The order of that number.
    pub fn order(&self, trade_no: &str) -> Option<&Order> {
        self.orders.get(*self.by_trade_no.get(trade_no)?)
    }

    /// The order of that number, to be changed.
    pub fn order_mut(&mut self, trade_no: &str) -> Option<EntryMut<'_, Order>> {
        self.orders.get_mut(*self.by_trade_no.get(trade_no)?)
    }

    /// The user-product of that id.
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

    /// The id of the next order.
    pub fn next_order_id(&self) -> i64 {
        self.orders.newest().map_or(1, |newest| newest.id + 1)
    }

    /// Enters an order under the next id, and says how it is shown.
    pub fn enter(&mut self, mut order: Order) -> Value {
        order.id = self.next_order_id();
        let shown = order.json();
        self.by_trade_no.insert(order.trade_no.clone(), order.id);
        self.orders.push(order);
        shown
    }

    /// Places a pending order, which somebody pays after a while if there is one, and says how it
    /// is shown.
    pub fn place(&mut self, mut order: Order, pays_in: Option<Duration>, now: Timestamp) -> Value {
        order.pays_at = pays_in.map(|delay| later(now, delay));
        let lapses_at = later(now, UNPAID);
        // However long provisioning is set to take, whoever pays is given the time.
        order.lapses_at = order.pays_at.max(Some(lapses_at));
        self.enter(order)
    }

    /// Lets what is due for a pending order happen: it is paid or cancelled.
    fn happen(&mut self, id: i64, at: Timestamp) {
        let Some(mut order) = self.orders.get_mut(id) else {
            return;
        };
        let is_payment = order.pays_at.take().is_some_and(|pays_at| pays_at <= at);
        if !is_payment {
            order.status = Status::Cancelled;
            return;
        }
        // A recharge is paid from outside; everything else from the balance.
        let (from_balance, cause, paid_from) = match order.effect {
            Effect::Recharge { .. } => (0, Cause::Recharge, "outside"),
            Effect::UserProduct { .. } | Effect::Renewal { .. } => {
                (order.pay_fee, Cause::Payment, "balance")
            }
        };
        if from_balance > self.balance {
            return;
        }
        self.balance -= from_balance;
        order.status = Status::Paid;
        self.till
            .note(at, &order.trade_no, order.pay_fee, cause, paid_from);
        let effect = order.effect.clone();
        drop(order);
        match effect {
            Effect::UserProduct { items } => self.deliver(id, items, at),
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
    pub fn deliver(&mut self, order_id: i64, items: i64, at: Timestamp) {
        let Some(order) = self.orders.get(order_id) else {
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
                Value::from(decimal(cents))
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
