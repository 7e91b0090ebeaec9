//! The time since a request was sent, by a clock that nobody sets.
//!
//! A wall clock can be set, and those of two machines differ. PostgreSQL has one clock for all
//! machines. For a SQLite file on Linux, the clock is the time since the machine was started,
//! together with the id of that start. Elsewhere there is none.

use std::time::Duration;

use super::{Connection, failed, is_postgres};
use crate::error::Error;

/// The reading of a clock. Two readings can be compared if they have the same origin.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reading {
    origin: String,
    seconds: f64,
}

impl Reading {
    /// Reads the clock of a journal, if it has one.
    pub async fn now(connection: &mut Connection) -> Result<Option<Self>, Error> {
        if is_postgres(connection) {
            let now = "SELECT CAST(extract(epoch FROM clock_timestamp()) AS DOUBLE PRECISION)";
            let now = sqlx::query_scalar(now).fetch_one(connection).await;
            let seconds = now.map_err(|error| failed("cannot tell its server's time", error))?;
            let origin = "server".to_owned();
            return Ok(Some(Reading { origin, seconds }));
        }
        let read = |file| std::fs::read_to_string(file).ok();
        let boot = read("/proc/sys/kernel/random/boot_id");
        let uptime = read("/proc/uptime");
        Ok(boot
            .zip(uptime)
            .and_then(|(boot, uptime)| Reading::parse(&format!("{} {uptime}", boot.trim()))))
    }

    /// Returns the text that the journal keeps.
    pub fn written(&self) -> String {
        format!("{} {:.3}", self.origin, self.seconds)
    }

    /// Reads the text that the journal keeps.
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split_whitespace();
        let origin = words.next()?.to_owned();
        let seconds = words.next()?.parse().ok()?;
        Some(Reading { origin, seconds })
    }

    /// Returns the time between two readings, if they can be compared.
    pub fn since(&self, earlier: &Reading) -> Option<Duration> {
        if self.origin != earlier.origin {
            return None;
        }
        // Fails when the clock went backwards, too.
        Duration::try_from_secs_f64(self.seconds - earlier.seconds).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_readings_of_one_clock_are_compared() {
        let reading = |text: &str| Reading::parse(text).unwrap();
        let sent = reading("boot-1 100.25 5000.1");
        let written = sent.written();
        assert_eq!(reading(&written), sent);
        let later = reading("boot-1 160.5");
        assert_eq!(later.since(&sent), Some(Duration::from_millis(60_250)));
        // The clock was set back, or the machine was started again.
        assert_eq!(sent.since(&later), None);
        assert_eq!(reading("boot-2 160.5").since(&sent), None);
        for text in ["", "boot-1", "boot-1 soon", "boot-1 NaN"] {
            let odd = Reading::parse(text);
            assert_eq!(odd.and_then(|odd| odd.since(&sent)), None, "{text}");
        }
    }
}
