//! The place of the journal: a file, a database, or a folder that is deleted afterwards.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use proxy_orders::purchase::Journal;
use tempfile::TempDir;

use crate::failure::Failure;
use crate::flags::variable;

/// The environment variable for the journal's place.
pub const JOURNAL_VARIABLE: &str = "PROXY_ORDERS_JOURNAL";
const ACCOUNT_VARIABLE: &str = "PROXY_ORDERS_ACCOUNT";
/// The environment variable for the cap of a day.
pub const DAY_VARIABLE: &str = "PROXY_ORDERS_MAX_DAY";
/// The environment variable for the cap of a month.
pub const MONTH_VARIABLE: &str = "PROXY_ORDERS_MAX_MONTH";

/// The environment variable that says that others buy on the account, too.
pub const SHARED_VARIABLE: &str = "PROXY_ORDERS_SHARED_ACCOUNT";

/// All environment variables that change where and how something is spent.
pub const ENVIRONMENT: [&str; 5] = [
    JOURNAL_VARIABLE,
    ACCOUNT_VARIABLE,
    DAY_VARIABLE,
    MONTH_VARIABLE,
    SHARED_VARIABLE,
];

/// The heading of the flags about the journal.
const JOURNAL: &str = "Journal";

/// The journal, and the account's name in it.
#[derive(Clone, Debug, Default, Args)]
pub struct JournalArguments {
    /// The journal's file, or a postgres:// URL without a password [env: PROXY_ORDERS_JOURNAL]
    #[arg(long, value_name = "PLACE", help_heading = JOURNAL)]
    pub journal: Option<String>,
    /// The account's name in the journal [env: PROXY_ORDERS_ACCOUNT] [default: made of its key]
    #[arg(long, value_name = "NAME", help_heading = JOURNAL)]
    pub account: Option<String>,
}

impl JournalArguments {
    /// Returns the account's name from the flag or the environment.
    pub fn account_name(&self) -> Option<String> {
        let given = self.account.clone();
        given.or_else(|| variable(ACCOUNT_VARIABLE))
    }
}

/// The place of a journal.
pub enum JournalLocation {
    /// A file that the user named.
    Named(PathBuf),
    /// The file that is used if the user names none.
    Default(PathBuf),
    /// A database. Its URL may hold a password.
    Database(String),
    /// A folder that is deleted when this value is dropped.
    Temporary(TempDir),
}

impl fmt::Display for JournalLocation {
    /// Leaves out the URL of a database.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalLocation::Named(path) | JournalLocation::Default(path) => {
                write!(f, "{}", path.display())
            }
            JournalLocation::Database(_) => f.write_str("the database"),
            JournalLocation::Temporary(_) => f.write_str("a temporary file"),
        }
    }
}

impl JournalLocation {
    /// Returns the place that the flags or the environment name.
    pub fn find(is_sandbox: bool, arguments: &JournalArguments) -> Result<Self, Failure> {
        if let Some(place) = &arguments.journal {
            if holds_password(place) {
                let what = format!(
                    "--journal: other programs can read a password on a command line: put the URL into {JOURNAL_VARIABLE} instead"
                );
                return Err(Failure::usage(what));
            }
            return Self::named(place, "--journal");
        }
        // Purchases in a sandbox must never stand among real ones.
        if is_sandbox {
            return Self::temporary();
        }
        match variable(JOURNAL_VARIABLE) {
            Some(place) => Self::named(&place, JOURNAL_VARIABLE),
            None => default_path().map(JournalLocation::Default),
        }
    }

