//! The part of a purchase that runs under the account's lock: from `planned` to the outcome.

use std::time::{Duration, Instant};

use rust_decimal::Decimal;

use super::journal::{self, AccountLock, Change, Connection};
use super::others::others_bought;
use super::{
    Baseline, Buyer, Confirmation, EntryState, Filter, IdempotencyKey, JournalEntry, PreparedSpend,
    Receipt, SpendOptions, SpendRequest,
};
use super::{confirm, guard};
use crate::account::Quote;
use crate::cleaning::Cleaned;
use crate::error::{Error, Kind, Outcome};
use crate::transport::{RawRequest, Transport};
use crate::vocabulary::Effect;

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
pub(super) const UNDER_WAY: &[EntryState] = &[EntryState::Sent, EntryState::Unknown];

/// The longest time between the mark `sent` and the sending. A process that sleeps longer in
/// between may have lost the account's lock, and sends nothing.
const SENDING: Duration = Duration::from_secs(10);

/// The number of earlier entries among which the state before is looked for.
const EARLIER: u32 = 50;

/// Returns the longest time between the mark `sent` and the sending.
fn sending(transport: &Transport) -> Duration {
    SENDING.min(transport.timeouts().non_repeatable)
}

/// Returns the longest time from the mark `sent` until a request has ended: answered, failed or
/// given up.
pub(super) fn longest_request(transport: &Transport) -> Duration {
    sending(transport).saturating_add(transport.timeouts().non_repeatable)
}

