//! The rules on retries. They depend on nothing but their input, so that they can be tested without
//! a network.

use std::time::Duration;

use crate::error::{Error, Kind, Outcome};
use crate::operation::Effect;

/// A rule on retries.
///
/// Rules compose: `RetryPolicy::default().at_most(2).within(Duration::from_secs(5))`. A closure is
/// a rule as well. Whatever a rule says, the transport never sends a `change` or a `spend` again
/// once it may have arrived.
pub trait RetryRule: Send + Sync {
    /// Decides what to do after a failed attempt.
    fn decide(&self, situation: &Situation) -> Decision;

    /// Returns the same rule with a limit on attempts.
    #[must_use]
    fn at_most(self, attempts: u32) -> AtMost<Self>
    where
        Self: Sized,
    {
        AtMost {
            rule: self,
            attempts,
        }
    }

    /// Returns the same rule without any attempt that would begin later than this after the first
    /// one.
    #[must_use]
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

/// A rule with a limit on attempts: see [`RetryRule::at_most`].
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

/// A rule with a limit on time: see [`RetryRule::within`].
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

/// Asks the rule, unless the request may have arrived and must not take effect twice: then it is
/// not sent again.
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

/// The default rule of a client.
///
/// `read` and `set` are sent again after failures that may pass. `change` and `spend` are sent
/// again in one case only: no connection could be opened, so that nothing can have arrived. No
/// vendor here documents an answer that means "not processed", so even a 429 or 503 ends them.
///
/// A later version may add a field: write `..RetryPolicy::default()`.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Most attempts, the first one included. 1 means no retry.
    pub max_attempts: u32,
    /// Longest time after which a new attempt begins.
    pub max_elapsed: Duration,
    /// Longest first pause. The pause is a random part of it, and it doubles from pause to pause.
    pub base_delay: Duration,
    /// Longest pause, unless the vendor asks for one.
    pub max_delay: Duration,
    /// Longest pause that the vendor may ask for. If it asks for more, the request is not sent
    /// again.
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

/// A failed attempt, on which a rule decides.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Situation {
    /// The effect of a repeat.
    pub effect: Effect,
    /// The number of attempts, this one included.
    pub attempt: u32,
    /// The time since the first attempt began.
    pub elapsed: Duration,
    /// The failure of the attempt.
    pub failure: Failure,
    /// The pause that the vendor asked for.
    pub retry_after: Option<Duration>,
    /// A random number from 0 to 1, for the length of the pause.
    pub jitter: f64,
}

impl Situation {
    /// Returns the situation after a first attempt that took no time, for tests of a rule. Set the
    /// other fields as needed.
    pub const fn after_first(effect: Effect, failure: Failure) -> Self {
        Situation {
            effect,
            attempt: 1,
            elapsed: Duration::ZERO,
            failure,
            retry_after: None,
            jitter: 0.5,
        }
    }
}

/// The failure of an attempt, as far as a retry depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// No connection was opened: nothing can have arrived.
    NotConnected,
    /// No answer came in time.
    TimedOut,
    /// The connection broke, or the answer was cut off.
    Broken,
    /// An HTTP status that is no success.
    Status(u16),
    /// A failure that a retry would not change.
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

/// The decision of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Send the request again after a pause.
    Again {
        /// The pause.
        after: Duration,
        /// The reason, for the log.
        reason: &'static str,
    },
    /// Do not send the request again.
    Stop {
        /// The reason, for the log.
        reason: &'static str,
    },
}

/// Statuses of failures that may pass.
const PASSING: [u16; 7] = [408, 425, 429, 500, 502, 503, 504];
const SAME: &str = "a retry would fail the same way";
const LASTING: &str = "the failure that the status means does not pass";
const TWICE: &str = "the request may have arrived, and must not take effect twice";
const ATTEMPTS: &str = "the number of attempts is used up";
const TIME: &str = "the time for attempts is used up";
/// The reason for not waiting as long as the vendor asks.
pub(crate) const TOO_LONG: &str = "the vendor asks for a longer pause than the cap";

impl RetryPolicy {
    /// Returns a policy without any retry.
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
        // A long duration is rounded up, even to more than a duration can be.
        let seconds = bound.as_secs_f64() * jitter.clamp(0.0, 1.0);
        Duration::try_from_secs_f64(seconds).map_or(bound, |pause| pause.min(bound))
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
                "the failure that the status means may pass"
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

/// Reads a `Retry-After`: seconds, whole or with a fraction, or an HTTP date, counted from `now`.
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
    use crate::error::RawAnswer;

    fn is_again(decision: Decision) -> bool {
        matches!(decision, Decision::Again { .. })
    }

    #[test]
    fn only_what_may_not_take_effect_twice_and_may_pass_goes_again() {
        use Failure::{Broken, Lasting, NotConnected, Status, TimedOut};
        let passing = [408, 425, 429, 500, 502, 503, 504]
            .map(Status)
            .into_iter()
            .chain([TimedOut, Broken]);
        let lasting = [307, 400, 401, 404, 422, 501].map(Status);
        let lasting = lasting.into_iter().chain([Lasting]);
        let passing = passing.map(|it| (it, true));
        for (failure, may_pass) in passing.chain(lasting.map(|it| (it, false))) {
            for effect in [Effect::Read, Effect::Set, Effect::Change, Effect::Spend] {
                let decide = |failure| {
                    RetryPolicy::default().decide(&Situation::after_first(effect, failure))
                };
                let expected = may_pass && effect.is_repeatable();
                assert_eq!(is_again(decide(failure)), expected, "{effect} {failure:?}");
                assert!(is_again(decide(NotConnected)), "{effect}");
            }
        }
    }

