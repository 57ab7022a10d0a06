//! When the keys are fetched: a pure state machine over monotonic instants. It knows the lifetime
//! of a key set, the cool-down between fetches that clients can cause, the back-off after
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
    attempt_began: Instant,
    cool_from: Option<Instant>,
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
            attempt_began: now,
            cool_from: None,
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
    /// of this token or another; within the cool-down a client's token causes none.
    pub(crate) fn ask(&mut self, now: Instant) -> bool {
        let has_cooled = self.cool_from.is_none_or(|from| now >= from + COOL_DOWN);
        self.asked |= !self.in_flight && has_cooled;
        self.in_flight || self.asked
    }

    /// A refresh that the provider's own answer asks for: no cool-down, and one that is under way began too
    /// early to count.
    #[cfg(feature = "feed")]
    pub(crate) fn demand(&mut self) {
        self.asked = true;
    }

    /// When the task must look again.
    pub(crate) fn wake_at(&self) -> Instant {
        self.stale_at.map_or(self.next_attempt, |stale_at| stale_at.min(self.next_attempt))
    }

    /// Whether the keys held until now are to be given up; says so once.
    pub(crate) fn take_stale(&mut self, now: Instant) -> bool {
        self.stale_at.take_if(|stale_at| now >= *stale_at).is_some()
    }

    /// Whether an attempt starts now. One that was asked for starts the cool-down, however it ends.
    pub(crate) fn begin(&mut self, now: Instant) -> bool {
        self.in_flight = self.asked || now >= self.next_attempt;
        if self.in_flight {
            self.attempt_began = now;
        }
        if self.asked {
            self.cool_from = Some(now);
        }
        self.asked = false;
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

    /// The attempt failed. It starts the cool-down in either case: a provider in trouble is not
    /// asked more often because clients send unknown tokens.
    pub(crate) fn failed(&mut self, now: Instant, jitter: f64) {
        self.in_flight = false;
        self.cool_from = Some(self.attempt_began);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn with_keys(now: Instant) -> Schedule {
        let mut schedule = Schedule::new(now, TIME_TO_LIVE);
        assert!(schedule.begin(now));
        schedule.succeeded(now, 0.5);
        schedule
    }

    #[test]
    fn j38_clients_cause_one_attempt_per_cool_down() {
        let start = Instant::now();
        let mut schedule = with_keys(start);
        let mut attempts = 0;
        for millis in (0..120_000).step_by(10) {
            let now = start + Duration::from_millis(millis);
            schedule.ask(now);
            if schedule.begin(now) {
                attempts += 1;
                match attempts % 2 {
                    0 => schedule.succeeded(now, 1.0),
                    _ => schedule.failed(now, 0.0),
                }
            }
        }
        assert_eq!(attempts, 4, "at 0, 30, 60 and 90 s");
    }

    #[test]
    fn j38_a_failed_scheduled_attempt_counts_for_the_cool_down() {
        let start = Instant::now();
        let mut schedule = with_keys(start);
        let due = schedule.wake_at();
        assert!(schedule.begin(due));
        schedule.failed(due + secs(3), 0.0);
        assert!(!schedule.ask(due + secs(29)));
        assert!(schedule.ask(due + secs(30)));
    }

    #[test]
    fn j38_a_request_during_a_fetch_joins_it() {
        let start = Instant::now();
        let mut schedule = with_keys(start);
        assert!(schedule.ask(start) && schedule.begin(start));
        assert!(schedule.ask(start + secs(1)), "joins");
        schedule.succeeded(start + secs(2), 0.0);
        assert!(!schedule.begin(start + secs(2)), "joining started no second flight");
        assert!(!schedule.ask(start + secs(3)), "cooling down");
    }

    #[test]
    fn j39_the_first_unknown_kid_after_a_scheduled_fetch_is_served_at_once() {
        let start = Instant::now();
        assert!(with_keys(start).ask(start));
    }

    #[test]
    fn j40_keys_are_confirmed_ahead_of_their_lifetime() {
        let start = Instant::now();
        for jitter in [0.0, 1.0] {
            let mut schedule = Schedule::new(start, TIME_TO_LIVE);
            schedule.begin(start);
            schedule.succeeded(start, jitter);
            let again = schedule.wake_at() - start;
            assert!(again >= secs(400) && again <= secs(490), "{again:?}");
        }
    }

    #[test]
    fn j41_unconfirmed_keys_are_given_up_once_after_an_hour() {
        let start = Instant::now();
        let mut schedule = with_keys(start);
        assert!(!schedule.take_stale(start + HARD_STALE - secs(1)));
        assert!(schedule.take_stale(start + HARD_STALE));
        assert!(!schedule.take_stale(start + HARD_STALE + secs(1)));
    }

    #[test]
    fn keys_from_disk_serve_for_the_rest_of_the_hour() {
        let start = Instant::now();
        let mut schedule = Schedule::new(start, TIME_TO_LIVE);
        schedule.found_on_disk(start, secs(3_000));
        assert_eq!(schedule.wake_at(), start, "they are confirmed at once");
        assert!(!schedule.take_stale(start + secs(599)));
        assert!(schedule.take_stale(start + secs(600)));
    }

    #[test]
    fn retries_at_start_slow_down_to_the_cool_down() {
        let mut now = Instant::now();
        let mut schedule = Schedule::new(now, TIME_TO_LIVE);
        let mut pauses = Vec::new();
        for _ in 0..10 {
            assert!(schedule.begin(now));
            schedule.failed(now, 0.0);
            pauses.push((schedule.wake_at() - now).as_millis());
            now = schedule.wake_at();
        }
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    }
}
