//! Growing delays, spread: after an outage a thousand clients must not return in the same instant.

use std::fmt;
use std::time::Duration;

/// Chooses the moment within a span of time. Comes from outside: dice, or a row in which all clients of a process stand.
pub(crate) trait Pace: Send {
    /// How long until the next try, when one is due in each `round`. Never nothing: a server that refuses at once must not be asked in a tight loop.
    fn turn(&mut self, round: Duration) -> Duration;

    /// How long until coming back, when all clients lost the server at the same instant and are to come back within `over`.
    fn slot(&mut self, over: Duration) -> Duration;
}

/// Dice that give numbers in `0.0..1.0`: full jitter.
impl<Dice: FnMut() -> f64 + Send> Pace for Dice {
    fn turn(&mut self, round: Duration) -> Duration {
        round.mul_f64(self().clamp(0.1, 1.0))
    }

    fn slot(&mut self, over: Duration) -> Duration {
        over.mul_f64(self().clamp(0.0, 1.0))
    }
}

/// Delays that grow with each failure in a row.
pub(crate) struct Backoff {
    base: Duration,
    cap: Duration,
    failures: u32,
    pace: Box<dyn Pace>,
}

impl Backoff {
    pub(crate) fn new(base: Duration, cap: Duration, pace: impl Pace + 'static) -> Self {
        Self {
            base,
            cap,
            failures: 0,
            pace: Box::new(pace),
        }
    }

    /// The delay after one more failure: a moment of a round that is twice as long each time.
    pub(crate) fn next(&mut self) -> Duration {
        let round = self.base.saturating_mul(1_u32 << self.failures.min(16)).min(self.cap);
        self.failures = self.failures.saturating_add(1);
        self.pace.turn(round)
    }

    /// A moment within `over`: what all clients of a server do at the same instant is spread out.
    pub(crate) fn any_within(&mut self, over: Duration) -> Duration {
        self.pace.slot(over)
    }

    /// Things go well again.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// Failures in a row.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }
}

impl fmt::Debug for Backoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backoff")
            .field("base", &self.base)
            .field("cap", &self.cap)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_the_cap_and_begin_anew_after_a_reset() {
        let mut backoff = Backoff::new(Duration::from_millis(500), Duration::from_secs(3), || 1.0);
        let delays: Vec<u128> = (0..4).map(|_| backoff.next().as_millis()).collect();
        assert_eq!(delays, [500, 1000, 2000, 3000]);
        backoff.reset();
        assert_eq!(backoff.next().as_millis(), 500);
    }

    #[test]
    fn jitter_spreads_but_never_down_to_nothing() {
        let mut draws = [0.0, 0.5].into_iter();
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(60), move || {
            draws.next().unwrap_or(1.0)
        });
        assert_eq!(backoff.next().as_millis(), 100);
        assert_eq!(backoff.next().as_millis(), 1000);
        assert_eq!(backoff.any_within(Duration::from_secs(2)), Duration::from_secs(2));
        assert_eq!(backoff.any_within(Duration::ZERO), Duration::ZERO);
    }
}
