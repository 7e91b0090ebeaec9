//! The needs of PostgreSQL alone: the server that a password may be given to, the end of dead
//! connections, and the safety of what was committed.

use std::net::IpAddr;

use reqwest::Url;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use super::{Connection, JournalWarning, failed};
use crate::error::Error;

/// The parameter by which a user gives up the proof of the server's name.
const UNVERIFIED: (&str, &str) = ("allow-unverified-server", "yes");

/// The parameters that a URL may have: those of sqlx. It would log the value of another one.
const PARAMETERS: [&str; 19] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
    UNVERIFIED.0,
];

/// Reads the URL of a journal, and returns the one to connect with.
///
/// A server on another machine has to prove its name (`sslmode=verify-full`), which is the default
/// for it. Every weaker mode talks to whoever answers: `require` encrypts for anybody, and `prefer`
/// does without encryption if the other end asks for that. `allow-unverified-server=yes` permits
/// them.
///
/// No error shows any part of the URL.
pub(super) fn connection_url(text: &str) -> Result<String, Error> {
    let unreadable = || {
        Error::configuration(
            "the URL of the journal cannot be read: write it as \
             postgres://user:password@host:port/database, with the special characters of user \
             and password percent-encoded, such as `@` as `%40` and `/` as `%2F`",
        )
    };
    let mut url = Url::parse(text.trim()).map_err(|_| unreadable())?;
    // Beside the host, these come from a password that was not encoded.
    if url.fragment().is_some() || url.path().contains('@') {
        return Err(unreadable());
    }
    let parameters: Vec<_> = url.query_pairs().into_owned().collect();
    let is_known = |name: &str| PARAMETERS.contains(&name) || name.starts_with("options[");
    if !parameters.iter().all(|(name, _)| is_known(name)) {
        return Err(Error::configuration(format!(
            "the URL of the journal has a parameter that is none of PostgreSQL's: use only {}, \
             and percent-encode the special characters of user and password",
            PARAMETERS.join(", ")
        )));
    }
    let (unverified, kept): (Vec<_>, Vec<_>) = parameters
        .into_iter()
        .partition(|(name, _)| name == UNVERIFIED.0);
    if unverified.iter().any(|(_, value)| value != UNVERIFIED.1) {
        let (name, value) = UNVERIFIED;
        let what =
            format!("the URL of the journal: `{name}` can only be `{value}`, or be left out");
        return Err(Error::configuration(what));
    }
    set_parameters(&mut url, &kept);
    let options: PgConnectOptions = url.as_str().parse().map_err(|_| unreadable())?;
    if !unverified.is_empty() || is_on_this_machine(&options) {
        return Ok(url.into());
    }
    let is_chosen = kept
        .iter()
        .any(|(name, _)| name == "sslmode" || name == "ssl-mode")
        || std::env::var_os("PGSSLMODE").is_some();
    if !is_chosen {
        url.query_pairs_mut().append_pair("sslmode", "verify-full");
        return Ok(url.into());
    }
    match options.get_ssl_mode() {
        PgSslMode::VerifyFull => Ok(url.into()),
        _ => Err(Error::configuration(format!(
            "the password of the journal's database may only be given to a server that proves its \
             name, because anybody on the way can answer in its place: use `sslmode=verify-full`, \
             with `sslrootcert=FILE` if its certificate is from an authority of your own. Only \
             where the network itself is protected, such as in a tunnel, add `{}={}`",
            UNVERIFIED.0, UNVERIFIED.1
        ))),
    }
}

fn set_parameters(url: &mut Url, parameters: &[(String, String)]) {
    match parameters {
        [] => url.set_query(None),
        _ => drop(url.query_pairs_mut().clear().extend_pairs(parameters)),
    }
}

/// Returns true if no byte leaves the machine on its way to the server.
fn is_on_this_machine(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || address.is_ok_and(|address| address.is_loopback())
}

/// The settings of a session.
///
/// The server notices within a minute that the machine at the other end is gone, and gives its
/// locks to others. By default that takes hours. A server that does not know a setting, or is
/// reached through a socket of its own machine, needs none.
pub(super) const SETTINGS: [&str; 2] = [
    "SET synchronous_commit TO on",
    "SELECT count(set_config(name, CASE name
            WHEN 'tcp_keepalives_idle' THEN '15'
            WHEN 'tcp_keepalives_interval' THEN '5'
            WHEN 'tcp_keepalives_count' THEN '4'
            WHEN 'tcp_user_timeout' THEN '45s'
            ELSE '10s' END, false))
        FROM pg_settings
        WHERE name IN ('tcp_keepalives_idle', 'tcp_keepalives_interval', 'tcp_keepalives_count',
            'tcp_user_timeout', 'client_connection_check_interval')",
];

/// Returns true if this session of the server has the lock.
pub(super) async fn holds(connection: &mut Connection, number: i64) -> Result<bool, sqlx::Error> {
    let statement = "SELECT count(*) > 0 FROM pg_locks
        WHERE locktype = 'advisory' AND granted AND pid = pg_backend_pid() AND objsubid = 1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND ((CAST(classid AS BIGINT) << 32) | CAST(objid AS BIGINT)) = $1";
    let holds = sqlx::query_scalar(statement).bind(number);
    holds.fetch_one(connection).await
}

/// Lists the reasons for which the server may forget what it has committed.
pub(super) async fn warnings(connection: &mut Connection) -> Result<Vec<JournalWarning>, Error> {
    let unread = |error| failed("cannot be asked for its settings", error);
    let statement =
        "SELECT current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on'";
    let is_durable: bool = sqlx::query_scalar(statement)
        .fetch_one(&mut *connection)
        .await
        .map_err(unread)?;
    let statement = "SELECT CASE WHEN trim(current_setting('synchronous_standby_names')) = ''
            THEN (SELECT count(*) FROM pg_stat_replication) ELSE 0 END";
    let standbys: i64 = sqlx::query_scalar(statement)
        .fetch_one(connection)
        .await
        .map_err(unread)?;
    let mut warnings = Vec::new();
    if !is_durable {
        warnings.push(JournalWarning::NotDurable);
    }
    if standbys > 0 {
        warnings.push(JournalWarning::AsynchronousStandbys(standbys));
    }
    Ok(warnings)
}
