//! The decision on an unknown outcome, by the library's own function.

use std::collections::{BTreeMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use proxy_orders::Money;
use proxy_orders::purchase::EntryState;
use rust_decimal::Decimal;

use crate::guards::Guard;
use crate::protocol::{GRACE, Protocol};
use crate::purchase::{Baseline, Evidence, Funds, ObservedOrder, Payment};
use crate::state::{self, Entry, Found, State};

#[path = "../../src/purchase/reconcile/decide.rs"]
#[allow(
    dead_code,
    reason = "the model knows no changes of orders and shows no findings"
)]
mod library;

use library::{Case, Decision, Rival};

/// The length of a tick, and the difference that is allowed between two clocks.
const TICK: SignedDuration = SignedDuration::from_mins(8);
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The balance before anybody has bought.
const BALANCE: Decimal = Decimal::ONE_HUNDRED;

/// The result of looking at the evidence.
pub(crate) struct Findings {
    /// The decision. `None` if it is too early, or a person has to decide.
    pub found: Option<Found>,
    /// There are new orders that no entry stands for.
    pub shows_others: bool,
}

/// Asks the library. Without a guard, the library is told what makes the guard pass.
pub(crate) fn decide(model: &Protocol, state: &State, entry: &Entry, is_bare: bool) -> Findings {
    let now = state::Baseline {
        orders: state.newest(),
        charged: state.charged(),
    };
    // Without a baseline, there is nothing but the present to compare with.
    let known = entry.baseline.unwrap_or(now);
    let is_new = |order: &u8| *order > known.orders;
    let others = state
        .entries
        .iter()
        .filter(|it| it.attempt != entry.attempt);
    let claimed: HashSet<String> = match model.has(Guard::ClaimedOrders) {
        true => orders_of(others.clone()).map(|id| id.to_string()).collect(),
        false => HashSet::new(),
    };
    let found = evidence(model, state, known, now, is_bare);
    let spent_meanwhile: u8 = orders_of(others.clone())
        .filter(is_new)
        .map(|id| state.order(id))
        .filter(|order| order.is_charged)
        .map(|order| order.price)
        .sum();
    let is_one_there = found
        .new_orders
        .iter()
        .any(|it| !claimed.contains(&it.order));
    let moved = match model.has(Guard::Balance) {
        true => now.charged - known.charged,
        false if is_one_there => entry.quote + spent_meanwhile,
        false => spent_meanwhile,
    };
    let has_balance = model.funds == Funds::Balance;
    let before = Baseline {
        newest: Some(i64::from(known.orders)),
        total: Some(i64::from(known.orders)),
        balance: has_balance.then_some(BALANCE),
        ..Baseline::default()
    };
    let found = Evidence {
        balance: has_balance.then(|| BALANCE - Decimal::from(moved)),
        ..found
    };
    let rivals: Vec<_> = match model.has(Guard::OneOpenEntry) {
        true => others.filter_map(|it| rival(state, it)).collect(),
        false => Vec::new(),
    };
    let sent_at = entry.sent_at.unwrap_or_default();
    let until = time(sent_at + GRACE - 1) + SKEW;
    let is_shared = state.others_seen && model.has(Guard::SharedAccount);
    let case = Case {
        before: &before,
        found: &found,
        funds: model.funds,
        quote: Some(Decimal::from(entry.quote)),
        order: None,
        window: model
            .has(Guard::Window)
            .then(|| (time(sent_at) - SKEW, until)),
        claimed: &claimed,
        spent_meanwhile: Decimal::from(spent_meanwhile),
        rivals: &rivals,
        others_buy: is_shared.then_some("orders that no entry stands for"),
        is_grace_over: state.now - sent_at >= GRACE || !model.has(Guard::GracePeriod),
    };
    // An order that fits no purchase of ours shows that others buy.
    let shows_others = library::foreign(&case).next().is_some();
    let case = match shows_others && model.has(Guard::SharedAccount) {
        true => Case {
            others_buy: Some("an order that fits no purchase"),
            ..case
        },
        false => case,
    };
    Findings {
        found: match library::decide(&case) {
            Decision::NotMade => Some(Found::NotMade),
            Decision::Made { order, .. } => order.parse().ok().map(Found::Made),
            Decision::TooEarly | Decision::NeedsReview(_) => None,
        },
        shows_others,
    }
}

fn orders_of<'a>(entries: impl Iterator<Item = &'a Entry>) -> impl Iterator<Item = u8> {
    entries.filter_map(|it| it.order)
}

/// Reads the orders at the vendor: the new ones, or a list that tells neither their ids nor their
/// number.
fn evidence(
    model: &Protocol,
    state: &State,
    known: state::Baseline,
    now: state::Baseline,
    is_bare: bool,
) -> Evidence {
    let expected = quantity("1");
    if is_bare {
        let unplaced = match model.has(Guard::UnplacedOrders) {
            true => (1..=now.orders)
                .map(|place| format!("order {place} of the list"))
                .collect(),
            false => Vec::new(),
        };
        return Evidence {
            expected,
            unplaced,
            ..Evidence::default()
        };
    }
    let observed = |id| {
        let order = state.order(id);
        ObservedOrder {
            order: id.to_string(),
            price: Some(Money::from_cents(i64::from(order.price) * 100)),
            payment: Payment::Paid,
            made_at: Some(time(order.made_at)),
            facts: quantity(if order.fits { "1" } else { "2" }),
        }
    };
    Evidence {
        total: Some(i64::from(now.orders)),
        new_orders: (known.orders + 1..=now.orders).map(observed).collect(),
        expected,
        ..Evidence::default()
    }
}

/// Returns what an entry may have made whose outcome is not known. Its request may still be on its
/// way when it is dismissed.
fn rival(state: &State, entry: &Entry) -> Option<Rival> {
    let is_uncertain =
        entry.state.is_open() || (entry.state == EntryState::Dismissed && entry.order.is_none());
    let since = entry.baseline.map_or(0, |it| it.orders);
    let fits = |id: &u8| state.order(*id).fits;
    let candidates = (since + 1..=state.newest()).filter(fits);
    is_uncertain.then(|| Rival {
        key: entry.attempt.key.to_string(),
        candidates: Some(candidates.map(|id| id.to_string()).collect()),
    })
}

fn quantity(number: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("quantity".to_owned(), number.to_owned())])
}

/// Returns the time of a tick.
fn time(tick: u8) -> Timestamp {
    Timestamp::UNIX_EPOCH + TICK * i32::from(tick)
}
