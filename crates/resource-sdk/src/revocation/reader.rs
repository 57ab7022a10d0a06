//! What a reader of the feed holds and how one statement changes it: pure, with the instants given.
//! A statement fits when it begins no later than where the reader stands. Entries are only ever
//! added and die at their own end, so statements that come twice or overlap do no harm.

use std::time::Duration;

use tokio::time::Instant;

use super::{
    anchor::Anchor,
    batch::Batch,
    proof::{ClocksDisagree, Proof},
    set::RevocationSet,
    suspension::Suspension,
};
use crate::{
    claims::AccessToken,
    error::VerifyError,
    time::{Clock, UnixTime},
};

/// What verifiers see until the next change.
#[derive(Clone)]
pub(super) struct View {
    set: RevocationSet,
    pub(super) number: u64,
    proven: Option<Instant>,
    suspension: Suspension,
}

impl View {
    /// Judges a token that passed every other check. With a bound, what cannot be ruled out is
    /// refused as well.
    pub(super) fn check(&self, token: &AccessToken, within: Option<Duration>) -> Result<(), VerifyError> {
        if self.set.revokes(token) {
            return Err(VerifyError::Revoked);
        }
        match within {
            Some(within) if !self.is_proven(within) => Err(VerifyError::NotFresh),
            _ => Ok(()),
        }
    }

    fn is_proven(&self, within: Duration) -> bool {
        self.staleness(Instant::now()).is_some_and(|staleness| staleness <= within)
    }

    pub(super) fn staleness(&self, now: Instant) -> Option<Duration> {
        if self.set.has_unknown() {
            return None;
        }
        let slept = self.suspension.slept(now);
        self.proven.map(|proven| now.saturating_duration_since(proven).saturating_add(slept))
    }

    pub(super) fn entries(&self) -> usize {
        self.set.len()
    }

    pub(super) fn set(&self) -> &RevocationSet {
        &self.set
    }
}

/// Where a reader stands.
pub(super) struct Reader {
    set: RevocationSet,
    number: u64,
    proof: Proof,
    provider_clock: ProviderClock,
    suspension: Suspension,
    max_entries: usize,
    /// When the names are gone through again for what is over.
    next_sweep: Instant,
}

/// At least this long between two passes over all names.
const BETWEEN_SWEEPS: Duration = Duration::from_secs(30);

/// Why a statement was not applied, or not as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ApplyError {
    /// It begins behind where the reader stands: something is missing between.
    Gap,
    /// There are more names than the reader may hold. It keeps what found room, does not count the
    /// statement as applied, and so proves nothing until there is room again.
    Overflow,
    /// By the anchor that is held it was made after it came.
    Clocks,
}

impl Reader {
    pub(super) fn new(issuer: &str, now: Instant, max_entries: usize) -> Self {
        Self {
            set: RevocationSet::new(issuer),
            number: 0,
            proof: Proof::default(),
            provider_clock: ProviderClock { at_ms: i64::MIN, seen: now },
            suspension: Suspension::new(Clock::System),
            max_entries,
            next_sweep: now + BETWEEN_SWEEPS,
        }
    }

    pub(super) fn view(&self) -> View {
        View {
            set: self.set.clone(),
            number: self.number,
            proven: self.proof.proven(),
            suspension: self.suspension.clone(),
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// A connection is about to be made. What was proven before this machine stood still is forgotten.
    pub(super) fn connecting(&mut self, now: Instant) {
        if self.has_slept(now) {
            self.proof.forget();
        }
        self.suspension.connecting(now);
    }

    pub(super) fn anchored(&mut self, anchor: Anchor) {
        self.proof.anchored(anchor);
    }

    pub(super) fn is_steadily_late(&self) -> bool {
        self.proof.is_steadily_late()
    }

    /// Something came over the connection.
    pub(super) fn received_data(&mut self, now: Instant) {
        self.suspension.received_data(now);
    }

    /// Whether this machine stood still since the last proof. What its sockets hold is from before.
    pub(super) fn has_slept(&self, now: Instant) -> bool {
        !self.suspension.slept(now).is_zero()
    }

    /// A statement that came at `now`, by whichever way. Answers whether it proves more than was proven.
    pub(super) fn receive(
        &mut self,
        batch: &Batch,
        now: Instant,
        our_time: UnixTime,
    ) -> Result<bool, ApplyError> {
        self.add(batch, our_time)?;
        self.provider_clock.seen(batch.at_ms, now);
        match self.proof.received(batch.run, batch.uptime_ms, now) {
            Ok(proves_more) => {
                if proves_more {
                    self.suspension.proven();
                }
                Ok(proves_more)
            }
            Err(ClocksDisagree) => {
                self.proof.forget();
                Err(ApplyError::Clocks)
            }
        }
    }

    /// A statement that an earlier process received. It revokes and proves nothing.
    pub(super) fn recall(&mut self, batch: &Batch, our_time: UnixTime) -> Result<(), ApplyError> {
        self.add(batch, our_time)
    }

    /// Its entries count even behind a gap: what is revoked stays revoked, even if statements are missing.
    fn add(&mut self, batch: &Batch, our_time: UnixTime) -> Result<(), ApplyError> {
        let all_fit = self.set.add(&batch.entries, self.max_entries, our_time);
        if batch.from > self.number {
            return Err(ApplyError::Gap);
        }
        if !all_fit {
            return Err(ApplyError::Overflow);
        }
        // A provider that was restored from a backup stands further back, and goes on from there.
        self.number = if batch.is_snapshot() { batch.to } else { self.number.max(batch.to) };
        Ok(())
    }

    /// Drops what is over by the provider's clock and by ours: whichever of the two is wrong, no
    /// entry goes before the tokens that it concerns. Names go twice a minute.
    pub(super) fn purge(&mut self, our_time: UnixTime, now: Instant) {
        let over_by = self.provider_clock.time(now).min(our_time);
        self.set.purge_rare(over_by);
        if now >= self.next_sweep {
            self.set.purge_names(over_by);
            self.next_sweep = now + BETWEEN_SWEEPS;
        }
    }
}

/// The wall clock of the provider, by which entries are over: the latest that it showed, and when that came.
struct ProviderClock {
    at_ms: i64,
    seen: Instant,
}

impl ProviderClock {
    fn seen(&mut self, at_ms: i64, now: Instant) {
        if at_ms > self.at_ms {
            *self = Self { at_ms, seen: now };
        }
    }

    /// What it shows at least.
    fn time(&self, now: Instant) -> UnixTime {
        let since = i64::try_from(now.saturating_duration_since(self.seen).as_millis()).unwrap_or(i64::MAX);
        UnixTime::from_secs(self.at_ms.saturating_add(since).div_euclid(1_000))
    }
}

#[cfg(test)]
#[path = "reader_tests.rs"]
mod tests;
