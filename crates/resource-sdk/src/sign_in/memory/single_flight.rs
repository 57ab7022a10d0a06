//! One-time work that is done once, however many requests ask for it at once. The first begins it, and all get
//! its outcome. So do latecomers, for a short while after the last answer has left. The work goes on when the
//! request that began it is given up: what it spends may be spent already.
//! RFC 6749 section 4.1.2 (codes); RFC 9700 section 4.14 (refresh tokens).

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use moka::{Expiry, ops::compute::Op, sync::Cache};
use tokio::sync::watch;

use crate::sign_in::browser::seal::sha256;

/// How long latecomers still get the same outcome after the last answer has left. No longer than the
/// provider's own window, so that a stolen refresh token is hardly good for longer here.
const GRACE: Duration = Duration::from_secs(10);
/// No handler, however slow, keeps an outcome for latecomers longer than this.
pub(crate) const HELD_AT_MOST: Duration = Duration::from_secs(300);

/// Work under way, outcomes whose answers have not left yet, and those of the last seconds, by the secret
/// that the work spends.
pub(crate) struct SingleFlight<T>(Table<T>);

type Key = [u8; 32];
type Table<T> = Cache<Key, Arc<Flight<T>>>;

struct Flight<T> {
    outcome: watch::Receiver<Option<T>>,
    holders: AtomicUsize,
    is_over: AtomicBool,
}

/// An answer with the outcome is still being made: until this is dropped, requests with the same secret
/// join. The browser cannot know better before it has that answer.
#[must_use]
pub(crate) struct FlightGuard<T: Clone + Send + Sync + 'static> {
    table: Table<T>,
    key: Key,
    flight: Arc<Flight<T>>,
}

impl<T: Clone + Send + Sync + 'static> SingleFlight<T> {
    /// Remembers so many outcomes at most.
    pub(crate) fn new(capacity: u64) -> Self {
        Self::with_lifetimes(capacity, HELD_AT_MOST, GRACE)
    }

    fn with_lifetimes(capacity: u64, held: Duration, grace: Duration) -> Self {
        Self(Cache::builder().max_capacity(capacity).expire_after(Lifetimes { held, grace }).build())
    }

    /// Does `work`, which spends `secret`, or joins the request that does. No outcome means that the work
    /// broke off.
    pub(crate) async fn share<F>(&self, secret: &str, work: impl FnOnce() -> F) -> (Option<T>, FlightGuard<T>)
    where
        F: Future<Output = T> + Send + 'static,
    {
        // The hash is the key: no secret lies in a table that might be printed.
        let key = sha256(secret);
        let flight = self.0.get_with(key, || Self::begin(self.0.clone(), key, work()));
        let guard = FlightGuard::new(self.0.clone(), key, flight);
        let mut outcome = guard.flight.outcome.clone();
        let outcome = outcome.wait_for(Option::is_some).await.ok().and_then(|outcome| outcome.clone());
        if outcome.is_none() {
            guard.forget();
        }
        (outcome, guard)
    }

    fn begin(table: Table<T>, key: Key, work: impl Future<Output = T> + Send + 'static) -> Arc<Flight<T>> {
        let (result, outcome) = watch::channel(None);
        let flight = Flight { outcome, holders: AtomicUsize::new(0), is_over: AtomicBool::new(false) };
        let flight = Arc::new(flight);
        let guard = FlightGuard::new(table, key, Arc::clone(&flight));
        tokio::spawn(async move {
            result.send_replace(Some(work.await));
            drop(guard);
        });
        flight
    }
}

impl<T: Clone + Send + Sync + 'static> FlightGuard<T> {
    fn new(table: Table<T>, key: Key, flight: Arc<Flight<T>>) -> Self {
        flight.holders.fetch_add(1, Ordering::SeqCst);
        Self { table, key, flight }
    }

    /// The next request begins the work anew: nothing was spent.
    pub(crate) fn forget(&self) {
        self.replace(Op::Remove);
    }

    /// Changes the entry, unless it is another flight's by now.
    fn replace(&self, op: Op<Arc<Flight<T>>>) {
        let flight = &self.flight;
        self.table.entry(self.key).and_compute_with(|found| match found {
            Some(found) if Arc::ptr_eq(found.value(), flight) => op,
            _ => Op::Nop,
        });
    }
}

