//! Compares what was really bought, by whom, with the journal.

use std::collections::BTreeMap;

use proxy_orders::purchase::{EntryState, JournalEntry};
use rust_decimal::Decimal;
use serde_json::Value;

use crate::account_run::owner;

/// The result of comparing the sandbox with the journal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Charges in the ledger.
    pub charges: usize,
    /// Purchases that took effect more than once under one key, and that no entry shows.
    pub duplicates: usize,
    /// Second orders under one key that an entry of their own shows.
    pub shown_duplicates: usize,
    /// Effects that no entry stands for, and entries that stand for nothing.
    pub unaccounted: usize,
    /// Effects of purchases that the journal calls not made.
    pub wrongly_not_made: usize,
    /// Effects whose entry needs review.
    pub undecided: usize,
    /// Purchases of others that an entry stands for.
    pub foreign_adopted: usize,
    /// Those of them that nothing at the vendor could tell apart.
    pub indistinguishable: usize,
    /// Entries with another amount than was charged.
    pub booked_otherwise: usize,
    /// One line for each problem.
    pub details: Vec<String>,
}

impl AuditReport {
    /// Adds the report on another account.
    pub fn add(&mut self, other: AuditReport) {
        self.charges += other.charges;
        self.duplicates += other.duplicates;
        self.shown_duplicates += other.shown_duplicates;
        self.unaccounted += other.unaccounted;
        self.wrongly_not_made += other.wrongly_not_made;
        self.undecided += other.undecided;
        self.foreign_adopted += other.foreign_adopted;
        self.indistinguishable += other.indistinguishable;
        self.booked_otherwise += other.booked_otherwise;
        self.details.extend(other.details);
    }

    /// Returns true if no purchase was made twice, is unaccounted for, is wrongly called not made,
    /// or was taken for another one that differs from it.
    pub fn is_clean(&self) -> bool {
        let bad = self.duplicates + self.unaccounted + self.wrongly_not_made;
        bad == 0 && self.foreign_adopted == self.indistinguishable
    }
}

/// The purchases of a call.
#[derive(Clone, Debug)]
pub struct Bought {
    pub caller: String,
    pub operation: String,
    pub order: String,
}

/// An entry of the journal, as far as it is compared.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub operation: String,
    /// The request in its canonical form.
    pub request: String,
    pub state: EntryState,
    pub order: Option<String>,
    pub amount: Option<Decimal>,
    /// True if the journal did not know that others buy on the account when the entry got its
    /// state.
    pub is_unsuspected: bool,
}

impl Entry {
    pub fn new(entry: &JournalEntry, is_unsuspected: bool) -> Self {
        Entry {
            key: entry.key.as_str().to_owned(),
            operation: entry.operation.clone(),
            request: entry.request.to_string(),
            state: entry.state,
            order: entry.order.clone(),
            amount: entry.amount,
            is_unsuspected,
        }
    }

    /// Returns the key of the purchase. A second order under one key has a number behind it.
    fn base(&self) -> &str {
        self.key.split_once('+').map_or(&self.key, |(key, _)| key)
    }

    /// Tells whether the order is the entry's. A rejected entry names one, too, when its order was
    /// made and closed again.
    fn has_effect(&self) -> bool {
        self.state.is_done() || self.state == EntryState::Rejected
    }
}

/// All that is known of one account.
pub struct Case<'a> {
    /// The order and the amount of each charge.
    pub charges: &'a [(String, Decimal)],
    pub bought: &'a [Bought],
    pub entries: &'a [Entry],
    /// The requests of others, in the canonical form, by caller.
    pub others: &'a BTreeMap<String, String>,
    /// The fields of a request's body that the vendor's orders do not show.
    pub unseen: &'a [&'a str],
}

