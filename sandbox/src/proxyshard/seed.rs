//! The account with which every key begins.

use std::time::Duration;

use jiff::Timestamp;

use super::account::Account;
use super::catalog::{Cycle, Family};
use super::order::{Cost, Status, Terms};
use super::pools::{GIGABYTE, PoolKind};
use crate::account::Opening;
use crate::clock::{days_long, earlier, later};
use crate::conditions::Market;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// An order as it is at the start.
struct Row {
    family: Family,
    location: Option<&'static str>,
    cycle: Cycle,
    quantity: i64,
    status: Status,
    /// The days since its purchase.
    age: u32,
    /// The hours until it expires; of an order that is not active, those since it expired.
    hours: u32,
    auto_renewal: bool,
    promo: Option<&'static str>,
    tag: Option<&'static str>,
    slots: i64,
    /// The number of proxies with a signature.
    signed: usize,
}

/// An active order, without anything special.
const PLAIN: Row = Row {
    family: Family::Datacenter,
    location: Some("DE"),
    cycle: Cycle::Monthly,
    quantity: 1,
    status: Status::Active,
    age: 0,
    hours: 0,
    auto_renewal: false,
    promo: None,
    tag: None,
    slots: 0,
    signed: 0,
};

const LIFETIME: Row = Row {
    location: None,
    cycle: Cycle::Lifetime,
    ..PLAIN
};

/// The orders from 1001 on, the oldest first.
#[rustfmt::skip]
const ORDERS: [Row; 25] = [
    // 1001 to 1005 are named in the documentation of this sandbox; the others fill a page and more.
    Row { quantity: 10, age: 100, hours: 20 * 24, auto_renewal: true, ..PLAIN },
    Row { family: Family::Isp, location: Some("US"), quantity: 5, status: Status::OnHold, age: 91, hours: 12, ..PLAIN },
    Row { quantity: 3, status: Status::Cancelled, age: 90, hours: 30 * 24, ..PLAIN },
    Row { family: Family::Standart, quantity: 50, age: 80, ..LIFETIME },
    Row { family: Family::Unmetered, location: None, age: 75, hours: 15 * 24, auto_renewal: true, ..PLAIN },
    Row { family: Family::Premium, quantity: 20, age: 70, ..LIFETIME },
    Row { family: Family::Isp, location: Some("DE"), quantity: 4, age: 65, hours: 25 * 24, slots: 3, signed: 1, tag: Some("scraper"), ..PLAIN },
    Row { location: Some("US"), cycle: Cycle::Weekly, quantity: 8, age: 60, hours: 36, ..PLAIN },
    Row { location: Some("US"), cycle: Cycle::Weekly, quantity: 6, age: 55, hours: 30, auto_renewal: true, ..PLAIN },
    Row { family: Family::Isp, location: Some("GB"), quantity: 2, status: Status::Cancelled, age: 52, hours: 22 * 24, ..PLAIN },
    Row { location: Some("GB"), cycle: Cycle::Quarterly, quantity: 12, age: 50, hours: 40 * 24, promo: Some("SAVE10"), ..PLAIN },
    Row { location: Some("NL"), quantity: 7, age: 45, hours: 15 * 24, auto_renewal: true, promo: Some("SAVE10"), ..PLAIN },
    Row { family: Family::Isp, location: Some("US"), quantity: 10, age: 40, hours: 20 * 24, tag: Some("none"), ..PLAIN },
    Row { location: Some("JP"), quantity: 2, status: Status::Cancelled, age: 39, hours: 9 * 24, ..PLAIN },
    Row { family: Family::Monthly, location: None, quantity: 2, age: 36, hours: 24 * 24, ..PLAIN },
    Row { family: Family::Standart, quantity: 10, age: 33, ..LIFETIME },
    Row { family: Family::Isp, location: Some("NL"), quantity: 3, status: Status::OnHold, age: 31, hours: 24, ..PLAIN },
    Row { location: Some("DE"), quantity: 5, age: 29, hours: 24, tag: Some("shop"), ..PLAIN },
    Row { family: Family::Isp, location: Some("JP"), quantity: 1, age: 28, hours: 47, auto_renewal: true, ..PLAIN },
    Row { location: Some("US"), quantity: 15, age: 21, hours: 9 * 24, ..PLAIN },
    Row { location: Some("GB"), cycle: Cycle::Weekly, quantity: 4, status: Status::Cancelled, age: 18, hours: 4 * 24, ..PLAIN },
    Row { family: Family::Unmetered, location: None, cycle: Cycle::Daily, status: Status::Cancelled, age: 9, hours: 5 * 24, ..PLAIN },
    Row { family: Family::Isp, location: Some("GB"), quantity: 6, age: 7, hours: 23 * 24, auto_renewal: true, ..PLAIN },
    Row { location: Some("DE"), cycle: Cycle::Quarterly, quantity: 20, age: 3, hours: 87 * 24, slots: 5, signed: 2, ..PLAIN },
    Row { location: Some("NL"), cycle: Cycle::Weekly, quantity: 3, age: 1, hours: 6 * 24, ..PLAIN },
];

