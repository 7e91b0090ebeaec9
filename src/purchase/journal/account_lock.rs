//! One spender at a time for each account.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::Connection;
#[cfg(feature = "postgres")]
use super::failed;
use super::location::{JournalLocation, lock_file};
use crate::error::{Error, Kind, Outcome};
use crate::purchase::request::hexadecimal;

/// While this stands, nobody else spends from the account. It ends when it is dropped, and with its process.
///
/// Everything that the spender writes goes through its connection. At PostgreSQL the lock hangs on that very connection: if it
/// breaks, the next write fails, and nothing is sent by one who no longer holds the account.
pub(crate) struct AccountLock {
    connection: Connection,
    unlock: Option<i64>,
    /// Locked as long as it is open.
    _file: Option<File>,
}

impl AccountLock {
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Gives the account back. Dropping does it too; this way the database is told at once.
    pub async fn release(mut self) {
        if let Some(number) = self.unlock {
            let unlocking = sqlx::query("SELECT pg_advisory_unlock($1)").bind(number);
            // If it fails, the connection is gone, and the lock with it.
            let _ = unlocking.execute(&mut self.connection).await;
        }
        let _ = sqlx::Connection::close(self.connection).await;
    }
}

/// What keeps others out.
enum Lock {
    File(File),
    #[cfg(feature = "postgres")]
    Number(i64),
}

pub(super) async fn acquire(
    place: &JournalLocation,
    #[cfg_attr(not(feature = "postgres"), allow(unused_mut))] mut connection: Connection,
    name: &str,
    lock_timeout: Duration,
) -> Result<AccountLock, Error> {
    let digest = Sha256::digest(name);
    let lock = match place {
        JournalLocation::File { path, .. } => {
            // Beside the journal and never deleted: who deleted one could lock a file that nobody sees any more.
            let mut lock_path = path.clone().into_os_string();
            lock_path.push(format!(".{}.lock", hexadecimal(&digest[..8])));
            Lock::File(lock_file(&PathBuf::from(lock_path))?)
        }
        #[cfg(feature = "postgres")]
        JournalLocation::Postgres { .. } => {
            let mut number = [0; 8];
            number.copy_from_slice(&digest[..8]);
            Lock::Number(i64::from_be_bytes(number))
        }
    };
    let end = Instant::now() + lock_timeout;
    loop {
        let is_ours = match &lock {
            Lock::File(file) => match file.try_lock() {
                Ok(()) => true,
                Err(TryLockError::WouldBlock) => false,
                Err(TryLockError::Error(error)) => {
                    let what = format!("the journal can't be locked: {error}");
                    return Err(Error::new(Kind::Journal, Outcome::NotSent, what));
                }
            },
            #[cfg(feature = "postgres")]
            Lock::Number(number) => sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                .bind(*number)
                .fetch_one(&mut connection)
                .await
                .map_err(|error| failed("can't be locked", error))?,
        };
        if is_ours {
            let (file, unlock) = match lock {
                Lock::File(file) => (Some(file), None),
                #[cfg(feature = "postgres")]
                Lock::Number(number) => (None, Some(number)),
            };
            return Ok(AccountLock {
                connection,
                unlock,
                _file: file,
            });
        }
        if Instant::now() >= end {
            let what = format!(
                "another purchase on this account has been under way for {lock_timeout:?}: try again when it has ended"
            );
            return Err(Error::new(Kind::Busy, Outcome::NotSent, what));
        }
        tokio::time::sleep(Duration::from_millis(20 + fastrand::u64(..30))).await;
    }
}
