//! The durable list of purchases: SQLite in a file, or PostgreSQL for several machines on one account.
//!
//! One code path over both. The only difference is who keeps two spenders of one account apart: a lock on a file next to the SQLite
//! file, or PostgreSQL's advisory lock. The system takes either away from a process that dies.

mod account_lock;
mod location;
mod rows;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Connection as _, Executor};

pub(crate) use account_lock::AccountLock;
use location::JournalLocation;

use super::{EntryState, Event, IdempotencyKey, JournalEntry};
use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::Vendor;

/// The journal. Cheap to clone.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    place: JournalLocation,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Journal").field(&self.0.place).finish()
    }
}

/// Which entries to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// At this vendor.
    pub vendor: Option<Vendor>,
    /// Of this account.
    pub account: Option<String>,
    /// With this key.
    pub key: Option<IdempotencyKey>,
    /// In one of these states; all if none is named.
    pub states: Vec<EntryState>,
}

/// How long a database may take to be connected to, locks of others included.
const CONNECTING: Duration = Duration::from_secs(40);

/// The version of the tables that this crate writes and reads.
const VERSION: i64 = 1;

const TABLES: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS journal_version (version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS intents (
        vendor TEXT NOT NULL,
        account TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        operation TEXT NOT NULL,
        request TEXT NOT NULL,
        request_hash TEXT NOT NULL,
        max_total TEXT NOT NULL,
        state TEXT NOT NULL,
        quote TEXT,
        amount TEXT,
        order_id TEXT,
        baseline TEXT,
        note TEXT,
        planned_at TEXT NOT NULL,
        sent_at TEXT,
        changed_at TEXT NOT NULL,
        PRIMARY KEY (vendor, account, idempotency_key))",
    "CREATE TABLE IF NOT EXISTS events (
        vendor TEXT NOT NULL,
        account TEXT NOT NULL,
        idempotency_key TEXT NOT NULL,
        at TEXT NOT NULL,
        state TEXT NOT NULL,
        note TEXT)",
    "CREATE INDEX IF NOT EXISTS events_of_intent ON events (vendor, account, idempotency_key, at)",
];

impl Journal {
    /// Opens a journal in a SQLite file, and makes it if there is none. The file can be read by its owner alone.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when it can't be read and written, or was made by a newer version of this crate.
    pub async fn sqlite(path: impl AsRef<Path>) -> Result<Self, Error> {
        Journal::at(JournalLocation::file(path.as_ref())?).await
    }

