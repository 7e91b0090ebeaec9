//! The part of a purchase that runs under the account's lock: from `planned` to the outcome.

use rust_decimal::Decimal;

use super::guard;
use super::journal::{self, AccountLock, Change, Connection};
use super::{
    Baseline, Buyer, Confirmation, EntryState, IdempotencyKey, JournalEntry, Payment,
    PreparedSpend, Receipt, SpendOptions, SpendRequest,
};
use crate::account::Quote;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Effect, Money};

/// The results of the checks before a request is sent.
#[derive(Default)]
pub(super) struct Checks {
    pub baseline: Option<Baseline>,
    pub quote: Option<Quote>,
    /// The amount that counts under the caps.
    pub amount: Option<Decimal>,
    /// For a dry run: the entry that the journal has under the key.
    pub recorded: Option<JournalEntry>,
}

/// The states of an entry whose request is on its way.
const UNDER_WAY: &[EntryState] = &[EntryState::Sent, EntryState::Unknown];

impl Buyer {
    pub(super) async fn execute_locked(
        &self,
        lock: &mut AccountLock,
        key: &IdempotencyKey,
        prepared: &mut (dyn PreparedSpend + '_),
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        let request = prepared.request();
        let connection = lock.connection();
        let entry = journal::entry(connection, self.vendor(), &self.account, key).await?;
        if let Some(entry) = entry
            && let Some(receipt) = recorded(&entry, request, options, true)?
        {
            return Ok(receipt);
        }
        let open = self.open_entries(connection).await?;
        let note = guard::nothing_unsettled(&open, Some(key), options)?;
        let mut entry = JournalEntry::planned(&self.account, key, request, options.max_total);
        entry.note = note;
        journal::insert(connection, &entry).await?;

        let mut checks = Checks::default();
        if let Err(refusal) = self
            .run_checks(connection, prepared, options.max_total, &mut checks)
            .await
        {
            // Nothing was sent. If the note cannot be written either, nothing is lost by it.
            let note =
                Change::to(EntryState::Planned, &[EntryState::Planned]).noting(refusal.to_string());
            if let Err(error) = journal::change(connection, &mut entry, note).await {
                tracing::warn!(%key, %error, "the reason of a refusal cannot be written down");
            }
            return Err(refusal);
        }
        entry.quote = checks.quote.and_then(|quote| quote.total.amount());
        entry.amount = checks.amount;
        entry.baseline = checks.baseline;
        let request = prepared.request().request()?;
        journal::sent(connection, &mut entry).await?;
        let confirmed = match self.client.transport().send(request).await {
            Ok(answer) => {
                // What is no JSON names no order, which is what the error then says.
                let answer = serde_json::from_slice(&answer.body).unwrap_or_default();
                prepared.confirmation(&answer)
            }
            Err(error) => Err(error),
        };
        match confirmed {
            Ok(confirmed) => {
                self.confirmed(connection, &mut entry, prepared, confirmed)
                    .await
            }
            Err(error) => Err(failed(connection, &mut entry, error).await),
        }
    }

    /// Lists the account's entries whose outcome is not known. Entries that stand as `sent` become
    /// `unknown`: the caller has the account's lock, so the process that sent them has ended.
    pub(super) async fn open_entries(
        &self,
        connection: &mut Connection,
    ) -> Result<Vec<JournalEntry>, Error> {
        let mut open = journal::open_entries(connection, self.vendor(), &self.account).await?;
        let sent = open
            .iter_mut()
            .filter(|entry| entry.state == EntryState::Sent);
        for entry in sent {
            let change = Change::to(EntryState::Unknown, &[EntryState::Sent])
                .noting("its process ended before the outcome was written down");
            journal::change(connection, entry, change).await?;
        }
        Ok(open)
    }

    /// Completes the request and makes every check that needs the vendor. A dry run and a spend
    /// both call this.
    pub(super) async fn run_checks(
        &self,
        connection: &mut Connection,
        prepared: &mut (dyn PreparedSpend + '_),
        max_total: Decimal,
        checks: &mut Checks,
    ) -> Result<(), Error> {
        let operation = prepared.request().operation().id;
        let checking = async {
            let vendor = self.vendor();
            prepared.resolve().await?;
            let baseline = checks.baseline.insert(prepared.baseline().await?);
            // Last, so that the price is as fresh as possible.
            checks.quote = prepared.quote().await?;
            let amount = guard::price(vendor, checks.quote.as_ref(), max_total)?;
            checks.amount = Some(amount);
            guard::within_caps(connection, &self.caps, vendor, &self.account, amount).await?;
            guard::enough_funds(vendor, prepared.funds(), baseline.balance, amount)
        };
        checking.await.map_err(|error: Error| {
            let operation = error.operation().unwrap_or(operation);
            let error = error.at(self.vendor(), Some(operation));
            match error.outcome() {
                Outcome::Unknown if error.effect() == Some(Effect::Read) => error,
                // The vendor's refusal of a question is no refusal of the purchase.
                _ => error.with_outcome(Outcome::NotSent),
            }
        })
    }

    /// Writes down what the vendor has confirmed. An order above the cap is cancelled first, where
    /// that is possible.
    async fn confirmed(
        &self,
        connection: &mut Connection,
        entry: &mut JournalEntry,
        prepared: &(dyn PreparedSpend + '_),
        confirmed: Confirmation,
    ) -> Result<Receipt, Error> {
        let Confirmation {
            order,
            price,
            payment,
        } = confirmed;
        let operation = prepared.request().operation().id;
        // Without a price preview, the answer is the first to name the price. Only an unpaid order
        // can be cancelled without a charge.
        if entry.quote.is_none()
            && payment == Payment::Unpaid
            && let Err(over) = guard::within_cap(entry.vendor, price.as_ref(), entry.max_total)
            && let Some(cancelling) = prepared.cancel(&order)
        {
            let over = over
                .at(entry.vendor, Some(operation))
                .with_effect(Effect::Spend);
            let cancelled = cancelling.await;
            return Err(too_dear(connection, entry, &order, price, over, cancelled).await);
        }
        let change = Change {
            amount: price.as_ref().and_then(Money::amount),
            order: Some(&order),
            ..Change::to(EntryState::Confirmed, UNDER_WAY)
        };
        if let Err(error) = journal::change(connection, entry, change).await {
            let note = format!(
                "order {order} was made at {}, but the journal does not have it: reconcile the \
                 account",
                entry.vendor
            );
            return Err(error
                .with_effect(Effect::Spend)
                .with_outcome(Outcome::Unknown)
                .at(entry.vendor, Some(operation))
                .noting(&note));
        }
        Ok(receipt(entry, false))
    }
}

/// Writes down that an order above the cap was cancelled, or could not be. Returns the error for
/// the caller.
async fn too_dear(
    connection: &mut Connection,
    entry: &mut JournalEntry,
    order: &str,
    price: Option<Money>,
    over: Error,
    cancelled: Result<(), Error>,
) -> Error {
    let (state, outcome, note) = match cancelled {
        Ok(()) => (
            EntryState::Rejected,
            Outcome::Rejected,
            format!("order {order} was made unpaid, and then closed"),
        ),
        Err(error) => (
            EntryState::Confirmed,
            Outcome::Unknown,
            format!(
                "order {order} was made unpaid, and cannot be closed ({error}): close it or let it \
                 expire"
            ),
        ),
    };
    let change = Change {
        amount: price.as_ref().and_then(Money::amount),
        order: Some(order),
        ..Change::to(state, UNDER_WAY).noting(format!("{note}: {over}"))
    };
    let over = over.with_outcome(outcome).noting(&note);
    match journal::change(connection, entry, change).await {
        Ok(()) => over,
        Err(error) => over.noting(&error.to_string()),
    }
}

/// Writes down that the request failed or its answer could not be read. Returns the error for the
/// caller.
async fn failed(connection: &mut Connection, entry: &mut JournalEntry, error: Error) -> Error {
    let state = match error.outcome() {
        // Nothing left this machine, so another attempt may be made.
        Outcome::NotSent => EntryState::Planned,
        Outcome::Rejected => EntryState::Rejected,
        Outcome::Unknown => EntryState::Unknown,
    };
    let note = match error.request_id() {
        Some(id) => format!("{error} (the vendor's id of the request: {id})"),
        None => error.to_string(),
    };
    match journal::change(connection, entry, Change::to(state, UNDER_WAY).noting(note)).await {
        Ok(()) => error,
        // The entry stays `sent`, which is the safe side.
        Err(unwritten) => error.noting(&format!("and then: {unwritten}")),
    }
}

/// Returns the result that an entry has for a request under its key, or `None` if the request may
/// be sent. `is_locked` says whether the caller has the account's lock.
pub(super) fn recorded(
    entry: &JournalEntry,
    request: &SpendRequest,
    options: &SpendOptions,
    is_locked: bool,
) -> Result<Option<Receipt>, Error> {
    let key = &entry.key;
    let note = entry.note.as_deref().unwrap_or("no further details");
    let another = "use another key, or allow another attempt under this one";
    let (kind, outcome, what) = match entry.state {
        _ if entry.request_hash != request.hash() => (
            Kind::KeyReused,
            Outcome::NotSent,
            format!(
                "the idempotency key `{key}` was used for another request ({}, {}): use a key of \
                 its own for each purchase",
                entry.operation, entry.state
            ),
        ),
        EntryState::Planned | EntryState::NotSent => return Ok(None),
        EntryState::Confirmed | EntryState::Reconciled => return Ok(Some(receipt(entry, true))),
        EntryState::Rejected | EntryState::NotMade if options.again => return Ok(None),
        EntryState::Rejected => (
            Kind::Refused,
            Outcome::Rejected,
            format!(
                "the vendor refused the purchase `{key}` earlier ({note}), and nothing was sent \
                 now: {another}"
            ),
        ),
        EntryState::NotMade => (
            Kind::Refused,
            Outcome::Rejected,
            format!(
                "the purchase `{key}` was sent earlier without effect, and nothing was sent now: \
                 {another}"
            ),
        ),
        // It may be on its way in another task or process: wait for the lock and look again.
        EntryState::Sent if !is_locked => return Ok(None),
        EntryState::Sent | EntryState::Unknown => (
            Kind::Unsettled,
            Outcome::Unknown,
            format!(
                "the outcome of the purchase `{key}` is not known ({note}), and nothing was sent \
                 now: reconcile the account first"
            ),
        ),
        EntryState::Dismissed => (
            Kind::Refused,
            Outcome::NotSent,
            format!("the purchase `{key}` was dismissed ({note}): use another key"),
        ),
    };
    Err(Error::new(kind, outcome, what)
        .at(entry.vendor, Some(request.operation().id))
        .with_effect(Effect::Spend)
        .for_key(key.as_str()))
}

fn receipt(entry: &JournalEntry, is_recorded: bool) -> Receipt {
    Receipt {
        key: entry.key.clone(),
        order: entry.order.clone().unwrap_or_default(),
        amount: entry.amount,
        charged: None,
        quote: entry.quote,
        max_total: entry.max_total,
        note: entry.note.clone(),
        is_recorded,
    }
}
