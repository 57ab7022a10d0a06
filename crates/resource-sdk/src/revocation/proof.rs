//! How long ago the last moment lies as of which everything is known: pure over monotonic instants and the monotonic
//! clocks of the provider's runs. No wall clock is asked, and nothing is assumed of the network.
//!
//! An anchor says that a run's clock showed `u0` at our instant `s0` or later. A statement that was made when it showed
//! `u` was therefore made at `s0 + (u - u0)` or later, up to the rates of the two clocks. So everything is known as of
//! then at least, no matter when the statement comes. Each such bound is true by itself, so the latest counts. The proof
//! is in docs/revocation-feed.md, section 6.

use std::time::Duration;

use tokio::time::Instant;

use super::anchor::{Anchor, RunId};

/// Millionths by which the rates of two monotonic clocks may differ, each of them kept by NTP or by nothing. Linux
/// slews by 500 at most, and quartz is wrong by 100.
const RATES: i64 = 1_000;
/// By so much a heartbeat may lag behind the bound that it proves before a better anchor is looked for.
const LATE: Duration = Duration::from_secs(1);
/// So many late heartbeats in a row ask for one.
const LATE_IN_A_ROW: u32 = 3;

/// A statement was proven to be made after it came: the two clocks run at rates that differ by more than is assumed, or
/// this machine stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClocksDisagree;

/// The proofs of one feed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Proof {
    anchor: Option<Anchor>,
    proven: Option<Instant>,
    late: u32,
}

impl Proof {
    /// Nothing that was proven counts any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes an anchor, unless the one that is held of the same run bounds more closely.
    pub(super) fn anchored(&mut self, anchor: Anchor) {
        let held = self.anchor.filter(|held| held.run == anchor.run);
        let is_better = held.and_then(|held| held.bound(anchor.uptime_ms)).is_none_or(|at| at < anchor.sent);
        if is_better {
            self.anchor = Some(anchor);
        }
        self.late = 0;
    }

    /// A statement that leaves nothing out, made at `uptime_ms` of its run, came at `now`. Answers whether more is
    /// proven than before; replayed, held back or without an anchor of its run it is not.
    pub(super) fn received(
        &mut self,
        run: RunId,
        uptime_ms: i64,
        now: Instant,
    ) -> Result<bool, ClocksDisagree> {
        let anchor = self.anchor.filter(|anchor| anchor.run == run);
        let Some(made) = anchor.and_then(|anchor| anchor.bound(uptime_ms)) else { return Ok(false) };
        if made > now {
            return Err(ClocksDisagree);
        }
        let proves_more = self.proven < Some(made);
        self.proven = self.proven.max(Some(made));
        if proves_more {
            let is_late = now.saturating_duration_since(made) > LATE;
            self.late = if is_late { self.late.saturating_add(1) } else { 0 };
        }
        Ok(proves_more)
    }

    /// As of when everything is known.
    pub(super) fn proven(&self) -> Option<Instant> {
        self.proven
    }

    /// Whether statements lag so steadily that another anchor might bound them more closely.
    pub(super) fn is_steadily_late(&self) -> bool {
        self.late >= LATE_IN_A_ROW
    }
}

impl Anchor {
    /// Before this instant the run's clock did not show `uptime_ms`; `None` for one that no `Instant` can be.
    fn bound(&self, uptime_ms: i64) -> Option<Instant> {
        let since = uptime_ms.checked_sub(self.uptime_ms)?.checked_mul(1_000)?;
        let allowance = since.unsigned_abs().div_ceil(1_000_000 / RATES.unsigned_abs());
        let since = since.checked_sub_unsigned(allowance)?;
        let magnitude = Duration::from_micros(since.unsigned_abs());
        if since < 0 { self.sent.checked_sub(magnitude) } else { self.sent.checked_add(magnitude) }
    }
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
