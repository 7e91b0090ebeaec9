//! Changes of a journal behind the library's back, by a person with access to the database.

use std::time::Duration;

use jiff::Timestamp;
use proxy_orders::purchase::JournalEntry;
use sqlx::{AnyConnection, Connection};

use crate::request::Result;

/// The journal's database.
pub struct JournalAccess {
    location: String,
    is_postgres: bool,
}

impl JournalAccess {
    pub fn new(location: &str) -> Self {
        JournalAccess {
            location: location.to_owned(),
            is_postgres: location.starts_with("postgres"),
        }
    }

    /// Returns the location for a process whose sessions are to have a name.
    pub fn named(&self, name: &str) -> String {
        match self.is_postgres {
            true if self.location.contains('?') => {
                format!("{}&application_name={name}", self.location)
            }
            true => format!("{}?application_name={name}", self.location),
            false => self.location.clone(),
        }
    }

    /// Ends the sessions of a process, and its locks with them. A SQLite file has no sessions.
    pub async fn end_sessions(&self, name: &str) -> Result<()> {
        if !self.is_postgres {
            return Ok(());
        }
        let mut connection = AnyConnection::connect(&self.location).await?;
        let statement =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1";
        let ended = sqlx::query(statement).bind(name.to_owned());
        ended.fetch_all(&mut connection).await?;
        Ok(connection.close().await?)
    }

    /// Makes entries older by so many seconds.
    pub async fn step_clock(&self, entries: &[JournalEntry], seconds: i64) -> Result<()> {
        let url = match self.is_postgres {
            true => self.location.clone(),
            false => format!("sqlite://{}?mode=rw", self.location),
        };
        let mut connection = AnyConnection::connect(&url).await?;
        if !self.is_postgres {
            let waiting = sqlx::query("PRAGMA busy_timeout = 30000");
            waiting.execute(&mut connection).await?;
        }
        for entry in entries {
            let by = Duration::from_secs(seconds.unsigned_abs());
            let moved = |time: Timestamp| match seconds < 0 {
                true => time.checked_add(by),
                false => time.checked_sub(by),
            };
            let sent_at = entry
                .sent_at
                .map(|it| moved(it).map(|it| format!("{it:.6}")));
            let statement =
                "UPDATE intents SET sent_at = $1, changed_at = $2 WHERE idempotency_key = $3";
            let stepped = sqlx::query(statement)
                .bind(sent_at.transpose()?)
                .bind(format!("{:.6}", moved(entry.changed_at)?))
                .bind(entry.key.as_str().to_owned());
            stepped.execute(&mut connection).await?;
        }
        Ok(connection.close().await?)
    }
}
