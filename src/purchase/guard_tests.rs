//! The conditions of a purchase, for all inputs.
#![allow(clippy::unwrap_used)]

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;

fn vendor() -> Vendor {
    Vendor::all()[0]
}

fn cents(number: i64) -> Decimal {
    Decimal::new(number, 2)
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn caps(day: i64, month: i64) -> Caps {
    Caps {
        per_day: Some(cents(day)),
        per_month: Some(cents(month)),
    }
}

fn starts(now: Timestamp) -> Vec<Timestamp> {
    let periods = caps(1, 1).periods(now).unwrap();
    periods.into_iter().map(|it| it.start).collect()
}

#[test]
fn a_cap_refuses_what_cannot_be_compared() {
    let check = |total: Option<&Money>| within_cap(vendor(), total, Decimal::TEN);
    assert_eq!(check(Some(&Money::from_cents(1000))).unwrap(), cents(1000));
    assert_eq!(check(Some(&Money::from_cents(0))).unwrap(), cents(0));
    let odd: Money = serde_json::from_str("\"free?\"").unwrap();
    let below: Money = serde_json::from_str("\"-1\"").unwrap();
    for total in [
        Some(&Money::from_cents(1001)),
        Some(&odd),
        Some(&below),
        None,
    ] {
        assert_eq!(check(total).unwrap_err().kind(), Kind::OverCap);
    }
}

#[test]
fn a_cap_begins_anew_with_the_day_and_the_month() {
    let last = time("2026-01-31T23:59:59.999999Z");
    assert_eq!(
        starts(last),
        [time("2026-01-31T00:00:00Z"), time("2026-01-01T00:00:00Z")]
    );
    let next = time("2026-02-01T00:00:00Z");
    assert_eq!(starts(next), [next, next]);
    let later = time("2026-02-02T12:00:00Z");
    assert_eq!(starts(later), [time("2026-02-02T00:00:00Z"), next]);
    assert!(Caps::default().periods(next).unwrap().is_empty());
}

#[test]
fn the_funds_must_suffice_to_the_cent() {
    let check = |funds, balance| enough_funds(vendor(), funds, balance, cents(100));
    assert!(check(Funds::Balance, Some(cents(100))).is_ok());
    let error = check(Funds::Balance, Some(cents(99))).unwrap_err();
    assert_eq!(
        (error.kind(), error.outcome()),
        (Kind::Funds, Outcome::NotSent)
    );
    let unseen = check(Funds::Balance, None).unwrap_err();
    assert_eq!(
        (unseen.kind(), unseen.outcome()),
        (Kind::Funds, Outcome::NotSent)
    );
    assert!(unseen.to_string().contains("nobody can tell"), "{unseen}");
    for (funds, balance) in [
        (Funds::Card, Some(cents(0))),
        (Funds::Later, Some(cents(0))),
    ] {
        assert!(check(funds, balance).is_ok(), "{funds:?}");
    }
}

#[test]
fn a_price_that_is_shown_afterwards_makes_no_room() {
    let price = |text: &str| serde_json::from_value::<Money>(text.into()).unwrap();
    let quoted = |shown: &str, quote| charge(Some(&price(shown)), quote);
    assert_eq!(quoted("3", None), (Some(cents(300)), None));
    for (shown, quote) in [
        ("-3", None),
        ("0", None),
        ("0", Some(cents(300))),
        ("free", None),
    ] {
        let (amount, note) = quoted(shown, quote);
        assert_eq!(amount, None, "{shown}");
        assert!(note.unwrap().contains("counts"), "{shown}");
    }
    // What was free by its quote may be free.
    let (amount, note) = quoted("0.00", Some(Decimal::ZERO));
    assert_eq!(amount, Some(Decimal::ZERO));
    assert!(note.is_some());
    assert_eq!(charge(None, None), (None, None));
}

proptest! {
    #[test]
    fn a_price_is_allowed_exactly_up_to_the_cap(price in 0..10_000_i64, cap in 0..10_000_i64) {
        let total = Money::from_cents(price);
        let allowed = within_cap(vendor(), Some(&total), cents(cap));
        prop_assert_eq!(allowed.is_ok(), price <= cap);
    }

    #[test]
    fn a_period_refuses_exactly_what_is_above_its_cap(
        spent in -1_000..10_000_i64, amount in -1_000..10_000_i64, cap in 0..10_000_i64,
    ) {
        let [day, _] = caps(cap, cap).periods(Timestamp::UNIX_EPOCH).unwrap().try_into().unwrap();
        let is_refused = day.refusal(cents(spent), cents(amount)).is_some();
        // Amounts below zero never raise what may be spent.
        prop_assert_eq!(is_refused, spent.max(0) + amount.max(0) > cap);
    }

    #[test]
    fn each_period_contains_its_time(seconds in 0..4_000_000_000_i64) {
        let now = Timestamp::from_second(seconds).unwrap();
        let [day, month] = starts(now).try_into().unwrap();
        prop_assert!(month <= day && day <= now);
        prop_assert!(now < day + SignedDuration::from_hours(24));
        prop_assert!(now < month + SignedDuration::from_hours(31 * 24));
        let (date, of_month) = (day.to_zoned(TimeZone::UTC), month.to_zoned(TimeZone::UTC));
        prop_assert_eq!((of_month.day(), of_month.month()), (1, date.month()));
    }
}
