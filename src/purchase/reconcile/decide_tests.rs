//! Decisions on single cases, and what holds for all cases.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::decide::{Case, Decision, Rival, decide, foreign, same};
use crate::purchase::{Baseline, Evidence, Funds, ObservedOrder, Payment};
use crate::vocabulary::Money;

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

fn cents(number: i64) -> Decimal {
    Decimal::new(number, 2)
}

fn minute(number: i64) -> Timestamp {
    Timestamp::from_second(number * 60).unwrap()
}

#[derive(Clone, Debug)]
struct Given {
    before: Baseline,
    found: Evidence,
    funds: Funds,
    quote: Option<Decimal>,
    order: Option<&'static str>,
    window: Option<(Timestamp, Timestamp)>,
    claimed: HashSet<String>,
    spent_meanwhile: Decimal,
    rivals: Vec<Rival>,
    others_buy: Option<&'static str>,
    is_grace_over: bool,
}

/// A purchase of 2 proxies for 10.00, after which nothing is found and no money is missing.
fn given() -> Given {
    Given {
        before: Baseline {
            newest: Some(7),
            total: Some(3),
            balance: Some(cents(10000)),
            ..Baseline::default()
        },
        found: Evidence {
            balance: Some(cents(10000)),
            total: Some(3),
            expected: facts(&[("quantity", "2"), ("product", "ISP Proxy")]),
            ..Evidence::default()
        },
        funds: Funds::Balance,
        quote: Some(cents(1000)),
        order: None,
        window: Some((minute(10), minute(20))),
        claimed: HashSet::new(),
        spent_meanwhile: Decimal::ZERO,
        rivals: Vec::new(),
        others_buy: None,
        is_grace_over: true,
    }
}

/// The same, and order 8 was made and paid.
fn bought() -> Given {
    let mut given = given();
    given.found.total = Some(4);
    given.found.balance = Some(cents(9000));
    given.found.new_orders = vec![order("8", &[("quantity", "2"), ("product", "isp proxy")])];
    given
}

impl Given {
    fn case(&self) -> Case<'_> {
        Case {
            before: &self.before,
            found: &self.found,
            funds: self.funds,
            quote: self.quote,
            order: self.order,
            window: self.window,
            claimed: &self.claimed,
            spent_meanwhile: self.spent_meanwhile,
            rivals: &self.rivals,
            others_buy: self.others_buy,
            is_grace_over: self.is_grace_over,
        }
    }

    fn decided(&self) -> Decision {
        decide(&self.case())
    }

    #[track_caller]
    fn needs_review(&self, word: &str) {
        let decision = self.decided();
        let Decision::NeedsReview(why) = &decision else {
            panic!("{decision:?}");
        };
        assert!(why.contains(word), "{why}");
    }

    fn foreign(&self) -> Vec<String> {
        foreign(&self.case()).map(|it| it.order.clone()).collect()
    }
}

fn made(order: &str) -> Decision {
    Decision::Made {
        order: order.to_owned(),
        price: None,
        payment: Payment::Paid,
    }
}

#[test]
fn nothing_is_decided_within_the_grace_period() {
    for mut given in [given(), bought()] {
        assert_ne!(given.decided(), Decision::TooEarly);
        given.is_grace_over = false;
        assert_eq!(given.decided(), Decision::TooEarly);
    }
}

#[test]
fn missing_or_unknown_money_needs_review() {
    let mut given = given();
    assert_eq!(given.decided(), Decision::NotMade);
    given.found.balance = Some(cents(9000));
    given.needs_review("balance");
    // Another entry took it.
    given.spent_meanwhile = cents(1000);
    assert_eq!(given.decided(), Decision::NotMade);
    given.found.balance = None;
    given.needs_review("balance");
    given.found.balance = given.before.balance;
    given.funds = Funds::Card;
    given.needs_review("card");
    given.funds = Funds::Later;
    assert_eq!(given.decided(), Decision::NotMade);
}

