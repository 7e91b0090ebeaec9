//! Reconciliation: finding out what became of purchases whose outcome is not known.

mod audit;
mod decide;
mod resolve;

use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::journal::{self, Change, Connection};
use super::{Buyer, EntryState, JournalEntry, SpendRequest};
use crate::error::{Error, Outcome};
pub use audit::Audit;
use decide::{Case, Decision, decide};
pub use resolve::Resolution;

/// The result of reconciling one entry.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct Reconciled {
    /// The entry as it stands now: still `unknown` if it needs review or it is too early to tell.
    pub entry: JournalEntry,
    /// The time to wait before reconciling again, if it is too early to tell.
    pub wait: Option<Duration>,
    /// The findings that somebody has to review, if they allow no conclusion.
    pub needs_review: Option<String>,
    /// The reason why the vendor could not be asked about this entry. The other entries are
    /// reconciled all the same.
    pub error: Option<Error>,
}

impl Reconciled {
    /// Returns true if the purchase was made and cost more than it was allowed to: an order that
    /// could not be cancelled, or was paid already.
    pub fn is_above_cap(&self) -> bool {
        self.entry.is_above_cap()
    }
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
            error: None,
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
