//! The account that every token begins with.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::account::{Account, Card, Coupon, Payment};
use super::catalogue::{Location, Network, Plan, Product, Question};
use super::order::{AutoExtend, Billing, Order, Place, Status};
use crate::book::Book;
use crate::clock::{days_later, days_long};
use crate::ledger::Till;
use crate::random::Addresses;
use crate::world::Opening;

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
        balance: 88_405,
        cards: cards(),
        coupons: coupons(),
        products: products(),
        orders: Book::default(),
        rotation_keys: BTreeMap::from([("sandbox-key".to_owned(), MOBILE_ORDER)]),
        next_order_id: NEXT_ORDER,
        random,
        addresses,
        till: Till::default(),
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

/// The coupons that are good.
pub fn coupons() -> Vec<Coupon> {
    vec![
        Coupon {
            code: "DISCOUNT2024",
            percent: 0,
        },
        Coupon {
            code: "SAVE10",
            percent: 10,
        },
    ]
}

/// The saved ways to pay.
pub fn cards() -> Vec<Card> {
    let card = |id: i64, declines: bool, details: Value| {
        let mut json = json!({
            "id": id,
            "provider": "stripe",
            "custom_name": null,
            "payment_method": "card",
            "card_type": "visa",
            "currency": "USD",
            "last_four_digits": "1234",
            "expiry_date": "2030/01",
            "update_url": null,
            "cancel_url": null,
            "products_with_order_ids": [],
            "has_royal_auto_extend_enabled": false,
            "updated_at": "2025-04-11T14:06:28.000000Z",
        });
        if let (Value::Object(json), Value::Object(details)) = (&mut json, details) {
            json.extend(details);
        }
        Card { id, declines, json }
    };
    vec![
        card(1, false, json!({ "last_four_digits": "4242" })),
        card(2, false, json!({})),
        card(
            3,
            false,
            json!({
                "provider": "paddle",
                "payment_method": "paypal",
                "card_type": null,
                "last_four_digits": null,
                "expiry_date": null,
            }),
        ),
        card(
            4,
            true,
            json!({ "custom_name": "declined", "last_four_digits": "0002" }),
        ),
    ]
}

fn plan(id: i64, name: &'static str, days: u32, price: i64, min_quantity: i64) -> Plan {
    Plan {
        id,
        name,
        days,
        price,
        min_quantity,
        max_quantity: 100_000,
    }
}

fn country(
    id: i64,
    name: &'static str,
    country_code: &'static str,
    stock: impl Into<Option<i64>>,
) -> Location {
    Location {
        id,
        name,
        country_code,
        country_name: name,
        stock: stock.into(),
        child_locations: Vec::new(),
    }
}