/// Compares what the calls of an account have bought with its entries.
pub fn compare(case: &Case<'_>) -> AuditReport {
    let mut report = AuditReport {
        charges: case.charges.len(),
        ..AuditReport::default()
    };
    let mut own = BTreeMap::<&str, Vec<&Bought>>::new();
    let mut foreign = Vec::new();
    for bought in case.bought {
        match owner(&bought.caller) {
            Some(key) => own.entry(key).or_default().push(bought),
            None => foreign.push(bought),
        }
    }
    for entry in case.entries.iter().filter(|it| it.has_effect()) {
        let Some(order) = &entry.order else { continue };
        let is_it = |it: &&Bought| it.operation == entry.operation && it.order == *order;
        let mine = own.entry(entry.base()).or_default();
        if let Some(index) = mine.iter().position(is_it) {
            mine.swap_remove(index);
            let is_further = entry.base() != entry.key;
            report.shown_duplicates += usize::from(is_further && entry.state.is_done());
        } else if let Some(index) = foreign.iter().position(is_it) {
            let caller = &foreign.swap_remove(index).caller;
            report.foreign_adopted += 1;
            // Nothing tells an order apart that somebody made with a request that shows the same,
            // when our own was not made and nobody was known to buy on the account.
            let other = case.others.get(caller).map(|it| shown(it, case.unseen));
            let is_same = other.is_some_and(|it| it == shown(&entry.request, case.unseen));
            if is_same && mine.is_empty() && entry.is_unsuspected {
                report.indistinguishable += 1;
            } else {
                report.details.push(format!(
                    "{caller} bought what is adopted (same request: {is_same}, really bought: \
                     {mine:?}): {entry:?}",
                ));
            }
        } else {
            report.unaccounted += 1;
            let detail = format!("the vendor has no such effect: {entry:?}");
            report.details.push(detail);
        }
    }
    for (key, bought) in own {
        let entry = case.entries.iter().find(|it| it.key == key);
        left_over(key, &bought, entry, &mut report);
    }
    check_amounts(case, &mut report);
    report
}

/// Returns a request without what the vendor's orders do not show of it.
fn shown(request: &str, unseen: &[&str]) -> Value {
    let mut shown = serde_json::from_str(request).unwrap_or_else(|_| Value::from(request));
    if let Some(body) = shown.get_mut("body").and_then(Value::as_object_mut) {
        body.retain(|field, _| !unseen.contains(&field.as_str()));
    }
    shown
}

/// Judges what was bought under a key and no entry names, by the entry under that key.
fn left_over(key: &str, bought: &[&Bought], entry: Option<&Entry>, report: &mut AuditReport) {
    for (nth, bought) in bought.iter().enumerate() {
        let what = match entry.map(|it| it.state) {
            None => {
                report.unaccounted += 1;
                "has no entry"
            }
            Some(EntryState::Dismissed | EntryState::Unknown | EntryState::Sent) if nth == 0 => {
                report.undecided += 1;
                continue;
            }
            Some(state) if nth > 0 || state.is_done() => {
                report.duplicates += 1;
                "was bought more than once"
            }
            Some(_) => {
                report.wrongly_not_made += 1;
                "is wrongly called not made"
            }
        };
        let detail = format!("{key} {what}: {bought:?}, {entry:?}");
        report.details.push(detail);
    }
}

