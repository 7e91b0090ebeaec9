//! The steps of a process: spending, writing down the outcome, reconciling.

use proxy_orders::purchase::EntryState;

use crate::decision;
use crate::guards::{Guard, Limit};
use crate::purchase::Funds;
use crate::state::{Answer, Attempt, Baseline, Bounds, Entry, Found, Request, State, Step};

/// The most that may be spent on the account. An order costs 1, or 2 after the price has moved.
pub const CAP: u8 = 3;

/// The age, in ticks, from which on a mark `sent` is too old to send, and then old enough that the
/// grace period is over.
const TOO_OLD: u8 = 1;
pub(crate) const GRACE: u8 = 2;

const UNDER_WAY: &[EntryState] = &[EntryState::Sent, EntryState::Unknown];

/// The actions that a key allows whose entry is in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyAllows {
    /// The request is sent.
    Sending,
    /// The request is sent if the caller wants another attempt.
    SendingAgain,
    /// The recorded result is returned.
    Result,
    /// Nothing until somebody reconciles or decides.
    Nothing,
}

/// Returns what a key allows whose entry is in a state.
pub const fn allowed_by(state: EntryState) -> KeyAllows {
    match state {
        EntryState::Planned | EntryState::NotSent => KeyAllows::Sending,
        EntryState::Rejected | EntryState::NotMade => KeyAllows::SendingAgain,
        EntryState::Confirmed | EntryState::Reconciled => KeyAllows::Result,
        _ => KeyAllows::Nothing,
    }
}

/// Returns true if a key may be sent, by a caller that always wants another attempt.
pub(crate) fn is_free(entry: &Entry) -> bool {
    matches!(
        allowed_by(entry.state),
        KeyAllows::Sending | KeyAllows::SendingAgain
    )
}

/// The purchase protocol on one account, with two keys and two processes.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The guards that are left out.
    pub without: Option<Guard>,
    /// The failure that the protocol does not cover.
    pub limit: Option<Limit>,
    /// The number of times that each event may happen.
    pub bounds: Bounds,
    /// The source of the money: the balance, or nothing until later.
    pub funds: Funds,
}

impl Protocol {
    /// Returns true if the guard is in place.
    pub fn has(&self, guard: Guard) -> bool {
        self.without != Some(guard)
    }

    pub(crate) fn is_limited_by(&self, limit: Limit) -> bool {
        self.limit == Some(limit)
    }

    pub(crate) fn lock_is_free(&self, state: &State) -> bool {
        state.lock.is_none() || !self.has(Guard::Lock)
    }

    pub(crate) fn take_lock(&self, state: &mut State, buyer: usize) {
        if self.has(Guard::Lock) {
            state.lock = Some(buyer);
        }
    }

    /// Returns true if the process still has the lock, or would go on without it.
    fn may_go_on(&self, state: &State, buyer: usize) -> bool {
        state.lock == Some(buyer) || !self.has(Guard::Lock) || !self.has(Guard::LockChecked)
    }

