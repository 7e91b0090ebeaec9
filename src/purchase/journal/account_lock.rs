//! The lock that lets one buyer at a time spend from an account.

use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::Connection;
#[cfg(feature = "postgres")]
use super::failed;
use super::location::{JournalLocation, lock_file};
use crate::error::{Error, Kind, Outcome};
use crate::purchase::request::hexadecimal;

/// The right to spend from an account. Ends when it is dropped, and with its process.
///
/// Everything that a spend writes goes through this connection. With PostgreSQL, the lock belongs
/// to the connection: if the connection breaks, the lock is lost, the next write fails, and nothing
/// is sent.
pub(crate) struct AccountLock {
    connection: Connection,
    lock: Lock,
}

impl AccountLock {
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Ends the lock and tells the database so at once, which dropping does not.
    #[cfg_attr(
        not(feature = "postgres"),
        allow(
            unused_mut,
            reason = "only an advisory lock is released by a statement"
        )
    )]
    pub async fn release(mut self) {
        #[cfg(feature = "postgres")]
        if let Lock::Advisory(number) = self.lock {
            let unlocking = sqlx::query("SELECT pg_advisory_unlock($1)").bind(number);
            // If this fails, the connection is gone, and the lock with it.
            let _ = unlocking.execute(&mut self.connection).await;
        }
        let _ = sqlx::Connection::close(self.connection).await;
        drop(self.lock);
    }
}

/// The lock itself, which holds while this value exists.
#[allow(dead_code, reason = "a file and a guard lock by being there")]
enum Lock {
    File(File),
    Task(OwnedMutexGuard<()>),
    #[cfg(feature = "postgres")]
    Advisory(i64),
}

pub(super) async fn acquire(
    location: &JournalLocation,
    #[cfg_attr(not(feature = "postgres"), allow(unused_mut))] mut connection: Connection,
    name: &str,
    lock_timeout: Duration,
) -> Result<AccountLock, Error> {
    let digest = Sha256::digest(name);
    let end = Instant::now() + lock_timeout;
    let busy = || {
        let what = format!(
            "another purchase on this account has been under way for {lock_timeout:?}: try again \
             when it has ended"
        );
        Error::new(Kind::Busy, Outcome::NotSent, what)
    };
    let lock = match location {
        JournalLocation::File { path, .. } => {
            // The file is never deleted: somebody could lock a deleted one that no other process
            // sees any more.
            let mut lock_path = path.clone().into_os_string();
            lock_path.push(format!(".{}.lock", hexadecimal(&digest[..8])));
            let file = lock_file(&PathBuf::from(lock_path))?;
            loop {
                match file.try_lock() {
                    Ok(()) => break Lock::File(file),
                    Err(TryLockError::WouldBlock) if Instant::now() < end => pause().await,
                    Err(TryLockError::WouldBlock) => return Err(busy()),
                    Err(TryLockError::Error(error)) => {
                        let what = format!("the journal cannot be locked: {error}");
                        return Err(Error::new(Kind::Journal, Outcome::NotSent, what));
                    }
                }
            }
        }
        JournalLocation::Memory { locks, .. } => {
            let mutex = {
                let mut locks = locks.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(locks.entry(name.to_owned()).or_default())
            };
            let locking = tokio::time::timeout_at(end, mutex.lock_owned());
            Lock::Task(locking.await.map_err(|_| busy())?)
        }
        #[cfg(feature = "postgres")]
        JournalLocation::Postgres { .. } => {
            let mut number = [0; 8];
            number.copy_from_slice(&digest[..8]);
            let number = i64::from_be_bytes(number);
            loop {
                let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                    .bind(number)
                    .fetch_one(&mut connection)
                    .await
                    .map_err(|error| failed("cannot be locked", error))?;
                match is_ours {
                    true => break Lock::Advisory(number),
                    false if Instant::now() < end => pause().await,
                    false => return Err(busy()),
                }
            }
        }
    };
    Ok(AccountLock { connection, lock })
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(20 + fastrand::u64(..30))).await;
}
