//! The location of a journal.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::vocabulary::url::percent_encoded;

pub(super) enum JournalLocation {
    File {
        path: PathBuf,
        url: String,
    },
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
            JournalLocation::File { path, .. } => write!(f, "{}", path.display()),
            JournalLocation::Memory { .. } => f.write_str("memory"),
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => f.write_str("PostgreSQL"),
        }
    }
}

impl JournalLocation {
    pub fn named(location: &str) -> Result<Self, Error> {
        let scheme = location.split_once("://").map(|(scheme, _)| scheme);
        match scheme {
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => Ok(JournalLocation::postgres(location)),
            Some("sqlite") => {
                JournalLocation::file(Path::new(location.trim_start_matches("sqlite://")))
            }
            None => JournalLocation::file(Path::new(location)),
            Some(other) => Err(Error::configuration(format!(
                "a journal cannot be at `{other}://`: use the path of a file, or \
                 postgres://user:password@host/database with the feature `postgres`"
            ))),
        }
    }

    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str) -> Self {
        JournalLocation::Postgres {
            url: url.to_owned(),
        }
    }

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
        let text = path.to_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| {
            Error::configuration(format!(
                "`{}` cannot be the path of a journal: use a path of valid UTF-8 that is not empty",
                path.display()
            ))
        })?;
        let pieces: Vec<_> = text.split('/').map(percent_encoded).collect();
        Ok(JournalLocation::File {
            path: path.to_owned(),
            url: format!("sqlite://{}?mode=rw", pieces.join("/")),
        })
    }

    pub fn url(&self) -> &str {
        match self {
            JournalLocation::File { url, .. } | JournalLocation::Memory { url, .. } => url,
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { url } => url,
        }
    }

    /// The statements with which every connection begins. An entry must be on the disk when its
    /// commit returns.
    pub fn settings(&self) -> &'static [&'static str] {
        match self {
            JournalLocation::File { .. } => &[
                "PRAGMA busy_timeout = 30000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                // On macOS, only this empties the cache of the disk itself.
                "PRAGMA fullfsync = ON",
            ],
            JournalLocation::Memory { .. } => &["PRAGMA busy_timeout = 30000"],
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => &["SET synchronous_commit TO on"],
        }
    }

    /// Creates the file before SQLite does, so that others cannot read it even for a moment. SQLite
    /// gives its companion files the same mode.
    pub fn prepare(&self) -> Result<(), Error> {
        drivers();
        match self {
            JournalLocation::File { path, .. } => {
                if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
                    fs::create_dir_all(folder).map_err(|error| {
                        unusable(folder, "its folder cannot be created", &error)
                    })?;
                }
                make_private(path)
            }
            JournalLocation::Memory { .. } => Ok(()),
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => Ok(()),
        }
    }
}

/// Makes sure that the journal's file exists and that only its owner may read it.
///
/// An existing file is not opened: SQLite's locks belong to the process, and closing any handle of
/// the file releases them all, those of other connections included. Two tasks that create the file
/// at the same time take turns for the same reason.
fn make_private(path: &Path) -> Result<(), Error> {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => owner_alone(path),
        Err(error) => Err(unusable(path, "it cannot be created", &error)),
    }
}

/// Takes the right to read a file from everybody but its owner: a file that was created by other
/// means may be open to all.
fn owner_alone(path: &Path) -> Result<(), Error> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(path).map(|it| it.permissions().mode() & 0o777);
        if mode.is_ok_and(|mode| mode & 0o077 != 0) {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))
                .map_err(|error| unusable(path, "others may read it", &error))?;
        }
    }
    Ok(())
}

/// Opens the file of a lock, which is not SQLite's, and creates it if there is none.
pub(super) fn lock_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| unusable(path, "it cannot be opened for writing", &error))
}

fn unusable(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::journal(format!("the journal {}: {what}: {error}", path.display()))
}

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