    /// Opens a journal in a PostgreSQL database, and makes its tables if there are none.
    ///
    /// The URL is `postgres://user:password@host:port/database`, with `?sslmode=require` where the network is not yours. Neither errors
    /// nor logs show it.
    ///
    /// # Errors
    /// As for [`Journal::sqlite`].
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        Journal::at(JournalLocation::postgres(url)).await
    }

    /// Opens a journal by a text: a URL that begins with `postgres://` is a PostgreSQL database, everything else is a SQLite file's
    /// path.
    ///
    /// # Errors
    /// As for [`Journal::sqlite`].
    pub async fn open(place: &str) -> Result<Self, Error> {
        Journal::at(JournalLocation::named(place)?).await
    }

    async fn at(place: JournalLocation) -> Result<Self, Error> {
        place.prepare()?;
        let journal = Journal(Arc::new(Inner { place }));
        journal.make_tables().await?;
        Ok(journal)
    }

    /// Two programs that start at once must not make the tables at once.
    async fn make_tables(&self) -> Result<(), Error> {
        let mut lock = self.lock("tables", Duration::from_secs(30)).await?;
        let connection = lock.connection();
        for table in TABLES {
            connection
                .execute(table)
                .await
                .map_err(|error| failed("can't be opened", error))?;
        }
        let versions: Vec<i64> = sqlx::query_scalar("SELECT version FROM journal_version")
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| failed("can't be read", error))?;
        match versions.as_slice() {
            [] => {
                sqlx::query("INSERT INTO journal_version (version) VALUES ($1)")
                    .bind(VERSION)
                    .execute(&mut *connection)
                    .await
                    .map_err(|error| failed("can't be written", error))?;
            }
            [VERSION] => {}
            other => {
                let what = format!(
                    "the journal is of version {other:?}, and this program knows version {VERSION}: use the program that made it, or a newer one"
                );
                return Err(Error::new(Kind::Journal, Outcome::NotSent, what));
            }
        }
        lock.release().await;
        Ok(())
    }

    /// Makes this the only spender of an account, until the hold is dropped or its process dies.
    pub(crate) async fn lock_account(
        &self,
        vendor: Vendor,
        account: &str,
        lock_timeout: Duration,
    ) -> Result<AccountLock, Error> {
        self.lock(&format!("{vendor} {account}"), lock_timeout)
            .await
            .map_err(|error| error.at(vendor, None))
    }

    async fn lock(&self, name: &str, lock_timeout: Duration) -> Result<AccountLock, Error> {
        let connection = self.connection().await?;
        account_lock::acquire(&self.0.place, connection, name, lock_timeout).await
    }

    /// One entry.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal can't be read.
    pub async fn entry(
        &self,
        vendor: Vendor,
        account: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<JournalEntry>, Error> {
        let mut connection = self.connection().await?;
        rows::entry(&mut connection, vendor, account, key).await
    }

    /// Entries, the oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal can't be read.
    pub async fn entries(&self, filter: &Filter) -> Result<Vec<JournalEntry>, Error> {
        let mut connection = self.connection().await?;
        rows::entries(&mut connection, filter).await
    }

    /// What happened to an entry, in the order in which it did.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal can't be read.
    pub async fn history(&self, entry: &JournalEntry) -> Result<Vec<Event>, Error> {
        let mut connection = self.connection().await?;
        rows::history(&mut connection, entry).await
    }

    /// A connection of the caller's own. There is no pool: a purchase needs two of them, and a pool that tries again and again hides why
    /// it can't connect.
    async fn connection(&self) -> Result<Connection, Error> {
        let place = &self.0.place;
        let connecting = async {
            let mut connection = Connection::connect(place.url()).await?;
            for setting in place.settings() {
                connection.execute(*setting).await?;
            }
            Ok(connection)
        };
        match tokio::time::timeout(CONNECTING, connecting).await {
            Ok(connected) => connected.map_err(|error| failed("can't be opened", error)),
            Err(_) => {
                let what =
                    format!("the journal can't be opened: no connection within {CONNECTING:?}");
                Err(Error::new(Kind::Journal, Outcome::NotSent, what))
            }
        }
    }
}

/// What an entry becomes.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    /// The states that it may be in before. In another, somebody else has changed it.
    pub from: &'a [EntryState],
    pub to: EntryState,
    pub note: Option<String>,
    pub amount: Option<Decimal>,
    pub order: Option<&'a str>,
}

impl<'a> Change<'a> {
    pub(crate) fn to(to: EntryState, from: &'a [EntryState]) -> Self {
        Change {
            from,
            to,
            note: None,
            amount: None,
            order: None,
        }
    }

    pub(crate) fn noting(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// An error of the journal. Nothing that the database says holds what was bound to a statement or the URL that it was opened by.
pub(crate) fn failed(what: &str, error: sqlx::Error) -> Error {
    let said = match &error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        // Configuration errors may quote the URL, and with it a password.
        sqlx::Error::Configuration(_) => {
            "its address can't be used: check the URL, and that this program was built for that database".to_owned()
        }
        other => other.to_string(),
    };
    // SQLite's words for a disk that is full or read-only; which of them it has depends on the file that it meets first.
    let is_the_disk = ["disk I/O error", "is full", "unable to open", "readonly"];
    let said = match is_the_disk.iter().any(|words| said.contains(words)) {
        true => format!("{said}: check that its disk has room and that it can be written"),
        false => said,
    };
    Error::new(
        Kind::Journal,
        Outcome::NotSent,
        format!("the journal {what}: {said}"),
    )
}

/// The journal holds something that this crate did not write.
pub(crate) fn damaged(what: impl fmt::Display) -> Error {
    Error::new(
        Kind::Journal,
        Outcome::NotSent,
        format!("the journal is damaged: {what}"),
    )
}

pub(crate) use rows::{change, entry, insert, open_entries, orders_of, sent, spent_since};

/// Times as they stand in the journal: all of one length, so that they sort as text.
pub(crate) fn written(time: Timestamp) -> String {
    format!("{time:.6}")
}

pub(crate) type Row = AnyRow;
pub(crate) type Connection = AnyConnection;
