//! Points in time, as whole seconds since 1970 (RFC 7519 `NumericDate` without fractions), and how far a stored one is
//! believed. Every rule takes `now` as an argument; nothing in this crate reads a clock.

use serde::{Deserialize, Serialize};

/// The most by which the clocks of two nodes, or of a node and a site, may differ, in seconds.
pub const MAX_LEEWAY: i64 = 120;

/// Seconds since 1970-01-01T00:00:00Z. Arithmetic saturates, so no clock value can cause a panic.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// This moment moved by `seconds`, which may be negative.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// How many seconds have passed since `earlier`; negative when `earlier` lies ahead.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The bare number, for claims and columns.
    #[must_use]
    pub fn as_secs(self) -> i64 {
        self.0
    }

    /// Whether this stored time was written by a clock that was ahead: it lies further ahead of `now` than clocks may
    /// differ.
    #[must_use]
    pub fn is_ahead_of(self, now: Self) -> bool {
        self > now.plus(MAX_LEEWAY)
    }

    /// Whether this stored time is at most `seconds` ago. One that is ahead by no more than clocks may differ is of just now:
    /// another node wrote it.
    #[must_use]
    pub fn is_within(self, seconds: i64, now: Self) -> bool {
        !self.is_ahead_of(now) && now.seconds_since(self) <= seconds
    }

    /// What to believe of this stored time: `now` when a clock that was ahead wrote it, or else a clock that was ahead
    /// for a moment would count until the others have caught up. A store that sees another time than it has writes
    /// it back: only a time that stays where it was brought back to can pass.
    #[must_use]
    pub fn believed(self, now: Self) -> Self {
        if self.is_ahead_of(now) { now } else { self }
    }

    /// Whether what was issued at this time still counts, when all that was issued before `void_before` is void. What a
    /// clock that was ahead issued does not count, for its time does not tell on which side of the mark it was issued.
    #[must_use]
    pub fn is_honoured(self, void_before: Self, now: Self) -> bool {
        !self.is_ahead_of(now) && self >= void_before.believed(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(100_000);

    #[test]
    fn a1_a_stored_time_is_believed_up_to_the_leeway() {
        for (ahead, believed) in [(-5, -5), (0, 0), (120, 120), (121, 0), (7200, 0), (i64::MAX, 0)] {
            assert_eq!(NOW.plus(ahead).believed(NOW), NOW.plus(believed), "{ahead}");
        }
        assert_eq!(UnixTime(i64::MAX).believed(UnixTime(i64::MAX)), UnixTime(i64::MAX));
    }

    #[test]
    fn a1_what_another_node_wrote_a_moment_ahead_is_of_just_now() {
        for (written, is_within) in
            [(-61, false), (-60, true), (0, true), (1, true), (120, true), (121, false)]
        {
            assert_eq!(NOW.plus(written).is_within(60, NOW), is_within, "{written}");
        }
        assert!(!UnixTime(i64::MAX).is_within(60, NOW) && !UnixTime(i64::MIN).is_within(60, NOW));
    }

    #[test]
    fn a1_a_mark_of_a_clock_that_was_ahead_voids_the_past_and_not_the_future() {
        let mark = NOW.plus(7200);
        assert!(!NOW.plus(-1).is_honoured(mark, NOW), "issued before the mark was set");
        assert!(NOW.is_honoured(mark, NOW), "issued now");
        let brought_back = mark.believed(NOW);
        for later in [1, 60, 7200, 100_000] {
            let then = NOW.plus(later);
            assert!(NOW.is_honoured(brought_back, then), "issued when the mark was brought back");
            assert!(then.is_honoured(brought_back, then));
            assert!(!NOW.plus(-1).is_honoured(brought_back, then), "void once is void for good");
        }
    }

    #[test]
    fn a1_what_a_clock_that_was_ahead_issued_outlives_no_mark() {
        let issued = NOW.plus(7200);
        assert!(!issued.is_honoured(NOW, NOW.plus(10)));
        assert!(!issued.is_honoured(UnixTime(0), NOW));
        assert!(NOW.plus(120).is_honoured(NOW, NOW), "clocks differ by so much");
    }
}