    #[test]
    fn attempts_time_and_the_pause_that_the_vendor_asks_for_have_caps() {
        let policy = RetryPolicy::default();
        let first = Situation::after_first(Effect::Read, Failure::Status(503));
        let mut late = first;
        late.attempt = 4;
        assert!(!is_again(policy.decide(&late)));
        (late.attempt, late.elapsed) = (1, Duration::from_secs(90));
        assert!(!is_again(policy.decide(&late)));
        let asked = |seconds| {
            policy.decide(&Situation {
                retry_after: Some(Duration::from_secs(seconds)),
                ..first
            })
        };
        assert_eq!(
            asked(30),
            Decision::Again {
                after: Duration::from_secs(30),
                reason: "the failure that the status means may pass"
            }
        );
        assert_eq!(asked(31), Decision::Stop { reason: TOO_LONG });
        assert!(!is_again(RetryPolicy::never().decide(&first)));
    }

    #[test]
    fn the_limits_of_a_policy_and_of_rules_around_it_are_inclusive() {
        let second = Duration::from_secs(1);
        let policy = RetryPolicy {
            max_elapsed: 3 * second,
            ..RetryPolicy::default()
        };
        let at = |elapsed, attempt| Situation {
            elapsed,
            attempt,
            retry_after: Some(second),
            ..Situation::after_first(Effect::Read, Failure::Status(503))
        };
        let within = RetryPolicy::default().within(3 * second);
        for rule in [&policy as &dyn RetryRule, &within] {
            assert!(is_again(rule.decide(&at(second, 1))));
            assert!(is_again(rule.decide(&at(2 * second, 1))));
            let late = rule.decide(&at(2 * second + Duration::from_nanos(1), 1));
            assert_eq!(late, Decision::Stop { reason: TIME });
        }
        let at_most = RetryPolicy::default().at_most(2);
        assert!(is_again(at_most.decide(&at(second, 1))));
        for attempt in [2, 3] {
            let over = at_most.decide(&at(second, attempt));
            assert_eq!(over, Decision::Stop { reason: ATTEMPTS });
        }
    }

    #[test]
    fn what_is_not_repeated_says_why() {
        let always = |_: &Situation| Decision::Again {
            after: Duration::ZERO,
            reason: "always",
        };
        for (failure, reason) in [
            (Failure::Lasting, SAME),
            (Failure::Status(307), LASTING),
            (Failure::Status(404), LASTING),
            (Failure::Status(429), TWICE),
            (Failure::Status(500), TWICE),
            (Failure::Status(501), TWICE),
            (Failure::TimedOut, TWICE),
            (Failure::Broken, TWICE),
        ] {
            let situation = Situation::after_first(Effect::Spend, failure);
            let decision = enforce_at_most_once(&always, &situation);
            assert_eq!(decision, Decision::Stop { reason }, "{failure:?}");
        }
    }

    #[test]
    fn a_failure_is_what_the_error_proves_and_no_more() {
        use Outcome::{NotSent, Rejected, Unknown};
        let answered = |error: Error, status: u16| {
            error.with_raw(RawAnswer {
                status: http::StatusCode::from_u16(status).unwrap(),
                content_type: None,
                body: bytes::Bytes::new(),
                is_cut: false,
            })
        };
        let error = |kind, outcome| Error::new(kind, outcome, "");
        for (error, failure) in [
            (error(Kind::Connect, NotSent), Failure::NotConnected),
            (error(Kind::Connect, Unknown), Failure::Lasting),
            (error(Kind::Timeout, Unknown), Failure::TimedOut),
            (error(Kind::Connection, Unknown), Failure::Broken),
            (error(Kind::InvalidInput, NotSent), Failure::Lasting),
            (
                answered(error(Kind::Timeout, Unknown), 408),
                Failure::Status(408),
            ),
            (
                answered(error(Kind::Connection, Unknown), 200),
                Failure::Broken,
            ),
            (
                answered(error(Kind::Refused, Rejected), 409),
                Failure::Status(409),
            ),
            (
                answered(error(Kind::Answer, Unknown), 200),
                Failure::Lasting,
            ),
        ] {
            assert_eq!(Failure::of(&error), failure, "{error:?}");
        }
    }

    #[test]
    fn pauses_grow_within_their_bound() {
        let policy = RetryPolicy::default();
        let pause = |attempt, jitter| policy.pause(attempt, jitter);
        assert_eq!(pause(1, 1.0), Duration::from_millis(250));
        assert_eq!(pause(3, 1.0), Duration::from_secs(1));
        assert_eq!(pause(3, 0.0), Duration::ZERO);
        assert_eq!(pause(60, 1.0), Duration::from_secs(8));
        let longest = RetryPolicy {
            base_delay: Duration::MAX,
            max_delay: Duration::MAX,
            ..RetryPolicy::default()
        };
        assert_eq!(longest.pause(2, 1.0), Duration::MAX);
    }

    #[test]
    fn retry_after_is_read_in_all_forms() {
        let now: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        for (good, seconds) in [
            ("120", 120.0),
            (" 1.5 ", 1.5),
            ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
            ("Wed, 31 Dec 2025 00:01:00 GMT", 0.0),
        ] {
            let wait = Duration::from_secs_f64(seconds);
            assert_eq!(retry_after(good, now), Some(wait), "{good}");
        }
        for bad in ["-1", "soon", "NaN", "1e400", ""] {
            assert_eq!(retry_after(bad, now), None, "{bad}");
        }
    }
}
