//! SQL statements, and the conversion between rows and entries.
//!
//! Every column is text, so that amounts are exact, times can be sorted, and both databases are
//! used alike.

use std::collections::HashSet;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::any::{AnyArguments, AnyQueryResult};
use sqlx::query::Query;
use sqlx::{Any, Connection as _, Row as _, Transaction};

use super::clock::Reading;
use super::{Change, Connection, Filter, Row, damaged, failed, written};
use crate::cleaning::{Cleaned, is_id};
use crate::error::Error;
use crate::purchase::{Baseline, EntryState, Event, IdempotencyKey, JournalEntry};
use crate::vocabulary::Vendor;

const COLUMNS: &str = "vendor, account, idempotency_key, operation, request, request_hash, \
    max_total, state, quote, amount, order_id, baseline, note, planned_at, sent_at, changed_at";

pub(super) fn unread(error: sqlx::Error) -> Error {
    failed("cannot be read", error)
}

pub(super) fn unwritten(error: sqlx::Error) -> Error {
    failed("cannot be written", error)
}

/// Binds values to the parameters of a statement, in their order.
pub(super) fn bound<'q, V: Into<Option<&'q str>>>(
    statement: &'q str,
    values: impl IntoIterator<Item = V>,
) -> Query<'q, Any, AnyArguments<'q>> {
    let query = sqlx::query(statement);
    let values = values.into_iter().map(Into::into);
    values.fold(query, |query, value: Option<&str>| query.bind(value))
}

/// The columns that identify an entry.
fn identity(entry: &JournalEntry) -> [&str; 3] {
    [entry.vendor.as_str(), &entry.account, entry.key.as_str()]
}

/// Returns the entry with this key.
pub(crate) async fn entry(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
    key: &IdempotencyKey,
) -> Result<Option<JournalEntry>, Error> {
    let filter = Filter {
        vendor: Some(vendor),
        account: Some(account.to_owned()),
        key: Some(key.clone()),
        ..Filter::default()
    };
    let found = entries(connection, &filter).await?;
    // Another account may have the first one's name as an alias.
    Ok(found.into_iter().find(|it| it.account == account))
}

/// Returns the entry with this key and request that another account of the vendor has.
pub(crate) async fn entry_elsewhere(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
    key: &IdempotencyKey,
    request_hash: &str,
) -> Result<Option<JournalEntry>, Error> {
    let filter = Filter {
        vendor: Some(vendor),
        key: Some(key.clone()),
        ..Filter::default()
    };
    let mut found = entries(connection, &filter).await?.into_iter();
    Ok(found.find(|it| it.account != account && it.request_hash == request_hash))
}

pub(super) async fn entries(
    connection: &mut Connection,
    filter: &Filter,
) -> Result<Vec<JournalEntry>, Error> {
    let mut conditions = vec!["1 = 1".to_owned()];
    let mut values: Vec<&str> = Vec::new();
    // Every `?` stands for the value.
    let mut condition = |text: &str, value| {
        values.push(value);
        conditions.push(text.replace('?', &format!("${}", values.len())));
    };
    if let Some(vendor) = filter.vendor {
        condition("vendor = ?", vendor.as_str());
    }
    if let Some(account) = &filter.account {
        let named = "(account = ? OR EXISTS (SELECT 1 FROM account_names WHERE alias = ? \
             AND account_names.vendor = intents.vendor \
             AND account_names.account = intents.account))";
        condition(named, account);
    }
    if let Some(key) = &filter.key {
        condition("idempotency_key = ?", key.as_str());
    }
    let since = filter.since.map(written);
    if let Some(since) = &since {
        condition("planned_at >= ?", since);
    }
    if !filter.states.is_empty() {
        conditions.push(format!("state IN ({})", listed(&filter.states)));
    }
    let mut statement = format!(
        "SELECT {COLUMNS} FROM intents WHERE {} ORDER BY planned_at DESC, idempotency_key DESC",
        conditions.join(" AND ")
    );
    if let Some(limit) = filter.limit {
        statement.push_str(&format!(" LIMIT {limit}"));
    }
    let query = bound(&statement, values);
    let rows = query.fetch_all(connection).await.map_err(unread)?;
    rows.iter().rev().map(read).collect()
}

/// Lists states for a statement. That is safe, because the words are constants of this crate.
fn listed(states: &[EntryState]) -> String {
    let words: Vec<_> = states.iter().map(|state| format!("'{state}'")).collect();
    words.join(", ")
}

