//! The journal: a durable list of purchases in a SQLite file, or in PostgreSQL for several machines
//! on one account.
//!
//! One code path serves both. Only the account's lock differs: a lock on a file beside the SQLite
//! file, or an advisory lock of PostgreSQL. Either ends with the process that holds it. A journal
//! in memory has locks of its own.

mod account_lock;
mod accounts;
mod clock;
mod file;
mod late;
mod location;
#[cfg(feature = "postgres")]
mod postgres;
mod prepare;
mod rows;
mod session;
#[cfg(test)]
mod tests;
mod upgrade;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use rust_decimal::Decimal;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

pub(crate) use account_lock::AccountLock;
pub use accounts::{AccountNameKind, KnownAccount};
pub(crate) use accounts::{Claim, mark_shared, shared};
pub(crate) use late::{Late, confirm_late, keep_order};
pub(crate) use session::Session;

use location::{JournalLocation, Named};
use upgrade::VERSION;

use super::{EntryState, Event, IdempotencyKey, JournalEntry};
use crate::cleaning::Cleaned;
use crate::error::Error;
use crate::vocabulary::Vendor;

/// The journal: what was bought under which key, and what became of it. Cheap to clone.
///
/// Neither a credential nor a proxy password is in it.
#[derive(Clone)]
pub struct Journal(Arc<Inner>);

struct Inner {
    location: JournalLocation,
    /// Keeps a database in memory alive.
    _keeper: Mutex<Option<Session>>,
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
    /// Entries of this account only, by any of its names.
    pub account: Option<String>,
    /// Entries with this key only.
    pub key: Option<IdempotencyKey>,
    /// Entries in one of these states only; of every state if empty.
    pub states: Vec<EntryState>,
    /// Entries that were written at this time or later.
    pub since: Option<Timestamp>,
    /// The newest entries, at most so many of them.
    pub limit: Option<u32>,
}

/// A reason for which a journal may forget what it has written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum JournalWarning {
    /// PostgreSQL does not wait for its disk: a loss of power can take committed entries away.
    NotDurable,
    /// PostgreSQL has so many standbys and waits for none of them: if one takes over, it may not
    /// have the latest entries, and a purchase could be made twice.
    AsynchronousStandbys(i64),
}

impl fmt::Display for JournalWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalWarning::NotDurable => f.write_str(
                "the journal's server does not wait for its disk (`fsync` or `full_page_writes` \
                 is off): switch both on",
            ),
            JournalWarning::AsynchronousStandbys(number) => write!(
                f,
                "the journal's server has {number} standbys and waits for none of them: set \
                 `synchronous_standby_names`, or a failover can lose the latest purchases"
            ),
        }
    }
}

/// The lock of the tables, which is held while they are made or changed.
const TABLES_LOCK: &str = "tables";

/// The lock of the accounts' names.
const ACCOUNTS_LOCK: &str = "accounts";

/// The longest time to wait for another process that makes or changes the tables or the names.
const SHORT_WORK: Duration = Duration::from_secs(30);

impl Journal {
    /// Opens a journal in a SQLite file, and creates it if there is none. Only the owner may read
    /// the file.
    ///
    /// A journal that an older version of this crate wrote is upgraded. Before that, it is copied
    /// to a file beside it, whose name ends in `.version-N.backup`.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the file cannot be read and written, was written by a
    /// newer version of this crate, or is something else than a journal. That is left as it is.
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

    /// Opens a journal in a PostgreSQL database, and creates its tables if there are none. Give it
    /// a database or a schema of its own.
    ///
    /// The URL is `postgres://user:password@host:port/database`. Neither errors nor logs show it.
    ///
    /// A server on another machine must prove its name with a certificate: for it, `sslmode` is
    /// `verify-full`, and every weaker mode is refused, because it gives the password and the
    /// journal to anybody on the way who answers in the server's place. With `sslmode=require`,
    /// too: it encrypts, for whomever. The certificate comes from a public authority or from the
    /// one in the file `sslrootcert=FILE`. Where the network itself is protected, such as in a
    /// tunnel, `allow-unverified-server=yes` in the URL permits the weaker modes. A socket, a
    /// loopback address and `localhost` lead to this machine and need none of this.
    ///
    /// A journal that an older version of this crate wrote is upgraded, without a copy.
    ///
    /// # Errors
    /// As for [`Journal::sqlite`], and [`crate::ErrorKind::Configuration`] for a URL that cannot be
    /// read or would give the password away.
    #[cfg(feature = "postgres")]
    pub async fn postgres(url: &str) -> Result<Self, Error> {
        Journal::at(JournalLocation::postgres(url)?).await
    }

    /// Opens the journal at a location: a URL that begins with `postgres://` or `postgresql://` is
    /// a PostgreSQL database, everything else is the path of a SQLite file.
    ///
    /// # Errors
    /// As for [`Journal::sqlite`] and [`Journal::postgres`], and
    /// [`crate::ErrorKind::Configuration`] for another URL.
    pub async fn open(location: &str) -> Result<Self, Error> {
        match Named::parse(location)? {
            Named::File(path) => Journal::sqlite(path).await,
            #[cfg(feature = "postgres")]
            Named::Postgres(url) => Journal::postgres(&url).await,
        }
    }

