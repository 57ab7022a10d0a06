//! What came of refreshing a grant, and the sharing of it: however many requests bring the same refresh
//! token at once, it is spent once and all of them get the same answer, until the browser can have
//! learnt of it. Asking the provider is `refresh`'s. RFC 9700 section 4.14.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use moka::{Expiry, ops::compute::Op, sync::Cache};
use tokio::sync::OnceCell;

use crate::sign_in::browser::seal::sha256;

/// How long latecomers with the old token still get the same answer after the new one has left. No
/// longer than the provider's own window, so that a stolen token is hardly good for longer here.
const GRACE: Duration = Duration::from_secs(10);
/// No handler, however slow, keeps an answer for latecomers longer than this.
pub(crate) const HELD_AT_MOST: Duration = Duration::from_secs(300);
const MAX_SHARED: u64 = 10_000;

/// What came of a refresh.
#[derive(Clone)]
pub(crate) enum RefreshOutcome {
    /// The provider gave new tokens; the old refresh token is spent.
    Refreshed(Arc<RefreshedTokens>),
    /// The provider refused: the sign-in has ended.
    Rejected,
    /// Nobody knows: the provider does not answer, or not sensibly. The refresh token may be good.
    Unavailable,
}

/// New tokens. What they are worth is judged for each request: they may be taken back while they are
/// shared.
pub(crate) struct RefreshedTokens {
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// SharedRefreshes under way, those whose answers have not left yet, and those of the last seconds, by
/// refresh token.
pub(crate) struct SharedRefreshes(Table);

type Key = [u8; 32];
type Table = Cache<Key, Arc<Flight>>;

/// One spending of a refresh token.
#[derive(Default)]
struct Flight {
    outcome: OnceCell<RefreshOutcome>,
    holders: AtomicUsize,
    is_over: AtomicBool,
}

/// Says that an answer with the outcome is still being made: until it is dropped, whoever brings the
/// old refresh token joins. The browser cannot know better before it has that answer.
#[must_use]
pub(crate) struct FlightGuard {
    table: Table,
    key: Key,
    flight: Arc<Flight>,
}

impl Default for SharedRefreshes {
    fn default() -> Self {
        Self::with_lifetimes(HELD_AT_MOST, GRACE)
    }
}

impl SharedRefreshes {
    fn with_lifetimes(held: Duration, grace: Duration) -> Self {
        Self(Cache::builder().max_capacity(MAX_SHARED).expire_after(Lifetimes { held, grace }).build())
    }

    /// Spends a refresh token as `spend` does, or joins those who do. The outcome is to be had until
    /// the grace after the last hold is over.
    pub(crate) async fn share<F>(
        &self,
        refresh_token: &str,
        spend: impl FnOnce() -> F,
    ) -> (RefreshOutcome, FlightGuard)
    where
        F: Future<Output = RefreshOutcome>,
    {
        // The hash is the key: no secret lies in a table that somebody might print.
        let key = sha256(refresh_token);
        let hold = FlightGuard::of(&self.0, key, self.0.get_with(key, Arc::default));
        let outcome = hold.flight.outcome.get_or_init(spend).await.clone();
        if matches!(outcome, RefreshOutcome::Unavailable) {
            self.0.invalidate(&key);
        }
        (outcome, hold)
    }
}

impl FlightGuard {
    fn of(table: &Table, key: Key, flight: Arc<Flight>) -> Self {
        flight.holders.fetch_add(1, Ordering::SeqCst);
        Self { table: table.clone(), key, flight }
    }
}

impl Drop for FlightGuard {
    /// The grace begins once: latecomers do not prolong it.
    fn drop(&mut self) {
        let is_last = self.flight.holders.fetch_sub(1, Ordering::SeqCst) == 1;
        if !is_last || self.flight.is_over.swap(true, Ordering::SeqCst) {
            return;
        }
        let flight = &self.flight;
        self.table.entry(self.key).and_compute_with(|found| match found {
            Some(found) if !Arc::ptr_eq(found.value(), flight) => Op::Nop,
            // Whoever spent it went away before the provider answered.
            Some(_) if !flight.outcome.initialized() => Op::Remove,
            Some(_) => Op::Put(Arc::clone(flight)),
            None => Op::Nop,
        });
    }
}

/// A flight is entered when it begins and entered again when its answers have left.
struct Lifetimes {
    held: Duration,
    grace: Duration,
}

impl Expiry<Key, Arc<Flight>> for Lifetimes {
    fn expire_after_create(&self, _: &Key, _: &Arc<Flight>, _: Instant) -> Option<Duration> {
        Some(self.held)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        _: &Arc<Flight>,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(self.grace)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_TIME: Duration = Duration::from_millis(10);
    const LONG: Duration = Duration::from_secs(600);

    /// Whether the token was spent (again), and the hold on what came of it.
    async fn is_spent(refreshes: &SharedRefreshes, outcome: RefreshOutcome) -> (bool, FlightGuard) {
        let spent = AtomicBool::new(false);
        let spend = || async {
            spent.store(true, Ordering::SeqCst);
            outcome
        };
        let (_, hold) = refreshes.share("token", spend).await;
        (spent.load(Ordering::SeqCst), hold)
    }

    #[tokio::test]
    async fn m05_an_outcome_is_kept_while_its_answer_is_being_made() {
        let refreshes = SharedRefreshes::with_lifetimes(LONG, NO_TIME);
        let (_, slow) = is_spent(&refreshes, RefreshOutcome::Rejected).await;
        let (_, quick) = is_spent(&refreshes, RefreshOutcome::Rejected).await;
        drop(quick);
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(
            !is_spent(&refreshes, RefreshOutcome::Rejected).await.0,
            "the browser still has the old cookie"
        );
        drop(slow);
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(is_spent(&refreshes, RefreshOutcome::Rejected).await.0, "an old token is not good for ever");
    }

    #[tokio::test]
    async fn m05_there_is_a_grace_after_the_answer_and_an_end_to_holding() {
        let patient = SharedRefreshes::with_lifetimes(NO_TIME, LONG);
        drop(is_spent(&patient, RefreshOutcome::Rejected).await);
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(!is_spent(&patient, RefreshOutcome::Rejected).await.0, "within the grace");

        let bounded = SharedRefreshes::with_lifetimes(NO_TIME, LONG);
        let (_, _held) = is_spent(&bounded, RefreshOutcome::Rejected).await;
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(is_spent(&bounded, RefreshOutcome::Rejected).await.0, "held for too long");
    }

    #[tokio::test]
    async fn a_spending_that_was_given_up_or_failed_is_not_kept() {
        let refreshes = SharedRefreshes::with_lifetimes(LONG, LONG);
        let given_up = refreshes.share("token", std::future::pending);
        assert!(tokio::time::timeout(NO_TIME, given_up).await.is_err());
        assert!(is_spent(&refreshes, RefreshOutcome::Unavailable).await.0);
        assert!(is_spent(&refreshes, RefreshOutcome::Rejected).await.0);
    }
}