pub(super) async fn history(
    connection: &mut Connection,
    entry: &JournalEntry,
) -> Result<Vec<Event>, Error> {
    let statement = "SELECT at, state, note FROM events WHERE vendor = $1 AND account = $2 AND idempotency_key = $3 ORDER BY at";
    let query = bound(statement, identity(entry));
    let rows = query.fetch_all(connection).await.map_err(unread)?;
    let event = |row: &Row| {
        Ok(Event {
            at: parsed(row, "at")?,
            state: parsed(row, "state")?,
            note: optional(row, "note")?.map(note),
        })
    };
    rows.iter().map(event).collect()
}

/// Returns the entries of an account whose outcome is not known.
pub(crate) async fn open_entries(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
) -> Result<Vec<JournalEntry>, Error> {
    let filter = Filter {
        vendor: Some(vendor),
        account: Some(account.to_owned()),
        states: vec![EntryState::Sent, EntryState::Unknown],
        ..Filter::default()
    };
    entries(connection, &filter).await
}

/// Returns the orders of an account's entries.
pub(crate) async fn orders_of(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
) -> Result<HashSet<String>, Error> {
    let statement =
        "SELECT order_id FROM intents WHERE vendor = $1 AND account = $2 AND order_id IS NOT NULL";
    let query = bound(statement, [vendor.as_str(), account]);
    let rows = query.fetch_all(connection).await.map_err(unread)?;
    rows.iter().map(|row| text(row, "order_id")).collect()
}

/// Counts the orders of an account's entries.
pub(crate) async fn count_orders(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
) -> Result<i64, Error> {
    let statement =
        "SELECT COUNT(DISTINCT order_id) FROM intents WHERE vendor = $1 AND account = $2";
    let query = sqlx::query_scalar(statement).bind(vendor.as_str());
    let counted = query.bind(account).fetch_one(connection);
    counted.await.map_err(unread)
}

/// Sums the amounts of an account's entries that were sent since a time and took or may have taken
/// effect.
pub(crate) async fn spent_since(
    connection: &mut Connection,
    vendor: Vendor,
    account: &str,
    since: Timestamp,
) -> Result<Decimal, Error> {
    // A dismissed entry counts if it was sent, because its outcome is not known.
    let statement = "SELECT amount, max_total FROM intents WHERE vendor = $1 AND account = $2 AND sent_at >= $3 \
         AND state IN ('sent', 'unknown', 'confirmed', 'reconciled', 'dismissed')";
    let since = written(since);
    let query = bound(statement, [vendor.as_str(), account, &since]);
    let rows = query.fetch_all(connection).await.map_err(unread)?;
    let mut sum = Decimal::ZERO;
    for row in &rows {
        let amount: Option<Decimal> = optional_parsed(row, "amount")?;
        let amount = amount.map_or_else(|| parsed(row, "max_total"), Ok)?;
        // A sum that is too large to represent is above every cap. An amount below zero makes no
        // room for another purchase.
        sum = sum.saturating_add(amount.max(Decimal::ZERO));
    }
    Ok(sum)
}

/// Writes an entry. Replaces one under the same key that was not sent or had no effect.
pub(crate) async fn insert(connection: &mut Connection, entry: &JournalEntry) -> Result<(), Error> {
    let now = written(entry.changed_at);
    let mut transaction = connection.begin().await.map_err(unwritten)?;
    let statement = "DELETE FROM intents WHERE vendor = $1 AND account = $2 \
         AND idempotency_key = $3 AND state IN ('planned', 'not-sent', 'rejected', 'not-made')";
    let done = bound(statement, identity(entry)).execute(&mut *transaction);
    done.await.map_err(unwritten)?;
    let note = entry.note.as_deref().map(Cleaned::new);
    let baseline = entry.baseline.as_ref().map(serde_json::to_string);
    let amount = |amount: Option<Decimal>| amount.map(|it| it.to_string());
    let statement = format!(
        "INSERT INTO intents ({COLUMNS}) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)"
    );
    let query = bound(&statement, identity(entry))
        .bind(&*entry.operation)
        .bind(entry.request.to_string())
        .bind(&*entry.request_hash)
        .bind(entry.max_total.to_string())
        .bind(entry.state.as_str())
        .bind(amount(entry.quote))
        .bind(amount(entry.amount))
        .bind(entry.order.as_deref())
        .bind(baseline.transpose().map_err(damaged)?)
        .bind(note.as_deref())
        .bind(written(entry.planned_at))
        .bind(entry.sent_at.map(written))
        .bind(&*now);
    query.execute(&mut *transaction).await.map_err(unwritten)?;
    event(&mut transaction, entry, &now, entry.state, note.as_deref()).await?;
    transaction.commit().await.map_err(unwritten)
}

