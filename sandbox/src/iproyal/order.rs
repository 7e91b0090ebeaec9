//! An order and how it is shown.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::catalogue::Plan;
use crate::account;
use crate::answer::money;
use crate::clock::{date, days_later, days_long, later};
use crate::words::words;

/// The days before its end in which an order is expiring soon. The vendor does not say.
const SOON: u32 = 3;

/// An order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Order {
    pub id: i64,
    pub note: Option<String>,
    pub product_id: i64,
    pub product_name: String,
    pub plan_id: i64,
    pub plan_name: String,
    pub status: Status,
    pub billing: Billing,
    pub expires_at: Option<Timestamp>,
    /// The time at which an order in progress gets its proxies; `None` if never.
    pub ready_at: Option<Timestamp>,
    pub places: Vec<Place>,
    pub quantity: i64,
    pub answers: Vec<(String, Value)>,
    /// Made at the purchase, but shown only once they are ready.
    pub proxies: Vec<Proxy>,
    /// The user name and password that the proxies had at first.
    pub first_login: Login,
    pub auto_extend: Option<AutoExtend>,
    pub extensions: Vec<Extension>,
}

words! {
    /// The documented states.
    pub enum Status {
        Unpaid = "unpaid",
        InProgress = "in-progress",
        Confirmed = "confirmed",
        Refunded = "refunded",
        Expired = "expired",
    }
}

words! {
    /// The way in which an order is billed.
    pub enum Billing {
        Subscription = "subscription",
        Regular = "regular",
    }
}

/// The way in which something is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payment {
    Balance,
    Card(i64),
}

/// A location and the number of an order's proxies there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Place {
    pub location_id: i64,
    pub name: String,
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

/// The settings by which an order extends itself.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct AutoExtend {
    pub plan_id: i64,
    pub payment: Payment,
}

/// One extension of the past.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Extension {
    plan_id: i64,
    plan_name: String,
    price: i64,
    at: Timestamp,
    until: Timestamp,
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
            Status::InProgress => self.ready_at,
            Status::Confirmed => self.expires_at,
            Status::Unpaid | Status::Refunded | Status::Expired => None,
        }
    }
}

impl Order {
    /// Moves its end by the days of a plan.
    pub fn extend(&mut self, plan: &Plan, price: i64, at: Timestamp) {
        let until = days_later(self.expires_at.unwrap_or(at), plan.days);
        self.expires_at = Some(until);
        self.extensions.push(Extension {
            plan_id: plan.id,
            plan_name: plan.name.clone(),
            price,
            at,
            until,
        });
    }

    /// Tells whether it is about to expire.
    pub fn is_expiring_soon(&self, now: Timestamp) -> bool {
        let soon = later(now, days_long(SOON));
        self.status == Status::Confirmed && self.expires_at.is_some_and(|at| at <= soon)
    }

    /// Returns the proxies that its owner can see.
    pub fn visible_proxies(&self) -> &[Proxy] {
        match self.status {
            Status::Unpaid | Status::InProgress => &[],
            Status::Confirmed | Status::Refunded | Status::Expired => &self.proxies,
        }
    }

    /// Returns the order as the vendor shows it.
    pub fn json(&self) -> Value {
        let proxies = self.visible_proxies().iter().map(|proxy| {
            let Login { username, password } = &proxy.login;
            json!({ "username": username, "password": password, "ip": proxy.ip })
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
            // The form of several locations is undocumented.
            "locations": names.join(", "),
            "quantity": self.quantity,
            "questions_answers": answers.collect::<Vec<_>>(),
            "proxy_data": {
                "ports": { "socks5": 12324, "http|https": 12323 },
                "proxies": proxies.collect::<Vec<_>>(),
            },
            "auto_extend_settings": self.auto_extend.map(|settings| settings.json(self.id, true)),
            "extended_history": self.extensions.iter().map(Extension::json).collect::<Vec<_>>(),
            "is_test": false,
        })
    }
}

impl AutoExtend {
    /// Returns the settings as the vendor answers them. Those that are off name no payment.
    pub fn json(self, order_id: i64, is_enabled: bool) -> Value {
        let (kind, card_id) = match self.payment {
            _ if !is_enabled => (None, None),
            Payment::Balance => (Some("balance"), None),
            Payment::Card(id) => (Some("card"), Some(id)),
        };
        json!({
            "order_id": order_id,
            "is_enabled": is_enabled,
            "product_plan_id": self.plan_id,
            "payment_type": kind,
            "card_id": card_id,
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
