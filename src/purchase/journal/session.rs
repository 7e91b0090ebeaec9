//! Connections to a journal, for writing and for reading.

use std::time::{Duration, SystemTime};

use sqlx::{Connection as _, Executor};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::file::{JournalFile, refused};
use super::location::JournalLocation;
use super::{Connection, failed};
use crate::error::Error;

/// The longest time that connecting may take, waiting for locks of other processes included.
const CONNECTING: Duration = Duration::from_secs(40);

/// A connection, with the turn of this process at the SQLite file.
pub(crate) struct Session {
    pub(super) connection: Connection,
    turn: Turn,
}

/// See [`JournalFile::turn`].
enum Turn {
    NotNeeded,
    #[allow(dead_code, reason = "a guard keeps others away by being there")]
    Shared(OwnedRwLockReadGuard<()>),
    Alone {
        #[allow(dead_code, reason = "a guard keeps others away by being there")]
        guard: OwnedRwLockWriteGuard<()>,
        file: JournalFile,
        stamp: Option<(u64, SystemTime)>,
    },
}

impl Session {
    /// Opens a connection. There is no pool: a purchase needs few connections, and a pool that
    /// tries again and again hides why it cannot connect.
    pub(super) async fn open(location: &JournalLocation) -> Result<Self, Error> {
        let opening = async {
            let (turn, url) = match location {
                JournalLocation::File(file) => {
                    file.check_own()?;
                    let turn = Turn::Shared(file.turn().read_owned().await);
                    (turn, location.url()?)
                }
                JournalLocation::Reading(file) => {
                    file.check_beside()?;
                    reading(file).await?
                }
                _ => (Turn::NotNeeded, location.url()?),
            };
            let connecting = async {
                let mut connection = Connection::connect(&url).await?;
                for setting in location.settings() {
                    connection.execute(*setting).await?;
                }
                Ok(connection)
            };
            let connection = connecting.await.map_err(|error| match location {
                JournalLocation::Reading(file) => unopened(file, error),
                _ => failed("cannot be opened", error),
            })?;
            Ok(Session { connection, turn })
        };
        match tokio::time::timeout(CONNECTING, opening).await {
            Ok(opened) => opened,
            Err(_) => {
                let what =
                    format!("the journal cannot be opened: no connection within {CONNECTING:?}");
                Err(Error::journal(what))
            }
        }
    }

    pub async fn close(self) {
        let _ = self.connection.close().await;
    }

    /// Closes the connection, and returns whether everything that was read belongs together. If
    /// not, another process has written in the meantime: read again.
    pub async fn close_intact(self) -> bool {
        let _ = self.connection.close().await;
        match self.turn {
            Turn::Alone { file, stamp, .. } => !file.has_log() && file.stamp() == stamp,
            _ => true,
        }
    }
}

/// Chooses how to read a file without leaving a trace.
///
/// To read a file with a log, SQLite needs its index of the log, which is there as well. To read a
/// file without one, SQLite would create both, unless it is told that nobody writes; then it takes
/// no locks, so whether that was true is checked afterwards.
async fn reading(file: &JournalFile) -> Result<(Turn, String), Error> {
    if !file.has_log()
        && let Ok(guard) = file.turn().try_write_owned()
    {
        let stamp = file.stamp();
        let file = file.clone();
        let url = file.url("mode=ro&immutable=true")?;
        return Ok((Turn::Alone { guard, file, stamp }, url));
    }
    let turn = Turn::Shared(file.turn().read_owned().await);
    Ok((turn, file.url("mode=ro")?))
}

/// Makes an error of SQLite at a file that may be none of its own.
pub(super) fn unopened(file: &JournalFile, error: sqlx::Error) -> Error {
    let said = error.as_database_error().map(|it| it.message().to_owned());
    match said.is_some_and(|it| it.contains("is not a database")) {
        true => refused(file.path(), "it is not a file of SQLite"),
        false => failed("cannot be opened", error),
    }
}
