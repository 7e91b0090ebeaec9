//! The location of a journal.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::file::JournalFile;
use crate::error::Error;

pub(super) enum JournalLocation {
    File(JournalFile),
    /// A file that is only read: nothing is created, changed or locked.
    Reading(JournalFile),
    Memory {
        url: String,
        locks: TaskLocks,
    },
    #[cfg(feature = "postgres")]
    Postgres {
        url: String,
    },
}

/// The locks of a journal in memory, by name.
pub(super) type TaskLocks = Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>;

impl fmt::Debug for JournalLocation {
    /// Leaves out the URL of a database, which contains its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalLocation::File(file) | JournalLocation::Reading(file) => {
                write!(f, "{}", file.path().display())
            }
            JournalLocation::Memory { .. } => f.write_str("memory"),
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => f.write_str("PostgreSQL"),
        }
    }
}

/// A location as its user names it.
pub(super) enum Named {
    File(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(String),
}

impl Named {
    /// Reads a location. No error shows any part of it, because it may hold a password.
    pub fn parse(location: &str) -> Result<Self, Error> {
        let (scheme, rest) = location.split_once("://").unwrap_or(("", location));
        match scheme.to_ascii_lowercase().as_str() {
            #[cfg(feature = "postgres")]
            "postgres" | "postgresql" => Ok(Named::Postgres(location.to_owned())),
            "sqlite" | "" if !rest.contains("://") => Ok(Named::File(rest.into())),
            _ => Err(Error::configuration(
                "a journal cannot be there: use the path of a file, or \
                 postgres://user:password@host/database with the feature `postgres`",
            )),
        }
    }
}

impl JournalLocation {
    /// Names a new database in memory, which the connections of this process share.
    pub fn memory() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        JournalLocation::Memory {
            url: format!("sqlite:file:proxy-orders-{number}?mode=memory&cache=shared"),
            locks: TaskLocks::default(),
        }
    }

    pub fn file(path: &Path) -> Result<Self, Error> {
        check(path)?;
        Ok(JournalLocation::File(JournalFile::find_or_prepare(path)?))
    }

    pub fn reading(path: &Path) -> Result<Self, Error> {
        check(path)?;
        let file = JournalFile::find(path)?;
        if file.id()?.is_none() {
            let what = format!("there is no journal `{}`: check its path", path.display());
            return Err(Error::journal(what));
        }
        Ok(JournalLocation::Reading(file))
    }

    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str) -> Result<Self, Error> {
        let url = super::postgres::connection_url(url)?;
        Ok(JournalLocation::Postgres { url })
    }

    /// Returns the URL for writing.
    pub fn url(&self) -> Result<String, Error> {
        match self {
            JournalLocation::File(file) => file.url("mode=rw"),
            JournalLocation::Reading(file) => file.url("mode=ro"),
            JournalLocation::Memory { url, .. } => Ok(url.clone()),
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { url } => Ok(url.clone()),
        }
    }

    /// The statements with which every connection begins. An entry must be on the disk when its
    /// commit returns.
    pub fn settings(&self) -> &'static [&'static str] {
        match self {
            JournalLocation::File(_) => &[
                BUSY_TIMEOUT,
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                // On macOS, only this empties the cache of the disk itself.
                "PRAGMA fullfsync = ON",
            ],
            JournalLocation::Memory { .. } | JournalLocation::Reading(_) => &[BUSY_TIMEOUT],
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => &super::postgres::SETTINGS,
        }
    }
}

const BUSY_TIMEOUT: &str = "PRAGMA busy_timeout = 30000";

/// Refuses what cannot be the path of a journal. A path is shown in errors and becomes the name of
/// files, which a password must not.
fn check(path: &Path) -> Result<(), Error> {
    let text = path.to_str().filter(|text| !text.is_empty());
    let text = text.ok_or_else(|| {
        Error::configuration(format!(
            "`{}` cannot be the path of a journal: use a path of valid UTF-8 that is not empty",
            path.display()
        ))
    })?;
    match may_hold_password(text) {
        false => Ok(()),
        true => Err(Error::configuration(
            "the journal's location may hold the password of a database, but is none of its URLs: \
             use postgres://user:password@host/database, or a path that begins with `/` or `./` \
             and does not contain `password=`",
        )),
    }
}

/// Recognizes `user:password@host`, a URL whose scheme was written wrongly, and `password=`.
fn may_hold_password(path: &str) -> bool {
    let path: String = path.to_lowercase().split_whitespace().collect();
    let is_database = path.starts_with("postgres:") || path.starts_with("postgresql:");
    if is_database || path.contains("password=") || path.contains("passwd=") {
        return true;
    }
    let login = path.rsplit_once('@').map(|(login, _)| login);
    !is_plainly_a_path(&path) && login.is_some_and(|login| login.contains(':'))
}

/// Returns true for a path that begins as no URL does. That may contain any character.
fn is_plainly_a_path(path: &str) -> bool {
    let begins = |start: &[u8]| path.as_bytes().starts_with(start);
    let is_on_drive = matches!(path.as_bytes(), [_, b':', b'/' | b'\\', ..]);
    begins(b".") || is_on_drive || (begins(b"/") && !begins(b"//")) || begins(b"\\")
}
