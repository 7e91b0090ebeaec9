//! The journal: a durable list of purchases in a SQLite file, or in PostgreSQL for several machines
//! on one account.
//!
//! One code path serves both. Only the account's lock differs: a lock on a file beside the SQLite
//! file, or an advisory lock of PostgreSQL. Either ends with the process that holds it. A journal
//! in memory has locks of its own.

mod account_lock;
mod location;
mod rows;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
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

/// The journal: what was bought under which key, and what became of it. Cheap to clone.
///
/// Neither a credential nor a proxy password is in it.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    location: JournalLocation,
    /// Keeps a database in memory alive.
    _keeper: Mutex<Option<Connection>>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Journal").field(&self.0.location).finish()
    }
}

/// A selection of entries. The default selects all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Entries of this vendor only.
    pub vendor: Option<Vendor>,
    /// Entries of this account only.
    pub account: Option<String>,
    /// Entries with this key only.
    pub key: Option<IdempotencyKey>,
    /// Entries in one of these states only; of every state if empty.
    pub states: Vec<EntryState>,
}

/// The longest time that connecting may take, waiting for locks of other processes included.
const CONNECTING: Duration = Duration::from_secs(40);

/// The version of the tables that this crate writes and reads.
const VERSION: i64 = 2;

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
    /// Opens a journal in a SQLite file, and creates it if there is none. Only the owner may read
    /// the file.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the file cannot be read and written, or was written by a
    /// newer version of this crate.
    pub async fn sqlite(path: impl AsRef<Path>) -> Result<Self, Error> {
        Journal::at(JournalLocation::file(path.as_ref())?).await
    }

    /// Opens a new journal in memory, for programs that want no file.
    ///
    /// Its clones share one journal, with the same checks, caps and locks as a file. Nothing
    /// survives the process: after a crash, keys are forgotten, so that the same purchase is made
    /// again; unknown outcomes cannot be reconciled; caps start anew. Other processes do not see
    /// the journal.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when SQLite cannot get memory.
    pub async fn in_memory() -> Result<Self, Error> {
        Journal::at(JournalLocation::memory()).await
    }

    /// Opens a journal in a PostgreSQL database, and creates its tables if there are none.
    ///
    /// The URL is `postgres://user:password@host:port/database`, with `?sslmode=require` where the
    /// network is not trusted. Neither errors nor logs show it.
    ///
    /// # Errors
    /// As for [`Journal::sqlite`].
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        Journal::at(JournalLocation::postgres(url)).await
    }

    /// Opens the journal at a location: a URL that begins with `postgres://` or `postgresql://` is
    /// a PostgreSQL database, everything else is the path of a SQLite file.
    ///
    /// # Errors
    /// As for [`Journal::sqlite`], and [`crate::ErrorKind::Configuration`] for another URL.
    pub async fn open(location: &str) -> Result<Self, Error> {
        Journal::at(JournalLocation::named(location)?).await
    }

    async fn at(location: JournalLocation) -> Result<Self, Error> {
        location.prepare()?;
        let keeper = match &location {
            JournalLocation::Memory { .. } => Some(connect(&location).await?),
            _ => None,
        };
        let journal = Journal(Arc::new(Inner {
            location,
            _keeper: Mutex::new(keeper),
        }));
        journal.make_tables().await?;
        Ok(journal)
    }

    /// Creates the tables, under a lock: another program may start at the same time.
    async fn make_tables(&self) -> Result<(), Error> {
        let mut lock = self.lock("tables", Duration::from_secs(30)).await?;
        let connection = lock.connection();
        for table in TABLES {
            connection
                .execute(table)
                .await
                .map_err(|error| failed("cannot be opened", error))?;
        }
        let versions: Vec<i64> = sqlx::query_scalar("SELECT version FROM journal_version")
            .fetch_all(&mut *connection)
            .await
            .map_err(|error| failed("cannot be read", error))?;
        match versions.as_slice() {
            [] => {
                sqlx::query("INSERT INTO journal_version (version) VALUES ($1)")
                    .bind(VERSION)
                    .execute(&mut *connection)
                    .await
                    .map_err(|error| failed("cannot be written", error))?;
            }
            [VERSION] => {}
            found => {
                let found = found.last().copied().unwrap_or_default();
                let advice = match found < VERSION {
                    true => "it is from before the first release, so keep it and name another one",
                    false => "use the program that wrote it, or a newer one",
                };
                let what = format!(
                    "the journal has version {found}, and this program knows version {VERSION}: \
                     {advice}"
                );
                return Err(Error::new(Kind::Journal, Outcome::NotSent, what));
            }
        }
        lock.release().await;
        Ok(())
    }

    /// Locks an account for spending, until the lock is dropped or its process ends.
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
        let connection = connect(&self.0.location).await?;
        account_lock::acquire(&self.0.location, connection, name, lock_timeout).await
    }

    /// Returns an entry.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn entry(
        &self,
        vendor: Vendor,
        account: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<JournalEntry>, Error> {
        let mut connection = connect(&self.0.location).await?;
        rows::entry(&mut connection, vendor, account, key).await
    }

    /// Lists entries, the oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn entries(&self, filter: &Filter) -> Result<Vec<JournalEntry>, Error> {
        let mut connection = connect(&self.0.location).await?;
        rows::entries(&mut connection, filter).await
    }

    /// Lists the changes of an entry, the oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn history(&self, entry: &JournalEntry) -> Result<Vec<Event>, Error> {
        let mut connection = connect(&self.0.location).await?;
        rows::history(&mut connection, entry).await
    }
}

/// Opens a connection. There is no pool: a purchase needs two connections, and a pool that tries
/// again and again hides why it cannot connect.
async fn connect(location: &JournalLocation) -> Result<Connection, Error> {
    let connecting = async {
        let mut connection = Connection::connect(location.url()).await?;
        for setting in location.settings() {
            connection.execute(*setting).await?;
        }
        Ok(connection)
    };
    match tokio::time::timeout(CONNECTING, connecting).await {
        Ok(connected) => connected.map_err(|error| failed("cannot be opened", error)),
        Err(_) => {
            let what = format!("the journal cannot be opened: no connection within {CONNECTING:?}");
            Err(Error::new(Kind::Journal, Outcome::NotSent, what))
        }
    }
}

/// A change of an entry's state.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    /// The expected state. An entry in another state was changed by another process.
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

/// Makes an error of the database one of this crate. The database's messages contain neither the
/// values of a statement nor the URL.
pub(crate) fn failed(what: &str, error: sqlx::Error) -> Error {
    let said = match &error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        // Errors of the configuration may quote the URL, and with it a password.
        sqlx::Error::Configuration(_) => {
            "its address cannot be used: check the URL, and that this \
                                          program was built for that database"
                .to_owned()
        }
        other => other.to_string(),
    };
    // SQLite's messages for a disk that is full or read-only. Which of them comes depends on the
    // file that SQLite touches first.
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

/// Reports content of the journal that this crate did not write.
pub(crate) fn damaged(what: impl fmt::Display) -> Error {
    Error::new(
        Kind::Journal,
        Outcome::NotSent,
        format!("the journal is damaged: {what}"),
    )
}

pub(crate) use rows::{change, entry, insert, open_entries, orders_of, sent, spent_since};

/// Writes a time as the journal has it: all times have one length, so that they sort as text.
pub(crate) fn written(time: Timestamp) -> String {
    format!("{time:.6}")
}

pub(crate) type Row = AnyRow;
pub(crate) type Connection = AnyConnection;
