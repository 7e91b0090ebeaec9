//! Compares what was really bought, by whom, with the journal.

use std::collections::{BTreeMap, BTreeSet};

use proxy_orders::purchase::{EntryState, JournalEntry};
use proxy_orders_sandbox::{Charge, Spent};

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

    fn problem(&mut self, detail: String) {
        self.details.push(detail);
    }
}

/// An effect of a purchase at the vendor: the operation and the order.
type Effect = (&'static str, String);

/// All that is known of one account.
pub struct Case<'a> {
    pub charges: &'a [Charge],
    pub spent: &'a [Spent],
    pub entries: &'a [JournalEntry],
    /// The requests of others, in the canonical form, by caller.
    pub others: &'a BTreeMap<String, String>,
    /// The keys whose entries were written before anything showed that others buy on the account.
    pub unsuspected: &'a BTreeSet<String>,
}

/// Compares the effects that the calls of an account had with its entries.
pub fn compare(case: &Case<'_>) -> AuditReport {
    let mut report = AuditReport {
        charges: case.charges.len(),
        ..AuditReport::default()
    };
    let mut own = BTreeMap::<&str, Vec<Effect>>::new();
    let mut foreign = Vec::new();
    for spent in case.spent {
        let effect = (spent.operation, spent.order.clone());
        match owner(&spent.caller) {
            Some(key) => own.entry(key).or_default().push(effect),
            None => foreign.push((spent.caller.as_str(), effect)),
        }
    }
    for entry in case.entries.iter().filter(|it| has_effect(it)) {
        let Some(order) = &entry.order else { continue };
        let is_it = |it: &Effect| it.0 == entry.operation && it.1 == *order;
        let mine = own.entry(base(entry)).or_default();
        if let Some(index) = mine.iter().position(is_it) {
            mine.swap_remove(index);
            report.shown_duplicates += usize::from(base(entry) != entry.key.as_str());
        } else if let Some(index) = foreign.iter().position(|(_, it)| is_it(it)) {
            let (caller, _) = foreign.swap_remove(index);
            report.foreign_adopted += 1;
            // Nothing tells an order apart that somebody made with the same request, when our own
            // was not made and nobody was known to buy on the account.
            let is_same = case.others.get(caller) == Some(&entry.request.to_string());
            let is_unsuspected = case.unsuspected.contains(entry.key.as_str());
            if is_same && mine.is_empty() && is_unsuspected {
                report.indistinguishable += 1;
            } else {
                report.problem(format!(
                    "{} is {} as {order}, which {caller} bought (same request: {is_same}, own \
                     effects: {mine:?}, others unknown: {is_unsuspected}): {:?}",
                    entry.key, entry.state, entry.note
                ));
            }
        } else {
            report.unaccounted += 1;
            report.problem(format!(
                "{} is {} as {order}, and the vendor has no such effect of it: {:?}",
                entry.key, entry.state, entry.note
            ));
        }
    }
    for (key, effects) in own.iter().filter(|it| !it.1.is_empty()) {
        left_over(key, effects, case.entries, &mut report);
    }
    check_amounts(case, &mut report);
    report
}

/// Judges effects that no entry names, by the entry under their key.
fn left_over(key: &str, effects: &[Effect], entries: &[JournalEntry], report: &mut AuditReport) {
    let entry = entries.iter().find(|it| it.key.as_str() == key);
    let state = entry.map(|it| it.state);
    let note = entry.and_then(|it| it.note.as_deref());
    for (nth, effect) in effects.iter().enumerate() {
        let what = match state {
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
        let state = state.map_or("-", |it| it.as_str());
        report.problem(format!("{key} ({state}) {what}: {effect:?}: {note:?}"));
    }
}

/// Compares the amounts of new orders with what was charged for them.
fn check_amounts(case: &Case<'_>, report: &mut AuditReport) {
    for entry in case.entries.iter().filter(|it| it.state.is_done()) {
        let named = |it: &&Charge| Some(&it.order) == entry.order.as_ref();
        let charges: Vec<_> = case.charges.iter().filter(named).collect();
        if let ([charge], Some(amount)) = (charges.as_slice(), entry.amount)
            && charge.amount.parse() != Ok(amount)
        {
            report.booked_otherwise += 1;
            let detail = format!(
                "{} ({}) is booked with {amount}, and {} were charged",
                entry.key, entry.operation, charge.amount
            );
            report.problem(detail);
        }
    }
}

/// An entry that names an order has its effect. A rejected entry names one, too, when its order was
/// made and closed again.
fn has_effect(entry: &JournalEntry) -> bool {
    entry.state.is_done() || entry.state == EntryState::Rejected
}

/// Returns the key of the purchase. A second order under one key has a number behind it.
fn base(entry: &JournalEntry) -> &str {
    let key = entry.key.as_str();
    key.split_once('+').map_or(key, |(key, _)| key)
}
