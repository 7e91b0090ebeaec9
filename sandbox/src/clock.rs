//! The clock of a sandbox.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A clock that starts at a chosen instant, runs at the real pace and can be moved forward.
///
/// It never goes back as long as a world lasts: orders expire and get provisioned by it, and
/// neither can be undone.
#[derive(Debug)]
pub struct Clock {
    /// The instant to start at; `None` is the real time.
    chosen: Option<Timestamp>,
    running: Mutex<Running>,
}

#[derive(Debug)]
struct Running {
    starts_at: Timestamp,
    /// The time that it showed at `since`.
    base: Timestamp,
    since: Instant,
    advanced: Duration,
}

/// A clock as the state file keeps it. By the real time of saving, it goes on while the sandbox is
/// off, and keeps its distance from the real time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SavedClock {
    starts_at: Timestamp,
    shown: Timestamp,
    saved_at: Timestamp,
}

impl Clock {
    /// A clock that shows `chosen` now, or the real time.
    pub fn new(chosen: Option<Timestamp>) -> Self {
        Self {
            chosen,
            running: Mutex::new(Running::from(chosen.unwrap_or_else(Timestamp::now))),
        }
    }

    /// The clock that was saved.
    pub fn restored(saved: SavedClock, chosen: Option<Timestamp>) -> Self {
        let passed = Timestamp::now().duration_since(saved.saved_at);
        let clock = Self {
            chosen,
            running: Mutex::new(Running::from(saved.starts_at)),
        };
        // Should the real time have been put back meanwhile, this one stands still instead.
        clock.lock().base = later(saved.shown, passed.try_into().unwrap_or_default());
        clock
    }

    /// The instant that the clock showed when its world began.
    pub fn starts_at(&self) -> Timestamp {
        self.lock().starts_at
    }

    /// Returns the time that the clock shows.
    pub fn now(&self) -> Timestamp {
        self.lock().now()
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut running = self.lock();
        running.advanced = running.advanced.saturating_add(by);
    }

    /// Begins anew. Only for when nothing is left that has seen the old time.
    pub fn restart(&self) {
        *self.lock() = Running::from(self.chosen.unwrap_or_else(Timestamp::now));
    }

    /// As the state file keeps it.
    pub fn saved(&self) -> SavedClock {
        let running = self.lock();
        SavedClock {
            starts_at: running.starts_at,
            shown: running.now(),
            saved_at: Timestamp::now(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn from(at: Timestamp) -> Self {
        Self {
            starts_at: at,
            base: at,
            since: Instant::now(),
            advanced: Duration::ZERO,
        }
    }

    fn now(&self) -> Timestamp {
        later(
            self.base,
            self.since.elapsed().saturating_add(self.advanced),
        )
    }
}

/// `at` plus `by`, stopping at the last instant there is instead of failing.
pub fn later(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// `at` plus a number of days of 24 hours.
pub fn days_later(at: Timestamp, days: u32) -> Timestamp {
    later(at, days_long(days))
}

/// A number of days of 24 hours.
pub fn days_long(days: u32) -> Duration {
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

/// `at` less `by`, stopping at the first instant there is.
pub fn earlier(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

/// Writes an instant as date and time in UTC.
pub fn date(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