fn with_cities(mut country: Location, cities: &[(i64, &'static str, i64)]) -> Location {
    let cities = cities.iter().map(|&(id, name, stock)| Location {
        id,
        name,
        country_code: country.country_code,
        country_name: country.country_name,
        stock: Some(stock),
        child_locations: Vec::new(),
    });
    country.child_locations = cities.collect();
    country
}

/// What is sold, with what is left of it at first.
pub fn products() -> Vec<Product> {
    let question = |id, text, is_required| Question {
        id,
        text,
        is_required,
    };
    vec![
        Product {
            id: 9,
            name: "Static Residential",
            network: Network::StaticResidential,
            plans: vec![plan(4, "30 Days", 30, 200, 5)],
            locations: vec![country(51, "Australia", "AU", 1142)],
            questions: vec![question(5, EXTRA, false)],
            quantity_discounts: vec![(99, 5)],
        },
        Product {
            id: 11,
            name: "Datacenter",
            network: Network::Datacenter,
            plans: vec![plan(21, "30 Days", 30, 157, 1)],
            locations: vec![
                country(61, "United States", "US", 4000),
                country(62, "Netherlands", "NL", 750),
            ],
            questions: vec![question(14, "What will the proxies be used for?", true)],
            quantity_discounts: vec![(50, 4), (200, 8)],
        },
        Product {
            id: 12,
            name: "Sneaker DC",
            network: Network::SneakerDatacenter,
            plans: vec![
                plan(31, "1 Day", 1, 45, 10),
                plan(32, "30 Days", 30, 130, 10),
            ],
            locations: vec![country(71, "United States", "US", 900)],
            questions: Vec::new(),
            quantity_discounts: Vec::new(),
        },
        Product {
            id: 33,
            name: "4G Mobile",
            network: Network::Mobile,
            plans: vec![plan(41, "30 Days", 30, 13_000, 1)],
            locations: vec![country(81, "Lithuania", "LT", 0)],
            questions: Vec::new(),
            quantity_discounts: Vec::new(),
        },
        Product {
            id: 123,
            name: "Static Residential",
            network: Network::StaticResidential,
            plans: vec![
                plan(456, "30 Days", 30, 300, 1),
                plan(678, "60 Days", 60, 550, 1),
                plan(3, "90 Days", 90, 801, 1),
            ],
            locations: vec![
                country(456, "United States", "US", 8000),
                country(789, "Canada", "CA", 5000),
                with_cities(
                    country(790, "Germany", "DE", 300),
                    &[(791, "Frankfurt", 200), (792, "Berlin", 40)],
                ),
                country(793, "Japan", "JP", 0),
                country(794, "United Kingdom", "GB", None),
            ],
            questions: vec![
                question(12, EXTRA, false),
                question(13, "Which sites will you visit?", false),
            ],
            quantity_discounts: vec![(100, 5), (500, 10)],
        },
    ]
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
    /// Whether it is a subscription that extends itself from the balance.
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
    // By rising id.
    vec![
        Past { ends_in: Some(25), ..past(123, &[(789, 2)]) },
        Past { ends_in: Some(25), ..past(202, &[(789, 3)]) },
        Past {
            product_id: 33,
            plan_id: 41,
            ..past(MOBILE_ORDER, &[(81, 1)])
        },
        past(420, &[(456, 5)]),
        Past { status: Status::Unpaid, ends_in: None, ..past(500, &[(789, 4)]) },
        Past { status: Status::Refunded, ends_in: Some(-40), ..past(501, &[(456, 2)]) },
        Past { status: Status::Expired, ends_in: Some(-10), ..past(502, &[(790, 6)]) },
        Past { ends_in: Some(2), note: Some("ends soon"), ..past(503, &[(456, 8)]) },
        Past { ends_in: Some(5), subscription: true, ..past(504, &[(789, 4)]) },
        Past { product_id: 9, plan_id: 4, ends_in: Some(29), ..past(505, &[(51, 5)]) },
        Past { product_id: 11, plan_id: 21, ends_in: Some(28), ..past(506, &[(61, 3), (62, 2)]) },
        Past {
            status: Status::InProgress,
            ends_in: Some(30),
            note: Some("example note"),
            ..past(789, &[(456, 10)])
        },
        Past {
            status: Status::InProgress,
            ends_in: Some(30),
            note: Some("example note"),
            ..past(1011, &[(456, 3)])
        },
        Past { ends_in: Some(12), ..past(12345, &[(789, 5)]) },
    ]
}

impl Past {
    fn order(&self, account: &mut Account, at: Timestamp) -> Option<Order> {
        let product = account.product(self.product_id)?;
        let (product_name, plan) = (product.name, product.plan(self.plan_id)?);
        let places: Vec<Place> = self
            .places
            .iter()
            .filter_map(|&(location_id, quantity)| {
                let name = product.location(location_id)?.name;
                Some(Place {
                    location_id,
                    name: name.into(),
                    quantity,
                })
            })
            .collect();
        let quantity = places.iter().map(|place| place.quantity).sum();
        let (proxies, first_login) = account.make_proxies(quantity);
        let settings = AutoExtend {
            plan_id: plan.id,
            payment: Payment::Balance,
        };
        // The one whose answer the documented sample shows.
        let answer = (self.id == 420).then(|| (EXTRA.into(), json!("I need 128.158.97")));
        Some(Order {
            id: self.id,
            note: self.note.map(str::to_owned),
            product_id: self.product_id,
            product_name: product_name.into(),
            plan_id: plan.id,
            plan_name: plan.name.into(),
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
        at.checked_sub(days_long(days.unsigned_abs()))
            .unwrap_or(Timestamp::MIN)
    } else {
        days_later(at, days.unsigned_abs())
    }
}
