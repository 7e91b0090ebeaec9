//! The account that every key begins with.

use jiff::Timestamp;

use super::account::{Account, Flow};
use super::catalogue::{DYNAMIC_TRAFFIC, package};
use super::holdings::{ago, civil};
use super::order::{Effect, Order, Status};
use crate::account::Opening;
use crate::clock::days_later;
use crate::wallet::Wallet;

/// Makes it.
pub fn account(opening: Opening) -> Account {
    let mut account = Account {
        wallet: Wallet::new(50_000),
        orders: Vec::new(),
        user_products: Vec::new(),
        whitelist: Vec::new(),
        flows: Vec::new(),
        random: opening.random,
        opened_at: opening.at,
    };
    for past in PAST {
        account.remember(past, opening.at);
    }
    account.use_traffic(opening.at);
    for number in 0..opening.extra_orders {
        account.remember(extra(number), opening.at);
    }
    account
}

/// An order of the past, in short.
struct Past {
    /// `None` for one that is made up.
    trade_no: Option<&'static str>,
    pid: i64,
    items: i64,
    status: Status,
    days_ago: u32,
    fees_are_text: bool,
}

const fn past(pid: i64, items: i64, status: Status, days_ago: u32) -> Past {
    Past {
        trade_no: None,
        pid,
        items,
        status,
        days_ago,
        fees_are_text: false,
    }
}

/// The oldest first. The paid ones become the user-products 1, 2 and 3.
#[rustfmt::skip]
const PAST: [Past; 8] = [
    Past { fees_are_text: true, ..past(1001, 1, Status::Refunded, 90) },
    past(1004, 50, Status::Paid, 45),
    past(1002, 4, Status::Paid, 28),
    past(1003, 20, Status::Cancelled, 21),
    past(1001, 2, Status::Paid, 18),
    Past { fees_are_text: true, ..past(1003, 5, Status::Paid, 9) },
    past(1005, 1, Status::Cancelled, 3),
    Past { trade_no: Some("string"), ..past(0, 1, Status::Pending, 0) },
];

/// One of the orders beside those that every account has. None of them has bought anything, so that
/// the lists without pages stay short.
fn extra(number: usize) -> Past {
    let days_ago = u32::try_from(number % 365).unwrap_or_default();
    match number % 3 {
        0 => past(1004, 5, Status::Paid, days_ago),
        1 => past(1003, 1, Status::Cancelled, days_ago),
        _ => past(1001, 1, Status::Refunded, days_ago),
    }
}

impl Account {
    fn remember(&mut self, past: Past, now: Timestamp) {
        let Some(package) = package(past.pid) else {
            return;
        };
        let at = ago(now, past.days_ago);
        let fee = package.price * past.items;
        let is_recharge = package.product_type == 3;
        let trade_no = match past.trade_no {
            Some(trade_no) => trade_no.to_owned(),
            None => self.trade_no(),
        };
        let id = self.next_order_id();
        self.enter(Order {
            id,
            trade_no,
            product_id: package.pid,
            product_name: package.name.to_owned(),
            product_type: package.product_type,
            status: past.status,
            total_fee: fee,
            pay_fee: fee,
            fees_are_text: past.fees_are_text,
            pay_fee_is_zero: false,
            created_at: at,
            pays_at: None,
            // A pending order never lapses, so that the documented call always finds it.
            lapses_at: None,
            effect: if is_recharge {
                Effect::Recharge { cents: fee }
            } else {
                Effect::UserProduct { items: past.items }
            },
        });
        if past.status == Status::Paid && !is_recharge {
            self.deliver(id, past.items, at);
        }
    }

    /// A week of traffic on the proxy account of the traffic package.
    fn use_traffic(&mut self, now: Timestamp) {
        let used = self
            .whitelist
            .iter()
            .find(|entry| entry.product_type == DYNAMIC_TRAFFIC);
        let Some(username) = used.map(|entry| entry.username.clone()) else {
            return;
        };
        let first = ago(now, 7);
        for day in 1..=7 {
            self.flows.push(Flow {
                day: civil(days_later(first, day)),
                username: username.clone(),
                product_type: DYNAMIC_TRAFFIC,
                kilobytes: i64::try_from(self.random.below(400_000)).unwrap_or_default(),
            });
        }
    }
}