    /// Opens the journal at a location for reading. Nothing is created or changed, so the file and
    /// its folder may be read-only. What changes the journal fails.
    ///
    /// While another process has a SQLite file open, or after it was killed, SQLite may write to
    /// its own index beside the file (`-shm`).
    ///
    /// # Errors
    /// As for [`Journal::open`], and when there is no journal, or one of an older version.
    pub async fn read(location: &str) -> Result<Self, Error> {
        drivers();
        let location = match Named::parse(location)? {
            Named::File(path) => JournalLocation::reading(&path)?,
            #[cfg(feature = "postgres")]
            Named::Postgres(url) => JournalLocation::postgres(&url)?,
        };
        let found = match &location {
            JournalLocation::Reading(file) => prepare::inspect(file).await?,
            _ => {
                let mut session = Session::open(&location).await?;
                let found = upgrade::version(&mut session.connection).await;
                session.close().await;
                found?
            }
        };
        upgrade::not_newer(found)?;
        if found < VERSION {
            let what = match found {
                0 => "there is no journal yet: the first purchase creates it".to_owned(),
                _ => format!(
                    "the journal has version {found}, and this program reads version {VERSION}: \
                     the next purchase or reconciliation upgrades it"
                ),
            };
            return Err(Error::journal(what));
        }
        Ok(Journal::with(location, None))
    }

    async fn at(location: JournalLocation) -> Result<Self, Error> {
        drivers();
        let keeper = match &location {
            JournalLocation::Memory { .. } => Some(Session::open(&location).await?),
            _ => None,
        };
        let journal = Journal::with(location, keeper);
        journal.make_tables().await?;
        Ok(journal)
    }

    fn with(location: JournalLocation, keeper: Option<Session>) -> Self {
        Journal(Arc::new(Inner {
            location,
            _keeper: Mutex::new(keeper),
        }))
    }

    /// Creates or upgrades the tables, under a lock: another program may start at the same time.
    async fn make_tables(&self) -> Result<(), Error> {
        match &self.0.location {
            JournalLocation::File(file) => prepare::prepare(self, file).await,
            JournalLocation::Memory { .. } | JournalLocation::Reading(_) => {
                let mut session = self.session().await?;
                upgrade::upgrade(&mut session.connection, 0).await
            }
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => {
                // Most programs find the tables as they need them, and wait for nobody.
                let mut session = self.session().await?;
                let found = upgrade::version(&mut session.connection).await;
                session.close().await;
                if found? == VERSION {
                    return Ok(());
                }
                let mut lock = account_lock::acquire(self, TABLES_LOCK, SHORT_WORK).await?;
                let found = upgrade::version(lock.connection()).await?;
                upgrade::not_newer(found)?;
                if found < VERSION {
                    upgrade::upgrade(lock.connection(), found).await?;
                }
                lock.release().await;
                Ok(())
            }
        }
    }

    /// Lists the reasons for which the journal may forget what it has written. A SQLite file and a
    /// journal in memory have none but the disk's and the process's own.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the database cannot be asked.
    pub async fn warnings(&self) -> Result<Vec<JournalWarning>, Error> {
        match &self.0.location {
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => {
                postgres::warnings(&mut self.session().await?.connection).await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Locks an account for spending, until the lock is dropped or its process ends.
    pub(crate) async fn lock_account(
        &self,
        vendor: Vendor,
        account: &str,
        lock_timeout: Duration,
    ) -> Result<AccountLock, Error> {
        account_lock::acquire(self, &format!("{vendor} {account}"), lock_timeout)
            .await
            .map_err(|error| error.at(vendor, None))
    }

    /// Opens a connection of its own.
    async fn session(&self) -> Result<Session, Error> {
        Session::open(&self.0.location).await
    }

    /// Returns the account that a claim is for. Writes down the names that are new, and a new
    /// account.
    ///
    /// # Errors
    /// [`crate::ErrorKind::UnknownAccount`] when it is not clear which account is meant.
    pub(crate) async fn resolve_account(&self, claim: &Claim<'_>) -> Result<String, Error> {
        let known = self.accounts(Some(claim.vendor)).await?;
        let resolved = accounts::resolve(claim, &known)?;
        if resolved.missing.is_empty() {
            return Ok(resolved.account);
        }
        // Again, now that nobody else adds a name.
        let mut lock = account_lock::acquire(self, ACCOUNTS_LOCK, SHORT_WORK).await?;
        let connection = lock.connection();
        let known = accounts::accounts(connection, Some(claim.vendor)).await?;
        let resolved = accounts::resolve(claim, &known)?;
        accounts::remember(connection, claim.vendor, &resolved).await?;
        lock.release().await;
        Ok(resolved.account)
    }

    /// Returns the account that a claim is for, without writing anything.
    ///
    /// # Errors
    /// As for [`Journal::resolve_account`].
    pub(crate) async fn find_account(&self, claim: &Claim<'_>) -> Result<String, Error> {
        let known = self.accounts(Some(claim.vendor)).await?;
        Ok(accounts::resolve(claim, &known)?.account)
    }

    /// Lists the accounts that the journal knows, at a vendor or at all of them.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn accounts(&self, vendor: Option<Vendor>) -> Result<Vec<KnownAccount>, Error> {
        loop {
            let mut session = self.session().await?;
            let found = accounts::accounts(&mut session.connection, vendor).await;
            if session.close_intact().await {
                return found;
            }
        }
    }

    /// Returns an entry. `account` is any name of its account.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn entry(
        &self,
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
        Ok(self.entries(&filter).await?.pop())
    }

    /// Lists entries, the oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn entries(&self, filter: &Filter) -> Result<Vec<JournalEntry>, Error> {
        loop {
            let mut session = self.session().await?;
            let found = rows::entries(&mut session.connection, filter).await;
            if session.close_intact().await {
                return found;
            }
        }
    }

