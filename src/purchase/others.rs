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
    let is_uncertain = earlier
        .iter()
        .any(|it| it.state.is_open() || (it.state == EntryState::Dismissed && it.order.is_none()));
    let orders: Vec<_> = latest.order.as_deref().into_iter().collect();
    if let (Some(before), Some(now)) = (before.total, now.total)
        && !is_uncertain
        && now.saturating_sub(before) > i64::try_from(orders.len()).unwrap_or(i64::MAX)
    {
        return Some(format!(
            "the vendor counted {before} orders before the latest purchase and counts {now} now, \
             and the journal has {} of the new ones",
            orders.len()
        ));
    }
    let numbers: Option<Vec<_>> = orders.into_iter().map(number_of).collect();
    if let (Some(before), Some(now), Some(ours)) = (before.newest, now.newest, numbers)
        && !is_uncertain
        && now > before
        && !ours.contains(&now)
    {
        return Some(format!(
            "order {now} is newer than {before}, and no entry has it"
        ));
    }
    None
}
