//! The sandbox's own ledger against the journal.

use std::collections::{BTreeMap, BTreeSet};

use proxy_orders::Vendor;
use proxy_orders::purchase::{EntryState, JournalEntry};
use proxy_orders_sandbox::{Cause, Charge};

/// What is found when ledger and journal are compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What was charged.
    pub charges: usize,
    /// Purchases that were sent more than once.
    pub duplicates: usize,
    /// Charges that no entry stands for, and entries that stand for nothing.
    pub unaccounted: usize,
    /// Charges of purchases that the journal calls not made.
    pub wrongly_none: usize,
    /// Charges that a person has to tell, because their entry was left to one.
    pub with_a_person: usize,
    /// What was found, in words.
    pub details: Vec<String>,
}

/// Something that a purchase brought about at the vendor: which operation, on which order.
type Effect = (&'static str, String);

/// The operation that makes such a charge; `None` for what happens by itself.
fn operation(vendor: Vendor, cause: Cause) -> Option<&'static str> {
    match (vendor, cause) {
        (Vendor::IpRoyal, Cause::Purchase) => Some("create_order"),
        (Vendor::IpRoyal, Cause::Extension) => Some("extend_order"),
        (Vendor::ProxyShard, Cause::Purchase) => Some("purchase_order"),
        (Vendor::ProxyShard, Cause::Renewal) => Some("renew_order"),
        (Vendor::ProxyShard, Cause::CycleChange) => Some("change_billing_cycle"),
        (Vendor::ProxyShard, Cause::AddOn) => Some("purchase_addon"),
        (Vendor::ProxyShard, Cause::Bandwidth) => Some("add_bandwidth"),
        (Vendor::SmartProxy, Cause::Payment) => Some("create_order"),
        _ => None,
    }
}

/// Compares the charges of one account with its entries.
///
/// At SmartProxy an order is made first and paid later, and what was made is what counts: `made` names the orders that are there and
/// were not at the start.
pub fn compare(
    vendor: Vendor,
    charges: &[Charge],
    made: &BTreeSet<String>,
    entries: &[JournalEntry],
    sent: &BTreeMap<String, usize>,
) -> Findings {
    let mut findings = Findings {
        charges: charges.len(),
        ..Findings::default()
    };
    let mut effects: Vec<Effect> = match vendor {
        Vendor::SmartProxy => made.iter().map(|it| ("create_order", it.clone())).collect(),
        _ => charges
            .iter()
            .filter_map(|it| Some((operation(vendor, it.cause)?, it.order.clone())))
            .collect(),
    };
    if vendor == Vendor::SmartProxy {
        let odd = charges.iter().filter(|it| !made.contains(&it.order));
        for charge in odd {
            findings.unaccounted += 1;
            findings.details.push(format!(
                "charged for an order that is not there: {charge:?}"
            ));
        }
    }
    for entry in entries {
        let times = sent.get(entry.key.as_str()).copied().unwrap_or_default();
        if times > 1 {
            findings.duplicates += 1;
            findings
                .details
                .push(format!("{} was sent {times} times", entry.key));
        }
    }
    // What the journal calls done must be there once for each entry. One that was taken back names its order, too.
    for entry in entries
        .iter()
        .filter(|it| it.state.is_done() || it.state == EntryState::Rejected)
    {
        let Some(order) = &entry.order else { continue };
        let own = |effect: &Effect| effect.0 == entry.operation && effect.1 == *order;
        match effects.iter().position(own) {
            Some(index) => drop(effects.swap_remove(index)),
            None => {
                findings.unaccounted += 1;
                findings.details.push(format!(
                    "{} is {} as order {order}, and nothing is there",
                    entry.key, entry.state
                ));
            }
        }
    }
    // What is left must belong to an entry that a person has.
    let take = |states: &[EntryState], effects: &mut Vec<Effect>| {
        let mut taken = Vec::new();
        for entry in entries
            .iter()
            .filter(|it| states.contains(&it.state) && it.order.is_none())
        {
            let same = |effect: &Effect| effect.0 == entry.operation;
            if let Some(index) = effects.iter().position(same) {
                taken.push(format!(
                    "{} ({}): {:?}",
                    entry.key,
                    entry.state,
                    effects.swap_remove(index)
                ));
            }
        }
        taken
    };
    findings.with_a_person =
        take(&[EntryState::Dismissed, EntryState::Unknown], &mut effects).len();
    let wrong = take(
        &[
            EntryState::NotMade,
            EntryState::Rejected,
            EntryState::Planned,
        ],
        &mut effects,
    );
    findings.wrongly_none = wrong.len();
    findings
        .details
        .extend(wrong.into_iter().map(|it| format!("called not made: {it}")));
    findings.unaccounted += effects.len();
    findings.details.extend(
        effects
            .into_iter()
            .map(|it| format!("no entry stands for {it:?}")),
    );
    findings
}
