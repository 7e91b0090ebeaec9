//! The part of a purchase that only one spender of an account runs at a time: from the journal's `planned` to what came of it.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::guard;
use super::journal::{self, AccountLock, Change};
use super::{Buyer, EntryState, IdempotencyKey, JournalEntry, Receipt, SpendOptions, SpendRequest};
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Effect, Money};

impl Buyer {
    /// The part that only one spender of the account runs at a time.
    pub(super) async fn execute_locked(
        &self,
        lock: &mut AccountLock,
        key: &IdempotencyKey,
        spend: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        let vendor = self.vendor();
        let standing = journal::entry(lock.connection(), vendor, &self.account, key).await?;
        if let Some(known) = standing.and_then(|entry| recorded(&entry, spend, options, true)) {
            return known;
        }
        let despite = self.nothing_unknown(lock, key, options).await?;
        let mut entry = self.intent(key, spend, options);
        entry.note = despite;
        journal::insert(lock.connection(), &entry).await?;

        let resolved = match self.ready(lock, &mut entry, spend).await {
            Ok(resolved) => resolved,
            Err(refusal) => {
                // Nothing was sent, and the vendor's own word for a refused read is no refusal of the purchase.
                self.note_refusal(lock, &mut entry, &refusal).await;
                return Err(match refusal.outcome() {
                    Outcome::Unknown if refusal.effect() == Some(Effect::Read) => refusal,
                    _ => refusal.with_outcome(Outcome::NotSent),
                });
            }
        };
        let request = resolved.request()?;
        journal::sent(lock.connection(), &mut entry).await?;
        let answer = self.client.transport().send(request).await;
        match answer {
            Ok(answer) => {
                self.answered(lock, &mut entry, &resolved, &answer.body)
                    .await
            }
            Err(error) => Err(self.failed(lock, &mut entry, error).await),
        }
    }

    /// Refuses to spend while the outcome of another purchase is not known. Whoever comes here holds the account, so that one that
    /// stands as `sent` has been left by a process that died.
    async fn nothing_unknown(
        &self,
        lock: &mut AccountLock,
        key: &IdempotencyKey,
        options: &SpendOptions,
    ) -> Result<Option<String>, Error> {
        let open = self.open_entries(lock).await?;
        let Some(first) = open.iter().find(|entry| entry.key != *key) else {
            return Ok(None);
        };
        match &options.despite_unknown {
            Some(reason) => Ok(Some(format!(
                "spent although the outcome of {} is not known: {reason}",
                first.key
            ))),
            None => {
                let what = format!(
                    "nobody knows yet what became of the purchase `{}` ({} of {}): nothing else is spent on this account until `journal reconcile` has found out",
                    first.key,
                    first.operation,
                    journal::written(first.sent_at.unwrap_or(first.changed_at))
                );
                Err(Error::new(Kind::Unsettled, Outcome::NotSent, what).at(self.vendor(), None))
            }
        }
    }

    /// The account's open entries, those that a dead process left as `sent` among them, which become `unknown`.
    pub(super) async fn open_entries(
        &self,
        lock: &mut AccountLock,
    ) -> Result<Vec<JournalEntry>, Error> {
        let mut open =
            journal::open_entries(lock.connection(), self.vendor(), &self.account).await?;
        for entry in open
            .iter_mut()
            .filter(|entry| entry.state == EntryState::Sent)
        {
            let change = Change::to(EntryState::Unknown, &[EntryState::Sent])
                .noting("its process ended before the outcome was written down");
            journal::change(lock.connection(), entry, change).await?;
        }
        Ok(open)
    }

