//! Whether this machine stood still. A monotonic clock may not count the time for which a machine was
//! suspended, so that an old proof would look young; the wall clock goes on. When that is ahead by more
//! than it can be for any other reason, what was proven before counts as that much older. A wall clock
//! that is set forward looks the same and costs a proof; one that is set back changes nothing.

use std::time::Duration;

use tokio::time::Instant;

use crate::time::Clock;

/// By so much the two clocks may part from one proof to the next.
const TOLERATED: Duration = Duration::from_secs(1);

/// Both clocks at the last proof.
#[derive(Clone)]
pub(super) struct Suspension {
    wall: Clock,
    heard: Option<Clocks>,
    proven: Option<Clocks>,
}

#[derive(Clone, Copy)]
struct Clocks {
    monotonic: Instant,
    wall_ms: i64,
}

impl Suspension {
    pub(super) fn new(wall: Clock) -> Self {
        Self { wall, heard: None, proven: None }
    }

    /// Something came, which may turn out to be a proof.
    pub(super) fn received_data(&mut self, now: Instant) {
        self.heard = Some(Clocks { monotonic: now, wall_ms: self.wall.now_millis() });
    }

    /// What came last was a proof.
    pub(super) fn proven(&mut self) {
        self.proven = self.heard;
    }

    /// The proof is of no use any more.
    pub(super) fn forget(&mut self) {
        self.proven = None;
    }

    /// How much older than the monotonic clock says the last proof is.
    pub(super) fn slept(&self, now: Instant) -> Duration {
        let Some(proven) = self.proven else { return Duration::ZERO };
        let by_wall = self.wall.now_millis().saturating_sub(proven.wall_ms);
        let by_wall = Duration::from_millis(u64::try_from(by_wall).unwrap_or(0));
        let ahead = by_wall.saturating_sub(now.saturating_duration_since(proven.monotonic));
        if ahead > TOLERATED { ahead } else { Duration::ZERO }
    }
}
