//! The state of the model: clock, buyers, lock, journal, the way to the vendor, and the vendor.

use proxy_orders::purchase::EntryState;

/// One moment of the whole system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The time in ticks. A request arrives within the tick in which it is sent or the next one.
    pub now: u8,
    /// The price of an order now.
    pub price: u8,
    /// The processes.
    pub buyers: [Step; 2],
    /// The process that has the account's lock.
    pub lock: Option<usize>,
    /// The journal's entries.
    pub entries: Vec<Entry>,
    /// The number of orders at the newest baseline that the journal has.
    pub last_baseline: Option<u8>,
    /// Orders were seen that no entry stands for.
    pub others_seen: bool,
    /// The orders at the vendor. The id of an order is its place in the list, from 1.
    pub orders: Vec<Order>,
    /// The requests on their way to the vendor.
    pub wire: Vec<Request>,
    /// The number of attempts so far.
    pub attempts: u8,
    /// The events that may still happen.
    pub left: Bounds,
    /// The promises that were broken by a step, as opposed to those that a state shows.
    pub broken: Broken,
}

/// The number of times that each event may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Bounds {
    /// Spends that are started, each under one of two keys.
    pub spends: u8,
    /// Ticks of the clock.
    pub ticks: u8,
    /// Losses of the lock while its process goes on.
    pub lock_losses: u8,
    /// Orders of other buyers.
    pub foreign_orders: u8,
    /// Decisions by a person.
    pub decisions: u8,
    /// Spends although another outcome is not known.
    pub overrides: u8,
    /// Changes of the price.
    pub price_moves: u8,
}

/// The invariants that a step broke.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Broken {
    /// A request was sent above the cap.
    pub cap: bool,
    /// The program adopted an order that the vendor's data showed not to be ours.
    pub adoption: bool,
    /// A confirmation was dropped.
    pub confirmation: bool,
}

/// The place of a process in the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// Nothing to do. The process has no lock.
    Idle,
    /// It has the lock, and will read the journal.
    Locked(u8),
    /// Its entry is planned. It will read the baseline, ask for the price, and check the caps.
    Planned(Attempt),
    /// All checks passed. It will mark the entry as sent.
    Checked(Attempt, u8, Baseline),
    /// The entry is marked as sent. It will look whether it still has the lock.
    Marked(Attempt),
    /// It will look how old the mark is, and send.
    Ready(Attempt),
    /// The request is sent.
    Waiting(Attempt),
    /// The answer is there, or the process gave up waiting. It will write down the outcome.
    Answered(Attempt, Answer),
    /// The confirmation is written. It will ask what was charged.
    Confirmed(Attempt, u8),
    /// It reconciles, and will read the evidence for the entry of a key.
    Looking(u8),
    /// It has decided, and will write down the decision.
    Decided(Attempt, Found),
}

/// One attempt to buy under a key. Keys are 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt {
    /// The key.
    pub key: u8,
    /// The number of the attempt, over all keys.
    pub number: u8,
}

/// The end of a request, as its process sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// The vendor made this order.
    Made(u8),
    /// The vendor refused.
    Refused,
    /// No answer came.
    None,
}

/// The decision on an unknown outcome that changes its entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Found {
    /// The order.
    Made(u8),
    /// No order.
    NotMade,
}

/// An entry of the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The attempt.
    pub attempt: Attempt,
    /// True for the further entry (`KEY+2`) that shows a second order of a key.
    pub is_further: bool,
    /// The state.
    pub state: EntryState,
    /// The time of the mark `sent`.
    pub sent_at: Option<u8>,
    /// The price before sending.
    pub quote: u8,
    /// The amount that counts under the caps.
    pub amount: u8,
    /// The state of the account before sending.
    pub baseline: Option<Baseline>,
    /// The order.
    pub order: Option<u8>,
    /// A person decided on the entry, or allowed it although another outcome was not known.
    pub by_person: bool,
}

impl Entry {
    /// Returns true if the entry's amount counts under the caps.
    pub fn counts(&self) -> bool {
        self.state.is_done()
            || self.state.is_open()
            || (self.state == EntryState::Dismissed && self.sent_at.is_some())
    }
}

/// The state of the account right before sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Baseline {
    /// The number of orders, which is also the id of the newest.
    pub orders: u8,
    /// The sum of all charges to the balance.
    pub charged: u8,
}

/// An order at the vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The attempt that made it; `None` if another buyer did.
    pub attempt: Option<Attempt>,
    /// It looks as our requests ask for.
    pub fits: bool,
    /// It was paid from the balance.
    pub is_charged: bool,
    /// The price.
    pub price: u8,
    /// The time at which it was made.
    pub made_at: u8,
}

/// A request on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Request {
    /// The attempt.
    pub attempt: Attempt,
    /// The time at which it was sent.
    pub sent_at: u8,
}

impl State {
    /// Returns the sum of all charges to the balance.
    pub fn charged(&self) -> u8 {
        let charged = self.orders.iter().filter(|order| order.is_charged);
        charged.map(|order| order.price).sum()
    }

    /// Returns an order by its id.
    pub fn order(&self, id: u8) -> Order {
        self.orders[usize::from(id) - 1]
    }

    /// Returns the entry of a key.
    pub fn entry(&self, key: u8) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.attempt.key == key && !entry.is_further)
    }

    /// Returns the entry of a key, to be changed.
    pub fn entry_mut(&mut self, key: u8) -> Option<&mut Entry> {
        let mut entries = self.entries.iter_mut();
        entries.find(|entry| entry.attempt.key == key && !entry.is_further)
    }

    /// Returns true if an entry has the order.
    pub fn is_claimed(&self, order: u8) -> bool {
        self.entries.iter().any(|entry| entry.order == Some(order))
    }

    /// Returns the id of the newest order, which is the number of orders.
    pub fn newest(&self) -> u8 {
        u8::try_from(self.orders.len()).unwrap_or(u8::MAX)
    }
}
