//! The decision on a spend whose outcome is not known, from the evidence that the vendor gives.
//!
//! A pure function: all that is known goes in, and the decision comes out. A spend is called made
//! or not made only if nothing contradicts it. Everything else needs review by an operator.

use std::collections::HashSet;

use rust_decimal::Decimal;

use crate::purchase::{Baseline, Evidence, Funds, ObservedOrder};

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
    /// The orders of the account's other entries in the journal.
    pub claimed: &'a HashSet<String>,
    /// True if so much time has passed that the request has either arrived or never will.
    pub is_grace_over: bool,
}

/// The outcome of a spend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It was made, and this is the order.
    Made {
        order: String,
        price: Option<Decimal>,
    },
    /// It was not made.
    NotMade,
    /// There is no sign of it yet, but it may still be on its way.
    TooEarly,
    /// The findings allow no conclusion.
    NeedsReview(String),
}

pub(crate) fn decide(case: &Case<'_>) -> Decision {
    match case.order {
        Some(order) => change_of_an_order(case, order),
        None => new_order(case),
    }
}

fn new_order(case: &Case<'_>) -> Decision {
    let fits = |order: &&ObservedOrder| {
        !case.claimed.contains(&order.order) && contradiction(case, order).is_none()
    };
    let free: Vec<_> = case
        .found
        .new_orders
        .iter()
        .filter(|order| !case.claimed.contains(&order.order))
        .collect();
    let matching: Vec<_> = case.found.new_orders.iter().filter(fits).collect();
    if let (Some(before), Some(now)) = (case.before.total, case.found.total) {
        let grown = now - before;
        if grown != i64::try_from(case.found.new_orders.len()).unwrap_or(i64::MAX) {
            return Decision::NeedsReview(format!(
                "the vendor counted {before} orders before and counts {now} now, but {} are newer \
                 than the newest one before",
                case.found.new_orders.len()
            ));
        }
    }
    let unplaced = case.found.unplaced.iter();
    let unplaced = unplaced.filter(|order| !case.claimed.contains(*order));
    if let number @ 1.. = unplaced.count() {
        return Decision::NeedsReview(format!(
            "of {number} orders nobody can tell whether they were made before or after the purchase"
        ));
    }
    match (matching.as_slice(), free.as_slice()) {
        ([one], _) => Decision::Made {
            order: one.order.clone(),
            price: one.price.as_ref().and_then(|price| price.amount()),
        },
        ([], []) => nothing_found(case, "there is no new order"),
        ([], others) => {
            let others = others.iter().map(|it| {
                format!(
                    "{} ({})",
                    it.order,
                    contradiction(case, it).unwrap_or_default()
                )
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
    match (case.funds, charged(case), case.quote) {
        (Funds::Balance, Some(charged), Some(quote)) if charged == quote => Decision::Made {
            order: order.to_owned(),
            price: Some(charged),
        },
        (Funds::Card, Some(charged), quote) if charged.is_zero() => Decision::Made {
            order: order.to_owned(),
            price: quote,
        },
        (_, charged, quote) => Decision::NeedsReview(format!(
            "order {order} has changed ({moved}), but the balance went down by {} and the price \
             was {}",
            shown(charged),
            shown(quote)
        )),
    }
}

/// Decides on a spend of which the vendor shows no sign. It was not made only if the money is still
/// there, too.
fn nothing_found(case: &Case<'_>, what: &str) -> Decision {
    let not_made = match case.is_grace_over {
        true => Decision::NotMade,
        false => Decision::TooEarly,
    };
    match (case.funds, charged(case)) {
        // An unpaid order costs nothing.
        (Funds::Later, _) => not_made,
        (Funds::Balance, Some(charged)) if charged.is_zero() => not_made,
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

fn charged(case: &Case<'_>) -> Option<Decimal> {
    Some(case.before.balance?.saturating_sub(case.found.balance?))
}

fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "unknown".to_owned(), |it| it.normalize().to_string())
}

/// Returns the first property of an order that contradicts the request. Properties that the vendor
/// does not give contradict nothing.
fn contradiction(case: &Case<'_>, order: &ObservedOrder) -> Option<String> {
    let facts = &order.facts;
    let price = order.price.as_ref().and_then(|price| price.amount());
    if let (Some(price), Some(quote)) = (price, case.quote)
        && price != quote
    {
        return Some(format!("it cost {price}, not {quote}"));
    }
    case.found.expected.iter().find_map(|(name, wanted)| {
        let found = facts.get(name)?;
        (!same(found, wanted)).then(|| format!("{name} is {found}, not {wanted}"))
    })
}

fn same(found: &str, wanted: &str) -> bool {
    found.trim().eq_ignore_ascii_case(wanted.trim())
        || match (found.parse::<Decimal>(), wanted.parse::<Decimal>()) {
            (Ok(found), Ok(wanted)) => found == wanted,
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;
    use crate::purchase::Payment;

    fn facts(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn order(order: &str, pairs: &[(&str, &str)]) -> ObservedOrder {
        ObservedOrder {
            order: order.to_owned(),
            price: None,
            payment: Payment::default(),
            made_at: None,
            facts: facts(pairs),
        }
    }

    struct Given {
        before: Baseline,
        found: Evidence,
        funds: Funds,
        order: Option<&'static str>,
        claimed: HashSet<String>,
        is_grace_over: bool,
    }

    /// A purchase of 2 proxies for 10.00, after which nothing is found and no money is missing.
    fn given() -> Given {
        Given {
            before: Baseline {
                newest: Some(7),
                total: Some(3),
                balance: Some(Decimal::new(10000, 2)),
                ..Baseline::default()
            },
            found: Evidence {
                balance: Some(Decimal::new(10000, 2)),
                total: Some(3),
                expected: facts(&[("quantity", "2"), ("product", "ISP Proxy")]),
                ..Evidence::default()
            },
            funds: Funds::Balance,
            order: None,
            claimed: HashSet::new(),
            is_grace_over: true,
        }
    }

    fn outcome_of(given: &Given) -> Decision {
        decide(&Case {
            before: &given.before,
            found: &given.found,
            funds: given.funds,
            quote: Some(Decimal::new(1000, 2)),
            order: given.order,
            claimed: &given.claimed,
            is_grace_over: given.is_grace_over,
        })
    }

    fn needs_review(given: &Given) -> bool {
        matches!(outcome_of(given), Decision::NeedsReview(_))
    }

    #[test]
    fn nothing_found_and_no_money_missing_is_not_made_after_the_grace_period() {
        let mut given = given();
        assert_eq!(outcome_of(&given), Decision::NotMade);
        given.is_grace_over = false;
        assert_eq!(outcome_of(&given), Decision::TooEarly);
    }

    #[test]
    fn missing_or_unknown_money_needs_review() {
        let mut given = given();
        given.found.balance = Some(Decimal::new(9000, 2));
        assert!(needs_review(&given));
        given.found.balance = None;
        assert!(needs_review(&given));
        given.found.balance = given.before.balance;
        given.funds = Funds::Card;
        assert!(needs_review(&given));
    }

    #[test]
    fn the_only_new_order_that_fits_is_adopted() {
        let mut given = given();
        given.found.total = Some(4);
        given.found.balance = Some(Decimal::new(9000, 2));
        given.found.new_orders = vec![order("8", &[("quantity", "2"), ("product", "isp proxy")])];
        let made = |order: &str| Decision::Made {
            order: order.to_owned(),
            price: None,
        };
        assert_eq!(outcome_of(&given), made("8"));
        // Somebody else's order beside it.
        given.found.total = Some(5);
        given
            .found
            .new_orders
            .push(order("9", &[("quantity", "5")]));
        assert_eq!(outcome_of(&given), made("8"));
        // Two that fit: which is ours?
        given.found.new_orders[1].facts = facts(&[("quantity", "2")]);
        assert!(needs_review(&given));
        // Unless the other is known to be another purchase's.
        given.claimed.insert("9".to_owned());
        assert_eq!(outcome_of(&given), made("8"));
        given.claimed.insert("8".to_owned());
        assert!(needs_review(&given));
    }

    #[test]
    fn orders_that_do_not_fit_or_do_not_add_up_need_review() {
        let mut given = given();
        given.found.total = Some(4);
        given.found.new_orders = vec![order("8", &[("quantity", "5")])];
        assert!(needs_review(&given));
        given.found.new_orders = vec![order("8", &[("quantity", "2")])];
        given.found.total = Some(6);
        assert!(needs_review(&given));
        given.found.new_orders.clear();
        given.found.total = Some(4);
        assert!(needs_review(&given));
    }

    #[test]
    fn an_extension_needs_both_the_change_and_the_charge() {
        let mut given = given();
        given.order = Some("7");
        given.before.order = facts(&[("expires", "2026-01-01")]);
        given.found.order = given.before.order.clone();
        assert_eq!(outcome_of(&given), Decision::NotMade);
        given.found.order = facts(&[("expires", "2026-02-01")]);
        assert!(needs_review(&given));
        given.found.balance = Some(Decimal::new(9000, 2));
        let made = Decision::Made {
            order: "7".to_owned(),
            price: Some(Decimal::new(1000, 2)),
        };
        assert_eq!(outcome_of(&given), made);
        given.found.order = given.before.order.clone();
        assert!(needs_review(&given));
        given.found.balance = given.before.balance;
        given.found.order.clear();
        assert!(needs_review(&given));
    }
}
