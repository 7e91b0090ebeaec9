//! Decisions that a person makes on purchases whose outcome is not known.

use rust_decimal::Decimal;

use crate::error::{Error, Kind, Outcome};
use crate::purchase::guard;
use crate::purchase::journal::{self, AccountLock, Change};
use crate::purchase::{Buyer, EntryState, Filter, IdempotencyKey, JournalEntry, SpendRequest};

/// The decision of an operator on a purchase whose outcome is not known: see [`Buyer::resolve`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Resolution {
    /// The purchase was made.
    Order {
        /// The id of the order that it made or changed.
        id: String,
        /// The amount that was charged. If it is `None`, the price that the vendor shows for a new
        /// order counts, or else the amount that the journal has.
        amount: Option<Decimal>,
    },
    /// The purchase was not made, and nothing was charged.
    NotMade,
}

impl Buyer {
    /// Writes down what a person found out about a purchase whose outcome is not known, or that was
    /// dismissed.
    ///
    /// An order then belongs to the purchase: it is asked for at the vendor first, and must not
    /// belong to another purchase in the journal. After [`Resolution::NotMade`],
    /// [`again`](crate::purchase::SpendOptions::again) allows another attempt under the key.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when there is no such entry, or the vendor has no such order,
    /// [`crate::ErrorKind::InvalidInput`] when the outcome is known, the order cannot be the
    /// result, or the reason is empty. Errors of the vendor when it cannot be asked.
    pub async fn resolve(
        &self,
        key: &IdempotencyKey,
        resolution: Resolution,
        reason: &str,
    ) -> Result<JournalEntry, Error> {
        self.check_reason(reason)?;
        let mut lock = self.lock(self.resolved_account().await?).await?;
        let result = self.resolve_locked(&mut lock, key, resolution, reason);
        let result = result.await;
        lock.release().await;
        result
    }

    async fn resolve_locked(
        &self,
        lock: &mut AccountLock,
        key: &IdempotencyKey,
        resolution: Resolution,
        reason: &str,
    ) -> Result<JournalEntry, Error> {
        let from = &[EntryState::Sent, EntryState::Unknown, EntryState::Dismissed];
        let mut entry = self.entry_in(key, from).await?;
        let id;
        let change = match resolution {
            Resolution::Order { id: order, amount } => {
                if amount.is_some_and(|amount| amount < Decimal::ZERO) {
                    let what = "the amount is below zero: give what was charged";
                    return Err(Error::input(what).at(entry.vendor, None));
                }
                let shown = self.check_order(&entry, &order).await?;
                id = order;
                Change {
                    order: Some(&id),
                    amount: amount.or(shown),
                    ..Change::to(EntryState::Reconciled, from)
                }
            }
            Resolution::NotMade => Change::to(EntryState::NotMade, from),
        };
        journal::change(lock.connection(), &mut entry, change.noting(reason)).await?;
        Ok(entry)
    }

    /// Checks that an order can be the result of a purchase. Returns the price of a new order, if
    /// the vendor shows it.
    async fn check_order(
        &self,
        entry: &JournalEntry,
        order: &str,
    ) -> Result<Option<Decimal>, Error> {
        let wrong = |what: String| Error::input(what).at(entry.vendor, None);
        let found = self.client.order(order).await?;
        if let Some(changed) = self.changed_order(entry) {
            return match changed == found.id {
                true => Ok(None),
                false => Err(wrong(format!(
                    "the purchase `{}` changes order {changed} and cannot have made order {order}",
                    entry.key
                ))),
            };
        }
        let filter = Filter {
            vendor: Some(entry.vendor),
            account: Some(entry.account.clone()),
            ..Filter::default()
        };
        let others = self.journal.entries(&filter).await?;
        let other = others.iter().find(|it| {
            it.key != entry.key
                && it.order.as_deref() == Some(&found.id)
                && self.changed_order(it).is_none()
        });
        match other {
            None => Ok(guard::charge(found.price_paid.as_ref(), entry.quote).0),
            Some(other) => Err(wrong(format!(
                "order {order} belongs to the purchase `{}` ({})",
                other.key, other.state
            ))),
        }
    }

    /// Returns the order that an entry's request changes; `None` if it makes a new one.
    pub(super) fn changed_order(&self, entry: &JournalEntry) -> Option<String> {
        let request = SpendRequest::from_canonical(&entry.request)?;
        let prepared = self.client.prepare(request).ok()?;
        prepared.order().map(str::to_owned)
    }

    /// Closes an entry whose outcome nobody will find out, so that it no longer blocks the account.
    /// If the request was sent, its amount goes on counting under the caps.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when there is no such entry,
    /// [`crate::ErrorKind::InvalidInput`] when its outcome is known or the reason is empty.
    pub async fn dismiss(&self, key: &IdempotencyKey, reason: &str) -> Result<JournalEntry, Error> {
        self.check_reason(reason)?;
        let mut lock = self.lock(self.resolved_account().await?).await?;
        let from = &[
            EntryState::Planned,
            EntryState::NotSent,
            EntryState::Sent,
            EntryState::Unknown,
        ];
        let mut entry = self.entry_in(key, from).await?;
        let change = Change::to(EntryState::Dismissed, from).noting(reason);
        journal::change(lock.connection(), &mut entry, change).await?;
        lock.release().await;
        Ok(entry)
    }

    fn check_reason(&self, reason: &str) -> Result<(), Error> {
        if reason.trim().is_empty() {
            let what = "the reason is empty: give one, the journal keeps it";
            return Err(Error::input(what).at(self.vendor(), None));
        }
        Ok(())
    }

    /// Returns the entry with this key, if it is in one of these states.
    async fn entry_in(
        &self,
        key: &IdempotencyKey,
        states: &[EntryState],
    ) -> Result<JournalEntry, Error> {
        let vendor = self.vendor();
        let Some(entry) = self.entry(key).await? else {
            let what = format!("the journal has no entry `{key}` for this account");
            return Err(Error::new(Kind::NotFound, Outcome::NotSent, what).at(vendor, None));
        };
        if !states.contains(&entry.state) {
            let what = format!(
                "the purchase `{key}` is {}, so its outcome is known: there is nothing to decide",
                entry.state
            );
            return Err(Error::input(what).at(vendor, None));
        }
        Ok(entry)
    }
}