    /// Returns the entry of an attempt if it is in one of the states.
    fn writable<'a>(
        &self,
        state: &'a mut State,
        attempt: Attempt,
        from: &[EntryState],
    ) -> Option<&'a mut Entry> {
        let is_named = self.has(Guard::AttemptNamed);
        let entry = state.entry_mut(attempt.key)?;
        let is_ours = entry.attempt == attempt || !is_named;
        (is_ours && from.contains(&entry.state)).then_some(entry)
    }

    /// The process goes on by one step.
    pub(crate) fn go(&self, state: &mut State, buyer: usize) {
        let next = match state.buyers[buyer] {
            Step::Idle => return,
            Step::Locked(key) => self.plan(state, key, false),
            Step::Planned(attempt) => self.check(state, attempt),
            Step::Checked(attempt, quote, baseline) => match self.may_go_on(state, buyer) {
                true => self.mark(state, attempt, quote, baseline),
                false => None,
            },
            Step::Marked(attempt) => match self.may_go_on(state, buyer) {
                true => Some(Step::Ready(attempt)),
                false => self.not_sent(state, attempt),
            },
            Step::Ready(attempt) => self.send(state, attempt),
            Step::Waiting(_) => return,
            Step::Answered(attempt, answer) => self.write_answer(state, attempt, answer),
            Step::Confirmed(attempt, order) => {
                self.write_charge(state, attempt, order);
                None
            }
            Step::Looking(key) => self.decide(state, key, false),
            Step::Decided(attempt, found) => {
                if self.may_go_on(state, buyer) {
                    self.write_decision(state, attempt, found);
                }
                None
            }
        };
        self.move_to(state, buyer, next);
    }

    /// Moves a process to its next step, or ends its work and its lock.
    pub(crate) fn move_to(&self, state: &mut State, buyer: usize, next: Option<Step>) {
        state.buyers[buyer] = next.unwrap_or(Step::Idle);
        if next.is_none() && state.lock == Some(buyer) {
            state.lock = None;
        }
    }

    /// Reads the journal and plans an entry, if the key and the account allow it.
    pub(crate) fn plan(&self, state: &mut State, key: u8, is_override: bool) -> Option<Step> {
        let found = state.entry(key).copied();
        let may_be_sent = found.as_ref().is_none_or(is_free);
        if !may_be_sent && self.has(Guard::KeyUniqueness) {
            return None;
        }
        let is_blocked = self.is_blocked(state, key);
        if is_blocked && !is_override && self.has(Guard::UnknownBlocks) {
            return None;
        }
        state.attempts += 1;
        let attempt = Attempt {
            key,
            number: state.attempts,
        };
        let planned = Entry {
            attempt,
            is_further: false,
            state: EntryState::Planned,
            sent_at: None,
            quote: 0,
            amount: 0,
            baseline: None,
            order: None,
            by_person: is_override,
        };
        match state.entry_mut(key) {
            Some(entry) => *entry = planned,
            None => state.entries.push(planned),
        }
        Some(Step::Planned(attempt))
    }

    pub(crate) fn is_blocked(&self, state: &State, key: u8) -> bool {
        let mut entries = state.entries.iter();
        entries.any(|entry| entry.attempt.key != key && entry.state.is_open())
    }

    /// Reads the baseline and the price, and checks the caps.
    fn check(&self, state: &mut State, attempt: Attempt) -> Option<Step> {
        let orders = state.newest();
        let since = state.last_baseline.unwrap_or(orders);
        if (since + 1..=orders).any(|order| !state.is_claimed(order)) {
            state.others_seen = true;
        }
        state.last_baseline = Some(orders);
        let counted = state.entries.iter().filter(|entry| entry.counts());
        let spent: u8 = counted.map(|entry| entry.amount).sum();
        if spent + state.price > CAP {
            return self.not_sent(state, attempt);
        }
        let baseline = Baseline {
            orders,
            charged: state.charged(),
        };
        Some(Step::Checked(attempt, state.price, baseline))
    }

    /// Marks the entry as sent, if nobody else has it.
    fn mark(
        &self,
        state: &mut State,
        attempt: Attempt,
        quote: u8,
        baseline: Baseline,
    ) -> Option<Step> {
        let now = state.now;
        let is_written = self.has(Guard::WrittenBeforeSending);
        let has_baseline = self.has(Guard::Baseline);
        let entry = self.writable(state, attempt, &[EntryState::Planned])?;
        if is_written {
            entry.state = EntryState::Sent;
        }
        entry.sent_at = Some(now);
        entry.quote = quote;
        entry.amount = quote;
        entry.baseline = has_baseline.then_some(baseline);
        Some(Step::Marked(attempt))
    }

    /// Writes down that nothing was sent.
    fn not_sent(&self, state: &mut State, attempt: Attempt) -> Option<Step> {
        let from = [EntryState::Planned, EntryState::Sent, EntryState::Unknown];
        if let Some(entry) = self.writable(state, attempt, &from) {
            entry.state = EntryState::NotSent;
        }
        None
    }

    fn send(&self, state: &mut State, attempt: Attempt) -> Option<Step> {
        let entry = state.entries.iter().find(|it| it.attempt == attempt);
        // A process whose entry was replaced still knows when it marked it.
        let age = entry.map_or(GRACE, |entry| {
            state.now - entry.sent_at.unwrap_or(state.now)
        });
        if age >= TOO_OLD && self.has(Guard::SentBound) {
            return self.not_sent(state, attempt);
        }
        if self.exceeds_cap(state, attempt) {
            state.broken.cap = true;
        }
        state.wire.push(Request {
            attempt,
            sent_at: state.now,
        });
        Some(Step::Waiting(attempt))
    }

    /// Returns true if an attempt exceeds the cap together with what was really charged.
    fn exceeds_cap(&self, state: &State, attempt: Attempt) -> bool {
        let Some(ours) = state.entries.iter().find(|it| it.attempt == attempt) else {
            return false;
        };
        if ours.by_person {
            return false;
        }
        let others = state
            .entries
            .iter()
            .filter(|entry| entry.attempt != attempt && entry.counts());
        let cost = |entry: &Entry| {
            // A person who closes an entry accepts what it may yet turn out to cost, and one who
            // names the wrong order accepts that the right one comes to light later.
            match (entry.by_person, entry.is_further) {
                (true, true) => return 0,
                (true, false) => return entry.quote,
                (false, _) => {}
            }
            let mut orders = state.orders.iter().enumerate();
            let made = orders.find(|(place, order)| {
                entry.order.map(usize::from) == Some(place + 1)
                    || (entry.order.is_none() && order.attempt == Some(entry.attempt))
            });
            made.map_or(entry.amount, |(_, order)| order.price)
        };
        ours.quote + others.map(cost).sum::<u8>() > CAP
    }

    fn write_answer(&self, state: &mut State, attempt: Attempt, answer: Answer) -> Option<Step> {
        // Without the mark, the entry is still planned.
        let marked: &[EntryState] = match self.has(Guard::WrittenBeforeSending) {
            true => UNDER_WAY,
            false => &[EntryState::Planned, EntryState::Sent, EntryState::Unknown],
        };
        match answer {
            Answer::None => {
                if let Some(entry) = self.writable(state, attempt, marked) {
                    entry.state = EntryState::Unknown;
                }
                None
            }
            Answer::Refused => {
                if let Some(entry) = self.writable(state, attempt, marked) {
                    entry.state = EntryState::Rejected;
                }
                None
            }
            Answer::Made(order) => {
                match self.writable(state, attempt, marked) {
                    Some(entry) => {
                        entry.state = EntryState::Confirmed;
                        entry.order = Some(order);
                    }
                    None => self.write_late(state, attempt, order),
                }
                if !self.is_limited_by(Limit::ChargeUnread) {
                    self.write_charge(state, attempt, order);
                    return None;
                }
                Some(Step::Confirmed(attempt, order))
            }
        }
    }

    /// Writes a confirmation whose entry has moved on.
    fn write_late(&self, state: &mut State, attempt: Attempt, order: u8) {
        let is_known = |it: &Entry| it.attempt.key == attempt.key && it.order == Some(order);
        if state.entries.iter().any(is_known) {
            return;
        }
        if !self.has(Guard::LateConfirmation) {
            state.broken.confirmation = true;
            return;
        }
        let amount = state.entry(attempt.key).map_or(0, |entry| entry.quote);
        // If a person gave the entry another order, what follows is that person's.
        let by_person = state.entry(attempt.key).is_some_and(|it| it.by_person);
        match state.entry_mut(attempt.key) {
            Some(entry) if entry.attempt == attempt && entry.order.is_none() => {
                entry.state = EntryState::Confirmed;
                entry.order = Some(order);
            }
            _ => state.entries.push(Entry {
                attempt,
                is_further: true,
                state: EntryState::Confirmed,
                sent_at: None,
                quote: amount,
                amount,
                baseline: None,
                order: Some(order),
                by_person,
            }),
        }
    }

    fn write_charge(&self, state: &mut State, attempt: Attempt, order: u8) {
        if !self.has(Guard::ChargedCounts) {
            return;
        }
        let price = state.order(order).price;
        let is_it = |it: &&mut Entry| it.attempt.key == attempt.key && it.order == Some(order);
        if let Some(entry) = state.entries.iter_mut().find(is_it) {
            entry.amount = price;
        }
    }

    /// Reads the evidence for an entry and decides.
    pub(crate) fn decide(&self, state: &mut State, key: u8, is_bare: bool) -> Option<Step> {
        let entry = *state.entry(key)?;
        if !entry.state.is_open() {
            return None;
        }
        let findings = decision::decide(self, state, &entry, is_bare);
        state.others_seen |= findings.shows_others;
        findings.found.map(|found| {
            state.broken.adoption |= self.is_wrong_adoption(state, entry.attempt, found);
            Step::Decided(entry.attempt, found)
        })
    }

    fn write_decision(&self, state: &mut State, attempt: Attempt, found: Found) {
        let counts_charges = self.has(Guard::ChargedCounts);
        let price = match found {
            Found::Made(order) => state.order(order).price,
            Found::NotMade => 0,
        };
        let Some(entry) = self.writable(state, attempt, UNDER_WAY) else {
            return;
        };
        match found {
            Found::NotMade => entry.state = EntryState::NotMade,
            Found::Made(order) => {
                entry.state = EntryState::Reconciled;
                entry.order = Some(order);
                if counts_charges {
                    entry.amount = price;
                }
            }
        }
    }

    /// Returns true if the order is not the attempt's own, although the vendor's data shows it.
    fn is_wrong_adoption(&self, state: &State, attempt: Attempt, found: Found) -> bool {
        let Found::Made(id) = found else {
            return false;
        };
        let order = state.order(id);
        let Some(entry) = state.entry(attempt.key) else {
            return false;
        };
        let is_persons = |it: &Entry| Some(it.attempt) == order.attempt && it.by_person;
        if order.attempt == Some(entry.attempt) || state.entries.iter().any(is_persons) {
            return false;
        }
        // What others bought can be told apart by these facts. An order of ours, by the journal.
        let sent_at = entry.sent_at.unwrap_or_default();
        let is_in_window = order.made_at >= sent_at && order.made_at < sent_at + GRACE;
        let is_paid_alike = order.is_charged || self.funds == Funds::Later;
        let is_alike = order.attempt.is_none()
            && order.fits
            // Where the price moved, the balance shows it.
            && (order.price == entry.quote || self.funds == Funds::Balance)
            && is_in_window
            && is_paid_alike
            && !state.others_seen;
        !is_alike || self.is_limited_by(Limit::TwinOrder)
    }
}