    /// All that is asked and checked before the request may leave.
    async fn ready(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        spend: &SpendRequest,
    ) -> Result<SpendRequest, Error> {
        let resolved = self.client.resolve(spend.clone()).await?;
        let baseline = self.client.baseline(&resolved).await?;
        // Last, so that it is as fresh as can be.
        let quote = self.client.price(&resolved).await?;
        let amount = guard::price(self.vendor(), quote.as_ref(), entry.max_total)?;
        guard::within_caps(lock.connection(), &self.caps, entry, amount).await?;
        let funds = self.client.funds(&resolved);
        guard::enough_funds(&resolved, funds, baseline.balance, amount)?;
        entry.quote = quote.and_then(|quote| quote.total.amount());
        entry.amount = Some(amount);
        entry.baseline = Some(baseline);
        Ok(resolved)
    }

    pub(super) fn intent(
        &self,
        key: &IdempotencyKey,
        spend: &SpendRequest,
        options: &SpendOptions,
    ) -> JournalEntry {
        let now = Timestamp::now();
        JournalEntry {
            vendor: self.vendor(),
            account: self.account.clone(),
            key: key.clone(),
            operation: spend.operation().id.to_owned(),
            request: spend.canonical(),
            request_hash: spend.hash(),
            max_total: options.max_total,
            state: EntryState::Planned,
            quote: None,
            amount: None,
            order: None,
            baseline: None,
            note: None,
            planned_at: now,
            sent_at: None,
            changed_at: now,
        }
    }

    /// The vendor has said that it is done.
    async fn answered(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        spend: &SpendRequest,
        answer: &[u8],
    ) -> Result<Receipt, Error> {
        let vendor = self.vendor();
        let confirmed = match self.client.confirmation(spend, answer) {
            Ok(confirmed) => confirmed,
            Err(error) => {
                let error = error
                    .with_effect(Effect::Spend)
                    .with_outcome(Outcome::Unknown);
                return Err(self.failed(lock, entry, error).await);
            }
        };
        let price = confirmed.price.as_ref().and_then(Money::amount);
        if let Some(over) = self.over_cap(entry, confirmed.price.as_ref())
            && let Some(taking_back) = self.client.take_back(&confirmed.order)
        {
            return Err(self
                .taken_back(
                    lock,
                    entry,
                    &confirmed.order,
                    price,
                    over,
                    taking_back.await,
                )
                .await);
        }
        let change = Change {
            amount: price,
            order: Some(&confirmed.order),
            ..Change::to(
                EntryState::Confirmed,
                &[EntryState::Sent, EntryState::Unknown],
            )
        };
        if let Err(error) = journal::change(lock.connection(), entry, change).await {
            let note = format!(
                "order {} was made at {vendor}, and only the journal does not know it: `journal reconcile` finds it",
                confirmed.order
            );
            return Err(error
                .with_effect(Effect::Spend)
                .with_outcome(Outcome::Unknown)
                .at(vendor, Some(spend.operation().id))
                .noting(&note));
        }
        Ok(receipt(entry, confirmed.order, false))
    }

    /// Where there is no price preview, the answer is the first to name the price.
    fn over_cap(&self, entry: &JournalEntry, price: Option<&Money>) -> Option<Error> {
        if entry.quote.is_some() {
            return None;
        }
        crate::support::within_cap(self.vendor(), price, entry.max_total).err()
    }

    /// An order that turned out too dear was taken back, or could not be.
    async fn taken_back(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        order: &str,
        price: Option<Decimal>,
        over: Error,
        outcome: Result<(), Error>,
    ) -> Error {
        let (state, note, outcome) = match outcome {
            Ok(()) => (
                EntryState::Rejected,
                format!("order {order} had been made, unpaid, and was closed again: {over}"),
                Outcome::Rejected,
            ),
            Err(error) => (
                EntryState::Confirmed,
                format!(
                    "order {order} stands, unpaid, and could not be closed ({error}): close it or let it run out"
                ),
                Outcome::Unknown,
            ),
        };
        let change = Change {
            amount: price,
            order: Some(order),
            ..Change::to(state, &[EntryState::Sent, EntryState::Unknown]).noting(note.clone())
        };
        let written = journal::change(lock.connection(), entry, change).await;
        let over = over
            .at(self.vendor(), Some("create_order"))
            .with_effect(Effect::Spend)
            .with_outcome(outcome)
            .noting(&note);
        match written {
            Ok(()) => over,
            Err(error) => over.noting(&error.to_string()),
        }
    }

