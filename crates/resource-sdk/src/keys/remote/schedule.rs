//! When the keys are fetched: a pure state machine over monotonic instants. It knows the lifetime
//! of a key set, the cool-down between fetches that strangers can cause, the back-off after
//! failures and the age at which unconfirmed keys are given up. It fetches nothing itself.

use std::time::Duration;

use tokio::time::Instant;

/// How long a key set may be used before it is fetched again, unless configured shorter.
pub(crate) const TIME_TO_LIVE: Duration = Duration::from_secs(10 * 60);
/// At least this long between two fetches that an unknown `kid` asks for.
pub(crate) const COOL_DOWN: Duration = Duration::from_secs(30);
/// How long the last good keys serve while no fetch succeeds.
pub(crate) const HARD_STALE: Duration = Duration::from_secs(60 * 60);
/// The first pause after a failure at start; it doubles up to the cool-down.
const FIRST_RETRY: Duration = Duration::from_millis(250);

/// The timing of one issuer's keys.
#[derive(Debug)]
pub(crate) struct Schedule {
    time_to_live: Duration,
    next_attempt: Instant,
    last_attempt: Option<Instant>,
    has_succeeded: bool,
    failures_at_start: u32,
    in_flight: bool,
    asked: bool,
    stale_at: Option<Instant>,
}

impl Schedule {
    /// Nothing is held yet: the first attempt is due at once.
    pub(crate) fn new(now: Instant, time_to_live: Duration) -> Self {
        Self {
            time_to_live,
            next_attempt: now,
            last_attempt: None,
            has_succeeded: false,
            failures_at_start: 0,
            in_flight: false,
            asked: false,
            stale_at: None,
        }
    }

    /// Keys of this age were found on disk; they serve for the rest of the hard limit.
    pub(crate) fn found_on_disk(&mut self, now: Instant, age: Duration) {
        self.stale_at = Some(now + HARD_STALE.saturating_sub(age));
    }

    /// An unknown `kid` was seen. Answers whether an attempt is under way or about to be, because
    /// of this token or another; within the cool-down a stranger's token causes none.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        let is_cool = self.last_attempt.is_none_or(|last| now >= last + COOL_DOWN);
        self.asked |= !self.in_flight && is_cool;
        self.in_flight || self.asked
    }

    /// When the task must look again.
    pub(crate) fn wake_at(&self) -> Instant {
        self.stale_at.map_or(self.next_attempt, |stale_at| stale_at.min(self.next_attempt))
    }

    /// Whether the keys held until now are to be given up; says so once.
    pub(crate) fn take_stale(&mut self, now: Instant) -> bool {
        self.stale_at.take_if(|stale_at| now >= *stale_at).is_some()
    }

    /// Whether an attempt starts now; if so it counts from now on, however it ends.
    pub(crate) fn begin(&mut self, now: Instant) -> bool {
        self.in_flight = self.asked || now >= self.next_attempt;
        if self.in_flight {
            self.asked = false;
            self.last_attempt = Some(now);
        }
        self.in_flight
    }

    /// The attempt succeeded. `jitter`, from 0 to 1, keeps many sites from asking in step.
    pub(crate) fn succeeded(&mut self, now: Instant, jitter: f64) {
        self.in_flight = false;
        self.has_succeeded = true;
        self.stale_at = Some(now + HARD_STALE);
        // Ahead of expiry, so that one failure can be made good in time.
        self.next_attempt = now + self.time_to_live.mul_f64(0.8 - 0.1 * jitter);
    }

    /// The attempt failed.
    pub(crate) fn failed(&mut self, now: Instant, jitter: f64) {
        self.in_flight = false;
        self.next_attempt = now + self.pause().mul_f64(1.0 + 0.2 * jitter);
    }

    /// Quickly at first while the provider may still be starting, then at the cool-down's pace.
    fn pause(&mut self) -> Duration {
        if self.has_succeeded {
            return COOL_DOWN;
        }
        let doubled = FIRST_RETRY.saturating_mul(1 << self.failures_at_start.min(7));
        self.failures_at_start = self.failures_at_start.saturating_add(1);
        doubled.min(COOL_DOWN)
    }
}
