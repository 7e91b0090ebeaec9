//! Reconciliation: finding out what became of purchases whose outcome is not known.

mod audit;
mod decide;
#[cfg(test)]
mod decide_tests;
mod resolve;

use std::collections::HashSet;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;

use super::confirm::joined;
use super::execute::{UNDER_WAY, longest_request};
use super::guard;
use super::journal::{self, AccountLock, Change, Connection};
use super::{
    Buyer, Confirmation, EntryState, Evidence, Filter, Funds, JournalEntry, PreparedSpend,
    SpendRequest,
};
use crate::cleaning::Cleaned;
use crate::error::{Error, Outcome};
use crate::vocabulary::Money;
pub use audit::Audit;
use decide::{Case, Decision, Rival, candidates, decide, foreign};
pub use resolve::Resolution;

/// The result of reconciling one entry.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct Reconciled {
    /// The entry as it stands now: still `sent` or `unknown` if it needs review, if it is too early
    /// to tell, or after an error.
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

    fn of(entry: JournalEntry) -> Self {
        Reconciled {
            entry,
            wait: None,
            needs_review: None,
            error: None,
        }
    }
}

/// The difference that is allowed between a vendor's clock and the journal's.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The error of the clock that tells the age of an entry, with the time until it is read.
const CLOCK_ERROR: Duration = Duration::from_millis(100);

/// The time by which a wall clock may be set back, for entries before and after to be told apart.
const CLOCK_STEP: SignedDuration = SignedDuration::from_hours(1);

/// An entry whose outcome is not known, with what the vendor shows of it.
struct Open<'a> {
    entry: JournalEntry,
    prepared: Option<Box<dyn PreparedSpend + 'a>>,
    /// The time to wait until anything can be concluded. `None` if there is nothing to wait for.
    wait: Option<Duration>,
    evidence: Result<Evidence, Error>,
}

impl Open<'_> {
    /// Returns the order that the request changes; `None` if it makes a new one.
    fn changed_order(&self) -> Option<&str> {
        self.prepared.as_ref()?.order()
    }

    fn funds(&self) -> Option<Funds> {
        self.prepared.as_ref().map(|it| it.funds())
    }
}

impl Buyer {
    /// Finds out what became of every purchase of the account whose outcome is not known. Spends
    /// nothing. An order that is unpaid and above the cap of its purchase is cancelled, as when its
    /// answer arrives.
    ///
    /// # Errors
    /// When the account cannot be locked or the journal cannot be used. The findings up to then
    /// stay written down. What the vendor cannot tell about one entry is no error of all: see
    /// [`Reconciled::error`].
    pub async fn reconcile(&self) -> Result<Vec<Reconciled>, Error> {
        let account = self.resolved_account().await?;
        let mut lock = self.lock(account).await?;
        let result = self.reconcile_locked(&mut lock, account).await;
        lock.release().await;
        result
    }

    async fn reconcile_locked(
        &self,
        lock: &mut AccountLock,
        account: &str,
    ) -> Result<Vec<Reconciled>, Error> {
        let mut open = Vec::new();
        for entry in journal::open_entries(lock.connection(), self.vendor(), account).await? {
            open.push(self.look_into(lock.connection(), entry).await?);
        }
        let mut outcomes = Vec::new();
        for index in 0..open.len() {
            outcomes.push(self.settle(lock, account, &mut open, index).await?);
        }
        Ok(outcomes)
    }