#[test]
fn the_only_new_order_that_fits_is_adopted() {
    let mut given = bought();
    assert_eq!(given.decided(), made("8"));
    // Somebody else's order beside it: then this one may be somebody else's, too.
    given.found.total = Some(5);
    given
        .found
        .new_orders
        .push(order("9", &[("quantity", "5")]));
    given.needs_review("others");
    assert_eq!(given.foreign(), ["9"]);
    // Two that fit: which is ours?
    given.found.new_orders[1].facts = facts(&[("quantity", "2")]);
    given.needs_review("several");
    assert!(given.foreign().is_empty());
    // Unless the other is known to be another purchase's.
    given.claimed.insert("9".to_owned());
    assert_eq!(given.decided(), made("8"));
    given.claimed.insert("8".to_owned());
    given.needs_review("no new order");
}

#[test]
fn the_money_must_agree_with_an_adopted_order() {
    let mut given = bought();
    for (balance, movement) in [
        (Some(cents(10000)), "by 0"),
        (Some(cents(8999)), "by 10.01"),
        (None, "by unknown"),
    ] {
        given.found.balance = balance;
        given.needs_review(&format!("went down {movement} and the price is 10"));
    }
    // The price moved after the quote, and the balance with it.
    given.found.new_orders[0].price = Some(Money::from_cents(1200));
    given.found.balance = Some(cents(8800));
    let moved = Decision::Made {
        order: "8".to_owned(),
        price: Some(cents(1200)),
        payment: Payment::Paid,
    };
    assert_eq!(given.decided(), moved);
    given.found.balance = Some(cents(9000));
    given.needs_review("cost 12");
    // A card leaves the balance alone.
    let mut given = bought();
    given.funds = Funds::Card;
    given.needs_review("balance");
    given.found.balance = given.before.balance;
    assert_eq!(given.decided(), made("8"));
    // What is paid later has no price yet.
    given.funds = Funds::Later;
    assert_eq!(given.decided(), made("8"));
}

#[test]
fn an_order_is_adopted_from_the_first_to_the_last_moment_of_the_window() {
    let mut given = bought();
    for (at, fits) in [(9, false), (10, true), (20, true), (21, false)] {
        given.found.new_orders[0].made_at = Some(minute(at));
        match fits {
            true => assert_eq!(given.decided(), made("8"), "{at}"),
            false => given.needs_review("made at"),
        }
    }
}

#[test]
fn nothing_is_adopted_that_may_be_somebody_elses() {
    let mut given = bought();
    given.others_buy = Some("an audit found order 5");
    given.needs_review("an audit found order 5");
    given.others_buy = None;
    let rival = |candidates| Rival {
        key: "other".to_owned(),
        candidates,
    };
    for (candidates, is_clear) in [
        (Some(vec!["8".to_owned()]), false),
        (None, false),
        (Some(vec!["9".to_owned()]), true),
    ] {
        given.rivals = vec![rival(candidates)];
        match is_clear {
            true => assert_eq!(given.decided(), made("8")),
            false => given.needs_review("`other`"),
        }
    }
    // An order that another entry may own is not foreign.
    given.found.new_orders[0].facts = facts(&[("quantity", "5")]);
    given.rivals = vec![rival(None)];
    assert!(given.foreign().is_empty());
    given.rivals.clear();
    assert_eq!(given.foreign(), ["8"]);
    given.is_grace_over = false;
    assert!(given.foreign().is_empty());
}

#[test]
fn orders_that_do_not_fit_or_do_not_add_up_need_review() {
    let mut given = given();
    given.found.total = Some(4);
    given.found.new_orders = vec![order("8", &[("quantity", "5")])];
    given.needs_review("none fits");
    given.found.new_orders = vec![order("8", &[("quantity", "2")])];
    given.found.total = Some(6);
    given.needs_review("counts 6");
    given.found.new_orders.clear();
    given.found.total = Some(4);
    given.needs_review("counts 4");
}