    /// Creates a place that is deleted afterwards.
    pub fn temporary() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("proxy-orders-").tempdir();
        folder.map(JournalLocation::Temporary).map_err(|error| {
            Failure::refused(format!("no folder for a temporary journal: {error}"))
        })
    }

    fn named(place: &str, source: &str) -> Result<Self, Failure> {
        let is_database = ["postgres://", "postgresql://"];
        if is_database.iter().any(|scheme| place.starts_with(scheme)) {
            return Ok(JournalLocation::Database(place.to_owned()));
        }
        if place.contains(char::REPLACEMENT_CHARACTER) {
            let what = format!("{source} is not valid Unicode: name another file");
            return Err(Failure::usage(what));
        }
        // Taken for a file, it would be printed, and its password with it.
        if is_like_a_login(place) {
            let what = format!(
                "{source}: this looks like the address of a database: write it as postgres://user:password@host/database, or with a folder (./FILE) if it is a file"
            );
            return Err(Failure::usage(what));
        }
        let path = place.trim_start_matches("sqlite://");
        Ok(JournalLocation::Named(PathBuf::from(path)))
    }

    /// Opens the journal, and creates it if it does not exist.
    pub async fn open(&self) -> Result<Journal, Failure> {
        Ok(match (self.path(), self) {
            (None, JournalLocation::Database(url)) => Journal::open(url).await?,
            (path, _) => Journal::sqlite(path.unwrap_or_default()).await?,
        })
    }

    /// Opens the journal for reading. Nothing is created or changed.
    pub async fn read(&self) -> Result<Journal, Failure> {
        let location = match (self.path(), self) {
            (None, JournalLocation::Database(url)) => url.clone(),
            (path, _) => path.unwrap_or_default().display().to_string(),
        };
        Ok(Journal::read(&location).await?)
    }

    /// Returns the path if it is a file.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            JournalLocation::Named(path) | JournalLocation::Default(path) => Some(path.clone()),
            JournalLocation::Temporary(folder) => Some(folder.path().join("journal.db")),
            JournalLocation::Database(_) => None,
        }
    }

    /// Returns the path if it is a file that does not exist. Reading a journal must not create one.
    pub fn missing(&self) -> Option<&Path> {
        match self {
            JournalLocation::Named(path) | JournalLocation::Default(path) if !path.exists() => {
                Some(path)
            }
            _ => None,
        }
    }
}

/// Recognizes what is no `postgres://` URL and may contain a password nevertheless:
/// `user:password@` before any folder, `password=`, and other schemes.
fn is_like_a_login(place: &str) -> bool {
    let place = place.strip_prefix("sqlite://").unwrap_or(place);
    let lower = place.to_lowercase();
    let plain: String = lower.split_whitespace().collect();
    let first = place.rsplit_once('@').map_or("", |(login, _)| login);
    let is_path = place.starts_with('.') || Path::new(place).is_absolute();
    let is_login = first.contains(':') && !is_path;
    let is_scheme =
        place.contains("://") || lower.starts_with("postgres") && lower.contains([':', '@']);
    is_login || is_scheme || plain.contains("password=")
}

/// Recognizes `postgres://user:password@host` and `?password=`.
fn holds_password(place: &str) -> bool {
    let Some((_, rest)) = place.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    // A password may hold an `@` or a slash that was not encoded.
    let login = rest.rsplit_once('@').map(|(login, _)| login);
    let is_in_login = login.is_some_and(|login| login.contains(':'));
    is_in_login || authority.contains("password") || rest.contains("password=")
}

fn default_path() -> Result<PathBuf, Failure> {
    let folder = if cfg!(windows) {
        absolute("LOCALAPPDATA")?
    } else {
        match absolute("XDG_STATE_HOME")? {
            None => absolute("HOME")?.map(|home| home.join(".local/state")),
            given => given,
        }
    };
    let folder = folder.ok_or_else(|| {
        let what = format!(
            "no home folder for the journal, and nothing is bought without one: pass --journal FILE or set {JOURNAL_VARIABLE}"
        );
        Failure::usage(what)
    })?;
    Ok(folder.join("proxy-orders").join("journal.db"))
}

/// Returns the folder that an environment variable names. A relative one would be another folder,
/// and so another journal, wherever the program is started.
fn absolute(name: &str) -> Result<Option<PathBuf>, Failure> {
    let value = std::env::var_os(name).filter(|value| !value.is_empty());
    let Some(path) = value.map(PathBuf::from) else {
        return Ok(None);
    };
    match path.is_absolute() {
        true => Ok(Some(path)),
        false => Err(Failure::usage(format!(
            "{name} is not an absolute path, so that the journal would depend on the current folder: set it anew, or pass --journal FILE"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_logins() {
        for place in [
            "u:p@h",
            "u:a/b@h/d",
            "host=h PASSWORD = p",
            "redis://h",
            "postgres:x",
        ] {
            assert!(is_like_a_login(place), "{place}");
        }
        for place in [
            "journal.db",
            "/a:b@c.db",
            "./a:b@c.db",
            "a@b.db",
            "C:\\x.db",
            "sqlite:///x/y",
        ] {
            assert!(!is_like_a_login(place), "{place}");
        }
    }

    #[test]
    fn passwords_in_urls_are_found() {
        for place in [
            "postgres://u:p@h/d",
            "postgresql://u:p%40@h:5432/d",
            "postgres://u:a/b@h/d",
            "postgres://h/d?user=u&password=p",
        ] {
            assert!(holds_password(place), "{place}");
        }
        for place in [
            "postgres://u@h:5432/d",
            "postgres://h:5432/d",
            "a:b@c.db",
            "/x/y",
        ] {
            assert!(!holds_password(place), "{place}");
        }
    }
}
