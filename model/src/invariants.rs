//! The invariants, and the situations that an exploration must have met.

use std::collections::BTreeSet;

use proxy_orders::purchase::EntryState;
use stateright::Property;

use crate::guards::{
    ADOPTION_IS_RIGHT, CAPS_COUNT_CHARGES, CONFIRMATIONS_ARE_KEPT, NO_EFFECT_IS_TRUE,
    ONE_ENTRY_PER_ORDER, ONE_ORDER_PER_KEY,
};
use crate::protocol::Protocol;
use crate::state::{Answer, Entry, Order, State, Step};

/// A condition of a state.
pub type Condition = fn(&Protocol, &State) -> bool;

/// The invariants.
pub const INVARIANTS: [(&str, Condition); 6] = [
    (ONE_ORDER_PER_KEY, |_, state| one_order_per_key(state)),
    (NO_EFFECT_IS_TRUE, |_, state| no_effect_is_true(state)),
    (CAPS_COUNT_CHARGES, |_, state| !state.broken.cap),
    (ADOPTION_IS_RIGHT, |_, state| !state.broken.adoption),
    (ONE_ENTRY_PER_ORDER, |_, state| one_entry_per_order(state)),
    (CONFIRMATIONS_ARE_KEPT, |_, state| {
        !state.broken.confirmation
    }),
];

pub(crate) fn properties() -> Vec<Property<Protocol>> {
    let always = INVARIANTS.map(|(name, holds)| Property::always(name, holds));
    let sometimes = SITUATIONS.map(|(name, is_met)| Property::sometimes(name, is_met));
    always.into_iter().chain(sometimes).collect()
}

/// Situations that the exploration must have met, so that the invariants are not empty.
pub const SITUATIONS: [(&str, Condition); 8] = [
    ("a confirmed purchase", |_, it| {
        is_any(it, EntryState::Confirmed)
    }),
    ("a refused purchase", |_, it| {
        is_any(it, EntryState::Rejected)
    }),
    ("a request that was not sent", |_, it| {
        is_any(it, EntryState::NotSent)
    }),
    ("an order found by reconciling", |_, it| {
        is_any(it, EntryState::Reconciled)
    }),
    ("a purchase that was not made", |_, it| {
        is_any(it, EntryState::NotMade)
    }),
    ("a dismissed purchase", |_, it| {
        is_any(it, EntryState::Dismissed)
    }),
    ("a second order shown under its key", |_, it| {
        it.entries.iter().any(|entry| entry.is_further)
    }),
    ("two purchases open at once", |_, it| {
        it.entries.iter().filter(|it| it.state.is_open()).count() == 2
    }),
];

fn is_any(state: &State, wanted: EntryState) -> bool {
    state.entries.iter().any(|entry| entry.state == wanted)
}

fn one_order_per_key(state: &State) -> bool {
    (0..2).all(|key| {
        let is_ours = |order: &Order| order.attempt.is_some_and(|it| it.key == key);
        let is_shown = |id: u8| {
            let written = |entry: &Entry| entry.attempt.key == key && entry.order == Some(id);
            let arriving = |step: &Step| match step {
                Step::Answered(_, Answer::Made(order)) => *order == id,
                _ => false,
            };
            state.entries.iter().any(written) || state.buyers.iter().any(arriving)
        };
        let ids = (1..).zip(&state.orders);
        let ours: Vec<u8> = ids
            .filter_map(|(id, order)| is_ours(order).then_some(id))
            .collect();
        ours.len() < 2 || ours.into_iter().all(is_shown)
    })
}

fn no_effect_is_true(state: &State) -> bool {
    let says_nothing = [
        EntryState::Planned,
        EntryState::NotSent,
        EntryState::Rejected,
        EntryState::NotMade,
    ];
    let mut entries = state.entries.iter();
    entries.all(|entry| {
        let mut orders = state.orders.iter();
        !says_nothing.contains(&entry.state)
            || !orders.any(|order| order.attempt == Some(entry.attempt))
    })
}

fn one_entry_per_order(state: &State) -> bool {
    let is_persons = |it: &&Entry| it.is_further && it.by_person;
    let entries = state.entries.iter().filter(|it| !is_persons(it));
    let orders: Vec<_> = entries.filter_map(|it| it.order).collect();
    let distinct: BTreeSet<_> = orders.iter().collect();
    distinct.len() == orders.len()
}