#[test]
fn an_extension_needs_both_the_change_and_the_charge() {
    let mut given = given();
    given.order = Some("7");
    given.before.order = facts(&[("expires", "2026-01-01")]);
    given.found.order = given.before.order.clone();
    assert_eq!(given.decided(), Decision::NotMade);
    given.found.order = facts(&[("expires", "2026-02-01")]);
    given.needs_review("balance");
    given.found.balance = Some(cents(9000));
    let extended = Decision::Made {
        order: "7".to_owned(),
        price: Some(cents(1000)),
        payment: Payment::Paid,
    };
    assert_eq!(given.decided(), extended);
    given.others_buy = Some("the caller says so");
    given.needs_review("others");
    given.others_buy = None;
    given.rivals = vec![Rival {
        key: "other".to_owned(),
        candidates: Some(vec!["7".to_owned()]),
    }];
    given.needs_review("`other`");
    given.rivals.clear();
    given.found.order = given.before.order.clone();
    given.needs_review("balance");
    given.found.balance = given.before.balance;
    given.found.order.clear();
    given.needs_review("too little");
    // A card leaves the balance alone.
    given.found.order = facts(&[("expires", "2026-02-01")]);
    given.funds = Funds::Card;
    assert_eq!(given.decided(), extended);
    given.found.balance = Some(cents(9000));
    given.needs_review("balance");
}

#[test]
fn values_are_the_same_as_text_or_as_numbers() {
    for (found, wanted) in [("ISP", " isp "), ("2", "2.0"), (" 2 ", "2"), ("", "")] {
        assert!(same(found, wanted), "{found:?} {wanted:?}");
    }
    for (found, wanted) in [("2", "3"), ("2 GB", "2"), ("isp", "dc"), ("", "0")] {
        assert!(!same(found, wanted), "{found:?} {wanted:?}");
    }
}

prop_compose! {
    fn any_order()(
        name in 1..6_u8,
        quantity in prop::option::of(1..4_i64),
        price in prop::option::of(9..12_i64),
        made_at in prop::option::of(8..23_i64),
        payment in prop::sample::select(vec![Payment::Paid, Payment::Unpaid, Payment::Unknown]),
    ) -> ObservedOrder {
        ObservedOrder {
            order: name.to_string(),
            price: price.map(|it| Money::from_cents(it * 100)),
            payment,
            made_at: made_at.map(minute),
            facts: quantity.map(|it| ("quantity".to_owned(), it.to_string())).into_iter().collect(),
        }
    }
}

prop_compose! {
    fn any_change()(
        before in 0..3_u8, now in 0..3_u8, is_there in any::<bool>(),
    ) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
        let facts = |value: u8| facts(&[("expires", &value.to_string())]);
        (facts(before), if is_there { facts(now) } else { BTreeMap::new() })
    }
}

prop_compose! {
    fn any_given()(
        mut new_orders in prop::collection::vec(any_order(), 0..4),
        unplaced in prop::collection::vec(prop::sample::select(vec!["1", "5"]), 0..2),
        (before, now) in any_change(),
        is_change in any::<bool>(),
        funds in prop::sample::select(vec![Funds::Balance, Funds::Card, Funds::Later]),
        quote in prop::option::of(9..12_i64),
        moved in prop::option::of(prop::sample::select(vec![-100, 0, 900, 1000, 1100, 2000])),
        meanwhile in prop::sample::select(vec![0, 1000]),
        grown in prop::option::of(-1..5_i64),
        claimed in prop::collection::hash_set(1..6_u8, 0..3),
        rivals in prop::collection::vec(
            prop::option::of(prop::collection::vec(1..6_u8, 0..2)), 0..2),
        others_buy in any::<bool>(),
        is_grace_over in prop::bool::weighted(0.9),
    ) -> Given {
        new_orders.sort_by(|one, other| one.order.cmp(&other.order));
        new_orders.dedup_by(|one, other| one.order == other.order);
        let names = |numbers: Vec<u8>| numbers.iter().map(ToString::to_string).collect();
        let mut given = given();
        given.found.total = grown.map(|it| 3 + it);
        given.found.balance = moved.map(|it| cents(10000 - it));
        given.found.new_orders = new_orders;
        given.found.unplaced = unplaced.into_iter().map(str::to_owned).collect();
        given.found.expected = facts(&[("quantity", "2")]);
        given.funds = funds;
        given.quote = quote.map(|it| cents(it * 100));
        given.spent_meanwhile = cents(meanwhile);
        given.claimed = claimed.iter().map(ToString::to_string).collect();
        given.rivals = rivals.into_iter().map(|candidates| Rival {
            key: "other".to_owned(),
            candidates: candidates.map(names),
        }).collect();
        given.others_buy = others_buy.then_some("somebody");
        given.is_grace_over = is_grace_over;
        if is_change {
            given.order = Some("7");
            (given.before.order, given.found.order) = (before, now);
        }
        given
    }
}

