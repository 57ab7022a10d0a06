//! How long to wait before connecting again: any time up to a bound that doubles, so that many sites
//! do not come back in step. Pure over the random draw it is given.

use std::time::Duration;

/// The bound of the first pause.
const FIRST: Duration = Duration::from_millis(500);
/// The longest that a provider may send us away for.
const LONGEST_REQUESTED: Duration = Duration::from_secs(60);

/// The pauses between failures in a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct BackOff {
    longest: Duration,
    failures: u32,
}

impl BackOff {
    /// Pauses of at most `longest`, unless the provider asks for more.
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest: longest.max(FIRST), failures: 0 }
    }

    /// Something worked: the next failure is the first again.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The pause after one more failure. `draw` is from 0 to 1; `requested` is a `Retry-After`.
    pub(super) fn failed(&mut self, draw: f64, requested: Option<Duration>) -> Duration {
        let bound = FIRST.saturating_mul(1 << self.failures.min(16)).min(self.longest);
        self.failures = self.failures.saturating_add(1);
        let requested = requested.unwrap_or_default().min(LONGEST_REQUESTED);
        // Who was sent away together does not come back together.
        requested + bound.mul_f64(draw.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_begin_anew() {
        let mut back_off = BackOff::new(Duration::from_secs(5));
        let millis = |back_off: &mut BackOff, draw| back_off.failed(draw, None).as_millis();
        let longest: Vec<_> = (0..9).map(|_| millis(&mut back_off, 1.0)).collect();
        assert_eq!(longest, [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000, 5_000]);
        assert_eq!((millis(&mut back_off, 0.0), millis(&mut back_off, 0.5)), (0, 2_500), "full jitter");
        back_off.succeeded();
        assert_eq!(millis(&mut back_off, 1.0), 500);
        for _ in 0..100 {
            assert!(millis(&mut back_off, 1.0) <= 5_000);
        }
    }

    #[test]
    fn who_is_sent_away_stays_away_for_so_long_and_not_for_ever() {
        let mut back_off = BackOff::new(Duration::from_secs(5));
        let two = Some(Duration::from_secs(2));
        assert_eq!(back_off.failed(0.0, two), Duration::from_secs(2));
        assert_eq!(back_off.failed(1.0, two), Duration::from_secs(3));
        let for_ever = Some(Duration::from_secs(u64::MAX));
        assert!(back_off.failed(1.0, for_ever) <= Duration::from_secs(65));
    }
}
