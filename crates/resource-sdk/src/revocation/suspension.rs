//! Whether this machine stood still. A monotonic clock may not count the time for which a machine was
//! suspended, so that an old proof would look young; the wall clock goes on. When that is ahead by more
//! than it can be for any other reason, what was proven before counts as that much older. A wall clock
//! that is set forward looks the same and costs a proof; one that is set back changes nothing.

use std::time::Duration;

use tokio::time::Instant;

use crate::time::Clock;

/// By so much the two clocks may part from one proof to the next.
const TOLERATED: Duration = Duration::from_secs(1);

/// Both clocks at the last proof, or when the connection was begun.
#[derive(Clone)]
pub(super) struct Suspension {
    wall: Clock,
    heard: Option<Clocks>,
    awake: Option<Clocks>,
}

#[derive(Clone, Copy)]
struct Clocks {
    monotonic: Instant,
    wall_ms: i64,
}

impl Suspension {
    pub(super) fn new(wall: Clock) -> Self {
        Self { wall, heard: None, awake: None }
    }

    /// A connection is begun: from now on this machine is watched.
    pub(super) fn connecting(&mut self, now: Instant) {
        self.received_data(now);
        self.proven();
    }

    /// Something came, which may turn out to be a proof.
    pub(super) fn received_data(&mut self, now: Instant) {
        self.heard = Some(Clocks { monotonic: now, wall_ms: self.wall.now_millis() });
    }

    /// What came last was a proof.
    pub(super) fn proven(&mut self) {
        self.awake = self.heard;
    }

    /// How much more time has passed since then than the monotonic clock says.
    pub(super) fn slept(&self, now: Instant) -> Duration {
        let Some(awake) = self.awake else { return Duration::ZERO };
        let by_wall = self.wall.now_millis().saturating_sub(awake.wall_ms);
        let by_wall = Duration::from_millis(u64::try_from(by_wall).unwrap_or(0));
        let ahead = by_wall.saturating_sub(now.saturating_duration_since(awake.monotonic));
        if ahead > TOLERATED { ahead } else { Duration::ZERO }
    }
}
