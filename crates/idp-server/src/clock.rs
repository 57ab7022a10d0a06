//! The one place where this crate looks at a clock. Everything else is handed the time, so that a test can
//! turn it; `clippy.toml` keeps it that way.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use idp_core::time::UnixTime;

/// Clocks of nodes may disagree by this many seconds when a token of ours comes back.
pub const CLOCK_LEEWAY: i64 = 30;

/// What time it is.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// Seconds since 1970 that a test sets; clones share them.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `now` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn manual(now: UnixTime) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(now.as_secs())))
    }

    /// The current time. A machine whose clock is before 1970 gets 1970.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        match self {
            Self::System => UnixTime(system_seconds()),
            Self::Manual(seconds) => UnixTime(seconds.load(Ordering::SeqCst)),
        }
    }

    /// The current time in milliseconds since 1970, for what is compared with another machine's. A manual clock has
    /// whole seconds only.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        match self {
            Self::System => system_milliseconds(),
            Self::Manual(_) => self.now().as_secs().saturating_mul(1000),
        }
    }

    /// Moves a manual clock by `seconds`, which may be negative; the machine's clock stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Self::Manual(current) = self {
            current.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}

/// Milliseconds since 1970 by the machine's clock, which no test turns: for what is measured against the clocks
/// of others as it happens, and never against the life of a token.
#[must_use]
pub fn wall_ms() -> i64 {
    system_milliseconds()
}

fn system_seconds() -> i64 {
    i64::try_from(since_1970().as_secs()).unwrap_or(i64::MAX)
}

fn system_milliseconds() -> i64 {
    i64::try_from(since_1970().as_millis()).unwrap_or(i64::MAX)
}

#[allow(clippy::disallowed_methods, reason = "this is the clock")]
fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Measures how long something took, for the log. It decides nothing.
#[derive(Copy, Clone, Debug)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_when_told_and_its_clones_with_it() {
        let clock = Clock::manual(UnixTime(1000));
        let clone = clock.clone();
        clock.advance(5);
        assert_eq!(clone.now(), UnixTime(1005));
        clone.advance(-10);
        assert_eq!(clock.now(), UnixTime(995));
    }

    #[test]
    fn the_machine_knows_what_century_it_is() {
        assert!(Clock::System.now() > UnixTime(1_700_000_000));
    }
}
