//! The decision on a spend whose outcome is not known, from the evidence that the vendor gives.
//!
//! A pure function: all that is known goes in, and the decision comes out. A spend is called made
//! or not made only if nothing contradicts it. Everything else needs review by an operator.

use std::collections::HashSet;

use jiff::Timestamp;
use rust_decimal::Decimal;

use crate::purchase::{Baseline, Evidence, Funds, ObservedOrder, Payment};

/// All that is known of a spend.
#[derive(Debug)]
pub(crate) struct Case<'a> {
    pub before: &'a Baseline,
    pub found: &'a Evidence,
    pub funds: Funds,
    /// The price that the vendor gave before, if it did.
    pub quote: Option<Decimal>,
    /// The order that the spend changes; `None` if it makes a new one.
    pub order: Option<&'a str>,
    /// The times between which an order of this spend was made.
    pub window: Option<(Timestamp, Timestamp)>,
    /// The orders of the account's other entries in the journal.
    pub claimed: &'a HashSet<String>,
    /// The amounts that the account's other entries took from the balance since the baseline.
    pub spent_meanwhile: Decimal,
    /// The account's other entries whose outcome is not known either.
    pub rivals: &'a [Rival],
    /// The reason to believe that others buy on the account, if there is one.
    pub others_buy: Option<&'a str>,
    /// True if so much time has passed that the request has either arrived or never will.
    pub is_grace_over: bool,
}

/// Another entry whose outcome is not known.
#[derive(Clone, Debug)]
pub(crate) struct Rival {
    pub key: String,
    /// The orders that may be its result. `None` if that cannot be told: any new order may be.
    pub candidates: Option<Vec<String>>,
}

impl Rival {
    fn may_own(&self, order: &str) -> bool {
        let candidates = self.candidates.as_ref();
        candidates.is_none_or(|them| them.iter().any(|it| it == order))
    }
}

/// The outcome of a spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It was made, and this is the order.
    Made {
        order: String,
        price: Option<Decimal>,
        payment: Payment,
    },
    /// It was not made.
    NotMade,
    /// The request may still be on its way.
    TooEarly,
    /// The findings allow no conclusion.
    NeedsReview(String),
}

pub(crate) fn decide(case: &Case<'_>) -> Decision {
    // Neither absence nor presence says anything before: another order of the same kind may follow.
    if !case.is_grace_over {
        return Decision::TooEarly;
    }
    match case.order {
        Some(order) => change_of_an_order(case, order),
        None => new_order(case),
    }
}

/// Returns the orders that may be the result of a spend.
pub(crate) fn candidates(case: &Case<'_>) -> Vec<String> {
    match case.order {
        Some(order) => vec![order.to_owned()],
        None => fitting(case).map(|it| it.order.clone()).collect(),
    }
}

/// Returns the new orders that are neither the result of this spend nor of another entry, as far as
/// can be told.
pub(crate) fn foreign<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a ObservedOrder> {
    unclaimed(case).filter(|order| {
        case.order.is_none()
            && case.is_grace_over
            && contradiction(case, order).is_some()
            && !case.rivals.iter().any(|rival| rival.may_own(&order.order))
    })
}

fn unclaimed<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a ObservedOrder> {
    let new = case.found.new_orders.iter();
    new.filter(|order| !case.claimed.contains(&order.order))
}

fn fitting<'a>(case: &'a Case<'_>) -> impl Iterator<Item = &'a ObservedOrder> {
    unclaimed(case).filter(|order| contradiction(case, order).is_none())
}

fn new_order(case: &Case<'_>) -> Decision {
    let number = i64::try_from(case.found.new_orders.len()).unwrap_or(i64::MAX);
    if let (Some(before), Some(now)) = (case.before.total, case.found.total)
        && now.saturating_sub(before) != number
    {
        return Decision::NeedsReview(format!(
            "the vendor counted {before} orders before and counts {now} now, but {number} are newer \
             than the newest one before"
        ));
    }
    let unplaced = case.found.unplaced.iter();
    let unplaced = unplaced.filter(|order| !case.claimed.contains(*order));
    if let number @ 1.. = unplaced.count() {
        return Decision::NeedsReview(format!(
            "of {number} orders nobody can tell whether they were made before or after the purchase"
        ));
    }
    let fitting: Vec<_> = fitting(case).collect();
    let unclaimed: Vec<_> = unclaimed(case).collect();
    match (fitting.as_slice(), unclaimed.as_slice()) {
        ([one], _) => adopted(case, one),
        ([], []) => nothing_found(case, "there is no new order"),
        ([], others) => {
            let others = others.iter().map(|it| {
                let why = contradiction(case, it).unwrap_or_default();
                format!("{} ({why})", it.order)
            });
            Decision::NeedsReview(format!(
                "there are new orders, but none fits the request: {}",
                others.collect::<Vec<_>>().join(", ")
            ))
        }
        (several, _) => {
            let names: Vec<_> = several.iter().map(|it| it.order.as_str()).collect();
            Decision::NeedsReview(format!(
                "several new orders fit the request: {}",
                names.join(", ")
            ))
        }
    }
}

