//! Limits on the requests of one account.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::{Error, Kind, Outcome};

/// Limits on the requests of a client. Its clones share them.
///
/// No vendor here documents a limit. The defaults are chosen so that the vendor does not notice the
/// requests and the caller rarely notices the limits.
///
/// A later version may add a field: write `..Limits::default()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Requests per second, in the long run. `None` for no limit.
    pub requests_per_second: Option<NonZeroU32>,
    /// Requests that may be sent at once after a pause.
    pub burst: NonZeroU32,
    /// Requests in progress at the same time.
    pub concurrent: usize,
    /// Retries per call, in the long run: 0.5 allows one retry for every two calls.
    pub retry_share: f64,
    /// Retries that are allowed before the share counts.
    pub retry_reserve: u32,
}

impl Default for Limits {
    /// Returns 10 requests per second, 20 at once after a pause, 8 in progress, and one retry for
    /// every two calls with 100 in reserve.
    fn default() -> Self {
        const fn count(number: u32) -> NonZeroU32 {
            match NonZeroU32::new(number) {
                Some(count) => count,
                None => NonZeroU32::MIN,
            }
        }
        Limits {
            requests_per_second: Some(count(10)),
            burst: count(20),
            concurrent: 8,
            retry_share: 0.5,
            retry_reserve: 100,
        }
    }
}

/// Holds the requests of a client to its limits.
pub(crate) struct Gate {
    rate: Option<DefaultDirectRateLimiter>,
    under_way: Semaphore,
    budget: Mutex<Budget>,
}

/// The retries that a client may still send.
///
/// Retries are limited over all calls: many callers that each retry a little are a flood together.
#[derive(Debug)]
struct Budget {
    left: f64,
    most: f64,
    share: f64,
}

impl Budget {
    fn new(share: f64, reserve: u32) -> Self {
        let most = f64::from(reserve);
        Budget {
            left: most,
            most,
            share: share.max(0.0),
        }
    }

    /// Adds the share of one call, up to the reserve: a long time without retries must not allow a
    /// flood of them.
    fn call(&mut self) {
        self.left = (self.left + self.share).min(self.most.max(1.0));
    }

    /// Takes one retry out, if there is one.
    fn repeat(&mut self) -> bool {
        if self.left < 1.0 {
            return false;
        }
        self.left -= 1.0;
        true
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("free", &self.under_way.available_permits())
            .finish_non_exhaustive()
    }
}

impl Gate {
    pub fn new(limits: &Limits) -> Self {
        let quota = |rate| Quota::per_second(rate).allow_burst(limits.burst);
        Gate {
            rate: limits
                .requests_per_second
                .map(|rate| RateLimiter::direct(quota(rate))),
            under_way: Semaphore::new(limits.concurrent.clamp(1, Semaphore::MAX_PERMITS)),
            budget: Mutex::new(Budget::new(limits.retry_share, limits.retry_reserve)),
        }
    }

    /// Waits until the request may be sent.
    ///
    /// # Errors
    /// [`Kind::Timeout`] with [`Outcome::NotSent`] if that takes longer than `most`.
    pub async fn enter(&self, most: Duration) -> Result<SemaphorePermit<'_>, Error> {
        let turn = async {
            let permit = self.under_way.acquire().await;
            while let Some(rate) = &self.rate {
                let Err(not_yet) = rate.check() else { break };
                tokio::time::sleep(not_yet.wait_time_from(DefaultClock::default().now())).await;
            }
            permit
        };
        match tokio::time::timeout(most, turn).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => {
                let what = format!(
                    "the request waited {most:?} in this client's queue and was not sent: raise the client's limits or send fewer requests at once"
                );
                Err(Error::new(Kind::Timeout, Outcome::NotSent, what))
            }
        }
    }

    /// Counts the beginning of a call.
    pub fn count_call(&self) {
        self.budget().call();
    }

    /// Returns whether one more retry is allowed, and counts it.
    pub fn may_repeat(&self) -> bool {
        self.budget().repeat()
    }

    fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_budget_allows_its_reserve_and_then_its_share() {
        let mut budget = Budget::new(0.5, 3);
        let storm = (0..100).filter(|_| budget.repeat()).count();
        assert_eq!(storm, 3);
        let mut repeats = 0;
        for _ in 0..100 {
            budget.call();
            repeats += u32::from(budget.repeat());
        }
        assert_eq!(repeats, 50);
        for _ in 0..1000 {
            budget.call();
        }
        assert_eq!((0..100).filter(|_| budget.repeat()).count(), 3);
    }

    #[tokio::test]
    async fn waiting_too_long_for_a_turn_is_not_sent() {
        let gate = Gate::new(&Limits {
            concurrent: 1,
            ..Limits::default()
        });
        let _held = gate.enter(Duration::from_secs(1)).await.unwrap();
        let error = gate.enter(Duration::from_millis(10)).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.outcome()),
            (Kind::Timeout, Outcome::NotSent)
        );
    }
}
