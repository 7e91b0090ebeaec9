//! Finding out what became of a purchase whose outcome is not known.

use std::collections::HashSet;
use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::journal::{self, AccountLock, Change};
mod decide;

use super::{Buyer, EntryState, Filter, IdempotencyKey, JournalEntry, SpendRequest};
use crate::error::{Error, Kind, Outcome};
use decide::{Case, Decision, decide};

/// What reconciling came to for one entry.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Reconciled {
    /// The entry as it stands now. Still `unknown` if a person has to decide, or if it is too early.
    pub entry: JournalEntry,
    /// When the entry is too early to be called not made: how long to wait before reconciling again.
    pub wait: Option<Duration>,
    /// What a person needs to know to decide.
    pub needs_review: Option<String>,
}

impl Buyer {
    /// Finds out what became of every purchase of the account whose outcome is not known. Buys nothing.
    ///
    /// # Errors
    /// When the vendor or the journal can't be asked. What was found out before stays written down.
    pub async fn reconcile(&self) -> Result<Vec<Reconciled>, Error> {
        let mut lock = self
            .journal
            .lock_account(self.vendor(), &self.account, self.lock_timeout)
            .await?;
        let result = self.reconcile_locked(&mut lock).await;
        lock.release().await;
        result
    }

    async fn reconcile_locked(&self, lock: &mut AccountLock) -> Result<Vec<Reconciled>, Error> {
        let mut outcomes = Vec::new();
        for entry in self.open_entries(lock).await? {
            outcomes.push(self.reconcile_one(lock, entry).await?);
        }
        Ok(outcomes)
    }

    async fn reconcile_one(
        &self,
        lock: &mut AccountLock,
        mut entry: JournalEntry,
    ) -> Result<Reconciled, Error> {
        let age = Timestamp::now().duration_since(entry.changed_at);
        // A clock that was set back must not make it settled.
        let age = Duration::try_from(age).unwrap_or(Duration::ZERO);
        let verdict = self
            .decide(lock, &entry, age >= self.grace_period)
            .await
            .map_err(|error| error.with_outcome(Outcome::Rejected))?;
        let (mut wait, mut needs_review) = (None, None);
        let from = &[EntryState::Unknown];
        let change = match verdict {
            Decision::Made { order, price } => {
                let change = Change {
                    amount: price,
                    order: Some(&order),
                    ..Change::to(EntryState::Reconciled, from).noting(said_of(&entry, price))
                };
                journal::change(lock.connection(), &mut entry, change).await?;
                None
            }
            Decision::NotMade => Some(
                Change::to(EntryState::NotMade, from)
                    .noting("no trace of it is at the vendor, and nothing was charged"),
            ),
            Decision::TooEarly => {
                wait = Some(self.grace_period.saturating_sub(age));
                None
            }
            Decision::NeedsReview(what) => {
                // Once is enough: a history that grows with every look hides what happened.
                let is_new = entry.note.as_deref() != Some(what.as_str());
                needs_review = Some(what.clone());
                is_new.then(|| Change::to(EntryState::Unknown, from).noting(what))
            }
        };
        if let Some(change) = change {
            journal::change(lock.connection(), &mut entry, change).await?;
        }
        Ok(Reconciled {
            entry,
            wait,
            needs_review,
        })
    }

    async fn decide(
        &self,
        lock: &mut AccountLock,
        entry: &JournalEntry,
        is_settled: bool,
    ) -> Result<Decision, Error> {
        let spend = SpendRequest::from_canonical(&entry.request.to_string());
        let (Some(spend), Some(baseline)) = (spend, entry.baseline.as_ref()) else {
            return Ok(Decision::NeedsReview(
                "the journal does not say enough to look for it".to_owned(),
            ));
        };
        let claimed = self.claimed(lock, entry).await?;
        let found = self.client.evidence(&spend, baseline).await?;
        Ok(decide(&Case {
            before: baseline,
            found: &found,
            funds: self.client.funds(&spend),
            quote: entry.quote,
            order: self.client.on_order(&spend),
            claimed: &claimed,
            is_settled,
        }))
    }

    /// The orders that other entries of the account stand for.
    async fn claimed(
        &self,
        lock: &mut AccountLock,
        entry: &JournalEntry,
    ) -> Result<HashSet<String>, Error> {
        let orders = journal::orders_of(lock.connection(), entry.vendor, &entry.account).await?;
        Ok(orders.into_iter().collect())
    }

    /// Gives an entry up: nothing else waits for it any more, and it goes on counting under the caps if it was sent.
    ///
    /// # Errors
    /// When there is no such entry, or its outcome is known.
    pub async fn dismiss(&self, key: &IdempotencyKey, reason: &str) -> Result<JournalEntry, Error> {
        let vendor = self.vendor();
        if reason.trim().is_empty() {
            return Err(Error::input(
                "say why it is given up: the journal keeps the reason",
            ));
        }
        let mut lock = self
            .journal
            .lock_account(vendor, &self.account, self.lock_timeout)
            .await?;
        let known = self.journal.entry(vendor, &self.account, key).await?;
        let Some(mut entry) = known else {
            let what = format!("the journal has no entry `{key}` of this account");
            return Err(Error::new(Kind::NotFound, Outcome::NotSent, what).at(vendor, None));
        };
        if !entry.state.is_open() && entry.state != EntryState::Planned {
            let what = format!("`{key}` is {}: there is nothing to give up", entry.state);
            return Err(Error::input(what).at(vendor, None));
        }
        let from = &[EntryState::Planned, EntryState::Sent, EntryState::Unknown];
        let change = Change::to(EntryState::Dismissed, from).noting(reason);
        journal::change(lock.connection(), &mut entry, change).await?;
        lock.release().await;
        Ok(entry)
    }

    /// The account's entries.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn entries(&self) -> Result<Vec<JournalEntry>, Error> {
        let filter = Filter {
            vendor: Some(self.vendor()),
            account: Some(self.account.clone()),
            ..Filter::default()
        };
        self.journal.entries(&filter).await
    }
}

/// What is worth knowing of an order that was found.
fn said_of(entry: &JournalEntry, price: Option<Decimal>) -> String {
    match price {
        Some(price) if price > entry.max_total => format!(
            "found at the vendor; it costs {price}, which is above the cap of {}",
            entry.max_total
        ),
        _ => "found at the vendor".to_owned(),
    }
}
