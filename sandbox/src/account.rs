//! The account of one credential at one vendor, and the events that time brings to it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::random::Random;
use crate::wallet::Wallet;

/// The belongings of one credential at one vendor.
pub trait Account: Serialize + DeserializeOwned + Send + 'static {
    /// An order of the vendor.
    type Order: Order;

    /// Returns all orders by rising id. An order is never removed.
    fn orders(&self) -> &[Self::Order];

    /// Makes the event happen that an order is due for. Affects the due time of no other order.
    fn happen(&mut self, order: i64, at: Timestamp);

    /// Returns the money.
    fn wallet(&mut self) -> &mut Wallet;
}

/// An order of any vendor.
pub trait Order: Serialize {
    /// Returns its number, which no other order has and which never changes.
    fn id(&self) -> i64;

    /// Returns its status in the vendor's word.
    fn status(&self) -> String;

    /// Returns the time of its next event, if it has any.
    fn due(&self) -> Option<Timestamp>;
}

/// The values from which a fresh account is made.
#[derive(Debug)]
pub struct Opening {
    /// The instant at which the world began, not that of the first request.
    pub at: Timestamp,
    /// A source of made-up values; the account may keep it for later.
    pub random: Random,
    /// The number of orders beside those that every account begins with.
    pub extra_orders: usize,
}

/// Returns the order of this id.
pub fn find<O: Order>(orders: &[O], id: i64) -> Option<&O> {
    orders.get(orders.binary_search_by_key(&id, O::id).ok()?)
}

/// Returns the order of this id, to be changed.
pub fn find_mut<O: Order>(orders: &mut [O], id: i64) -> Option<&mut O> {
    let index = orders.binary_search_by_key(&id, O::id).ok()?;
    orders.get_mut(index)
}

/// Returns the time of the earliest event.
pub fn next_event<A: Account>(account: &A) -> Option<Timestamp> {
    account.orders().iter().filter_map(Order::due).min()
}

/// Makes every event happen that is due by `now`, and returns whether there was any.
///
/// Events happen one at a time and the earliest first, so that the result does not depend on how
/// often an account is looked at, and orders that compete for one balance do so in their order.
pub fn settle<A: Account>(account: &mut A, now: Timestamp) -> bool {
    let event = |order: &A::Order| Some((order.due().filter(|at| *at <= now)?, order.id()));
    let mut events: BTreeSet<_> = account.orders().iter().filter_map(event).collect();
    let has_events = !events.is_empty();
    while let Some((at, id)) = events.pop_first() {
        account.happen(id, at);
        events.extend(find(account.orders(), id).and_then(event));
    }
    has_events
}

/// Returns the name under which the ledger, the state and the state file keep the account of a
/// credential, so that none of them holds the credential itself. It does not depend on the seed.
#[must_use]
pub fn fingerprint(credential: &str) -> String {
    format!("{:016x}", Random::derived(0, credential).number())
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use serde::Deserialize;

    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Subscriptions {
        orders: Vec<Subscription>,
        happened: Vec<(i64, i64)>,
        wallet: Wallet,
    }

    #[derive(Serialize, Deserialize)]
    struct Subscription {
        id: i64,
        due: Option<Timestamp>,
        every: i64,
    }

    impl Order for Subscription {
        fn id(&self) -> i64 {
            self.id
        }

        fn status(&self) -> String {
            String::new()
        }

        fn due(&self) -> Option<Timestamp> {
            self.due
        }
    }

    impl Account for Subscriptions {
        type Order = Subscription;

        fn orders(&self) -> &[Subscription] {
            &self.orders
        }

        fn happen(&mut self, order: i64, at: Timestamp) {
            self.happened.push((at.as_second(), order));
            let order = find_mut(&mut self.orders, order).unwrap_or_else(|| panic!("no {order}"));
            let every = SignedDuration::from_secs(order.every);
            order.due = (order.every > 0).then(|| at + every);
        }

        fn wallet(&mut self) -> &mut Wallet {
            &mut self.wallet
        }
    }

    #[test]
    fn events_happen_in_the_order_of_time_however_often_somebody_looks() {
        let second = |at| Timestamp::from_second(at).unwrap_or_default();
        let account = || Subscriptions {
            orders: [(1, 4, 3), (5, 2, 0), (9, 4, 2)]
                .map(|(id, due, every)| Subscription {
                    id,
                    due: Some(second(due)),
                    every,
                })
                .into(),
            happened: Vec::new(),
            wallet: Wallet::new(0),
        };
        let mut once = account();
        assert!(!settle(&mut once, second(1)));
        assert!(settle(&mut once, second(8)));
        assert_eq!(
            once.happened,
            [(2, 5), (4, 1), (4, 9), (6, 9), (7, 1), (8, 9)]
        );
        let mut often = account();
        for at in 0..=8 {
            settle(&mut often, second(at));
        }
        assert_eq!(often.happened, once.happened);
        assert!(find(&once.orders, 5).is_some_and(|order| order.due.is_none()));
        assert!(find(&once.orders, 4).is_none());
    }
}
