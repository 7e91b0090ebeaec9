//! The protocol: what each process may do next, and what happens around it.

use proxy_orders::purchase::EntryState;
use stateright::{Model, Property};

use crate::decision;
use crate::guards::{Guard, Limit};
use crate::invariants;
use crate::purchase::Funds;
use crate::state::{
    Answer, Attempt, Baseline, Bounds, Broken, Entry, Found, Order, Request, State, Step,
};

/// The most that may be spent on the account. An order costs 1, or 2 after the price has moved.
pub const CAP: u8 = 3;

/// The age, in ticks, from which on a mark `sent` is too old to send, and then old enough that the
/// grace period is over.
const TOO_OLD: u8 = 1;
pub(crate) const GRACE: u8 = 2;

const UNDER_WAY: &[EntryState] = &[EntryState::Sent, EntryState::Unknown];

/// The states in which a key may be sent (again, as `--again` allows it).
const FREE: &[EntryState] = &[
    EntryState::Planned,
    EntryState::NotSent,
    EntryState::Rejected,
    EntryState::NotMade,
];

/// The purchase protocol on one account, with two keys and two processes.
#[derive(Clone, Debug)]
pub struct Protocol {
    /// The guards that are left out.
    pub without: Option<Guard>,
    /// The failure that the protocol does not cover.
    pub limit: Option<Limit>,
    /// How often each event may happen.
    pub bounds: Bounds,
    /// The source of the money: the balance, or nothing until later.
    pub funds: Funds,
}

/// One step of a process, or one event around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A process takes the lock to spend under a key.
    Spend(usize, u8),
    /// A process takes the lock to reconcile the entry of a key.
    Reconcile(usize, u8),
    /// A process goes on.
    Go(usize),
    /// A process goes on although the outcome of another purchase is not known.
    Override(usize),
    /// A process reads a list of orders that cannot be placed before or after the baseline.
    ReadBareList(usize),
    /// A process gives up waiting for its answer.
    GiveUp(usize),
    /// A process ends.
    Crash(usize),
    /// A process loses the lock and goes on.
    LoseLock,
    /// A request arrives and is carried out. Its process hears of it if it still waits.
    Arrive(usize),
    /// A request arrives and is refused.
    Refuse(usize),
    /// A request is lost.
    Lose(usize),
    /// Another buyer makes an order.
    Foreign {
        /// It looks as ours.
        fits: bool,
        /// It is paid from the same balance.
        is_charged: bool,
    },
    /// The price goes up.
    MovePrice,
    /// Time passes.
    Tick,
    /// A person closes an entry without finding out.
    Dismiss(u8),
    /// A person has looked, and says that nothing was made.
    SayNotMade(u8),
    /// A person says that this order belongs to the entry.
    SayOrder(u8, u8),
    /// The journal loses the mark of an entry.
    Forget(u8),
}

impl Protocol {
    /// Returns true if the guard is in place.
    pub fn has(&self, guard: Guard) -> bool {
        self.without != Some(guard)
    }

    fn is_limited_by(&self, limit: Limit) -> bool {
        self.limit == Some(limit)
    }

    fn lock_is_free(&self, state: &State) -> bool {
        state.lock.is_none() || !self.has(Guard::Lock)
    }