impl Buyer {
    pub(super) async fn execute_locked(
        &self,
        lock: &mut AccountLock,
        account: &str,
        key: &IdempotencyKey,
        prepared: &mut (dyn PreparedSpend + '_),
        options: &SpendOptions,
    ) -> Result<Receipt, Error> {
        let connection = lock.connection();
        let result = self.recorded_locked(connection, account, key, prepared.request(), options);
        let (earlier, receipt) = result.await?;
        if let Some(receipt) = receipt {
            return Ok(receipt);
        }
        let open = journal::open_entries(connection, self.vendor(), account).await?;
        let note = guard::nothing_unsettled(&open, Some(key), options)?;
        let mut entry = JournalEntry::planned(account, key, prepared.request(), options.max_total);
        entry.note = note;
        if let Some(earlier) = earlier {
            journal::keep_order(connection, earlier).await?;
        }
        journal::insert(connection, &entry).await?;

        let sent = self.mark_as_sent(lock, &mut entry, prepared).await;
        let (request, latest) = match sent {
            Ok(sent) => sent,
            Err(refusal) => return Err(not_sent(lock, &mut entry, refusal).await),
        };
        let transport = self.client.transport();
        let confirmed = match transport.send(request.not_after(latest)).await {
            // What is no JSON names no order, which is what the error then says.
            Ok(answer) => {
                prepared.confirmation(&serde_json::from_slice(&answer.body).unwrap_or_default())
            }
            Err(error) => Err(error),
        };
        match confirmed {
            Ok(confirmed) => match self.check_new(lock, &entry, prepared, &confirmed).await {
                Ok(()) => self.confirmed(lock, &mut entry, prepared, confirmed).await,
                Err(error) => Err(failed(lock, &mut entry, error).await),
            },
            Err(error) => Err(failed(lock, &mut entry, error).await),
        }
    }

    /// Returns the entry under a key, and the result that it has for a request.
    pub(super) async fn recorded_locked(
        &self,
        connection: &mut Connection,
        account: &str,
        key: &IdempotencyKey,
        request: &SpendRequest,
        options: &SpendOptions,
    ) -> Result<(Option<JournalEntry>, Option<Receipt>), Error> {
        let vendor = self.vendor();
        if let Some(entry) = journal::entry(connection, vendor, account, key).await? {
            let receipt = recorded(&entry, request, options, true)?;
            return Ok((Some(entry), receipt));
        }
        let hash = request.hash();
        match journal::entry_elsewhere(connection, vendor, account, key, &hash).await? {
            Some(entry) => Err(used_elsewhere(&entry, account)),
            None => Ok((None, None)),
        }
    }

    /// Makes all checks, and marks the entry as sent. Returns the request, and the time after which
    /// it must not be sent.
    async fn mark_as_sent(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        prepared: &mut (dyn PreparedSpend + '_),
    ) -> Result<(RawRequest, Instant), Error> {
        let mut checks = Checks::default();
        let account = entry.account.clone();
        let checking = self.run_checks(
            lock.connection(),
            &account,
            prepared,
            entry.max_total,
            &mut checks,
        );
        checking.await?;
        entry.quote = checks.quote.and_then(|quote| quote.total.amount());
        entry.amount = checks.amount;
        let claimed = journal::count_orders(lock.connection(), entry.vendor, &account).await?;
        entry.baseline = checks.baseline.map(|it| Baseline {
            claimed: Some(claimed),
            ..it
        });
        self.notice_others(lock.connection(), entry, prepared)
            .await?;
        let request = prepared.request().request()?;
        let now = Instant::now();
        let latest = now
            .checked_add(sending(self.client.transport()))
            .unwrap_or(now);
        journal::sent(lock.connection(), entry).await?;
        lock.check().await?;
        Ok((request, latest))
    }

    /// Completes the request and makes every check that needs the vendor. A dry run and a spend
    /// both call this.
    pub(super) async fn run_checks(
        &self,
        connection: &mut Connection,
        account: &str,
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
            guard::within_caps(connection, &self.caps, vendor, account, amount).await?;
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

    /// Writes down that others buy on the account, if the state right before sending shows it.
    async fn notice_others(
        &self,
        connection: &mut Connection,
        entry: &JournalEntry,
        prepared: &(dyn PreparedSpend + '_),
    ) -> Result<(), Error> {
        let Some(now) = &entry.baseline else {
            return Ok(());
        };
        let filter = Filter {
            vendor: Some(entry.vendor),
            account: Some(entry.account.clone()),
            limit: Some(EARLIER),
            ..Filter::default()
        };
        let mut earlier = self.journal.entries(&filter).await?;
        earlier.retain(|it| it.sent_at.is_some());
        match others_bought(now, &earlier, |order| prepared.number_of(order)) {
            Some(why) => self.mark_shared(connection, &entry.account, &why).await,
            None => Ok(()),
        }
    }

    /// Checks that a confirmed order can be a new one: an order of another entry, and one that is
    /// older than the purchase, cannot.
    async fn check_new(
        &self,
        lock: &mut AccountLock,
        entry: &JournalEntry,
        prepared: &(dyn PreparedSpend + '_),
        confirmed: &Confirmation,
    ) -> Result<(), Error> {
        if prepared.order().is_some() {
            return Ok(());
        }
        let order = &confirmed.order;
        let before = entry.baseline.as_ref();
        let newest = before.and_then(|it| it.newest);
        let number = prepared.number_of(order);
        let known = before.and_then(|it| it.known.as_ref());
        let is_old = matches!((number, newest), (Some(number), Some(newest)) if number <= newest)
            || known.is_some_and(|known| known.contains(order));
        let is_claimed = match lock.surviving_connection().await {
            Ok(connection) => {
                let claimed = journal::orders_of(connection, entry.vendor, &entry.account).await;
                claimed.is_ok_and(|claimed| claimed.contains(order))
            }
            // The confirmation is written down later, or told if that fails, too.
            Err(_) => false,
        };
        if !is_old && !is_claimed {
            return Ok(());
        }
        let what = format!(
            "the vendor confirms the purchase with order {order}, which it had before: what was \
             bought is not known"
        );
        Err(Error::new(Kind::Answer, Outcome::Unknown, what)
            .with_effect(Effect::Spend)
            .at(entry.vendor, Some(prepared.request().operation().id)))
    }
}

/// Writes down the reason for which nothing was sent, and returns it.
async fn not_sent(lock: &mut AccountLock, entry: &mut JournalEntry, refusal: Error) -> Error {
    let refusal = match refusal.outcome() {
        Outcome::Unknown if refusal.effect() == Some(Effect::Read) => refusal,
        _ => refusal.with_outcome(Outcome::NotSent),
    };
    let from = &[EntryState::Planned, EntryState::Sent];
    let change = Change::to(EntryState::NotSent, from).noting(refusal.to_string());
    // If it cannot be written, the entry stays as it is, which is the safe side.
    if let Err(error) = change_surely(lock, entry, change).await {
        tracing::warn!(key = %entry.key, %error, "the reason of a refusal cannot be written down");
    }
    refusal
}

/// Writes down that the request failed or its answer could not be read. Returns the error for the
/// caller.
async fn failed(lock: &mut AccountLock, entry: &mut JournalEntry, error: Error) -> Error {
    let state = match error.outcome() {
        // Nothing left this machine, so another attempt may be made.
        Outcome::NotSent => EntryState::NotSent,
        Outcome::Rejected => EntryState::Rejected,
        Outcome::Unknown => EntryState::Unknown,
    };
    let note = match error.request_id() {
        Some(id) => format!("{error} (the vendor's id of the request: {id})"),
        None => error.to_string(),
    };
    match change_surely(lock, entry, Change::to(state, UNDER_WAY).noting(note)).await {
        Ok(()) => error,
        // The entry stays `sent`, which is the safe side.
        Err(unwritten) => error.noting(&format!("and then: {unwritten}")),
    }
}

/// Changes an entry, on a new connection if the lock's is gone.
pub(super) async fn change_surely(
    lock: &mut AccountLock,
    entry: &mut JournalEntry,
    change: Change<'_>,
) -> Result<(), Error> {
    let connection = lock.surviving_connection().await?;
    journal::change(connection, entry, change).await
}

/// Refuses a key under which another account of the vendor has the same request.
fn used_elsewhere(entry: &JournalEntry, account: &str) -> Error {
    let what = format!(
        "the purchase `{}` is {} on the account `{}`, and this is the account `{account}`: name \
         that account if it is the same one, or use another key",
        entry.key, entry.state, entry.account
    );
    Error::new(Kind::KeyReused, Outcome::NotSent, what)
        .at(entry.vendor, None)
        .for_key(entry.key.as_str())
        .with_accounts(vec![entry.account.clone()])
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
    let note = Cleaned::quoted(entry.note.as_deref().unwrap_or("no further details"));
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
        EntryState::Confirmed | EntryState::Reconciled => {
            return Ok(Some(confirm::receipt(entry, None, true)));
        }
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