/// Compares the amounts of new orders with what was charged for them.
fn check_amounts(case: &Case<'_>, report: &mut AuditReport) {
    for entry in case.entries.iter().filter(|it| it.state.is_done()) {
        let named = |(order, _): &&(String, Decimal)| Some(order) == entry.order.as_ref();
        let charges: Vec<_> = case.charges.iter().filter(named).collect();
        if let ([(_, charged)], Some(amount)) = (charges.as_slice(), entry.amount)
            && *charged != amount
        {
            report.booked_otherwise += 1;
            let detail = format!("{charged} were charged, and another amount booked: {entry:?}");
            report.details.push(detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "create_order";

    fn bought(caller: &str, order: &str) -> Bought {
        Bought {
            caller: caller.to_owned(),
            operation: ORDER.to_owned(),
            order: order.to_owned(),
        }
    }

    fn entry(key: &str, state: EntryState, order: Option<&str>) -> Entry {
        Entry {
            key: key.to_owned(),
            operation: ORDER.to_owned(),
            request: "one proxy".to_owned(),
            state,
            order: order.map(str::to_owned),
            amount: Some(Decimal::ONE),
            is_unsuspected: true,
        }
    }

    fn report(bought: &[Bought], entries: &[Entry]) -> AuditReport {
        let others = ["k other", "l other"].map(|it| (it.to_owned(), "one proxy".to_owned()));
        let mut report = compare(&Case {
            charges: &[("1".to_owned(), Decimal::ONE)],
            bought,
            entries,
            others: &others.into(),
            unseen: &["amount"],
        });
        report.details.clear();
        report
    }

    fn expected(change: impl FnOnce(&mut AuditReport)) -> AuditReport {
        let mut report = AuditReport {
            charges: 1,
            ..AuditReport::default()
        };
        change(&mut report);
        report
    }

    #[test]
    fn what_was_bought_and_booked_is_in_order_whoever_else_buys() {
        let all = [
            bought("k", "1"),
            bought("k other", "2"),
            bought("l twin", "3"),
        ];
        let entries = [
            entry("k", EntryState::Confirmed, Some("1")),
            entry("l", EntryState::Reconciled, Some("3")),
            entry("m", EntryState::NotMade, None),
        ];
        assert_eq!(report(&all, &entries), expected(|_| ()));
    }

    #[test]
    fn each_problem_is_found() {
        use EntryState::{Confirmed, Dismissed, NotMade, Reconciled, Rejected};
        let one = [bought("k", "1")];
        let two = [bought("k", "1"), bought("k twin", "2")];
        let first = entry("k", Confirmed, Some("1"));
        assert_eq!(report(&one, &[]), expected(|it| it.unaccounted = 1));
        let entries = [entry("k", NotMade, None)];
        assert_eq!(
            report(&one, &entries),
            expected(|it| it.wrongly_not_made = 1)
        );
        let entries = [entry("k", Dismissed, None)];
        assert_eq!(report(&one, &entries), expected(|it| it.undecided = 1));
        assert_eq!(
            report(&two, std::slice::from_ref(&first)),
            expected(|it| it.duplicates = 1)
        );
        let entries = [first.clone(), entry("k+2", Confirmed, Some("2"))];
        assert_eq!(
            report(&two, &entries),
            expected(|it| it.shown_duplicates = 1)
        );
        // An order that was closed again before the key bought once more.
        let entries = [first.clone(), entry("k+2", Rejected, Some("2"))];
        assert_eq!(report(&two, &entries), expected(|_| ()));
        let entries = [first, entry("l", Reconciled, Some("2"))];
        assert_eq!(report(&one, &entries), expected(|it| it.unaccounted = 1));
        let entries = [Entry {
            amount: Some(Decimal::TEN),
            ..entry("k", Confirmed, Some("1"))
        }];
        assert_eq!(
            report(&one, &entries),
            expected(|it| it.booked_otherwise = 1)
        );
    }

    #[test]
    fn an_adopted_order_of_others_counts_as_the_same_only_if_nothing_differs() {
        let adopted = entry("k", EntryState::Reconciled, Some("2"));
        let foreign = bought("l other", "2");
        let all = [foreign.clone()];
        let same = expected(|it| (it.foreign_adopted, it.indistinguishable) = (1, 1));
        assert!(same.is_clean());
        assert_eq!(report(&all, std::slice::from_ref(&adopted)), same);
        let different = expected(|it| it.foreign_adopted = 1);
        assert!(!different.is_clean());
        let another = Entry {
            request: "two proxies".to_owned(),
            ..adopted.clone()
        };
        assert_eq!(report(&all, &[another]), different);
        let suspected = Entry {
            is_unsuspected: false,
            ..adopted.clone()
        };
        assert_eq!(report(&all, &[suspected]), different);
        // A vendor may not show all that was asked for.
        assert_eq!(
            shown(r#"{"body":{"pid":1,"amount":2}}"#, &["amount"]),
            shown(r#"{"body":{"pid":1,"amount":3}}"#, &["amount"])
        );
        // Our own was made, so there were two.
        let both = [foreign, bought("k", "1")];
        let found = report(&both, &[adopted]);
        assert_eq!((found.foreign_adopted, found.indistinguishable), (1, 0));
        assert_eq!(found.duplicates, 1);
    }
}