    fn take_lock(&self, state: &mut State, buyer: usize) {
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
    fn go(&self, state: &mut State, buyer: usize) {
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
    fn move_to(&self, state: &mut State, buyer: usize, next: Option<Step>) {
        state.buyers[buyer] = next.unwrap_or(Step::Idle);
        if next.is_none() && state.lock == Some(buyer) {
            state.lock = None;
        }
    }

    /// Reads the journal and plans an entry, if the key and the account allow it.
    fn plan(&self, state: &mut State, key: u8, is_override: bool) -> Option<Step> {
        let found = state.entry(key).copied();
        let is_free = found.is_none_or(|entry| FREE.contains(&entry.state));
        if !is_free && self.has(Guard::KeyUniqueness) {
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

    fn is_blocked(&self, state: &State, key: u8) -> bool {
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
            // A person who closes an entry accepts what it may yet turn out to cost.
            if entry.by_person {
                return entry.quote;
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
                by_person: false,
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
    fn decide(&self, state: &mut State, key: u8, is_bare: bool) -> Option<Step> {
        let entry = *state.entry(key)?;
        if !entry.state.is_open() {
            return None;
        }
        let findings = decision::decide(self, state, &entry, is_bare);
        let next = findings.found.map(|found| {
            state.broken.adoption |= self.is_wrong_adoption(state, entry.attempt, found);
            Step::Decided(entry.attempt, found)
        });
        state.others_seen |= findings.shows_others;
        next
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
        if order.attempt == Some(entry.attempt) {
            return false;
        }
        // What others bought can be told apart by these facts. An order of ours, by the journal.
        let sent_at = entry.sent_at.unwrap_or_default();
        let is_in_window = order.made_at >= sent_at && order.made_at < sent_at + GRACE;
        let is_paid_alike = order.is_charged || self.funds == Funds::Later;
        let is_alike = order.attempt.is_none()
            && order.fits
            && order.price == entry.quote
            && is_in_window
            && is_paid_alike
            && !state.others_seen;
        !is_alike || self.is_limited_by(Limit::TwinOrder)
    }

    /// Carries out a request, and tells its process if that still waits.
    fn arrive(&self, state: &mut State, place: usize, is_refused: bool) {
        let attempt = state.wire.remove(place).attempt;
        let answer = match is_refused {
            true => Answer::Refused,
            false => {
                state.orders.push(Order {
                    attempt: Some(attempt),
                    fits: true,
                    is_charged: self.funds == Funds::Balance,
                    price: state.price,
                    made_at: state.now,
                });
                Answer::Made(state.newest())
            }
        };
        let mut buyers = state.buyers.iter_mut();
        if let Some(buyer) = buyers.find(|step| **step == Step::Waiting(attempt)) {
            *buyer = Step::Answered(attempt, answer);
        }
    }

    /// Returns true if time may pass: no request takes longer than the vendor may take.
    fn may_tick(&self, state: &State) -> bool {
        let is_timed =
            |step: &Step| matches!(step, Step::Checked(..) | Step::Marked(_) | Step::Ready(_));
        // Time passes only where somebody measures it.
        let is_measured =
            state.entries.iter().any(|it| it.state.is_open()) || state.buyers.iter().any(is_timed);
        state.left.ticks > 0
            && is_measured
            && (self.is_limited_by(Limit::SlowVendor)
                || state.wire.iter().all(|it| state.now == it.sent_at))
    }

    fn actions_of_buyer(&self, state: &State, buyer: usize, actions: &mut Vec<Action>) {
        let step = state.buyers[buyer];
        // Elsewhere, a crash leaves nothing behind that another step does not leave as well.
        if !matches!(step, Step::Idle | Step::Locked(_) | Step::Decided(..)) {
            actions.push(Action::Crash(buyer));
        }
        match step {
            Step::Idle => {
                if !self.lock_is_free(state) {
                    return;
                }
                // The keys are alike: the first to be used is 0.
                let keys = if state.entries.is_empty() { 1 } else { 2 };
                for key in 0..keys {
                    let found = state.entry(key);
                    let is_free = found.is_none_or(|entry| FREE.contains(&entry.state));
                    let may_be_sent = is_free || !self.has(Guard::KeyUniqueness);
                    if state.left.spends > 0 && may_be_sent {
                        actions.push(Action::Spend(buyer, key));
                    }
                    if found.is_some_and(|entry| entry.state.is_open()) {
                        actions.push(Action::Reconcile(buyer, key));
                    }
                }
            }
            Step::Waiting(_) => actions.push(Action::GiveUp(buyer)),
            Step::Locked(key) => {
                actions.push(Action::Go(buyer));
                if state.left.overrides > 0 && self.is_blocked(state, key) {
                    actions.push(Action::Override(buyer));
                }
            }
            Step::Looking(_) => {
                actions.push(Action::Go(buyer));
                // The vendor whose lists may be bare has no balance.
                if self.funds == Funds::Later && !state.orders.is_empty() {
                    actions.push(Action::ReadBareList(buyer));
                }
            }
            _ => actions.push(Action::Go(buyer)),
        }
    }

    /// A person decides on an entry whose outcome is not known, under the account's lock.
    fn decisions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.left.decisions == 0 || !self.lock_is_free(state) {
            return;
        }
        for entry in &state.entries {
            let (Some(sent_at), true) = (entry.sent_at, entry.state.is_open()) else {
                continue;
            };
            let key = entry.attempt.key;
            actions.push(Action::Dismiss(key));
            if state.now - sent_at < GRACE && !self.is_limited_by(Limit::HastyPerson) {
                continue;
            }
            let since = entry.baseline.map_or(0, |it| it.orders);
            let orders = state.newest();
            let fits = |order: &u8| state.order(*order).fits && !state.is_claimed(*order);
            let fitting: Vec<_> = (since + 1..=orders).filter(fits).collect();
            if fitting.is_empty() {
                actions.push(Action::SayNotMade(key));
            }
            // A person may take an order of others for ours, but not mix up two of ours.
            let is_ours = |order: &u8| {
                let made_by = state.order(*order).attempt;
                made_by.is_none() || made_by == Some(entry.attempt)
            };
            let said = |order| Action::SayOrder(key, order);
            actions.extend(fitting.into_iter().filter(is_ours).map(said));
        }
    }
}

impl Model for Protocol {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            now: 0,
            price: 1,
            buyers: [Step::Idle; 2],
            lock: None,
            entries: Vec::new(),
            last_baseline: None,
            others_seen: false,
            orders: Vec::new(),
            wire: Vec::new(),
            attempts: 0,
            left: self.bounds,
            broken: Broken::default(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for buyer in 0..state.buyers.len() {
            self.actions_of_buyer(state, buyer, actions);
        }
        for (place, request) in state.wire.iter().enumerate() {
            actions.push(Action::Arrive(place));
            // To the process, a lost request is the same as a lost answer: it gives up first.
            let is_awaited = state.buyers.contains(&Step::Waiting(request.attempt));
            actions.push(match is_awaited {
                true => Action::Refuse(place),
                false => Action::Lose(place),
            });
        }
        if self.may_tick(state) {
            actions.push(Action::Tick);
        }
        if state.left.lock_losses > 0 && state.lock.is_some() {
            actions.push(Action::LoseLock);
        }
        // Before anybody knows a price, it makes no difference whether it moved.
        let is_quoted = state
            .buyers
            .iter()
            .any(|it| matches!(it, Step::Checked(..) | Step::Marked(_) | Step::Ready(_)));
        if state.left.price_moves > 0 && (is_quoted || !state.wire.is_empty()) {
            actions.push(Action::MovePrice);
        }
        if state.left.foreign_orders > 0 {
            for (fits, is_charged) in [(true, true), (true, false), (false, true)] {
                actions.push(Action::Foreign { fits, is_charged });
            }
        }
        if self.is_limited_by(Limit::JournalForgets) {
            let sent = state.entries.iter();
            let sent = sent.filter(|entry| entry.state == EntryState::Sent);
            actions.extend(sent.map(|entry| Action::Forget(entry.attempt.key)));
        }
        self.decisions(state, actions);
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Spend(buyer, key) => {
                state.left.spends -= 1;
                self.take_lock(&mut state, buyer);
                state.buyers[buyer] = Step::Locked(key);
            }
            Action::Reconcile(buyer, key) => {
                self.take_lock(&mut state, buyer);
                state.buyers[buyer] = Step::Looking(key);
            }
            Action::Go(buyer) => self.go(&mut state, buyer),
            Action::Override(buyer) => {
                let Step::Locked(key) = state.buyers[buyer] else {
                    return None;
                };
                state.left.overrides -= 1;
                let next = self.plan(&mut state, key, true);
                self.move_to(&mut state, buyer, next);
            }
            Action::ReadBareList(buyer) => {
                let Step::Looking(key) = state.buyers[buyer] else {
                    return None;
                };
                let next = self.decide(&mut state, key, true);
                self.move_to(&mut state, buyer, next);
            }
            Action::GiveUp(buyer) => {
                let Step::Waiting(attempt) = state.buyers[buyer] else {
                    return None;
                };
                state.buyers[buyer] = Step::Answered(attempt, Answer::None);
            }
            Action::Crash(buyer) => self.move_to(&mut state, buyer, None),
            Action::LoseLock => {
                state.left.lock_losses -= 1;
                state.lock = None;
            }
            Action::Arrive(place) => self.arrive(&mut state, place, false),
            Action::Refuse(place) => self.arrive(&mut state, place, true),
            Action::Lose(place) => {
                state.wire.remove(place);
            }
            Action::Foreign { fits, is_charged } => {
                state.left.foreign_orders -= 1;
                state.orders.push(Order {
                    attempt: None,
                    fits,
                    is_charged: is_charged && self.funds == Funds::Balance,
                    price: state.price,
                    made_at: state.now,
                });
            }
            Action::MovePrice => {
                state.left.price_moves -= 1;
                state.price += 1;
            }
            Action::Tick => {
                state.left.ticks -= 1;
                state.now += 1;
            }
            Action::Dismiss(key) | Action::SayNotMade(key) | Action::SayOrder(key, _) => {
                state.left.decisions -= 1;
                let price = match action {
                    Action::SayOrder(_, order) => Some((order, state.order(order).price)),
                    _ => None,
                };
                let entry = state.entry_mut(key)?;
                entry.by_person = true;
                match (action, price) {
                    (_, Some((order, price))) => {
                        entry.state = EntryState::Reconciled;
                        entry.order = Some(order);
                        entry.amount = price;
                    }
                    (Action::Dismiss(_), _) => entry.state = EntryState::Dismissed,
                    _ => entry.state = EntryState::NotMade,
                }
            }
            Action::Forget(key) => {
                let entry = state.entry_mut(key)?;
                entry.state = EntryState::Planned;
                entry.sent_at = None;
                state.lock = None;
            }
        }
        // The processes are alike.
        if state.buyers[0] > state.buyers[1] {
            state.buyers.swap(0, 1);
            state.lock = state.lock.map(|buyer| 1 - buyer);
        }
        (state != *last).then_some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        invariants::properties()
    }
}
