//! Signs that others buy on an account.
//!
//! Somebody who buys on the vendor's site, or a program with another journal, can make the very
//! order that is looked for after an unknown outcome. On an account with such signs, no order is
//! adopted without a person.

use super::{Baseline, EntryState, JournalEntry};

/// Compares the state of an account right before a purchase with the entries that were sent
/// earlier, the oldest first. Returns what shows that somebody else has bought since.
///
/// No times are compared, because the clock of the machine may have been set in between.
/// `number_of` returns the number by which the vendor counts an order.
pub(crate) fn others_bought(
    now: &Baseline,
    earlier: &[JournalEntry],
    number_of: impl Fn(&str) -> Option<i64>,
) -> Option<String> {
    let mut baselines = earlier.iter().filter_map(|it| it.baseline.as_ref());
    let before = baselines.rfind(|it| it.list == now.list && it.order.is_empty())?;
    // An order may have been made without an entry that has it.
    let is_uncertain = |it: &JournalEntry| {
        it.state.is_open() || (it.state == EntryState::Dismissed && it.order.is_none())
    };
    if earlier.iter().any(is_uncertain) {
        return None;
    }
    if let (Some(before), Some(now)) = (before.counts(), now.counts()) {
        let ours = now.claimed.saturating_sub(before.claimed);
        if now.total.saturating_sub(before.total) > ours {
            return Some(format!(
                "the vendor counted {} orders before an earlier purchase and counts {} now, and \
                 the journal has {ours} of the new ones",
                before.total, now.total
            ));
        }
    }
    let orders = earlier.iter().filter_map(|it| it.order.as_deref());
    let numbers: Option<Vec<_>> = orders.map(number_of).collect();
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

/// The orders at the vendor and in the journal at one time.
struct Counts {
    total: i64,
    claimed: i64,
}

impl Baseline {
    fn counts(&self) -> Option<Counts> {
        Some(Counts {
            total: self.total?,
            claimed: self.claimed?.max(0),
        })
    }
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

    /// A baseline with the newest order, the number of orders, and how many of them entries have.
    fn baseline(newest: i64, total: i64, claimed: i64) -> Baseline {
        Baseline {
            newest: Some(newest),
            total: Some(total),
            claimed: Some(claimed),
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
        let made = entry(10, baseline(7, 3, 0), Confirmed, Some("8"));
        let failed = entry(20, baseline(8, 4, 1), NotMade, None);
        let closed = entry(30, baseline(8, 4, 1), Rejected, Some("9"));
        for (now, earlier, is_sign) in [
            (baseline(8, 4, 1), vec![made.clone()], false),
            (baseline(9, 5, 1), vec![made.clone()], true),
            (baseline(9, 4, 1), vec![made.clone()], true),
            (baseline(8, 5, 1), vec![made.clone()], true),
            (baseline(8, 4, 1), vec![failed.clone()], false),
            (baseline(8, 4, 1), vec![made.clone(), failed.clone()], false),
            (baseline(9, 5, 1), vec![made.clone(), failed.clone()], true),
            (baseline(9, 5, 2), vec![made.clone(), failed, closed], false),
            // An order that an older entry got late.
            (baseline(8, 5, 2), vec![made.clone()], false),
            // Entries that were deleted make no sign.
            (baseline(8, 3, 0), vec![made.clone()], false),
            // Without an earlier baseline, nothing can be compared.
            (baseline(9, 5, 0), vec![], false),
        ] {
            assert_eq!(signs(&now, &earlier), is_sign, "{now:?} {earlier:?}");
        }
        // Another part of the list is not comparable.
        let other = Baseline {
            list: Some("123".to_owned()),
            ..baseline(99, 99, 1)
        };
        assert!(!signs(&other, &[made]));
    }

    #[test]
    fn an_order_that_may_be_an_entrys_is_no_sign() {
        use EntryState::{Confirmed, Dismissed, Sent, Unknown};
        let made = entry(10, baseline(7, 3, 0), Confirmed, Some("8"));
        for state in [Sent, Unknown, Dismissed] {
            let open = entry(5, baseline(7, 3, 0), state, None);
            let signs = signs(&baseline(9, 5, 1), &[open, made.clone()]);
            assert!(!signs, "{state}");
        }
    }

    #[test]
    fn orders_without_numbers_are_only_counted() {
        let made = entry(10, baseline(7, 3, 0), EntryState::Confirmed, Some("name"));
        assert!(!signs(&baseline(8, 4, 1), std::slice::from_ref(&made)));
        assert!(signs(&baseline(9, 5, 1), &[made]));
    }
}
