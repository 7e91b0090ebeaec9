//! Reconciliation: finding out what became of purchases whose outcome is not known.

mod decide;

use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::journal::{self, Change, Connection};
use super::{Buyer, EntryState, IdempotencyKey, JournalEntry, SpendRequest};
use crate::error::{Error, Kind, Outcome};
use decide::{Case, Decision, decide};

/// The result of reconciling one entry.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Reconciled {
    /// The entry as it stands now: still `unknown` if it needs review or it is too early to tell.
    pub entry: JournalEntry,
    /// The time to wait before reconciling again, if it is too early to tell.
    pub wait: Option<Duration>,
    /// The findings that somebody has to review, if they allow no conclusion.
    pub needs_review: Option<String>,
}

impl Buyer {
    /// Finds out what became of every purchase of the account whose outcome is not known. Spends
    /// nothing.
    ///
    /// # Errors
    /// When the vendor or the journal cannot be asked. The findings up to then stay written down.
    pub async fn reconcile(&self) -> Result<Vec<Reconciled>, Error> {
        let mut lock = self.lock().await?;
        let result = self.reconcile_locked(lock.connection()).await;
        lock.release().await;
        result
    }

    async fn reconcile_locked(
        &self,
        connection: &mut Connection,
    ) -> Result<Vec<Reconciled>, Error> {
        let mut outcomes = Vec::new();
        for entry in self.open_entries(connection).await? {
            outcomes.push(self.reconcile_one(connection, entry).await?);
        }
        Ok(outcomes)
    }

    async fn reconcile_one(
        &self,
        connection: &mut Connection,
        mut entry: JournalEntry,
    ) -> Result<Reconciled, Error> {
        let age = Timestamp::now().duration_since(entry.changed_at);
        // A clock that was set back must not end the grace period.
        let age = Duration::try_from(age).unwrap_or(Duration::ZERO);
        let decision = self
            .decide(connection, &entry, age >= self.grace_period)
            .await
            .map_err(|error| error.with_outcome(Outcome::Rejected))?;
        let (mut wait, mut needs_review) = (None, None);
        let from = &[EntryState::Unknown];
        let found;
        let change = match decision {
            Decision::Made { order, price } => {
                found = order;
                Some(Change {
                    amount: price,
                    order: Some(&found),
                    ..Change::to(EntryState::Reconciled, from).noting(found_note(&entry, price))
                })
            }
            Decision::NotMade => Some(
                Change::to(EntryState::NotMade, from)
                    .noting("the vendor has no such order, and nothing was charged"),
            ),
            Decision::TooEarly => {
                wait = Some(self.grace_period.saturating_sub(age));
                None
            }
            Decision::NeedsReview(what) => {
                // The history gets a new line only for new findings.
                let is_new = entry.note.as_deref() != Some(what.as_str());
                needs_review = Some(what.clone());
                is_new.then(|| Change::to(EntryState::Unknown, from).noting(what))
            }
        };
        if let Some(change) = change {
            journal::change(connection, &mut entry, change).await?;
        }
        Ok(Reconciled {
            entry,
            wait,
            needs_review,
        })
    }

    async fn decide(
        &self,
        connection: &mut Connection,
        entry: &JournalEntry,
        is_grace_over: bool,
    ) -> Result<Decision, Error> {
        let request = SpendRequest::from_canonical(&entry.request);
        let prepared = request.and_then(|request| self.client.prepare(request).ok());
        let (Some(prepared), Some(baseline)) = (prepared, entry.baseline.as_ref()) else {
            return Ok(Decision::NeedsReview(
                "the journal's entry is not complete enough to look for the order".to_owned(),
            ));
        };
        let claimed = journal::orders_of(connection, entry.vendor).await?;
        let found = prepared.evidence(baseline).await?;
        Ok(decide(&Case {
            before: baseline,
            found: &found,
            funds: prepared.funds(),
            quote: entry.quote,
            order: prepared.order(),
            claimed: &claimed,
            is_grace_over,
        }))
    }

    /// Closes an entry whose outcome nobody will find out, so that it no longer blocks the account.
    /// If the request was sent, its amount goes on counting under the caps.
    ///
    /// # Errors
    /// [`crate::ErrorKind::NotFound`] when there is no such entry,
    /// [`crate::ErrorKind::InvalidInput`] when its outcome is known or the reason is empty.
    pub async fn dismiss(&self, key: &IdempotencyKey, reason: &str) -> Result<JournalEntry, Error> {
        let vendor = self.vendor();
        if reason.trim().is_empty() {
            let what = "the reason is empty: give one, the journal keeps it";
            return Err(Error::input(what).at(vendor, None));
        }
        let mut lock = self.lock().await?;
        let Some(mut entry) = self.entry(key).await? else {
            let what = format!("the journal has no entry `{key}` for this account");
            return Err(Error::new(Kind::NotFound, Outcome::NotSent, what).at(vendor, None));
        };
        let from = &[EntryState::Planned, EntryState::Sent, EntryState::Unknown];
        if !from.contains(&entry.state) {
            let what = format!(
                "the purchase `{key}` is {}, so its outcome is known: there is nothing to dismiss",
                entry.state
            );
            return Err(Error::input(what).at(vendor, None));
        }
        let change = Change::to(EntryState::Dismissed, from).noting(reason);
        journal::change(lock.connection(), &mut entry, change).await?;
        lock.release().await;
        Ok(entry)
    }
}

/// Describes an order that was found.
fn found_note(entry: &JournalEntry, price: Option<Decimal>) -> String {
    match price {
        Some(price) if price > entry.max_total => format!(
            "found at the vendor; it costs {price}, which is above the cap of {}",
            entry.max_total
        ),
        _ => "found at the vendor".to_owned(),
    }
}