/// Says what holds for a purchase that is called made, independently of how that is decided.
fn must_hold_if_made(given: &Given, order: &str) -> bool {
    let moved = given.before.balance.zip(given.found.balance);
    let charged = moved.map(|(before, now)| before - now - given.spent_meanwhile);
    let seen = given.found.new_orders.iter().find(|it| it.order == order);
    let price = seen
        .and_then(|it| it.price.as_ref()?.amount())
        .or(given.quote);
    let pays = match given.funds {
        Funds::Balance => charged.is_some() && charged == price,
        Funds::Card => charged.is_none_or(|it| it.is_zero()),
        Funds::Later => given.order.is_none(),
    };
    let is_ours = match given.order {
        Some(changed) => changed == order && given.before.order != given.found.order,
        None => seen.is_some_and(|it| {
            !given.claimed.contains(order)
                && it.facts.get("quantity").is_none_or(|it| it == "2")
                && it
                    .made_at
                    .is_none_or(|it| (minute(10)..=minute(20)).contains(&it))
        }),
    };
    let rivals = given.rivals.iter().filter_map(|it| it.candidates.as_ref());
    let is_contested = given.rivals.iter().any(|it| it.candidates.is_none())
        || rivals.flatten().any(|it| it == order);
    pays && is_ours && !is_contested && given.others_buy.is_none() && given.foreign().is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn made_and_not_made_are_said_only_if_nothing_contradicts(given in any_given()) {
        let unclaimed = |it: &&ObservedOrder| !given.claimed.contains(&it.order);
        let moved = given.before.balance.zip(given.found.balance);
        let charged = moved.map(|(before, now)| before - now - given.spent_meanwhile);
        match given.decided() {
            Decision::Made { order, .. } => {
                prop_assert!(given.is_grace_over);
                prop_assert!(must_hold_if_made(&given, &order), "{order}");
            }
            Decision::NotMade => {
                prop_assert!(given.is_grace_over);
                prop_assert!(given.funds != Funds::Card);
                if given.funds == Funds::Balance {
                    prop_assert_eq!(charged, Some(Decimal::ZERO));
                }
                if given.order.is_none() {
                    prop_assert!(given.found.new_orders.iter().find(unclaimed).is_none());
                    prop_assert!(given.found.unplaced.iter().all(|it| given.claimed.contains(it)));
                } else {
                    prop_assert_eq!(&given.before.order, &given.found.order);
                }
            }
            Decision::TooEarly => prop_assert!(!given.is_grace_over),
            Decision::NeedsReview(why) => {
                prop_assert!(given.is_grace_over && !why.is_empty());
            }
        }
    }

    /// An order of another entry changes nothing, once its charge is taken out.
    #[test]
    fn a_claimed_order_changes_nothing(given in any_given(), like in any_order(), price in 0..2000_i64) {
        let mut beside = given.clone();
        beside.claimed.insert("99".to_owned());
        beside.found.new_orders.push(ObservedOrder { order: "99".to_owned(), ..like });
        beside.found.total = beside.found.total.map(|it| it + 1);
        beside.spent_meanwhile += cents(price);
        beside.found.balance = beside.found.balance.map(|it| it - cents(price));
        let (with, without) = (beside.decided(), given.decided());
        let words = |it: &Decision| matches!(it, Decision::NeedsReview(_));
        prop_assert!(with == without || words(&with) && words(&without), "{with:?} {without:?}");
    }
}
