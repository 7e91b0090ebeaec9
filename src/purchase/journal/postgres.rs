//! The needs of PostgreSQL alone: the end of dead connections, and the safety of what was committed.

use super::{Connection, JournalWarning, failed};
use crate::error::Error;

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