/// Marks an entry as sent, together with what was learned right before.
pub(crate) async fn sent(
    connection: &mut Connection,
    entry: &mut JournalEntry,
) -> Result<(), Error> {
    let now = Timestamp::now();
    let baseline = entry.baseline.as_ref().map(serde_json::to_string);
    let baseline = baseline.transpose().map_err(damaged)?;
    let clock = Reading::now(connection).await?;
    let mut transaction = connection.begin().await.map_err(unwritten)?;
    let statement = "UPDATE intents SET state = 'sent', quote = $4, amount = $5, baseline = $6, \
         sent_at = $7, changed_at = $7, sent_clock = $8 \
         WHERE vendor = $1 AND account = $2 AND idempotency_key = $3 AND state = 'planned' \
         AND planned_at = $9";
    let query = bound(statement, identity(entry))
        .bind(entry.quote.map(|it| it.to_string()))
        .bind(entry.amount.map(|it| it.to_string()))
        .bind(baseline)
        .bind(written(now))
        .bind(clock.map(|it| it.written()))
        .bind(written(entry.planned_at));
    let done = query.execute(&mut *transaction).await.map_err(unwritten)?;
    commit(transaction, &done, entry, now, EntryState::Sent, None).await?;
    entry.state = EntryState::Sent;
    entry.sent_at = Some(now);
    entry.changed_at = now;
    Ok(())
}

/// Returns the time since an entry's request was sent, by a clock that nobody sets. `None` if there
/// is no such clock, or it does not reach back that far: for an entry of another system, from
/// before a restart of the machine, or of an older version of the journal.
pub(crate) async fn age(
    connection: &mut Connection,
    entry: &JournalEntry,
) -> Result<Option<Duration>, Error> {
    let statement = "SELECT sent_clock FROM intents \
         WHERE vendor = $1 AND account = $2 AND idempotency_key = $3";
    let row = bound(statement, identity(entry)).fetch_optional(&mut *connection);
    let sent = match row.await.map_err(unread)? {
        Some(row) => optional(&row, "sent_clock")?,
        None => None,
    };
    let sent = sent.and_then(|it| Reading::parse(&it));
    let now = Reading::now(connection).await?;
    Ok(now.zip(sent).and_then(|(now, sent)| now.since(&sent)))
}

/// Deletes an entry and its history, if it is as it was read.
pub(super) async fn delete(
    connection: &mut Connection,
    entry: &JournalEntry,
) -> Result<bool, Error> {
    let mut transaction = connection.begin().await.map_err(unwritten)?;
    let statement = "DELETE FROM intents WHERE vendor = $1 AND account = $2 \
         AND idempotency_key = $3 AND state = $4 AND changed_at = $5";
    let query = bound(statement, identity(entry))
        .bind(entry.state.as_str())
        .bind(written(entry.changed_at));
    let done = query.execute(&mut *transaction).await.map_err(unwritten)?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    let statement =
        "DELETE FROM events WHERE vendor = $1 AND account = $2 AND idempotency_key = $3";
    let done = bound(statement, identity(entry)).execute(&mut *transaction);
    done.await.map_err(unwritten)?;
    transaction.commit().await.map_err(unwritten)?;
    Ok(true)
}

