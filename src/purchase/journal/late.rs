//! A confirmation that comes after its entry was settled in another way.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::Connection as _;

use super::rows::{change as change_entry, entry, insert, unwritten};
use super::{Change, Connection, written};
use crate::error::Error;
use crate::purchase::{EntryState, IdempotencyKey, JournalEntry};

/// The result of a late confirmation.
#[derive(Debug, PartialEq)]
pub(crate) enum Late {
    /// It is the entry's result now, or was already.
    Recorded(Box<JournalEntry>),
    /// The entry has another result, so the order is a second one. It got an entry of its own.
    Duplicate {
        /// The entry as it stands under the key.
        first: Option<Box<JournalEntry>>,
        second: Box<JournalEntry>,
    },
}

/// Writes down an order that the vendor confirmed for `sent`, whatever became of that entry in the
/// meantime. Nothing is ever dropped: an order that finds no place becomes an entry under the next
/// free key of the form `KEY+2`.
pub(crate) async fn confirm_late(
    connection: &mut Connection,
    sent: &JournalEntry,
    order: &str,
    amount: Option<Decimal>,
) -> Result<Late, Error> {
    let mut transaction = connection.begin().await.map_err(unwritten)?;
    let (vendor, account) = (sent.vendor, sent.account.as_str());
    let first = entry(&mut transaction, vendor, account, &sent.key).await?;
    // Another time of sending is another attempt under the same key.
    let sent_at = sent.sent_at.map(written);
    let same = first
        .clone()
        .filter(|it| it.sent_at.map(written) == sent_at);
    let late = match same {
        Some(same) if same.state.is_done() && same.order.as_deref() == Some(order) => {
            Late::Recorded(Box::new(same))
        }
        Some(mut same) if !same.state.is_done() => {
            let note = format!("the vendor confirmed it when it was {} already", same.state);
            let from = [same.state];
            let change = Change {
                amount,
                order: Some(order),
                ..Change::to(EntryState::Confirmed, &from).noting(note)
            };
            change_entry(&mut transaction, &mut same, change).await?;
            Late::Recorded(Box::new(same))
        }
        _ => {
            let note = format!(
                "a second order for `{}`, which the vendor confirmed",
                sent.key
            );
            let second = JournalEntry {
                state: EntryState::Confirmed,
                order: Some(order.to_owned()),
                amount: amount.or(sent.amount),
                note: Some(note),
                changed_at: Timestamp::now(),
                ..sent.clone()
            };
            let second = insert_further(&mut transaction, second).await?;
            Late::Duplicate {
                first: first.map(Box::new),
                second: Box::new(second),
            }
        }
    };
    transaction.commit().await.map_err(unwritten)?;
    Ok(late)
}

/// Keeps an entry that another attempt under its key replaces, if the entry names an order: one that
/// was made and closed again. It moves to the next free key of the form `KEY+2`.
pub(crate) async fn keep_order(
    connection: &mut Connection,
    entry: JournalEntry,
) -> Result<(), Error> {
    if entry.order.is_some() {
        insert_further(connection, entry).await?;
    }
    Ok(())
}

/// Inserts an entry under the next free key of the form `KEY+2`, unless its order is there already.
async fn insert_further(
    connection: &mut Connection,
    mut second: JournalEntry,
) -> Result<JournalEntry, Error> {
    let key = second.key.clone();
    for number in 2.. {
        second.key = further(&key, number)?;
        match entry(connection, second.vendor, &second.account, &second.key).await? {
            None => break,
            Some(taken) if taken.order == second.order => return Ok(taken),
            Some(_) => {}
        }
    }
    insert(connection, &second).await?;
    Ok(second)
}

/// Returns the key of a further order under a key.
fn further(key: &IdempotencyKey, number: u32) -> Result<IdempotencyKey, Error> {
    let suffix = format!("+{number}");
    let room = IdempotencyKey::LONGEST.saturating_sub(suffix.len());
    let key = key.as_str();
    let key = key.get(..room.min(key.len())).unwrap_or_default();
    IdempotencyKey::new(format!("{key}{suffix}"))
}
