//! An order and how it is shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::account;
use crate::answer::{decimal, money};

/// An order.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    pub id: i64,
    pub trade_no: String,
    pub product_id: i64,
    pub product_name: String,
    pub product_type: i64,
    pub status: Status,
    /// Cents.
    pub total_fee: i64,
    /// Cents.
    pub pay_fee: i64,
    /// True if its fees are answered as text.
    pub fees_are_text: bool,
    /// True if the amount to pay is answered as 0. The order costs what it costs all the same.
    #[serde(default)]
    pub pay_fee_is_zero: bool,
    pub created_at: Timestamp,
    /// The time at which it is paid, if it is going to be.
    pub pays_at: Option<Timestamp>,
    /// The time at which it is cancelled if it is not paid.
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
    /// Returns the state of this number.
    pub fn of(number: i64) -> Option<Self> {
        let all = [Self::Pending, Self::Paid, Self::Cancelled, Self::Refunded];
        all.into_iter().find(|status| *status as i64 == number)
    }
}

/// The effect of an order once it is paid.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Effect {
    /// Makes a user-product of so many items.
    UserProduct { items: i64 },
    /// Makes these user-products last longer.
    Renewal { ids: BTreeSet<i64>, months: u32 },
    /// Adds so many cents to the balance.
    Recharge { cents: i64 },
}

impl account::Order for Order {
    fn id(&self) -> i64 {
        self.id
    }

    fn status(&self) -> String {
        (self.status as i64).to_string()
    }

    fn due(&self) -> Option<Timestamp> {
        if self.status != Status::Pending {
            return None;
        }
        // A payment comes before the end even at the same instant.
        [self.pays_at, self.lapses_at].into_iter().flatten().min()
    }
}

impl Order {
    /// Returns the order as the vendor shows it.
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
            "pay_fee": fee(if self.pay_fee_is_zero { 0 } else { self.pay_fee }),
            "status": self.status as i64,
            "created_at": self.created_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        })
    }
}