/// Decides on the only new order that fits. It is adopted if it must be the result of this spend
/// and of no other, and the money agrees.
fn adopted(case: &Case<'_>, order: &ObservedOrder) -> Decision {
    let name = &order.order;
    if let Some(why) = belongs_to_others(case, name) {
        return Decision::NeedsReview(format!("order {name} fits the request, but {why}"));
    }
    let shown_price = price_of(order);
    let (charged, price) = (charged(case), shown_price.or(case.quote));
    let agrees = match case.funds {
        Funds::Later => true,
        Funds::Balance => charged.is_some() && charged == price,
        Funds::Card => charged.is_none_or(|it| it.is_zero()),
    };
    match agrees {
        true => Decision::Made {
            order: name.clone(),
            price: shown_price,
            payment: order.payment,
        },
        false => Decision::NeedsReview(format!(
            "order {name} fits the request, but the balance went down by {} and the price is {}",
            shown(charged),
            shown(price)
        )),
    }
}

fn change_of_an_order(case: &Case<'_>, order: &str) -> Decision {
    let (before, now) = (&case.before.order, &case.found.order);
    let moved: Vec<_> = before
        .iter()
        .filter_map(|(name, before)| {
            let now = now.get(name)?;
            (now != before).then(|| format!("{name} was {before} and is {now}"))
        })
        .collect();
    // A property that was read only once cannot show that nothing has changed.
    let is_comparable = !before.is_empty() && before.keys().eq(now.keys());
    if moved.is_empty() && !is_comparable {
        return Decision::NeedsReview(format!(
            "order {order} shows too little to tell whether it has changed"
        ));
    }
    if moved.is_empty() {
        return nothing_found(case, &format!("order {order} has not changed"));
    }
    let moved = moved.join(", ");
    if let Some(why) = belongs_to_others(case, order) {
        return Decision::NeedsReview(format!("order {order} has changed ({moved}), but {why}"));
    }
    let made = |price| Decision::Made {
        order: order.to_owned(),
        price,
        payment: Payment::Paid,
    };
    match (case.funds, charged(case), case.quote) {
        (Funds::Balance, Some(charged), Some(quote)) if charged == quote => made(Some(charged)),
        (Funds::Card, Some(charged), quote) if charged.is_zero() => made(quote),
        (_, charged, quote) => Decision::NeedsReview(format!(
            "order {order} has changed ({moved}), but the balance went down by {} and the price \
             was {}",
            shown(charged),
            shown(quote)
        )),
    }
}

/// Returns the reason for which an order that fits may be the result of somebody else's purchase.
fn belongs_to_others(case: &Case<'_>, order: &str) -> Option<String> {
    if let Some(why) = case.others_buy {
        return Some(format!("others buy on this account, too ({why})"));
    }
    if let Some(rival) = case.rivals.iter().find(|rival| rival.may_own(order)) {
        let key = &rival.key;
        return Some(format!(
            "it may be the result of `{key}`, whose outcome is not known either"
        ));
    }
    let other = &foreign(case).next()?.order;
    Some(format!(
        "others buy on this account, too (order {other} is new and no entry's)"
    ))
}

/// Decides on a spend of which the vendor shows no sign. It was not made only if the money is still
/// there, too.
fn nothing_found(case: &Case<'_>, what: &str) -> Decision {
    match (case.funds, charged(case)) {
        // An unpaid order costs nothing.
        (Funds::Later, _) => Decision::NotMade,
        (Funds::Balance, Some(charged)) if charged.is_zero() => Decision::NotMade,
        (Funds::Balance, Some(charged)) => {
            Decision::NeedsReview(format!("{what}, but the balance went down by {charged}"))
        }
        (Funds::Balance, None) => {
            Decision::NeedsReview(format!("{what}, but the balance is not known"))
        }
        (Funds::Card, _) => Decision::NeedsReview(format!(
            "{what}, but a card was to pay, and only the card's own records show whether it was \
             charged"
        )),
    }
}

/// Returns the amount by which the balance went down, without the amounts of other entries.
fn charged(case: &Case<'_>) -> Option<Decimal> {
    let moved = case.before.balance?.checked_sub(case.found.balance?)?;
    moved.checked_sub(case.spent_meanwhile)
}

fn price_of(order: &ObservedOrder) -> Option<Decimal> {
    let price = order.price.as_ref().and_then(|price| price.amount());
    // A price below zero is none.
    price.filter(|price| *price >= Decimal::ZERO)
}

fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "unknown".to_owned(), |it| it.normalize().to_string())
}

/// Returns the first property of an order that contradicts the request. Properties that the vendor
/// does not give contradict nothing.
fn contradiction(case: &Case<'_>, order: &ObservedOrder) -> Option<String> {
    let is_paid = |price| case.funds == Funds::Balance && charged(case) == Some(price);
    if let (Some(price), Some(quote)) = (price_of(order), case.quote)
        && price != quote
        // The price may move after the quote: then the balance shows it.
        && !is_paid(price)
    {
        return Some(format!("it cost {price}, not {quote}"));
    }
    if let (Some(made), Some((from, to))) = (order.made_at, case.window)
        && !(from..=to).contains(&made)
    {
        return Some(format!(
            "it was made at {made}, not between {from} and {to}"
        ));
    }
    case.found.expected.iter().find_map(|(name, wanted)| {
        let found = order.facts.get(name)?;
        (!same(found, wanted)).then(|| format!("{name} is {found}, not {wanted}"))
    })
}

/// Compares two values as text without regard to case, or as numbers.
pub(crate) fn same(found: &str, wanted: &str) -> bool {
    let (found, wanted) = (found.trim(), wanted.trim());
    found.eq_ignore_ascii_case(wanted)
        || match (number(found), number(wanted)) {
            (Some(found), Some(wanted)) => found == wanted,
            _ => false,
        }
}

/// Reads digits with a point. `Decimal` reads more notations than a vendor means.
fn number(text: &str) -> Option<Decimal> {
    let is_plain = text.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    text.parse().ok().filter(|_| is_plain)
}
