//! How far back the last proof of completeness lies: pure over monotonic instants and the provider's
//! own time stamps. No wall clock of this machine is asked, so setting one changes nothing.
//!
//! A statement proves completeness as of `at`, by the provider's clock. What that is on ours is
//! known up to the shortest way that a heartbeat of this connection took: one that took longer by
//! five seconds proves what was true five seconds before it came. A clock that runs differently
//! shows as a way that slowly lengthens; so much of it is forgiven as two clocks may drift apart.

use std::time::Duration;

use tokio::time::Instant;

/// Millionths by which two undisciplined clocks may differ in rate.
const DRIFT: i64 = 200;
/// Microseconds by which a heartbeat may be late before the connection is held to be no measure.
const LATE: i64 = 1_000_000;
/// So many late heartbeats in a row end a connection: the next one measures its way anew.
const LATE_IN_A_ROW: u32 = 3;

/// The proofs of one feed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    origin: Instant,
    /// The highest time stamp that was taken, in the provider's milliseconds.
    last_at_ms: i64,
    last_received: Instant,
    proven: Option<Instant>,
    /// The shortest way of this connection.
    way: Option<Delay>,
    late: u32,
}

/// Microseconds from a stamp of the provider's to our clock, and when that was measured.
#[derive(Clone, Copy, Debug)]
struct Delay {
    micros: i64,
    measured: i64,
}

impl Proof {
    /// Nothing is proven yet.
    pub(super) fn new(now: Instant) -> Self {
        Self { origin: now, last_at_ms: i64::MIN, last_received: now, proven: None, way: None, late: 0 }
    }

    /// A new connection may go another way; what was proven stays proven.
    pub(super) fn reconnected(&mut self) {
        self.way = None;
        self.late = 0;
    }

    /// Nothing that was proven counts any more.
    pub(super) fn forget(&mut self) {
        self.proven = None;
    }

    /// A stamp that may not come again.
    fn seen(&mut self, at_ms: i64, now: Instant) {
        if at_ms > self.last_at_ms {
            self.last_at_ms = at_ms;
            self.last_received = now;
        }
    }

    /// A statement that leaves nothing out, received at `now`. One whose stamp came before, which
    /// is replayed, proves nothing. Only a live one is sure to be signed when it is sent; until the
    /// first such one of a connection nothing is measured and nothing proven.
    pub(super) fn received(&mut self, at_ms: i64, is_live: bool, now: Instant) {
        if at_ms <= self.last_at_ms {
            return;
        }
        self.seen(at_ms, now);
        if !is_live && self.way.is_none() {
            return;
        }
        let at = at_ms.saturating_mul(1_000);
        let received = micros(now.saturating_duration_since(self.origin));
        let way = self.shortest(received.saturating_sub(at), received);
        let late = received.saturating_sub(at).saturating_sub(way.micros);
        self.late = if late > LATE { self.late.saturating_add(1) } else { 0 };
        self.way = Some(way);
        let proven = now.checked_sub(Duration::from_micros(late.unsigned_abs())).unwrap_or(self.origin);
        self.proven = self.proven.max(Some(proven));
    }

    fn shortest(&self, micros: i64, measured: i64) -> Delay {
        let Some(way) = self.way else { return Delay { micros, measured } };
        let drift = measured.saturating_sub(way.measured).saturating_mul(DRIFT) / 1_000_000;
        Delay { micros: micros.min(way.micros.saturating_add(drift)), measured }
    }

    /// The highest stamp that was taken.
    pub(super) fn newest(&self) -> i64 {
        self.last_at_ms
    }

    /// As of when everything is known.
    pub(super) fn proven(&self) -> Option<Instant> {
        self.proven
    }

    /// Whether this connection is late too steadily to measure by.
    pub(super) fn is_steadily_late(&self) -> bool {
        self.late >= LATE_IN_A_ROW
    }

    /// What the provider's clock shows at least, in whole seconds.
    pub(super) fn provider_time(&self, now: Instant) -> i64 {
        let since = micros(now.saturating_duration_since(self.last_received)) / 1_000;
        self.last_at_ms.saturating_add(since).div_euclid(1_000)
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
