//! The time that a sandbox lives in.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A clock that starts at a chosen instant, runs at the real pace and can be moved forward.
///
/// It never goes back: orders expire and get provisioned by it, and neither can be undone.
#[derive(Debug)]
pub struct Clock {
    starts_at: Timestamp,
    started: Instant,
    advanced: Mutex<Duration>,
}

impl Clock {
    /// A clock that shows `starts_at` now.
    pub fn new(starts_at: Timestamp) -> Self {
        Self {
            starts_at,
            started: Instant::now(),
            advanced: Mutex::new(Duration::ZERO),
        }
    }

    /// The instant that the clock showed when it was made.
    pub fn starts_at(&self) -> Timestamp {
        self.starts_at
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        let advanced = *self.advanced.lock().unwrap_or_else(PoisonError::into_inner);
        later(
            self.starts_at,
            self.started.elapsed().saturating_add(advanced),
        )
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let mut advanced = self.advanced.lock().unwrap_or_else(PoisonError::into_inner);
        *advanced = advanced.saturating_add(by);
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