/// Changes the state of an entry, unless its key was used for another attempt in the meantime.
pub(crate) async fn change(
    connection: &mut Connection,
    entry: &mut JournalEntry,
    change: Change<'_>,
) -> Result<(), Error> {
    let now = Timestamp::now();
    let amount = change.amount.or(entry.amount);
    let order = change.order.map(str::to_owned).or(entry.order.clone());
    let mut transaction = connection.begin().await.map_err(unwritten)?;
    let statement = format!(
        "UPDATE intents SET state = $4, amount = $5, order_id = $6, note = $7, changed_at = $8 \
         WHERE vendor = $1 AND account = $2 AND idempotency_key = $3 AND planned_at = $9 \
         AND state IN ({})",
        listed(change.from)
    );
    let query = bound(&statement, identity(entry))
        .bind(change.to.as_str())
        .bind(amount.map(|it| it.to_string()))
        .bind(order.as_deref())
        .bind(change.note.as_deref())
        .bind(written(now))
        .bind(written(entry.planned_at));
    let done = query.execute(&mut *transaction).await.map_err(unwritten)?;
    let note = change.note.as_deref();
    commit(transaction, &done, entry, now, change.to, note).await?;
    entry.state = change.to;
    entry.amount = amount;
    entry.order = order;
    entry.note = change.note.map(Cleaned::into_string);
    entry.changed_at = now;
    Ok(())
}

/// Commits an update together with its line of history, unless the entry was changed by another
/// process.
async fn commit(
    mut transaction: Transaction<'_, Any>,
    done: &AnyQueryResult,
    entry: &JournalEntry,
    now: Timestamp,
    state: EntryState,
    note: Option<&str>,
) -> Result<(), Error> {
    if done.rows_affected() != 1 {
        return Err(moved_on(entry));
    }
    event(&mut transaction, entry, &written(now), state, note).await?;
    transaction.commit().await.map_err(unwritten)
}

async fn event(
    connection: &mut Connection,
    entry: &JournalEntry,
    at: &str,
    state: EntryState,
    note: Option<&str>,
) -> Result<(), Error> {
    let statement = "INSERT INTO events (vendor, account, idempotency_key, at, state, note) VALUES ($1, $2, $3, $4, $5, $6)";
    let query = bound(statement, identity(entry)).bind(at);
    let query = query.bind(state.as_str()).bind(note);
    query.execute(connection).await.map_err(unwritten)?;
    Ok(())
}

fn moved_on(entry: &JournalEntry) -> Error {
    let what = format!(
        "the journal's entry `{}` was changed by another process in the meantime: read it again",
        entry.key
    );
    Error::journal(what)
        .at(entry.vendor, None)
        .for_key(entry.key.as_str())
}

fn read(row: &Row) -> Result<JournalEntry, Error> {
    let key: String = text(row, "idempotency_key")?;
    let baseline = optional(row, "baseline")?;
    let baseline = baseline.map(|it| serde_json::from_str::<Baseline>(&it));
    Ok(JournalEntry {
        vendor: parsed(row, "vendor")?,
        account: shown(text(row, "account")?),
        key: IdempotencyKey::new(key).map_err(damaged)?,
        operation: shown(text(row, "operation")?),
        request: serde_json::from_str(&text(row, "request")?).map_err(damaged)?,
        request_hash: text(row, "request_hash")?,
        max_total: parsed(row, "max_total")?,
        state: parsed(row, "state")?,
        quote: optional_parsed(row, "quote")?,
        amount: optional_parsed(row, "amount")?,
        order: optional(row, "order_id")?.map(shown),
        baseline: baseline.transpose().map_err(damaged)?,
        note: optional(row, "note")?.map(note),
        planned_at: parsed(row, "planned_at")?,
        sent_at: optional_parsed(row, "sent_at")?,
        changed_at: parsed(row, "changed_at")?,
    })
}

/// Cleans a short text of a database that others may have written to.
pub(super) fn shown(text: String) -> String {
    match is_id(&text) {
        true => text,
        false => Cleaned::quoted(&text).into_string(),
    }
}

/// Cleans a note of a database that others may have written to.
pub(super) fn note(text: String) -> String {
    Cleaned::new(&text).into_string()
}

pub(super) fn text(row: &Row, column: &str) -> Result<String, Error> {
    row.try_get(column).map_err(unread)
}

pub(super) fn optional(row: &Row, column: &str) -> Result<Option<String>, Error> {
    row.try_get(column).map_err(unread)
}

pub(super) fn parsed<T: FromStr>(row: &Row, column: &str) -> Result<T, Error> {
    let found = optional_parsed(row, column)?;
    found.ok_or_else(|| damaged(format_args!("the column {column} is empty")))
}

pub(super) fn optional_parsed<T: FromStr>(row: &Row, column: &str) -> Result<Option<T>, Error> {
    let found = optional(row, column)?;
    found
        .map(|text| {
            text.parse()
                .map_err(|_| damaged(format_args!("the column {column} has the value `{text}`")))
        })
        .transpose()
}
