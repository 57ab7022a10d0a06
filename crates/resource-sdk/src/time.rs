//! Whole seconds since 1970 and where a site reads them: the system clock, or a clock that a test
//! turns by hand. Only the HTTP layer reads a clock; every rule takes `now` as an argument.
//! NumericDate: RFC 7519 section 2.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The most seconds by which clocks may be configured to differ.
pub(crate) const MAX_LEEWAY: u64 = 120;

/// A point in time: whole seconds since 1970-01-01T00:00:00Z, negative before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixTime(i64);

impl UnixTime {
    /// The instant this many seconds after (or, negative, before) the epoch.
    #[must_use]
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0
    }

    /// This instant moved by so many seconds; stops at the ends of the range instead of wrapping.
    #[must_use]
    pub const fn plus_secs(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this instant, negative when `earlier` is in fact later.
    #[must_use]
    pub const fn secs_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where the HTTP layer reads the time.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The operating system's clock.
    #[default]
    System,
    /// A clock that only moves when told to, for tests.
    Manual(ManualClock),
}

impl Clock {
    /// The time now, in whole seconds rounded down.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        match self {
            Self::System => system_time(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

#[cfg(any(feature = "feed", feature = "redis"))]
impl Clock {
    /// The time now, in milliseconds; a clock that is turned by hand shows whole seconds.
    pub(crate) fn now_millis(&self) -> i64 {
        match self {
            Self::System => system_millis(),
            Self::Manual(clock) => clock.now().as_secs().saturating_mul(1_000),
        }
    }
}

/// A clock turned by hand; clones show the same time.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that stands at `start`.
    #[must_use]
    pub fn new(start: UnixTime) -> Self {
        Self(Arc::new(AtomicI64::new(start.as_secs())))
    }

    /// The time it shows.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        UnixTime(self.0.load(Ordering::SeqCst))
    }

    /// Puts it to `now`, forwards or backwards.
    pub fn set(&self, now: UnixTime) {
        self.0.store(now.as_secs(), Ordering::SeqCst);
    }

    /// Turns it forward by whole seconds.
    pub fn advance(&self, by: Duration) {
        let seconds = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        self.set(self.now().plus_secs(seconds));
    }
}

/// For what another machine stamped within the second, and for what lasts less than one.
#[cfg(any(feature = "feed", feature = "redis"))]
#[allow(clippy::disallowed_methods, reason = "the one home of the wall clock")]
fn system_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The one place of this crate that reads the wall clock.
#[allow(clippy::disallowed_methods, reason = "the one home of the wall clock")]
fn system_time() -> UnixTime {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            let before = before.duration();
            let whole = before.as_secs() + u64::from(before.subsec_nanos() > 0);
            i64::try_from(whole).map_or(i64::MIN, |seconds| -seconds)
        }
    };
    UnixTime(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j44_arithmetic_stops_at_the_ends_of_the_range() {
        let end = UnixTime::from_secs(i64::MAX);
        let start = UnixTime::from_secs(i64::MIN);
        assert_eq!(end.plus_secs(30), end);
        assert_eq!(start.plus_secs(-30), start);
        assert_eq!(end.secs_since(start), i64::MAX);
    }

    #[test]
    fn a_manual_clock_is_shared_by_its_clones() {
        let clock = ManualClock::new(UnixTime::from_secs(-10));
        let seen = Clock::Manual(clock.clone());
        clock.advance(Duration::from_secs(15));
        assert_eq!(seen.now(), UnixTime::from_secs(5));
    }

    #[test]
    fn the_system_clock_is_past_2025() {
        assert!(Clock::System.now() > UnixTime::from_secs(1_735_689_600));
    }
}
