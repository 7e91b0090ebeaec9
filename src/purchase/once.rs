//! The part of a purchase that only one spender of an account runs at a time: from the journal's `intended` to what came of it.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::guard;
use super::journal::{self, Change, Hold};
use super::{Buyer, Entry, IntentKey, Receipt, Spend, State, Terms};
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Effect, Money};

impl Buyer {
    /// The part that only one spender of the account runs at a time.
    pub(super) async fn spend_alone(
        &self,
        hold: &mut Hold,
        key: &IntentKey,
        spend: &Spend,
        terms: &Terms,
    ) -> Result<Receipt, Error> {
        let vendor = self.vendor();
        let standing = journal::entry(hold.connection(), vendor, &self.account, key).await?;
        if let Some(known) = standing.and_then(|entry| recorded(&entry, spend, terms, true)) {
            return known;
        }
        let despite = self.nothing_unknown(hold, key, terms).await?;
        let mut entry = self.intent(key, spend, terms);
        entry.note = despite;
        journal::insert(hold.connection(), &entry).await?;

        let resolved = match self.ready(hold, &mut entry, spend).await {
            Ok(resolved) => resolved,
            Err(refusal) => {
                // Nothing was sent, and the vendor's own word for a refused read is no refusal of the purchase.
                self.note_refusal(hold, &mut entry, &refusal).await;
                return Err(match refusal.outcome() {
                    Outcome::Unknown if refusal.effect() == Some(Effect::Read) => refusal,
                    _ => refusal.with_outcome(Outcome::NotSent),
                });
            }
        };
        let request = resolved.request()?;
        journal::sent(hold.connection(), &mut entry).await?;
        let answer = self.client.transport().send(request).await;
        match answer {
            Ok(answer) => {
                self.answered(hold, &mut entry, &resolved, &answer.body)
                    .await
            }
            Err(error) => Err(self.failed(hold, &mut entry, error).await),
        }
    }

