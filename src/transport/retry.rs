//! What may be sent again, when, and why: pure rules, so that they can be tested without a network.

use std::time::Duration;

use crate::error::{Error, Kind, Outcome};
use crate::operation::Effect;

/// A rule on what is sent again. Depends on nothing but its input.
///
/// Rules compose: `RetryPolicy::default().at_most(2).within(Duration::from_secs(5))`; a closure is a rule as well. Whatever a rule says,
/// the transport never sends a `change` or a `spend` again once it may have arrived.
pub trait RetryRule: Send + Sync {
    /// Says what to do after a failed attempt.
    fn decide(&self, situation: &Situation) -> Decision;

    /// The same rule, with no more than so many attempts.
    fn at_most(self, attempts: u32) -> AtMost<Self>
    where
        Self: Sized,
    {
        AtMost {
            rule: self,
            attempts,
        }
    }

    /// The same rule, with no attempt that would begin later than this.
    fn within(self, time: Duration) -> Within<Self>
    where
        Self: Sized,
    {
        Within { rule: self, time }
    }
}

impl<F: Fn(&Situation) -> Decision + Send + Sync> RetryRule for F {
    fn decide(&self, situation: &Situation) -> Decision {
        self(situation)
    }
}

/// A rule with a cap on attempts: see [`RetryRule::at_most`].
#[derive(Clone, Debug)]
pub struct AtMost<R> {
    rule: R,
    attempts: u32,
}

impl<R: RetryRule> RetryRule for AtMost<R> {
    fn decide(&self, situation: &Situation) -> Decision {
        if situation.attempt >= self.attempts {
            return Decision::Stop { reason: ATTEMPTS };
        }
        self.rule.decide(situation)
    }
}

/// A rule with a cap on time: see [`RetryRule::within`].
#[derive(Clone, Debug)]
pub struct Within<R> {
    rule: R,
    time: Duration,
}

impl<R: RetryRule> RetryRule for Within<R> {
    fn decide(&self, situation: &Situation) -> Decision {
        match self.rule.decide(situation) {
            Decision::Again { after, .. }
                if situation.elapsed.saturating_add(after) > self.time =>
            {
                Decision::Stop { reason: TIME }
            }
            decision => decision,
        }
    }
}

/// The law above all rules: what must not happen twice is not sent twice.
pub(crate) fn enforce_at_most_once(rule: &dyn RetryRule, situation: &Situation) -> Decision {
    if !situation.effect.is_repeatable() && situation.failure != Failure::NotConnected {
        let reason = match situation.failure {
            Failure::Status(status) if !PASSING.contains(&status) && status < 500 => LASTING,
            Failure::Lasting => SAME,
            _ => TWICE,
        };
        return Decision::Stop { reason };
    }
    rule.decide(situation)
}

/// The rule that a client has unless it is given another.
///
/// Only `read` and `set` are repeated after something may have arrived. `change` and `spend` are sent again in one case alone: no
/// connection could be made, so nothing can have arrived. No vendor here documents an answer that means "not processed", so even a
/// 429 or 503 ends them.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// How often a request is sent at most. 1 means never again.
    pub max_attempts: u32,
    /// No new attempt begins after this long.
    pub max_elapsed: Duration,
    /// The first pause is a random part of this; it doubles from pause to pause.
    pub base_delay: Duration,
    /// No pause of our own choice is longer than this.
    pub max_delay: Duration,
    /// A vendor that asks for a longer pause than this is not waited for.
    pub max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            max_attempts: 4,
            max_elapsed: Duration::from_secs(90),
            base_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(8),
            max_retry_after: Duration::from_secs(30),
        }
    }
}

/// What the policy is asked about: one failed attempt.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// What a repeat would do.
    pub effect: Effect,
    /// How many attempts were made, this one included.
    pub attempt: u32,
    /// Since the first attempt began.
    pub elapsed: Duration,
    /// How the attempt failed.
    pub failure: Failure,
    /// How long the vendor asked to wait.
    pub retry_after: Option<Duration>,
    /// A random number from 0 to 1, for the length of the pause.
    pub jitter: f64,
}

/// How an attempt failed, as far as repeating it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// No connection was made: nothing can have arrived.
    NotConnected,
    /// Nothing came back in time.
    TimedOut,
    /// The connection broke, or the answer was cut off.
    Broken,
    /// An HTTP status that is no success.
    Status(u16),
    /// Anything that a repeat would not change.
    Lasting,
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Self {
        match (error.kind(), error.outcome(), error.status()) {
            (Kind::Connect, Outcome::NotSent, _) => Failure::NotConnected,
            (Kind::Timeout, _, None) => Failure::TimedOut,
            (Kind::Connection, _, _) => Failure::Broken,
            (_, _, Some(status)) if !status.is_success() => Failure::Status(status.as_u16()),
            _ => Failure::Lasting,
        }
    }
}

/// What the policy says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send it again after this long.
    Again {
        /// How long to wait first.
        after: Duration,
        /// Why it may be sent again.
        reason: &'static str,
    },
    /// Leave it at that.
    Stop {
        /// Why it is not sent again.
        reason: &'static str,
    },
}

/// Statuses that may well be gone the next time.
const PASSING: [u16; 7] = [408, 425, 429, 500, 502, 503, 504];
const SAME: &str = "a repeat would fail the same way";
const LASTING: &str = "the vendor's status is a lasting one";
const TWICE: &str = "it may have arrived, and its effect must not happen twice";
const ATTEMPTS: &str = "the number of attempts is used up";
const TIME: &str = "the time for attempts is used up";
/// Why a vendor's wish to wait was not granted.
pub(crate) const TOO_LONG: &str = "the vendor asks for a longer pause than the cap";

