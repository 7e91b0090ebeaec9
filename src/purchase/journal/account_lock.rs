//! The lock that lets one buyer at a time spend from an account.

use std::fs::TryLockError;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use sha2::{Digest, Sha256};
use sqlx::Connection as _;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

#[cfg(feature = "postgres")]
use super::failed;
use super::file::{FileId, JournalFile, LockFile};
use super::location::JournalLocation;
use super::{Connection, Journal, Session};
use crate::error::{Error, Kind, Outcome};
use crate::purchase::request::hexadecimal;

/// The right to spend from an account. Ends when it is dropped, and with its process.
///
/// Everything that a spend writes goes through this connection. With PostgreSQL, the lock belongs
/// to the connection: if the connection breaks, the lock is lost, the next write fails, and nothing
/// is sent.
pub(crate) struct AccountLock {
    session: Session,
    lock: Lock,
    journal: Journal,
}

impl AccountLock {
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.session.connection
    }

    /// Checks that nobody else can have the lock by now. To be called right before sending.
    pub async fn check(&mut self) -> Result<(), Error> {
        let holds = match &self.lock {
            Lock::File { lock, journal, id } => {
                lock.is_in_place() && matches!(journal.id(), Ok(found) if found == *id)
            }
            Lock::Task(_) => true,
            #[cfg(feature = "postgres")]
            Lock::Advisory(number) => super::postgres::holds(&mut self.session.connection, *number)
                .await
                .map_err(|error| failed("cannot be asked for its lock", error))?,
        };
        if holds {
            return Ok(());
        }
        let what = "the lock on the account was lost, so another process may be buying: try again";
        Err(Error::journal(what))
    }

    /// Returns the connection, or a new one if it is gone. A new one can write down what became of
    /// a request that was sent; it does not have the lock, so nothing may be sent any more.
    pub async fn surviving_connection(&mut self) -> Result<&mut Connection, Error> {
        if self.session.connection.ping().await.is_err() {
            self.session = self.journal.session().await?;
        }
        Ok(&mut self.session.connection)
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
            let _ = unlocking.execute(&mut self.session.connection).await;
        }
        self.session.close().await;
        drop(self.lock);
    }
}

/// The lock itself, which holds while this value exists.
enum Lock {
    File {
        lock: LockFile,
        journal: JournalFile,
        /// The file that the connection was opened to.
        id: Option<FileId>,
    },
    Task(#[allow(dead_code, reason = "a guard locks by being there")] OwnedMutexGuard<()>),
    #[cfg(feature = "postgres")]
    Advisory(i64),
}

/// Returns the name of a lock's file.
pub(super) fn lock_suffix(name: &str) -> String {
    format!(".{}.lock", hexadecimal(&Sha256::digest(name)[..8]))
}

pub(super) async fn acquire(
    journal: &Journal,
    name: &str,
    lock_timeout: Duration,
) -> Result<AccountLock, Error> {
    let (session, lock) = match &journal.0.location {
        JournalLocation::File(file) => {
            let lock = lock_file(file, name, lock_timeout).await?;
            let lock = Lock::File {
                lock,
                journal: file.clone(),
                id: file.id()?,
            };
            (journal.session().await?, lock)
        }
        JournalLocation::Reading(file) => {
            let what = format!(
                "the journal {} is open for reading only: open it for writing",
                file.path().display()
            );
            return Err(Error::journal(what));
        }
        JournalLocation::Memory { locks, .. } => {
            let mutex = {
                let mut locks = locks.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(locks.entry(name.to_owned()).or_default())
            };
            let locking = tokio::time::timeout(lock_timeout, mutex.lock_owned());
            let lock = Lock::Task(locking.await.map_err(|_| busy(lock_timeout))?);
            (journal.session().await?, lock)
        }
        #[cfg(feature = "postgres")]
        JournalLocation::Postgres { .. } => {
            let mut number = [0; 8];
            number.copy_from_slice(&Sha256::digest(name)[..8]);
            let number = i64::from_be_bytes(number);
            let mut session = journal.session().await?;
            let end = Instant::now().checked_add(lock_timeout);
            loop {
                let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
                    .bind(number)
                    .fetch_one(&mut session.connection)
                    .await
                    .map_err(|error| failed("cannot be locked", error))?;
                match is_ours {
                    true => break (session, Lock::Advisory(number)),
                    false if !is_over(end) => pause().await,
                    false => return Err(busy(lock_timeout)),
                }
            }
        }
    };
    Ok(AccountLock {
        session,
        lock,
        journal: journal.clone(),
    })
}

/// Locks a file beside the journal's, which is created if there is none.
pub(super) async fn lock_file(
    journal: &JournalFile,
    name: &str,
    lock_timeout: Duration,
) -> Result<LockFile, Error> {
    let path = journal.beside(&lock_suffix(name));
    let end = Instant::now().checked_add(lock_timeout);
    let mut lock = LockFile::open(path.clone())?;
    loop {
        match lock.file.try_lock() {
            Ok(()) if lock.is_in_place() => return Ok(lock),
            // Somebody has put another file in its place, or removed it.
            Ok(()) => lock = LockFile::open(path.clone())?,
            Err(TryLockError::WouldBlock) if !is_over(end) => pause().await,
            Err(TryLockError::WouldBlock) => return Err(busy(lock_timeout)),
            Err(TryLockError::Error(error)) => {
                let what = format!("the journal cannot be locked: {error}");
                return Err(Error::journal(what));
            }
        }
    }
}

/// A time too far away to be represented never comes.
fn is_over(end: Option<Instant>) -> bool {
    end.is_some_and(|end| Instant::now() >= end)
}

fn busy(lock_timeout: Duration) -> Error {
    let what = format!(
        "another purchase on this account has been under way for {lock_timeout:?}: try again when \
         it has ended"
    );
    Error::new(Kind::Busy, Outcome::NotSent, what)
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(20 + fastrand::u64(..30))).await;
}
