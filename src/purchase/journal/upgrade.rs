//! The versions of the tables, and the steps from one to the next.

use futures_core::future::BoxFuture;
use sqlx::error::BoxDynError;
use sqlx::migrate::{MigrateError, Migration, MigrationSource, MigrationType, Migrator};

use super::{Connection, failed, is_postgres};
use crate::error::Error;

/// The version of the tables that this crate writes and reads.
pub(super) const VERSION: i64 = 3;

/// The step to each version from the one before. A step that was published is never changed: every
/// journal keeps its checksum.
const STEPS: [(i64, &str, &str); 3] = [
    (1, "first", include_str!("migrations/1_first.sql")),
    (2, "words", include_str!("migrations/2_words.sql")),
    (3, "accounts", include_str!("migrations/3_accounts.sql")),
];

/// The steps for a journal of the version `found`.
///
/// Journals before version 3 have no list of the steps that they have taken. sqlx writes it when
/// it takes these steps, which are empty for them.
#[derive(Debug)]
struct Steps {
    found: i64,
}

impl MigrationSource<'static> for Steps {
    fn resolve(self) -> BoxFuture<'static, Result<Vec<Migration>, BoxDynError>> {
        let step = |(version, name, sql): (i64, &'static str, &'static str)| {
            let step = Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                sql.into(),
                false,
            );
            match version <= self.found {
                true => Migration {
                    sql: "SELECT 1".into(),
                    ..step
                },
                false => step,
            }
        };
        let steps = STEPS.map(step).to_vec();
        Box::pin(async move { Ok(steps) })
    }
}

/// Returns the version of a journal's tables: 0 if there are none.
pub(super) async fn version(connection: &mut Connection) -> Result<i64, Error> {
    let unread = |error| failed("cannot be read", error);
    let table = match is_postgres(connection) {
        true => "SELECT CAST(count(to_regclass('journal_version')) AS BIGINT)",
        false => "SELECT count(*) FROM sqlite_master WHERE name = 'journal_version'",
    };
    let tables: i64 = sqlx::query_scalar(table)
        .fetch_one(&mut *connection)
        .await
        .map_err(unread)?;
    if tables == 0 {
        return Ok(0);
    }
    let found = sqlx::query_scalar("SELECT version FROM journal_version ORDER BY version DESC");
    let found: Option<i64> = found.fetch_optional(connection).await.map_err(unread)?;
    Ok(found.unwrap_or(0))
}

/// Refuses a journal that a newer program wrote.
pub(super) fn not_newer(found: i64) -> Result<(), Error> {
    if found <= VERSION {
        return Ok(());
    }
    Err(Error::journal(format!(
        "the journal has version {found}, and this program knows version {VERSION}: use the \
         program that wrote it, or a newer one"
    )))
}

/// Takes the steps from the version `found`. The caller has the lock of the tables.
pub(super) async fn upgrade(connection: &mut Connection, found: i64) -> Result<(), Error> {
    let upgrading = async {
        let mut migrator = Migrator::new(Steps { found }).await?;
        migrator.set_locking(false);
        // Not `run`: a future that awaits that one cannot be spawned on a runtime of threads.
        migrator.run_direct(&mut *connection).await
    };
    upgrading.await.map_err(|error| {
        let what = format!("cannot be brought from version {found} to version {VERSION}");
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
                failed(&what, error)
            }
            MigrateError::VersionMissing(_) | MigrateError::VersionMismatch(_) => {
                Error::journal(format!(
                    "the journal {what}, because another program keeps its migrations in the same \
                     place: give the journal a database or a schema of its own"
                ))
            }
            other => Error::journal(format!("the journal {what}: {other}")),
        }
    })
}
