//! Signs that others buy on an account.
//!
//! Somebody who buys on the vendor's site, or a program with another journal, can make the very
//! order that is looked for after an unknown outcome. On an account with such signs, no order is
//! adopted without a person.

use super::{Baseline, EntryState, JournalEntry};

/// Compares the state of an account right before a purchase with the entries that were sent
/// earlier, the oldest first. Returns what shows that somebody else has bought since.
///
/// `number_of` returns the number by which the vendor counts an order.
pub(crate) fn others_bought(
    now: &Baseline,
    earlier: &[JournalEntry],
    number_of: impl Fn(&str) -> Option<i64>,
) -> Option<String> {
    let is_comparable = |entry: &&JournalEntry| {
        let before = entry.baseline.as_ref();
        before.is_some_and(|it| it.list == now.list && it.order.is_empty())
    };
    let latest = earlier.iter().rfind(is_comparable)?;
    let before = latest.baseline.as_ref()?;
    // An order may have been made without an entry that has it.
    let is_uncertain = |it: &JournalEntry| {
        it.state.is_open() || (it.state == EntryState::Dismissed && it.order.is_none())
    };
    if earlier.iter().any(is_uncertain) {
        return None;
    }
    // The order of the latest entry, and those that other entries got later than it.
    let ours: Vec<_> = earlier
        .iter()
        .filter(|it| Some(it.changed_at) >= latest.sent_at)
        .filter_map(|it| it.order.as_deref())
        .collect();
    if let (Some(before), Some(now)) = (before.total, now.total)
        && now.saturating_sub(before) > i64::try_from(ours.len()).unwrap_or(i64::MAX)
    {
        return Some(format!(
            "the vendor counted {before} orders before the latest purchase and counts {now} now, \
             and the journal has {} of the new ones",
            ours.len()
        ));
    }
    let numbers: Option<Vec<_>> = ours.into_iter().map(number_of).collect();
    if let (Some(before), Some(now), Some(ours)) = (before.newest, now.newest, numbers)
        && now > before
        && !ours.contains(&now)
    {
        return Some(format!(
            "order {now} is newer than {before}, and no entry has it"
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use jiff::Timestamp;
    use rust_decimal::Decimal;
    use serde_json::json;

    use super::*;
    use crate::purchase::{IdempotencyKey, SpendRequest};
    use crate::vocabulary::{Effect, Vendor};

    fn baseline(newest: i64, total: i64) -> Baseline {
        Baseline {
            newest: Some(newest),
            total: Some(total),
            ..Baseline::default()
        }
    }

    /// An entry that was sent at a second and ended in the next one.
    fn entry(
        second: i64,
        before: Baseline,
        state: EntryState,
        order: Option<&str>,
    ) -> JournalEntry {
        let mut operations = Vendor::all()[0].operations().iter();
        let operation = operations.find(|it| it.effect == Effect::Spend).unwrap();
        let body = Some(json!({"product_location_id": 1, "quantity": 1}));
        let request = SpendRequest::new(operation, [], Vec::new(), body).unwrap();
        let key = IdempotencyKey::new(format!("k{second}")).unwrap();
        let mut entry = JournalEntry::planned("main", &key, &request, Decimal::ONE);
        entry.sent_at = Some(Timestamp::from_second(second).unwrap());
        entry.changed_at = Timestamp::from_second(second + 1).unwrap();
        entry.baseline = Some(before);
        entry.state = state;
        entry.order = order.map(str::to_owned);
        entry
    }

    fn signs(now: &Baseline, earlier: &[JournalEntry]) -> bool {
        others_bought(now, earlier, |order| order.parse().ok()).is_some()
    }

    #[test]
    fn an_order_that_no_entry_has_is_a_sign() {
        use EntryState::{Confirmed, NotMade, Rejected};
        let made = entry(10, baseline(7, 3), Confirmed, Some("8"));
        let failed = entry(20, baseline(8, 4), NotMade, None);
        let closed = entry(30, baseline(8, 4), Rejected, Some("9"));
        for (now, earlier, is_sign) in [
            (baseline(8, 4), vec![made.clone()], false),
            (baseline(9, 5), vec![made.clone()], true),
            (baseline(9, 4), vec![made.clone()], true),
            (baseline(8, 5), vec![made.clone()], true),
            (baseline(8, 4), vec![made.clone(), failed.clone()], false),
            (baseline(9, 5), vec![made.clone(), failed.clone()], true),
            (baseline(9, 5), vec![made.clone(), failed, closed], false),
            // Without an earlier baseline, nothing can be compared.
            (baseline(9, 5), vec![], false),
        ] {
            assert_eq!(signs(&now, &earlier), is_sign, "{now:?} {earlier:?}");
        }
        // Another part of the list is not comparable.
        let other = Baseline {
            list: Some("123".to_owned()),
            ..baseline(99, 99)
        };
        assert!(!signs(&other, &[made]));
    }

    #[test]
    fn an_order_that_may_be_an_entrys_is_no_sign() {
        use EntryState::{Confirmed, Dismissed, Reconciled, Sent, Unknown};
        let made = entry(10, baseline(7, 3), Confirmed, Some("8"));
        for state in [Sent, Unknown, Dismissed] {
            let open = entry(5, baseline(7, 3), state, None);
            assert!(!signs(&baseline(9, 5), &[open, made.clone()]), "{state}");
        }
        // An entry that got its order after the latest one was sent.
        let mut late = entry(5, baseline(6, 2), Reconciled, Some("9"));
        assert!(signs(&baseline(9, 5), &[late.clone(), made.clone()]));
        late.changed_at = Timestamp::from_second(10).unwrap();
        assert!(!signs(&baseline(9, 5), &[late, made]));
    }

    #[test]
    fn orders_without_numbers_are_only_counted() {
        let made = entry(10, baseline(7, 3), EntryState::Confirmed, Some("name"));
        assert!(!signs(&baseline(8, 4), std::slice::from_ref(&made)));
        assert!(signs(&baseline(9, 5), &[made]));
    }
}
