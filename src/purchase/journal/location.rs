//! Where a journal is.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Kind, Outcome};
use crate::vocabulary::url::percent_encoded;

/// Where a journal is.
#[derive(Clone)]
pub(super) enum JournalLocation {
    File {
        path: PathBuf,
        url: String,
    },
    #[cfg(feature = "postgres")]
    Postgres {
        url: String,
    },
}

impl fmt::Debug for JournalLocation {
    /// Without the URL of a database, which holds its password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalLocation::File { path, .. } => write!(f, "{}", path.display()),
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => f.write_str("PostgreSQL"),
        }
    }
}

impl JournalLocation {
    pub fn named(place: &str) -> Result<Self, Error> {
        let scheme = place.split_once("://").map(|(scheme, _)| scheme);
        match scheme {
            #[cfg(feature = "postgres")]
            Some("postgres" | "postgresql") => Ok(JournalLocation::postgres(place)),
            Some("sqlite") => {
                JournalLocation::file(Path::new(place.trim_start_matches("sqlite://")))
            }
            None => JournalLocation::file(Path::new(place)),
            Some(other) => Err(Error::configuration(format!(
                "a journal can't be at `{other}://`: give the path of a file, or postgres://user:password@host/database (feature `postgres`)"
            ))),
        }
    }

    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str) -> Self {
        JournalLocation::Postgres {
            url: url.to_owned(),
        }
    }

    pub fn file(path: &Path) -> Result<Self, Error> {
        let text = path.to_str().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| {
            Error::configuration(format!(
                "the journal's path `{}` must be text, and not empty",
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
            JournalLocation::File { url, .. } => url,
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { url } => url,
        }
    }

    /// What every connection is told first. An entry must be on the disk when the commit returns.
    pub fn settings(&self) -> &'static [&'static str] {
        match self {
            JournalLocation::File { .. } => &[
                "PRAGMA busy_timeout = 30000",
                "PRAGMA journal_mode = WAL",
                "PRAGMA synchronous = FULL",
                // Where it makes a difference (macOS), this is what empties the disk's own cache.
                "PRAGMA fullfsync = ON",
            ],
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => &["SET synchronous_commit TO on"],
        }
    }

    /// Makes the file before SQLite does, so that nobody else may read it even for a moment. Its companions take over its mode.
    pub fn prepare(&self) -> Result<(), Error> {
        drivers();
        match self {
            JournalLocation::File { path, .. } => {
                if let Some(folder) = path.parent().filter(|it| !it.as_os_str().is_empty()) {
                    fs::create_dir_all(folder)
                        .map_err(|error| unusable(folder, "its folder can't be made", &error))?;
                }
                make_private(path)
            }
            #[cfg(feature = "postgres")]
            JournalLocation::Postgres { .. } => Ok(()),
        }
    }
}

/// Makes sure that the journal's file is there and that its owner alone may read it.
///
/// One that is there is not opened: SQLite's locks belong to the process, and closing any handle of the file gives all of them up,
/// those of other connections to the same journal included. Two that make the file at once take turns for the same reason.
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
        Err(error) => Err(unusable(path, "it can't be made", &error)),
    }
}

/// Takes the right to read a file from everybody else: one that was made by other means may be open to them.
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

/// Opens a file whose locks are not SQLite's, and makes it if need be.
pub(super) fn lock_file(path: &Path) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map_err(|error| unusable(path, "it can't be opened for writing", &error))
}

fn unusable(path: &Path, what: &str, error: &std::io::Error) -> Error {
    Error::new(
        Kind::Journal,
        Outcome::NotSent,
        format!("the journal {}: {what}: {error}", path.display()),
    )
}

/// Makes the databases known to sqlx. A program that has made others known itself is left alone.
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