impl<T: Clone + Send + Sync + 'static> Drop for FlightGuard<T> {
    /// The grace begins once: latecomers do not prolong it.
    fn drop(&mut self) {
        let is_last = self.flight.holders.fetch_sub(1, Ordering::SeqCst) == 1;
        if is_last && !self.flight.is_over.swap(true, Ordering::SeqCst) {
            self.replace(Op::Put(Arc::clone(&self.flight)));
        }
    }
}

/// A flight is entered when it begins and entered again when its answers have left.
struct Lifetimes {
    held: Duration,
    grace: Duration,
}

impl<T> Expiry<Key, Arc<Flight<T>>> for Lifetimes {
    fn expire_after_create(&self, _: &Key, _: &Arc<Flight<T>>, _: Instant) -> Option<Duration> {
        Some(self.held)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        _: &Arc<Flight<T>>,
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

    fn flights(held: Duration, grace: Duration) -> SingleFlight<()> {
        SingleFlight::with_lifetimes(100, held, grace)
    }

    /// Whether the work was done (again), and the guard of its outcome.
    async fn is_done(flights: &SingleFlight<()>) -> (bool, FlightGuard<()>) {
        let done = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&done);
        let (_, guard) = flights.share("token", || async move { flag.store(true, Ordering::SeqCst) }).await;
        (done.load(Ordering::SeqCst), guard)
    }

    #[tokio::test]
    async fn m05_an_outcome_is_kept_while_its_answer_is_being_made() {
        let flights = flights(LONG, NO_TIME);
        let (_, slow) = is_done(&flights).await;
        let (_, quick) = is_done(&flights).await;
        drop(quick);
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(!is_done(&flights).await.0, "the browser still has the old cookie");
        drop(slow);
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(is_done(&flights).await.0, "an old token is not good for ever");
    }

    #[tokio::test]
    async fn m05_there_is_a_grace_after_the_answer_and_an_end_to_holding() {
        let patient = flights(NO_TIME, LONG);
        drop(is_done(&patient).await);
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(!is_done(&patient).await.0, "within the grace");

        let bounded = flights(NO_TIME, LONG);
        let (_, _held) = is_done(&bounded).await;
        tokio::time::sleep(NO_TIME * 20).await;
        assert!(is_done(&bounded).await.0, "held for too long");
    }

    #[tokio::test]
    async fn what_is_forgotten_or_broke_off_is_done_anew() {
        let flights = flights(LONG, LONG);
        let (_, guard) = is_done(&flights).await;
        guard.forget();
        assert!(is_done(&flights).await.0);

        let broken = SingleFlight::<()>::new(100);
        let (outcome, _guard) = broken.share("token", || async { panic!("on purpose") }).await;
        assert!(outcome.is_none());
        assert!(is_done(&broken).await.0);
    }

    #[tokio::test]
    async fn b3_work_outlives_the_request_that_began_it() {
        let flights = SingleFlight::new(100);
        let slow = || async {
            tokio::time::sleep(NO_TIME * 10).await;
            "first"
        };
        assert!(tokio::time::timeout(NO_TIME, flights.share("token", slow)).await.is_err());
        let (outcome, _guard) = flights.share("token", || async { "second" }).await;
        assert_eq!(outcome, Some("first"));
    }

    #[tokio::test]
    async fn b3_outcomes_are_bounded() {
        let flights = SingleFlight::new(10);
        for number in 0..1_000 {
            let _outcome = flights.share(&number.to_string(), || async move { number }).await;
        }
        flights.0.run_pending_tasks();
        assert!(flights.0.entry_count() <= 10);
    }
}