/// Sub-users: the pool, the name, GB given and GB used of them.
const SUB_USERS: [(PoolKind, &str, i64, i64); 5] = [
    (PoolKind::Standart, "alice", 5, 1),
    (PoolKind::Standart, "bob", 10, 4),
    (PoolKind::Standart, "carol", 2, 0),
    (PoolKind::Premium, "dave", 3, 1),
    (PoolKind::Premium, "erin", 4, 0),
];

/// GB that the profiles themselves have used.
const SPENT: [(PoolKind, i64); 2] = [(PoolKind::Standart, 7), (PoolKind::Premium, 2)];

/// Makes the account with which every key begins.
pub fn account(opening: Opening) -> Account {
    let (at, extra_orders) = (opening.at, opening.extra_orders);
    let mut account = Account::empty(opening);
    for row in &ORDERS {
        order(&mut account, row, at);
    }
    for number in 0..extra_orders {
        order(&mut account, &extra(number), at);
    }
    for (kind, name, data, spent) in SUB_USERS {
        let password = account.random.password();
        // The orders above have bought more than all sub-users are given.
        let added = account
            .pools
            .add_user(kind, name, password, data * GIGABYTE, spent * GIGABYTE);
        debug_assert!(added.is_ok());
    }
    for (kind, spent) in SPENT {
        account.pools.pool_mut(kind).spent = spent * GIGABYTE;
    }
    account
}

/// One of the orders beside those that every account has: most are active and expire within three
/// months, some have been cancelled.
fn extra(number: usize) -> Row {
    let hours = u32::try_from(number % 2_000).unwrap_or_default() + 5 * 24;
    Row {
        cycle: Cycle::Quarterly,
        status: if number % 10 == 9 {
            Status::Cancelled
        } else {
            Status::Active
        },
        hours,
        ..PLAIN
    }
}

fn order(account: &mut Account, row: &Row, at: Timestamp) {
    let terms = Terms {
        family: row.family,
        location: row.location.map(str::to_owned),
        cycle: row.cycle,
        quantity: row.quantity,
        promo: row.promo.map(str::to_owned),
        auto_renewal: row.auto_renewal,
        slots: row.slots,
    };
    if let Some(kind) = PoolKind::of(row.family) {
        account.pools.pool_mut(kind).fill(row.quantity);
    }
    let created_at = earlier(at, days_long(row.age));
    let Ok(cost) = Cost::of(&terms, Market::CALM) else {
        debug_assert!(false, "a seeded order has no price");
        return;
    };
    account.open(terms, cost, created_at, created_at);
    let Some(order) = account.orders.last_mut() else {
        return;
    };
    order.status = row.status;
    order.tag = row.tag.map(str::to_owned);
    for proxy in order.proxies.iter_mut().take(row.signed) {
        proxy.signature = Some("win11".to_owned());
    }
    if row.cycle != Cycle::Lifetime {
        let by = HOUR * row.hours;
        order.expires_at = Some(match row.status {
            Status::Active => later(at, by),
            Status::OnHold | Status::Cancelled => earlier(at, by),
        });
    }
}