impl RetryPolicy {
    /// A policy that never sends anything twice.
    pub fn never() -> Self {
        RetryPolicy {
            max_attempts: 1,
            ..RetryPolicy::default()
        }
    }

    /// Full jitter: a random part of a bound that doubles from attempt to attempt.
    fn pause(&self, attempt: u32, jitter: f64) -> Duration {
        let factor = 2_u32.saturating_pow(attempt.saturating_sub(1).min(20));
        let bound = self.base_delay.saturating_mul(factor).min(self.max_delay);
        bound.mul_f64(jitter.clamp(0.0, 1.0))
    }
}

impl RetryRule for RetryPolicy {
    fn decide(&self, situation: &Situation) -> Decision {
        let stop = |reason| Decision::Stop { reason };
        let reason = match (situation.failure, situation.effect.is_repeatable()) {
            (Failure::Lasting, _) => return stop(SAME),
            (Failure::NotConnected, _) => "no connection was made",
            (_, false) => return stop(TWICE),
            (Failure::TimedOut, true) => "nothing came back in time",
            (Failure::Broken, true) => "the connection broke",
            (Failure::Status(status), true) if PASSING.contains(&status) => {
                "the vendor's status is a passing one"
            }
            (Failure::Status(_), true) => return stop(LASTING),
        };
        if situation.attempt >= self.max_attempts {
            return stop(ATTEMPTS);
        }
        let after = match situation.retry_after {
            Some(wanted) if wanted > self.max_retry_after => return stop(TOO_LONG),
            Some(wanted) => wanted,
            None => self.pause(situation.attempt, situation.jitter),
        };
        if situation.elapsed.saturating_add(after) > self.max_elapsed {
            return stop(TIME);
        }
        Decision::Again { after, reason }
    }
}

/// Reads a `Retry-After`: whole or broken seconds, or an HTTP date, counted from `now`.
pub(crate) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    // A date that has passed asks for no pause.
    Some(Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const EVERY_FAILURE: [Failure; 17] = [
        Failure::NotConnected,
        Failure::TimedOut,
        Failure::Broken,
        Failure::Lasting,
        Failure::Status(307),
        Failure::Status(400),
        Failure::Status(401),
        Failure::Status(404),
        Failure::Status(408),
        Failure::Status(422),
        Failure::Status(425),
        Failure::Status(429),
        Failure::Status(500),
        Failure::Status(501),
        Failure::Status(502),
        Failure::Status(503),
        Failure::Status(504),
    ];

    fn after_first(effect: Effect, failure: Failure) -> Situation {
        Situation {
            effect,
            attempt: 1,
            elapsed: Duration::ZERO,
            failure,
            retry_after: None,
            jitter: 0.5,
        }
    }

    fn is_again(decision: Decision) -> bool {
        matches!(decision, Decision::Again { .. })
    }

    #[test]
    fn change_and_spend_go_again_only_when_nothing_can_have_arrived() {
        for effect in [Effect::Change, Effect::Spend] {
            for failure in EVERY_FAILURE {
                let decision = RetryPolicy::default().decide(&after_first(effect, failure));
                assert_eq!(
                    is_again(decision),
                    failure == Failure::NotConnected,
                    "{effect} {failure:?}"
                );
            }
        }
    }

    #[test]
    fn read_and_set_go_again_after_passing_failures() {
        for effect in [Effect::Read, Effect::Set] {
            for failure in EVERY_FAILURE {
                let passing = !matches!(
                    failure,
                    Failure::Lasting | Failure::Status(307 | 400 | 401 | 404 | 422 | 501)
                );
                let decision = RetryPolicy::default().decide(&after_first(effect, failure));
                assert_eq!(is_again(decision), passing, "{effect} {failure:?}");
            }
        }
    }

    #[test]
    fn attempts_time_and_the_vendors_wish_have_caps() {
        let policy = RetryPolicy::default();
        let first = after_first(Effect::Read, Failure::Status(503));
        assert!(!is_again(policy.decide(&Situation {
            attempt: 4,
            ..first
        })));
        assert!(!is_again(policy.decide(&Situation {
            elapsed: Duration::from_secs(90),
            ..first
        })));
        let wish = |seconds| {
            policy.decide(&Situation {
                retry_after: Some(Duration::from_secs(seconds)),
                ..first
            })
        };
        assert_eq!(
            wish(30),
            Decision::Again {
                after: Duration::from_secs(30),
                reason: "the vendor's status is a passing one"
            }
        );
        assert_eq!(wish(31), Decision::Stop { reason: TOO_LONG });
        assert!(!is_again(RetryPolicy::never().decide(&first)));
    }

    #[test]
    fn pauses_grow_within_their_bound() {
        let policy = RetryPolicy::default();
        let pause = |attempt, jitter| policy.pause(attempt, jitter);
        assert_eq!(pause(1, 1.0), Duration::from_millis(250));
        assert_eq!(pause(3, 1.0), Duration::from_secs(1));
        assert_eq!(pause(3, 0.0), Duration::ZERO);
        assert_eq!(pause(60, 1.0), Duration::from_secs(8));
    }

    #[test]
    fn retry_after_is_read_in_all_forms() {
        let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after(" 1.5 ", now), Some(Duration::from_millis(1500)));
        assert_eq!(
            retry_after("Thu, 01 Jan 2026 00:01:00 GMT", now),
            Some(Duration::from_secs(60))
        );
        assert_eq!(
            retry_after("Wed, 31 Dec 2025 00:01:00 GMT", now),
            Some(Duration::ZERO)
        );
        for bad in ["-1", "soon", "NaN", "1e400", ""] {
            assert_eq!(retry_after(bad, now), None, "{bad}");
        }
    }
}
