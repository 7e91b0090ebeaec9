//! Where the journal is, and who buys by it.

use std::fmt;
use std::path::{Path, PathBuf};

use proxy_orders::purchase::{Buyer, Journal};
use rust_decimal::Decimal;
use tempfile::TempDir;

use crate::arguments::{Common, Guards, JournalArguments, amount};
use crate::failure::{Advice, Failure};
use crate::output::quoted;
use crate::session::Session;

/// Environment variable for the journal's place.
pub const JOURNAL_VARIABLE: &str = "PROXY_ORDERS_JOURNAL";
const ACCOUNT_VARIABLE: &str = "PROXY_ORDERS_ACCOUNT";
const DAY_VARIABLE: &str = "PROXY_ORDERS_MAX_DAY";
const MONTH_VARIABLE: &str = "PROXY_ORDERS_MAX_MONTH";

/// Where a journal is.
pub enum Place {
    /// In the file that was named.
    Named(PathBuf),
    /// In the file that is taken if none is named.
    Default(PathBuf),
    /// In a database. Its URL may hold a password.
    Database(String),
    /// In a folder that goes away with this.
    Temporary(TempDir),
}

impl fmt::Display for Place {
    /// Without the URL of a database.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Named(path) | Place::Default(path) => write!(f, "{}", path.display()),
            Place::Database(_) => f.write_str("the database"),
            Place::Temporary(_) => f.write_str("a temporary file"),
        }
    }
}

impl Place {
    /// The place that the command line or the environment names.
    pub fn find(common: &Common, arguments: &JournalArguments) -> Result<Self, Failure> {
        if let Some(place) = &arguments.journal {
            if holds_password(place) {
                let what = format!(
                    "--journal: the URL holds a password, and other programs can read a command line: put it into {JOURNAL_VARIABLE}"
                );
                return Err(Failure::Usage(what));
            }
            return Place::named(place, "--journal");
        }
        // What happens in a sandbox must never stand among real purchases.
        if common.sandbox {
            return Place::temporary();
        }
        match variable(JOURNAL_VARIABLE) {
            Some(place) => Place::named(&place, JOURNAL_VARIABLE),
            None => default_path().map(Place::Default),
        }
    }

    /// A place that is gone afterwards.
    pub fn temporary() -> Result<Self, Failure> {
        let folder = tempfile::Builder::new().prefix("proxy-orders-").tempdir();
        folder.map(Place::Temporary).map_err(|error| {
            Failure::Refused(format!("a temporary journal can't be made: {error}"))
        })
    }

    /// `name` says who named it.
    fn named(place: &str, name: &str) -> Result<Self, Failure> {
        if place.contains("://") && !place.starts_with("sqlite://") {
            return Ok(Place::Database(place.to_owned()));
        }
        // Taken for a file, it would be told, and its password with it.
        if place.to_lowercase().starts_with("postgres") && place.contains([':', '@']) {
            let what = format!("{name}: write the URL as postgres://user:password@host/database");
            return Err(Failure::Usage(what));
        }
        Ok(Place::Named(PathBuf::from(
            place.trim_start_matches("sqlite://"),
        )))
    }

    /// Opens the journal, and makes it if there is none.
    pub async fn open(&self) -> Result<Journal, Failure> {
        Ok(match (self.path(), self) {
            (None, Place::Database(url)) => Journal::open(url).await?,
            (path, _) => Journal::sqlite(path.unwrap_or_default()).await?,
        })
    }

    /// The file, if it is one.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Place::Named(path) | Place::Default(path) => Some(path.clone()),
            Place::Temporary(folder) => Some(folder.path().join("journal.db")),
            Place::Database(_) => None,
        }
    }

    /// The file, if it is one and not there. Looking at a journal must not make one.
    pub fn missing(&self) -> Option<&Path> {
        match self {
            Place::Named(path) | Place::Default(path) if !path.exists() => Some(path),
            _ => None,
        }
    }
}

/// `postgres://user:password@host`, or `?password=`.
fn holds_password(place: &str) -> bool {
    let Some((_, rest)) = place.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    // An `@` or a slash in a password may have been left as it is.
    let login = rest.rsplit_once('@').map(|(login, _)| login);
    let is_in_login = login.is_some_and(|login| login.contains(':'));
    is_in_login || authority.contains("password") || rest.contains("password=")
}

fn default_path() -> Result<PathBuf, Failure> {
    let folder = if cfg!(windows) {
        variable("LOCALAPPDATA").map(PathBuf::from)
    } else {
        let state = variable("XDG_STATE_HOME").map(PathBuf::from);
        // By its standard, a path that is not absolute does not count.
        let state = state.filter(|path| path.is_absolute());
        state.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".local/state")))
    };
    let folder = folder.ok_or_else(|| {
        let what = format!(
            "there is no home for the journal, without which nothing is bought: pass --journal FILE or set {JOURNAL_VARIABLE}"
        );
        Failure::Usage(what)
    })?;
    Ok(folder.join("proxy-orders").join("journal.db"))
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|value| !value.trim().is_empty())
}

/// The account's name, if it has one.
pub fn account_name(arguments: &JournalArguments) -> Option<String> {
    let given = arguments.account.clone();
    given.or_else(|| variable(ACCOUNT_VARIABLE))
}

fn cap(given: Option<Decimal>, name: &str) -> Result<Option<Decimal>, Failure> {
    match (given, variable(name)) {
        (None, Some(text)) => amount(&text)
            .map(Some)
            .map_err(|what| Failure::Usage(format!("{name}: `{text}`: {what}"))),
        (given, _) => Ok(given),
    }
}

/// One who buys by the journal, and where that is.
pub struct SpendContext {
    /// Who buys.
    pub buyer: Buyer,
    /// What to do when an outcome is not known.
    pub advice: Advice,
    /// Kept as long as it is used.
    _place: Place,
}

impl SpendContext {
    /// Opens the journal for a session's account. Nothing is sent to the vendor.
    pub async fn open(
        session: &Session,
        common: &Common,
        arguments: &JournalArguments,
    ) -> Result<Self, Failure> {
        let place = Place::find(common, arguments)?;
        let mut buyer = Buyer::shared(session.account.clone(), place.open().await?);
        if let Some(name) = account_name(arguments) {
            buyer = buyer.account(&name)?;
        }
        Ok(SpendContext {
            buyer,
            advice: advice(session, common, arguments),
            _place: place,
        })
    }

    /// The same with the caps that hold for spending.
    pub async fn to_spend(
        session: &Session,
        common: &Common,
        guards: &Guards,
    ) -> Result<Self, Failure> {
        let day = cap(guards.max_day, DAY_VARIABLE)?;
        let month = cap(guards.max_month, MONTH_VARIABLE)?;
        let mut context = SpendContext::open(session, common, &guards.journal).await?;
        if let Some(day) = day {
            context.buyer = context.buyer.per_day(day);
        }
        if let Some(month) = month {
            context.buyer = context.buyer.per_month(month);
        }
        Ok(context)
    }
}

/// The command that finds out, with the flags that lead to the same journal and account as this one's.
fn advice(session: &Session, common: &Common, arguments: &JournalArguments) -> Advice {
    let vendor = session.vendor;
    let mut command = format!("proxy-orders journal reconcile --vendor {vendor}");
    for (flag, value) in [
        ("--account", &arguments.account),
        ("--journal", &arguments.journal),
        ("--base-url", &common.base_url),
    ] {
        if let Some(value) = value {
            command.push_str(&format!(" {flag} {}", quoted(value)));
        }
    }
    Advice::Reconcile(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_urls_are_seen() {
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
