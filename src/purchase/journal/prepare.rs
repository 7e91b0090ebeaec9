//! A SQLite file becomes a journal, or is refused untouched.

use sqlx::Executor;

use super::account_lock::{lock_file, lock_suffix};
use super::file::{JournalFile, refused};
use super::location::JournalLocation;
use super::session::{Session, unopened};
use super::upgrade::{self, VERSION};
use super::{Connection, Journal, SHORT_WORK, TABLES_LOCK, failed};
use crate::error::Error;

/// Marks a SQLite file as a journal of this crate.
const APPLICATION_ID: i64 = 0x5078_4F72;

/// Creates or upgrades the file of a journal, under a lock: another program may start at the same
/// time.
pub(super) async fn prepare(journal: &Journal, file: &JournalFile) -> Result<(), Error> {
    refuse_others(file).await?;
    let _lock = lock_file(file, TABLES_LOCK, SHORT_WORK).await?;
    let found = match file.is_missing_or_empty() {
        true => 0,
        false => inspect(file).await?,
    };
    upgrade::not_newer(found)?;
    file.create()?;
    file.make_private()?;
    let mut session = journal.session().await?;
    if found < VERSION {
        let connection = &mut session.connection;
        if found > 0 {
            back_up(connection, file, found).await?;
        }
        let mark = format!("PRAGMA application_id = {APPLICATION_ID}");
        let marked = connection.execute(mark.as_str()).await;
        marked.map_err(|error| failed("cannot be written", error))?;
        upgrade::upgrade(connection, found).await?;
        file.sync_name()?;
    }
    session.close().await;
    Ok(())
}

/// Refuses a file that is there and no journal of one's own, before anything is created beside it.
async fn refuse_others(file: &JournalFile) -> Result<(), Error> {
    file.check_own()?;
    if file.id()?.is_none() {
        return Ok(());
    }
    if file.is_missing_or_empty() {
        return not_a_trace(file);
    }
    inspect(file).await.map(|_| ())
}

/// Returns the version of a journal's file, 0 if its tables were not made yet. Refuses a file of
/// somebody else.
pub(super) async fn inspect(file: &JournalFile) -> Result<i64, Error> {
    let reading = JournalLocation::Reading(file.clone());
    loop {
        let mut session = Session::open(&reading).await?;
        let found = read_file(&mut session.connection, file).await;
        if session.close_intact().await {
            return found;
        }
    }
}

async fn read_file(connection: &mut Connection, file: &JournalFile) -> Result<i64, Error> {
    let ask = async |connection: &mut Connection, statement| {
        let asked: Result<i64, _> = sqlx::query_scalar(statement).fetch_one(connection).await;
        asked.map_err(|error| unopened(file, error))
    };
    let tables = ask(connection, "SELECT count(*) FROM sqlite_master").await?;
    let ours = "SELECT count(*) FROM sqlite_master WHERE type = 'table' \
         AND name IN ('journal_version', 'intents', 'events')";
    let ours = ask(connection, ours).await?;
    let mark = ask(connection, "PRAGMA application_id").await?;
    match (mark, tables, ours) {
        // Versions 1 and 2 were not marked.
        (APPLICATION_ID | 0, _, 3) => upgrade::version(connection).await,
        // Another program is making its tables, or was interrupted at it.
        (APPLICATION_ID, _, _) => Ok(0),
        (0, 0, _) => not_a_trace(file).map(|()| 0),
        _ => Err(refused(file.path(), "it is a database of another program")),
    }
}

/// Refuses a file that contains nothing, unless the lock beside it says that a journal was about to
/// be made there.
fn not_a_trace(file: &JournalFile) -> Result<(), Error> {
    match file.beside(&lock_suffix(TABLES_LOCK)).exists() {
        true => Ok(()),
        false => Err(refused(file.path(), "it is there already, and empty")),
    }
}

/// Copies a journal to a file beside it.
async fn back_up(connection: &mut Connection, file: &JournalFile, found: i64) -> Result<(), Error> {
    let backup = file.new_backup(found)?;
    let name = backup.display().to_string();
    let copied = sqlx::query("VACUUM INTO $1")
        .bind(&name)
        .execute(connection)
        .await;
    if let Err(error) = copied {
        let _ = std::fs::remove_file(&backup);
        return Err(failed(&format!("cannot be copied to {name}"), error));
    }
    file.sync_backup(&backup)
}
