//! Compares the sandbox's own ledger with the journal.

use std::collections::{BTreeMap, BTreeSet};

use proxy_orders::Vendor;
use proxy_orders::purchase::{EntryState, JournalEntry};
use proxy_orders_sandbox::Charge;

use crate::request::samples;

/// The result of comparing ledger and journal.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct AuditReport {
    /// Charges in the ledger.
    pub charges: usize,
    /// Purchases that were sent more than once.
    pub duplicates: usize,
    /// Charges that no entry stands for, and entries that stand for nothing.
    pub unaccounted: usize,
    /// Charges of purchases that the journal calls not made.
    pub wrongly_not_made: usize,
    /// Charges whose entry needs review.
    pub undecided: usize,
    /// One line for each problem.
    pub details: Vec<String>,
}

impl AuditReport {
    /// Adds the report on another account.
    pub fn add(&mut self, other: AuditReport) {
        self.charges += other.charges;
        self.duplicates += other.duplicates;
        self.unaccounted += other.unaccounted;
        self.wrongly_not_made += other.wrongly_not_made;
        self.undecided += other.undecided;
        self.details.extend(other.details);
    }

    /// Returns true if no purchase was made twice, is unaccounted for or wrongly called not made.
    pub fn is_clean(&self) -> bool {
        self.duplicates + self.unaccounted + self.wrongly_not_made == 0
    }

    fn unaccounted(&mut self, detail: String) {
        self.unaccounted += 1;
        self.details.push(detail);
    }
}

/// An effect of a purchase at the vendor: the operation and the order.
type Effect = (&'static str, String);

/// Compares the charges of one account with its entries.
///
/// If orders are made first and paid later, the order counts and not the charge: `made` names
/// the orders that are there and were not at the start.
pub fn compare(
    vendor: Vendor,
    charges: &[Charge],
    made: &BTreeSet<String>,
    entries: &[JournalEntry],
    sent: &BTreeMap<String, usize>,
) -> AuditReport {
    let mut report = AuditReport {
        charges: charges.len(),
        ..AuditReport::default()
    };
    let mut effects: Vec<Effect> = match samples(vendor).iter().find(|it| it.is_paid_later()) {
        Some(sample) => {
            for charge in charges.iter().filter(|it| !made.contains(&it.order)) {
                report.unaccounted(format!(
                    "charged for an order that is not there: {charge:?}"
                ));
            }
            made.iter()
                .map(|it| (sample.operation, it.clone()))
                .collect()
        }
        None => {
            let all = samples(vendor);
            let sample = |charge: &Charge| all.iter().find(|it| it.cause == charge.cause);
            let effects = charges.iter();
            effects
                .filter_map(|it| Some((sample(it)?.operation, it.order.clone())))
                .collect()
        }
    };
    for entry in entries {
        let times = sent.get(entry.key.as_str()).copied().unwrap_or_default();
        if times > 1 {
            report.duplicates += 1;
            report
                .details
                .push(format!("{} was sent {times} times", entry.key));
        }
    }
    // Each entry that names an order must have its own effect. A rejected entry names one, too,
    // when its order was made and closed again.
    let has_effect = |it: &&JournalEntry| it.state.is_done() || it.state == EntryState::Rejected;
    for entry in entries.iter().filter(has_effect) {
        let Some(order) = &entry.order else { continue };
        let own = |effect: &Effect| effect.0 == entry.operation && effect.1 == *order;
        match effects.iter().position(own) {
            Some(index) => drop(effects.swap_remove(index)),
            None => report.unaccounted(format!(
                "{} is {} as order {order}, and the vendor has no such effect",
                entry.key, entry.state
            )),
        }
    }
    let undecided = [EntryState::Dismissed, EntryState::Unknown];
    report.undecided = take(&undecided, entries, &mut effects).len();
    let not_made = [
        EntryState::NotMade,
        EntryState::Rejected,
        EntryState::Planned,
    ];
    let wrong = take(&not_made, entries, &mut effects);
    report.wrongly_not_made = wrong.len();
    report
        .details
        .extend(wrong.into_iter().map(|it| format!("called not made: {it}")));
    for effect in effects {
        report.unaccounted(format!("no entry stands for {effect:?}"));
    }
    report
}

/// Takes one effect of the same operation out of the list for each entry in one of these states.
fn take(states: &[EntryState], entries: &[JournalEntry], effects: &mut Vec<Effect>) -> Vec<String> {
    let mut taken = Vec::new();
    let open = entries
        .iter()
        .filter(|it| states.contains(&it.state) && it.order.is_none());
    for entry in open {
        if let Some(index) = effects
            .iter()
            .position(|effect| effect.0 == entry.operation)
        {
            let effect = effects.swap_remove(index);
            taken.push(format!("{} ({}): {effect:?}", entry.key, entry.state));
        }
    }
    taken
}