    /// Refuses to spend while the outcome of another purchase is not known. Whoever comes here holds the account, so that one that
    /// stands as `sent` has been left by a process that died.
    async fn nothing_unknown(
        &self,
        hold: &mut Hold,
        key: &IntentKey,
        terms: &Terms,
    ) -> Result<Option<String>, Error> {
        let open = self.open_entries(hold).await?;
        let Some(first) = open.iter().find(|entry| entry.key != *key) else {
            return Ok(None);
        };
        match &terms.despite_unknown {
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
    pub(super) async fn open_entries(&self, hold: &mut Hold) -> Result<Vec<Entry>, Error> {
        let mut open =
            journal::open_entries(hold.connection(), self.vendor(), &self.account).await?;
        for entry in open.iter_mut().filter(|entry| entry.state == State::Sent) {
            let change = Change::to(State::Unknown, &[State::Sent])
                .noting("its process ended before the outcome was written down");
            journal::change(hold.connection(), entry, change).await?;
        }
        Ok(open)
    }

    /// All that is asked and checked before the request may leave.
    async fn ready(
        &self,
        hold: &mut Hold,
        entry: &mut Entry,
        spend: &Spend,
    ) -> Result<Spend, Error> {
        let resolved = self.client.resolve(spend.clone()).await?;
        let baseline = self.client.baseline(&resolved).await?;
        // Last, so that it is as fresh as can be.
        let quote = self.client.price(&resolved).await?;
        let amount = guard::price(self.vendor(), quote.as_ref(), entry.max_total)?;
        guard::within_caps(hold.connection(), &self.caps, entry, amount).await?;
        let funds = self.client.funds(&resolved);
        guard::enough_funds(&resolved, funds, baseline.balance, amount)?;
        entry.quote = quote.and_then(|quote| quote.total.amount());
        entry.amount = Some(amount);
        entry.baseline = Some(baseline);
        Ok(resolved)
    }

    pub(super) fn intent(&self, key: &IntentKey, spend: &Spend, terms: &Terms) -> Entry {
        let now = Timestamp::now();
        Entry {
            vendor: self.vendor(),
            account: self.account.clone(),
            key: key.clone(),
            operation: spend.operation().id.to_owned(),
            request: spend.canonical(),
            request_hash: spend.hash(),
            max_total: terms.max_total,
            state: State::Intended,
            quote: None,
            amount: None,
            order: None,
            baseline: None,
            note: None,
            intended_at: now,
            sent_at: None,
            changed_at: now,
        }
    }

    /// The vendor has said that it is done.
    async fn answered(
        &self,
        hold: &mut Hold,
        entry: &mut Entry,
        spend: &Spend,
        answer: &[u8],
    ) -> Result<Receipt, Error> {
        let vendor = self.vendor();
        let confirmed = match self.client.confirmation(spend, answer) {
            Ok(confirmed) => confirmed,
            Err(error) => {
                let error = error
                    .with_effect(Effect::Spend)
                    .with_outcome(Outcome::Unknown);
                return Err(self.failed(hold, entry, error).await);
            }
        };
        let price = confirmed.price.as_ref().and_then(Money::amount);
        if let Some(over) = self.over_cap(entry, confirmed.price.as_ref())
            && let Some(taking_back) = self.client.take_back(&confirmed.order)
        {
            return Err(self
                .taken_back(
                    hold,
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
            ..Change::to(State::Confirmed, &[State::Sent, State::Unknown])
        };
        if let Err(error) = journal::change(hold.connection(), entry, change).await {
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
    fn over_cap(&self, entry: &Entry, price: Option<&Money>) -> Option<Error> {
        if entry.quote.is_some() {
            return None;
        }
        crate::support::within_cap(self.vendor(), price, entry.max_total).err()
    }

    /// An order that turned out too dear was taken back, or could not be.
    async fn taken_back(
        &self,
        hold: &mut Hold,
        entry: &mut Entry,
        order: &str,
        price: Option<Decimal>,
        over: Error,
        outcome: Result<(), Error>,
    ) -> Error {
        let (state, note, outcome) = match outcome {
            Ok(()) => (
                State::Rejected,
                format!("order {order} had been made, unpaid, and was closed again: {over}"),
                Outcome::Rejected,
            ),
            Err(error) => (
                State::Confirmed,
                format!(
                    "order {order} stands, unpaid, and could not be closed ({error}): close it or let it run out"
                ),
                Outcome::Unknown,
            ),
        };
        let change = Change {
            amount: price,
            order: Some(order),
            ..Change::to(state, &[State::Sent, State::Unknown]).noting(note.clone())
        };
        let written = journal::change(hold.connection(), entry, change).await;
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
    async fn failed(&self, hold: &mut Hold, entry: &mut Entry, error: Error) -> Error {
        let said = match error.request_id() {
            Some(id) => format!("{error} (the vendor's name for the request: {id})"),
            None => error.to_string(),
        };
        let state = match error.outcome() {
            // Nothing left this machine: as if nobody had tried.
            Outcome::NotSent => State::Intended,
            Outcome::Rejected => State::Rejected,
            Outcome::Unknown => State::Unknown,
        };
        let change = Change::to(state, &[State::Sent, State::Unknown]).noting(said);
        match journal::change(hold.connection(), entry, change).await {
            Ok(()) => error,
            // It stands as `sent`, which errs on the safe side.
            Err(unwritten) => error.noting(&format!("and then: {unwritten}")),
        }
    }

    /// A guard's refusal goes into the history. That it can't be written changes nothing: nothing was sent.
    async fn note_refusal(&self, hold: &mut Hold, entry: &mut Entry, refusal: &Error) {
        let change = Change::to(State::Intended, &[State::Intended]).noting(refusal.to_string());
        if let Err(error) = journal::change(hold.connection(), entry, change).await {
            tracing::warn!(key = %entry.key, %error, "why nothing was sent can't be written down");
        }
    }
}

/// What the journal's entry says of a request under its key; `None` when there is something left to do.
pub(super) fn recorded(
    entry: &Entry,
    spend: &Spend,
    terms: &Terms,
    is_held: bool,
) -> Option<Result<Receipt, Error>> {
    let error = |kind, outcome, what: String| {
        let error = Error::new(kind, outcome, what).at(entry.vendor, Some(spend.operation().id));
        Some(Err(error.with_effect(Effect::Spend)))
    };
    let key = &entry.key;
    if entry.request_hash != spend.hash() {
        let what = format!(
            "the intent key `{key}` was used for another request ({}, {}): use a key of its own for each purchase",
            entry.operation, entry.state
        );
        return error(Kind::KeyReused, Outcome::NotSent, what);
    }
    let note = entry.note.as_deref().unwrap_or("no more is known");
    match entry.state {
        State::Intended => None,
        State::Confirmed | State::Reconciled => {
            let order = entry.order.clone().unwrap_or_default();
            Some(Ok(receipt(entry, order, true)))
        }
        State::Rejected | State::NotMade if terms.again => None,
        State::Rejected => {
            let what = format!(
                "the vendor refused this when it was first sent under the key `{key}`, and nothing is sent again: {note}; use another key, or say that it may be tried again"
            );
            error(Kind::Refused, Outcome::Rejected, what)
        }
        State::NotMade => {
            let what = format!(
                "`{key}` was sent once, and reconciling found that nothing was made of it; nothing is sent again: use another key, or say that it may be tried again"
            );
            error(Kind::Refused, Outcome::Rejected, what)
        }
        // Somebody may be sending it right now: wait for the turn, and look again.
        State::Sent if !is_held => None,
        State::Sent | State::Unknown => {
            let what = format!(
                "`{key}` was sent, and nobody knows yet what became of it ({note}): nothing is sent again, `journal reconcile` finds out"
            );
            error(Kind::Unsettled, Outcome::Unknown, what)
        }
        State::Abandoned => {
            let what = format!("`{key}` was given up ({note}): use another key");
            error(Kind::Refused, Outcome::NotSent, what)
        }
    }
}

fn receipt(entry: &Entry, order: String, is_recorded: bool) -> Receipt {
    Receipt {
        key: entry.key.clone(),
        order,
        amount: entry.amount,
        is_recorded,
    }
}
