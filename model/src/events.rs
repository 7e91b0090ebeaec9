//! The events: which may happen next, and what follows.

use proxy_orders::purchase::EntryState;
use stateright::{Model, Property};

use crate::guards::{Guard, Limit};
use crate::invariants;
use crate::protocol::{GRACE, Protocol, is_free};
use crate::purchase::Funds;
use crate::state::{Answer, Broken, Order, State, Step};

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
                    let may_be_sent = found.is_none_or(is_free) || !self.has(Guard::KeyUniqueness);
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