    /// The request failed, or its answer said nothing.
    async fn failed(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        error: Error,
    ) -> Error {
        let said = match error.request_id() {
            Some(id) => format!("{error} (the vendor's name for the request: {id})"),
            None => error.to_string(),
        };
        let state = match error.outcome() {
            // Nothing left this machine: as if nobody had tried.
            Outcome::NotSent => EntryState::Planned,
            Outcome::Rejected => EntryState::Rejected,
            Outcome::Unknown => EntryState::Unknown,
        };
        let change = Change::to(state, &[EntryState::Sent, EntryState::Unknown]).noting(said);
        match journal::change(lock.connection(), entry, change).await {
            Ok(()) => error,
            // It stands as `sent`, which errs on the safe side.
            Err(unwritten) => error.noting(&format!("and then: {unwritten}")),
        }
    }

    /// A guard's refusal goes into the history. That it can't be written changes nothing: nothing was sent.
    async fn note_refusal(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        refusal: &Error,
    ) {
        let change =
            Change::to(EntryState::Planned, &[EntryState::Planned]).noting(refusal.to_string());
        if let Err(error) = journal::change(lock.connection(), entry, change).await {
            tracing::warn!(key = %entry.key, %error, "why nothing was sent can't be written down");
        }
    }
}

/// What the journal's entry says of a request under its key; `None` when there is something left to do.
pub(super) fn recorded(
    entry: &JournalEntry,
    spend: &SpendRequest,
    options: &SpendOptions,
    is_held: bool,
) -> Option<Result<Receipt, Error>> {
    let error = |kind, outcome, what: String| {
        let error = Error::new(kind, outcome, what).at(entry.vendor, Some(spend.operation().id));
        Some(Err(error.with_effect(Effect::Spend)))
    };
    let key = &entry.key;
    if entry.request_hash != spend.hash() {
        let what = format!(
            "the idempotency key `{key}` was used for another request ({}, {}): use a key of its own for each purchase",
            entry.operation, entry.state
        );
        return error(Kind::KeyReused, Outcome::NotSent, what);
    }
    let note = entry.note.as_deref().unwrap_or("no more is known");
    match entry.state {
        EntryState::Planned => None,
        EntryState::Confirmed | EntryState::Reconciled => {
            let order = entry.order.clone().unwrap_or_default();
            Some(Ok(receipt(entry, order, true)))
        }
        EntryState::Rejected | EntryState::NotMade if options.again => None,
        EntryState::Rejected => {
            let what = format!(
                "the vendor refused this when it was first sent under the key `{key}`, and nothing is sent again: {note}; use another key, or say that it may be tried again"
            );
            error(Kind::Refused, Outcome::Rejected, what)
        }
        EntryState::NotMade => {
            let what = format!(
                "`{key}` was sent once, and reconciling found that nothing was made of it; nothing is sent again: use another key, or say that it may be tried again"
            );
            error(Kind::Refused, Outcome::Rejected, what)
        }
        // Somebody may be sending it right now: wait for the turn, and look again.
        EntryState::Sent if !is_held => None,
        EntryState::Sent | EntryState::Unknown => {
            let what = format!(
                "`{key}` was sent, and nobody knows yet what became of it ({note}): nothing is sent again, `journal reconcile` finds out"
            );
            error(Kind::Unsettled, Outcome::Unknown, what)
        }
        EntryState::Dismissed => {
            let what = format!("`{key}` was given up ({note}): use another key");
            error(Kind::Refused, Outcome::NotSent, what)
        }
    }
}

fn receipt(entry: &JournalEntry, order: String, is_recorded: bool) -> Receipt {
    Receipt {
        key: entry.key.clone(),
        order,
        amount: entry.amount,
        is_recorded,
    }
}
