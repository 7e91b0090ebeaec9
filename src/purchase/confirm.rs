//! The part of a purchase after the vendor has confirmed it: nothing that was bought is lost.

use std::time::Duration;

use rust_decimal::Decimal;

use super::execute::{UNDER_WAY, change_surely};
use super::guard;
use super::journal::{self, AccountLock, Change, Late};
use super::{Buyer, Confirmation, EntryState, JournalEntry, Payment, PreparedSpend, Receipt};
use crate::cleaning::Cleaned;
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::{Effect, Money};

/// The longest time to look up what was charged. The receipt waits for it.
const LOOKING_UP: Duration = Duration::from_secs(30);

impl Buyer {
    /// Writes down what the vendor has confirmed. An unpaid order above the cap is cancelled.
    pub(super) async fn confirmed(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        prepared: &(dyn PreparedSpend + '_),
        confirmed: Confirmation,
    ) -> Result<Receipt, Error> {
        let Confirmation { order, price, .. } = &confirmed;
        let (amount, oddity) = guard::charge(price.as_ref(), entry.quote);
        let cancelled = self.cancel_above_cap(entry, prepared, &confirmed).await;
        let note = match cancelled {
            Some(Ok(over)) => {
                let change = Change {
                    amount,
                    order: Some(order),
                    ..Change::to(EntryState::Rejected, UNDER_WAY).noting(over.to_string())
                };
                return Err(match change_surely(lock, entry, change).await {
                    Ok(()) => over,
                    Err(error) => over.noting(&error.to_string()),
                });
            }
            Some(Err(note)) => Some(note),
            None => None,
        };
        let note = joined([note, oddity]);
        self.write_confirmed(lock, entry, order, amount, note)
            .await?;
        let charged = match amount {
            Some(amount) => Some(amount),
            None => self.look_up_charge(lock, entry, prepared, order).await,
        };
        Ok(receipt(entry, charged, false))
    }

    /// Cancels an unpaid order whose price is above the cap, or cannot be compared with it. Returns
    /// the error for the caller, or a note on why the order stands. `None` if there is nothing to
    /// cancel.
    pub(super) async fn cancel_above_cap(
        &self,
        entry: &JournalEntry,
        prepared: &(dyn PreparedSpend + '_),
        made: &Confirmation,
    ) -> Option<Result<Error, String>> {
        let quote = entry.quote.map(Money::from);
        let price = made.price.as_ref().or(quote.as_ref());
        let over = guard::within_cap(entry.vendor, price, entry.max_total).err()?;
        let order = &made.order;
        let stands = |why: &str| match price.and_then(Money::amount) {
            Some(price) => format!(
                "order {order} costs {price}, which is above the cap of {}, and {why}",
                entry.max_total
            ),
            None => format!("the price of order {order} is not known, and {why}"),
        };
        if made.payment != Payment::Unpaid {
            return Some(Err(stands("the vendor does not call it unpaid")));
        }
        let over = over
            .at(entry.vendor, Some(prepared.request().operation().id))
            .with_effect(Effect::Spend)
            .with_outcome(Outcome::Rejected);
        match prepared.cancel(order)?.await {
            Ok(()) => {
                let note = format!("order {order} was made unpaid, and then closed");
                Some(Ok(over.noting(&note)))
            }
            Err(error) => Some(Err(stands(&format!(
                "it cannot be closed ({}): close it or let it expire",
                Cleaned::quoted(&error.to_string())
            )))),
        }
    }

    /// Writes down a confirmed order, whatever became of the lock, the connection and the entry.
    async fn write_confirmed(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        order: &str,
        amount: Option<Decimal>,
        note: Option<String>,
    ) -> Result<(), Error> {
        let change = Change {
            amount,
            order: Some(order),
            note: note.as_deref().map(Cleaned::new),
            ..Change::to(EntryState::Confirmed, UNDER_WAY)
        };
        if change_surely(lock, entry, change).await.is_ok() {
            return Ok(());
        }
        let late = async {
            let connection = lock.surviving_connection().await?;
            journal::confirm_late(connection, entry, order, amount).await
        };
        let error = match late.await {
            Ok(Late::Recorded(recorded)) => {
                *entry = *recorded;
                return Ok(());
            }
            Ok(Late::Duplicate { first, second }) => duplicate(first.as_deref(), &second),
            Err(error) => error.noting(&format!(
                "order {order} was made at {}, but the journal does not have it: reconcile the \
                 account",
                entry.vendor
            )),
        };
        Err(error
            .with_effect(Effect::Spend)
            .with_outcome(Outcome::Unknown)
            .at(entry.vendor, None))
    }

    /// Asks the vendor what it charged, and books it. The purchase was made whether or not this
    /// succeeds.
    async fn look_up_charge(
        &self,
        lock: &mut AccountLock,
        entry: &mut JournalEntry,
        prepared: &(dyn PreparedSpend + '_),
        order: &str,
    ) -> Option<Decimal> {
        let key = entry.key.clone();
        let unknown = |why: &dyn std::fmt::Display| {
            tracing::warn!(%key, order, %why, "what was charged is not known");
        };
        let before = entry.baseline.clone().unwrap_or_default();
        let asking = tokio::time::timeout(LOOKING_UP, prepared.charged(order, &before));
        let charged = match asking.await {
            Ok(Ok(charged)) => charged?,
            Ok(Err(error)) => {
                unknown(&error);
                return None;
            }
            Err(late) => {
                unknown(&late);
                return None;
            }
        };
        let (booked, oddity) = guard::charge(Some(&Money::from(charged)), entry.quote);
        if booked.is_none() || entry.amount != booked {
            let note = oddity.unwrap_or_else(|| format!("{charged} was charged"));
            let note = joined([entry.note.clone(), Some(note)]).unwrap_or_default();
            let change = Change {
                amount: booked,
                ..Change::to(EntryState::Confirmed, &[EntryState::Confirmed]).noting(note)
            };
            if let Err(error) = change_surely(lock, entry, change).await {
                unknown(&error);
            }
        }
        booked
    }
}

/// Joins the notes that there are.
pub(super) fn joined(notes: [Option<String>; 2]) -> Option<String> {
    let notes: Vec<_> = notes.into_iter().flatten().collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn duplicate(first: Option<&JournalEntry>, second: &JournalEntry) -> Error {
    let order = |entry: &JournalEntry| entry.order.clone().unwrap_or_default();
    let other = first.map(order).unwrap_or_default();
    let what = format!(
        "the vendor made order {} for a purchase that the journal had settled meanwhile, with order \
         `{other}`: both count, and `{}` is the second one; look at both at the vendor",
        order(second),
        second.key
    );
    Error::new(Kind::Duplicate, Outcome::Unknown, what)
        .for_key(second.key.as_str())
        .with_orders(first.into_iter().chain([second]).map(order).collect())
}

pub(super) fn receipt(
    entry: &JournalEntry,
    charged: Option<Decimal>,
    is_recorded: bool,
) -> Receipt {
    Receipt {
        key: entry.key.clone(),
        order: entry.order.clone().unwrap_or_default(),
        amount: entry.amount,
        charged,
        quote: entry.quote,
        max_total: entry.max_total,
        note: entry.note.clone(),
        is_recorded,
    }
}
