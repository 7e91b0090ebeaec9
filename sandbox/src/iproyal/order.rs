//! An order and how it is shown.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::account::Payment;
use super::catalogue::Plan;
use crate::answer::money;
use crate::book::{Entry, Rank};
use crate::clock::{days_later, days_long, later};

/// How close an order is to its end to be expiring soon. The vendor does not say.
const SOON: u32 = 3;

/// A name, of the catalogue or out of the state file.
pub type Name = Cow<'static, str>;

/// What was bought.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    pub id: i64,
    pub note: Option<String>,
    pub product_id: i64,
    pub product_name: Name,
    pub plan_id: i64,
    pub plan_name: Name,
    pub status: Status,
    pub billing: Billing,
    pub expires_at: Option<Timestamp>,
    /// When an order in progress gets its proxies; `None` if never.
    pub ready_at: Option<Timestamp>,
    pub places: Vec<Place>,
    pub quantity: i64,
    pub answers: Vec<(Name, Value)>,
    /// Made at once, but shown only from when they are ready.
    pub proxies: Vec<Proxy>,
    /// The user name and password that the proxies had at first.
    pub first_login: Login,
    pub auto_extend: Option<AutoExtend>,
    pub extensions: Vec<Extension>,
}

/// The documented states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Status {
    Unpaid,
    InProgress,
    Confirmed,
    Refunded,
    Expired,
}

/// How an order is billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Billing {
    Subscription,
    Regular,
}

/// Where how many of an order's proxies are.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub location_id: i64,
    pub name: Name,
    pub quantity: i64,
}

/// A user name and password.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Login {
    pub username: String,
    pub password: String,
}

/// A proxy.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proxy {
    pub ip: String,
    pub login: Login,
}

/// How an order extends itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct AutoExtend {
    pub plan_id: i64,
    pub payment: Payment,
}

/// One extension of the past.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Extension {
    plan_id: i64,
    plan_name: Name,
    price: i64,
    at: Timestamp,
    until: Timestamp,
}

impl Status {
    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            Self::Unpaid,
            Self::InProgress,
            Self::Confirmed,
            Self::Refunded,
            Self::Expired,
        ];
        all.into_iter().find(|status| status.name() == name)
    }

    /// The vendor's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::InProgress => "in-progress",
            Self::Confirmed => "confirmed",
            Self::Refunded => "refunded",
            Self::Expired => "expired",
        }
    }
}

impl Billing {
    /// The way of billing of that name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "subscription" => Some(Self::Subscription),
            "regular" => Some(Self::Regular),
            _ => None,
        }
    }
}

/// What orders are filtered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shelf {
    pub product_id: i64,
    pub status: Status,
    pub billing: Billing,
    pub location_ids: Vec<i64>,
    pub has_note: bool,
}

/// The columns that orders are sorted by, besides the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    ExpireDate,
    Status,
    Quantity,
    Note,
}

impl Entry for Order {
    type Shelf = Shelf;

    fn id(&self) -> i64 {
        self.id
    }

    fn shelf(&self) -> Shelf {
        Shelf {
            product_id: self.product_id,
            status: self.status,
            billing: self.billing,
            location_ids: self.places.iter().map(|place| place.location_id).collect(),
            has_note: self.note.is_some(),
        }
    }

    fn due(&self) -> Option<Timestamp> {
        match self.status {
            Status::InProgress => self.ready_at,
            Status::Confirmed => self.expires_at,
            Status::Unpaid | Status::Refunded | Status::Expired => None,
        }
    }

    // In the order of `Column`.
    fn ranks(&self) -> Vec<Rank> {
        let columns = [
            Column::ExpireDate,
            Column::Status,
            Column::Quantity,
            Column::Note,
        ];
        columns.map(|column| self.rank(column)).to_vec()
    }
}

impl Order {
    /// Where it belongs when orders are sorted by a column.
    pub fn rank(&self, column: Column) -> Rank {
        match column {
            Column::ExpireDate => Rank::Time(self.expires_at),
            Column::Status => Rank::Text(Some(self.status.name().to_owned())),
            Column::Quantity => Rank::Number(self.quantity),
            Column::Note => Rank::Text(self.note.clone()),
        }
    }

    /// Moves its end by the days of a plan.
    pub fn extend(&mut self, plan: Plan, price: i64, at: Timestamp) {
        let until = days_later(self.expires_at.unwrap_or(at), plan.days);
        self.expires_at = Some(until);
        self.extensions.push(Extension {
            plan_id: plan.id,
            plan_name: plan.name.into(),
            price,
            at,
            until,
        });
    }

    /// Whether it is about to expire.
    pub fn is_expiring_soon(&self, now: Timestamp) -> bool {
        self.status == Status::Confirmed && self.expires_at.is_some_and(|at| at <= soon(now))
    }

    /// The proxies that its owner can see.
    pub fn visible_proxies(&self) -> &[Proxy] {
        match self.status {
            Status::Unpaid | Status::InProgress => &[],
            Status::Confirmed | Status::Refunded | Status::Expired => &self.proxies,
        }
    }

    /// As the vendor shows it.
    pub fn json(&self) -> Value {
        let proxies = self.visible_proxies().iter().map(|proxy| {
            json!({
                "username": proxy.login.username,
                "password": proxy.login.password,
                "ip": proxy.ip,
            })
        });
        let answers = self
            .answers
            .iter()
            .map(|(question, answer)| json!({ "question": question, "answer": answer }));
        let names: Vec<&str> = self.places.iter().map(|place| &*place.name).collect();
        json!({
            "id": self.id,
            "note": self.note,
            "product_name": self.product_name,
            "plan_name": self.plan_name,
            "expire_date": self.expires_at.map(date),
            "status": self.status.name(),
            "location": names.first(),
            // How several look is undocumented.
            "locations": names.join(", "),
            "quantity": self.quantity,
            "questions_answers": answers.collect::<Vec<_>>(),
            "proxy_data": {
                "ports": { "socks5": 12324, "http|https": 12323 },
                "proxies": proxies.collect::<Vec<_>>(),
            },
            "auto_extend_settings": self.auto_extend.map(|settings| settings.json(self.id)),
            "extended_history": self.extensions.iter().map(Extension::json).collect::<Vec<_>>(),
            "is_test": false,
        })
    }
}

impl AutoExtend {
    /// As the vendor answers to switching it on.
    pub fn json(self, order_id: i64) -> Value {
        json!({
            "order_id": order_id,
            "is_enabled": true,
            "product_plan_id": self.plan_id,
            "payment_type": self.payment.kind(),
            "card_id": self.payment.card_id(),
        })
    }
}

impl Extension {
    /// The vendor's fields are undocumented; these are the sandbox's own.
    fn json(&self) -> Value {
        json!({
            "product_plan_id": self.plan_id,
            "plan_name": self.plan_name,
            "price": money(self.price),
            "extended_at": date(self.at),
            "expire_date": date(self.until),
        })
    }
}

/// Until when what expires is expiring soon.
pub fn soon(now: Timestamp) -> Timestamp {
    later(now, days_long(SOON))
}

/// An instant as the vendor writes it, in UTC.
pub fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