    /// Lists the changes of an entry, the oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Journal`] when the journal cannot be read.
    pub async fn history(&self, entry: &JournalEntry) -> Result<Vec<Event>, Error> {
        loop {
            let mut session = self.session().await?;
            let found = rows::history(&mut session.connection, entry).await;
            if session.close_intact().await {
                return found;
            }
        }
    }

    /// Deletes entries that had no effect, with their history, if they were last changed before a
    /// time. Returns them; a dry run deletes nothing.
    ///
    /// The states of the filter must be among `planned`, `not-sent`, `rejected` and `not-made`;
    /// without states, all of these are meant. Entries in other states are kept, because their keys
    /// protect against a second purchase, and entries that claim an order are kept, too.
    ///
    /// # Errors
    /// [`crate::ErrorKind::InvalidInput`] for another state, [`crate::ErrorKind::Journal`] when the
    /// journal cannot be read or written.
    pub async fn prune(
        &self,
        filter: &Filter,
        before: Timestamp,
        is_dry_run: bool,
    ) -> Result<Vec<JournalEntry>, Error> {
        let mut filter = filter.clone();
        if filter.states.is_empty() {
            filter.states = WITHOUT_EFFECT.to_vec();
        }
        let mut states = filter.states.iter();
        if let Some(state) = states.find(|state| !WITHOUT_EFFECT.contains(state)) {
            let what = format!(
                "entries that are {state} cannot be deleted: their keys protect against a second \
                 purchase"
            );
            return Err(Error::input(what));
        }
        let mut entries = self.entries(&filter).await?;
        entries.retain(|it| it.changed_at < before && it.order.is_none());
        if is_dry_run {
            return Ok(entries);
        }
        let mut session = self.session().await?;
        let mut deleted = Vec::new();
        for entry in entries {
            if rows::delete(&mut session.connection, &entry).await? {
                deleted.push(entry);
            }
        }
        session.close().await;
        Ok(deleted)
    }
}

/// The states of an entry that had no effect.
const WITHOUT_EFFECT: [EntryState; 4] = [
    EntryState::Planned,
    EntryState::NotSent,
    EntryState::Rejected,
    EntryState::NotMade,
];

/// Registers the databases at sqlx, unless the program has registered others itself.
fn drivers() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let _ = sqlx::any::install_drivers(&[
            sqlx::sqlite::any::DRIVER,
            #[cfg(feature = "postgres")]
            sqlx::postgres::any::DRIVER,
        ]);
    });
}

/// Tells the two databases apart, where their ways differ.
fn is_postgres(connection: &Connection) -> bool {
    connection.backend_name() == "PostgreSQL"
}

/// A change of an entry's state.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    /// The expected state. An entry in another state was changed by another process.
    pub from: &'a [EntryState],
    pub to: EntryState,
    pub note: Option<Cleaned>,
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

    pub(crate) fn noting(mut self, note: impl AsRef<str>) -> Self {
        self.note = Some(Cleaned::new(note.as_ref()));
        self
    }
}

/// The condition on which a database server on another machine gets the password.
const UNPROVEN: &str = "a server on another machine must prove its name with a certificate, from \
                        a public authority or from the one in the file of `sslrootcert`";

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
        sqlx::Error::Tls(_) => format!("{error}: {UNPROVEN}"),
        sqlx::Error::Io(why) if why.kind() == std::io::ErrorKind::InvalidData => {
            format!("{why}: {UNPROVEN}")
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
    Error::journal(format!("the journal {what}: {said}"))
}

/// Reports content of the journal that this crate did not write.
pub(crate) fn damaged(what: impl fmt::Display) -> Error {
    Error::journal(format!("the journal is damaged: {what}"))
}

pub(crate) use rows::{
    age, change, count_orders, entry, entry_elsewhere, insert, open_entries, orders_of, sent,
    spent_since,
};

/// Writes a time as the journal has it: all times have one length, so that they sort as text.
pub(crate) fn written(time: Timestamp) -> String {
    format!("{time:.6}")
}

pub(crate) type Row = AnyRow;
pub(crate) type Connection = AnyConnection;