    /// Asks the vendor about an entry, unless it is too early to conclude anything.
    async fn look_into(
        &self,
        connection: &mut Connection,
        entry: JournalEntry,
    ) -> Result<Open<'_>, Error> {
        let wait = self.time_left(connection, &entry).await?;
        let request = SpendRequest::from_canonical(&entry.request);
        let prepared = request.and_then(|request| self.client.prepare(request).ok());
        let evidence = match (&prepared, &entry.baseline, wait) {
            (Some(prepared), Some(baseline), None) => prepared.evidence(baseline).await,
            _ => Ok(Evidence::default()),
        };
        Ok(Open {
            entry,
            prepared,
            wait,
            evidence,
        })
    }

    /// Returns the time until the request has ended and the grace period is over.
    async fn time_left(
        &self,
        connection: &mut Connection,
        entry: &JournalEntry,
    ) -> Result<Option<Duration>, Error> {
        let longest = longest_request(self.client.transport());
        let settled_after = duration(entry, longest).saturating_add(self.grace_period);
        let age = match journal::age(connection, entry).await? {
            Some(age) => age,
            None => {
                // Two looks within this process.
                let looks = self.first_looks.lock();
                let mut looks = looks.unwrap_or_else(PoisonError::into_inner);
                let first = looks.entry(entry.key.clone());
                first.or_insert_with(Instant::now).elapsed()
            }
        };
        let left = settled_after.saturating_sub(age.saturating_add(CLOCK_ERROR));
        Ok((!left.is_zero()).then_some(left))
    }

    /// Decides on one of the open entries, and writes the decision down.
    async fn settle(
        &self,
        lock: &mut AccountLock,
        account: &str,
        open: &mut [Open<'_>],
        index: usize,
    ) -> Result<Reconciled, Error> {
        let Some(this) = open.get(index) else {
            return Err(journal::damaged("an entry is gone"));
        };
        let decision = match &this.evidence {
            Ok(_) => self.decide(lock.connection(), account, open, index).await?,
            Err(error) => match this.changed_order() {
                Some(order) if error.is_not_found() => Decision::NeedsReview(format!(
                    "the vendor has no order {order}, which the purchase was to change"
                )),
                _ => {
                    let error = error.clone().with_outcome(Outcome::Rejected);
                    return Ok(Reconciled {
                        error: Some(error),
                        ..Reconciled::of(this.entry.clone())
                    });
                }
            },
        };
        let mut result = Reconciled::of(this.entry.clone());
        match decision {
            Decision::Made {
                order,
                price,
                payment,
            } => {
                let made = Confirmation {
                    order,
                    price: price.map(Money::from),
                    payment,
                };
                self.adopt(lock, &mut result.entry, this, &made).await?;
            }
            Decision::NotMade => {
                let note = "the vendor has no such order, and nothing was charged";
                let change = Change::to(EntryState::NotMade, UNDER_WAY).noting(note);
                journal::change(lock.connection(), &mut result.entry, change).await?;
            }
            Decision::TooEarly => result.wait = this.wait,
            Decision::NeedsReview(what) => {
                let what = Cleaned::new(&what);
                result.needs_review = Some(what.to_string());
                // The history gets a new line only for new findings.
                if this.entry.note.as_deref() != Some(&*what) {
                    let change = Change::to(EntryState::Unknown, UNDER_WAY).noting(&*what);
                    journal::change(lock.connection(), &mut result.entry, change).await?;
                }
            }
        }
        if let Some(this) = open.get_mut(index) {
            this.entry = result.entry.clone();
        }
        Ok(result)
    }

    async fn decide(
        &self,
        connection: &mut Connection,
        account: &str,
        open: &[Open<'_>],
        index: usize,
    ) -> Result<Decision, Error> {
        let Some(this) = open.get(index) else {
            return Err(journal::damaged("an entry is gone"));
        };
        let vendor = this.entry.vendor;
        let claimed = journal::orders_of(connection, vendor, account).await?;
        let Some(case) = self.case(this, &claimed) else {
            return Ok(Decision::NeedsReview(
                "the journal's entry is not complete enough to look for the order".to_owned(),
            ));
        };
        if !case.is_grace_over {
            return Ok(Decision::TooEarly);
        }
        let others = open.iter().enumerate();
        let others = others.filter(|(other, it)| *other != index && it.entry.state.is_open());
        let mut rivals: Vec<_> = others.map(|(_, it)| self.rival(it, &claimed)).collect();
        rivals.extend(self.dismissed_rivals(&this.entry).await?);
        let shared = journal::shared(connection, vendor, account).await?;
        let case = Case {
            rivals: &rivals,
            others_buy: shared.as_deref(),
            spent_meanwhile: self.spent_meanwhile(connection, this, &case).await?,
            ..case
        };
        let foreign: Vec<_> = foreign(&case).map(|it| it.order.as_str()).collect();
        if !foreign.is_empty() {
            let why = format!("the orders {} are no entry's", foreign.join(", "));
            self.mark_shared(connection, account, &why).await?;
        }
        Ok(decide(&case))
    }

    /// Returns all that is known of an entry but its surroundings. `None` if the entry lacks what is
    /// needed to compare it.
    fn case<'a>(&self, open: &'a Open<'_>, claimed: &'a HashSet<String>) -> Option<Case<'a>> {
        let entry = &open.entry;
        Some(Case {
            before: entry.baseline.as_ref()?,
            found: open.evidence.as_ref().ok()?,
            funds: open.funds()?,
            quote: entry.quote,
            order: open.changed_order(),
            window: entry.sent_at.and_then(|sent_at| self.window(sent_at)),
            claimed,
            spent_meanwhile: Decimal::ZERO,
            rivals: &[],
            others_buy: None,
            is_grace_over: open.wait.is_none(),
        })
    }

    /// Returns the times between which an order was made whose request was sent at a time.
    fn window(&self, sent_at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let longest = longest_request(self.client.transport());
        let after = SignedDuration::try_from(longest.saturating_add(self.grace_period)).ok()?;
        let until = sent_at.checked_add(after.checked_add(CLOCK_SKEW)?).ok()?;
        Some((sent_at.checked_sub(CLOCK_SKEW).ok()?, until))
    }

    fn rival(&self, open: &Open<'_>, claimed: &HashSet<String>) -> Rival {
        let is_known = open.evidence.is_ok() && open.wait.is_none();
        let candidates = match open.changed_order() {
            Some(order) => Some(vec![order.to_owned()]),
            None if is_known => self.case(open, claimed).map(|case| candidates(&case)),
            None => None,
        };
        Rival {
            key: open.entry.key.to_string(),
            candidates,
        }
    }

    /// Lists the dismissed entries whose request may have been carried out after another one's
    /// baseline. No order is known of them, so any new order may be theirs.
    async fn dismissed_rivals(&self, entry: &JournalEntry) -> Result<Vec<Rival>, Error> {
        let filter = Filter {
            vendor: Some(entry.vendor),
            account: Some(entry.account.clone()),
            states: vec![EntryState::Dismissed],
            ..Filter::default()
        };
        let may_follow = |it: &JournalEntry| {
            let window = it.sent_at.and_then(|sent_at| self.window(sent_at));
            let is_late =
                window.is_some_and(|(_, until)| entry.sent_at.is_none_or(|at| at < until));
            it.order.is_none() && is_late
        };
        let dismissed = self.journal.entries(&filter).await?.into_iter();
        let rival = |it: JournalEntry| Rival {
            key: it.key.to_string(),
            candidates: None,
        };
        Ok(dismissed.filter(may_follow).map(rival).collect())
    }

    /// Sums the amounts that other entries took from the balance since an entry was sent: those
    /// sent later, and those whose order is new, because it was made late.
    async fn spent_meanwhile(
        &self,
        connection: &mut Connection,
        open: &Open<'_>,
        case: &Case<'_>,
    ) -> Result<Decimal, Error> {
        let entry = &open.entry;
        let filter = Filter {
            vendor: Some(entry.vendor),
            account: Some(entry.account.clone()),
            states: vec![EntryState::Confirmed, EntryState::Reconciled],
            since: entry.sent_at.and_then(|it| it.checked_sub(CLOCK_STEP).ok()),
            ..Filter::default()
        };
        let is_new = |it: &JournalEntry| {
            let mut new = case.found.new_orders.iter();
            new.any(|order| it.order.as_deref() == Some(&order.order))
        };
        let candidates = self.journal.entries(&filter).await?;
        let from_balance = |it: &JournalEntry| {
            let request = SpendRequest::from_canonical(&it.request);
            let prepared = request.and_then(|request| self.client.prepare(request).ok());
            prepared.is_some_and(|it| it.funds() == Funds::Balance)
        };
        let mut sum = Decimal::ZERO;
        for other in candidates.iter().filter(|it| it.key != entry.key) {
            // The wall clock may have been set in between.
            let age = journal::age(connection, other).await?;
            let is_later = match age.zip(journal::age(connection, entry).await?) {
                Some((age, of_entry)) => age < of_entry,
                None => entry.sent_at.is_some_and(|it| other.planned_at >= it),
            };
            if (is_later || is_new(other)) && from_balance(other) {
                // An amount below zero, which an older version wrote, hides no charge.
                let amount = other.amount.unwrap_or_default();
                sum = sum.saturating_add(amount.max(Decimal::ZERO));
            }
        }
        Ok(sum)
    }

    /// Writes down the order that was found. An unpaid one above the cap is cancelled.
    async fn adopt(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        open: &Open<'_>,
        made: &Confirmation,
    ) -> Result<(), Error> {
        let cancelled = match &open.prepared {
            Some(prepared) => self.cancel_above_cap(entry, prepared.as_ref(), made).await,
            None => None,
        };
        let (amount, oddity) = guard::charge(made.price.as_ref(), entry.quote);
        let (state, note) = match cancelled {
            Some(Ok(over)) => (EntryState::Rejected, over.to_string()),
            Some(Err(note)) => (
                EntryState::Reconciled,
                format!("found at the vendor; {note}"),
            ),
            None => (EntryState::Reconciled, "found at the vendor".to_owned()),
        };
        let change = Change {
            amount,
            order: Some(&made.order),
            ..Change::to(state, UNDER_WAY).noting(joined([Some(note), oddity]).unwrap_or_default())
        };
        journal::change(lock.connection(), entry, change).await
    }
}

/// Returns the time that an entry's request took, or the longest that it can have taken if nobody
/// has seen its end.
fn duration(entry: &JournalEntry, longest: Duration) -> Duration {
    match (entry.state, entry.sent_at) {
        // Whoever wrote `unknown` has seen the end of the request.
        (EntryState::Unknown, Some(sent_at)) => {
            // The wall clock may have been set in between.
            let took = Duration::try_from(entry.changed_at.duration_since(sent_at));
            took.map_or(longest, |took| took.min(longest))
        }
        _ => longest,
    }
}
