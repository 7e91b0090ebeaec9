//! The account that every token begins with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::json;

use super::account::Account;
use super::catalogue::products;
use super::order::{AutoExtend, Billing, Order, Payment, Place, Status};
use crate::account::Opening;
use crate::clock::{days_later, days_long, earlier};
use crate::random::Addresses;
use crate::wallet::Wallet;

/// The order that a key rotates.
const MOBILE_ORDER: i64 = 303;

const EXTRA: &str = "Extra requirements (if you have any):";

/// The id of the first order that is bought, or of the first extra one.
const NEXT_ORDER: i64 = 20_001;

/// Makes it.
pub fn account(opening: Opening) -> Account {
    let Opening {
        at,
        mut random,
        extra_orders,
    } = opening;
    let addresses = Addresses::new(&mut random);
    let mut account = Account {
        wallet: Wallet::new(88_405),
        products: products(),
        orders: Vec::new(),
        rotation_keys: BTreeMap::from([("sandbox-key".to_owned(), MOBILE_ORDER)]),
        next_order_id: NEXT_ORDER,
        random,
        addresses,
    };
    for past in orders() {
        if let Some(order) = past.order(&mut account, at) {
            account.orders.push(order);
        }
    }
    for number in 0..extra_orders {
        let past = extra(account.next_order_id, number);
        if let Some(order) = past.order(&mut account, at) {
            account.next_order_id += 1;
            account.orders.push(order);
        }
    }
    account
}

/// One of the orders beside those that every account has: most are confirmed and end within a
/// year, some have expired.
fn extra(id: i64, number: usize) -> Past {
    let (plan_id, places): (_, &[_]) = match number % 3 {
        0 => (456, &[(789, 1)]),
        1 => (678, &[(456, 1)]),
        _ => (3, &[(790, 1)]),
    };
    let days = i32::try_from(number % 360).unwrap_or_default() + 5;
    let has_expired = number % 10 == 9;
    Past {
        id,
        plan_id,
        places,
        status: if has_expired {
            Status::Expired
        } else {
            Status::Confirmed
        },
        ends_in: Some(if has_expired { -days } else { days }),
        ..ORDINARY
    }
}

/// An order of the past, in short.
struct Past {
    id: i64,
    product_id: i64,
    plan_id: i64,
    places: &'static [(i64, i64)],
    status: Status,
    /// Days from the start of the world to its end.
    ends_in: Option<i32>,
    note: Option<&'static str>,
    /// True if it is a subscription that extends itself from the balance.
    subscription: bool,
}

const ORDINARY: Past = Past {
    id: 0,
    product_id: 123,
    plan_id: 456,
    places: &[],
    status: Status::Confirmed,
    ends_in: Some(20),
    note: None,
    subscription: false,
};

#[rustfmt::skip]
fn orders() -> Vec<Past> {
    let past = |id, places| Past { id, places, ..ORDINARY };
    let waiting = |id, places| Past {
        status: Status::InProgress,
        ends_in: Some(30),
        ..past(id, places)
    };
    // By rising id.
    vec![
        Past { ends_in: Some(25), ..past(123, &[(789, 2)]) },
        Past { ends_in: Some(25), ..past(202, &[(789, 3)]) },
        Past { product_id: 33, plan_id: 41, ..past(MOBILE_ORDER, &[(81, 1)]) },
        past(420, &[(456, 5)]),
        Past { status: Status::Unpaid, ends_in: None, ..past(500, &[(789, 4)]) },
        Past { status: Status::Refunded, ends_in: Some(-40), ..past(501, &[(456, 2)]) },
        Past { status: Status::Expired, ends_in: Some(-10), ..past(502, &[(790, 6)]) },
        Past { ends_in: Some(2), note: Some("ends soon"), ..past(503, &[(456, 8)]) },
        Past { ends_in: Some(5), subscription: true, ..past(504, &[(789, 4)]) },
        Past { product_id: 9, plan_id: 4, ends_in: Some(29), ..past(505, &[(51, 5)]) },
        Past { product_id: 11, plan_id: 21, ends_in: Some(28), ..past(506, &[(61, 3), (62, 2)]) },
        Past { note: Some("example note"), ..waiting(789, &[(456, 10)]) },
        Past { note: Some("example note"), ..waiting(1011, &[(456, 3)]) },
        Past { ends_in: Some(12), ..past(12345, &[(789, 5)]) },
    ]
}

impl Past {
    fn order(&self, account: &mut Account, at: Timestamp) -> Option<Order> {
        let product = account.product(self.product_id)?;
        let (product_name, plan) = (product.name.clone(), product.plan(self.plan_id)?.clone());
        let place = |&(location_id, quantity): &(i64, i64)| {
            let name = product.location(location_id)?.name.clone();
            Some(Place {
                location_id,
                name,
                quantity,
            })
        };
        let places: Vec<Place> = self.places.iter().filter_map(place).collect();
        let quantity = places.iter().map(|place| place.quantity).sum();
        let (proxies, first_login) = account.make_proxies(quantity);
        let settings = AutoExtend {
            plan_id: plan.id,
            payment: Payment::Balance,
        };
        // The documented sample shows the answer of this order.
        let answer = (self.id == 420).then(|| (EXTRA.into(), json!("I need 128.158.97")));
        Some(Order {
            id: self.id,
            note: self.note.map(str::to_owned),
            product_id: self.product_id,
            product_name,
            plan_id: plan.id,
            plan_name: plan.name,
            status: self.status,
            billing: if self.subscription {
                Billing::Subscription
            } else {
                Billing::Regular
            },
            expires_at: self.ends_in.map(|days| from(at, days)),
            ready_at: None,
            places,
            quantity,
            answers: answer.into_iter().collect(),
            proxies,
            first_login,
            auto_extend: self.subscription.then_some(settings),
            extensions: Vec::new(),
        })
    }
}

/// So many days after an instant, or before it.
fn from(at: Timestamp, days: i32) -> Timestamp {
    if days < 0 {
        earlier(at, days_long(days.unsigned_abs()))
    } else {
        days_later(at, days.unsigned_abs())
    }
}
