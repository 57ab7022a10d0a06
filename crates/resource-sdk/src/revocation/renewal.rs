//! When a connection is made beside the one that is read, for the sake of its anchor. Now and then, since clocks whose
//! rates differ loosen an old anchor. And when statements lag behind what the anchor proves, as over a path that has
//! become slow. The connection that is read is left only when the other one is there.

use std::{future::pending, pin::Pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use super::{
    Shared,
    provider::{Connection, Failure, Provider},
};

/// By then rates that differ by a thousandth have cost 0.3 s of freshness.
const AFTER: Duration = Duration::from_secs(5 * 60);
/// A connection whose anchor is that old and cannot be renewed is given up.
const AT_LATEST: Duration = Duration::from_secs(15 * 60);
/// After a renewal, before lateness asks for another; twice as long each time that it did not help.
const FIRST_PAUSE: Duration = Duration::from_secs(10);

type Attempt = Pin<Box<dyn Future<Output = Result<Connection, Failure>> + Send>>;

/// The next connection of a follower.
pub(super) struct Renewal {
    provider: Arc<Provider>,
    shared: Arc<Shared>,
    max_bytes: usize,
    anchored_at: Instant,
    due: Instant,
    pause: Duration,
    attempt: Attempt,
}

impl Renewal {
    /// Of a connection that was made at `now`.
    pub(super) fn new(provider: Arc<Provider>, shared: Arc<Shared>, max_bytes: usize, now: Instant) -> Self {
        let mut renewal = Self {
            provider,
            shared,
            max_bytes,
            anchored_at: now,
            due: now,
            pause: FIRST_PAUSE,
            attempt: Box::pin(pending()),
        };
        renewal.plan(now + AFTER);
        renewal
    }

    /// Waits for the outcome of the next attempt.
    pub(super) async fn outcome(&mut self) -> Result<Connection, Failure> {
        (&mut self.attempt).await
    }

    /// The new connection is there.
    pub(super) fn succeeded(&mut self, now: Instant) {
        if now.saturating_duration_since(self.anchored_at) >= AFTER {
            self.pause = FIRST_PAUSE;
        }
        self.anchored_at = now;
        self.plan(now + AFTER);
    }

    /// It is not: answers whether the one that is read has to do without.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        self.plan(now + AFTER / 5);
        now.saturating_duration_since(self.anchored_at) < AT_LATEST
    }

    /// Statements lag behind what the anchor proves, or do not.
    pub(super) fn lag(&mut self, is_steady: bool, now: Instant) {
        if !is_steady {
            return;
        }
        let soon = (self.anchored_at + self.pause).max(now);
        // One that is under way, or as near, is not put off.
        if soon < self.due {
            self.pause = (self.pause * 2).min(AFTER);
            self.plan(soon);
        }
    }

    fn plan(&mut self, due: Instant) {
        let (provider, shared, max_bytes) =
            (Arc::clone(&self.provider), Arc::clone(&self.shared), self.max_bytes);
        self.due = due;
        self.attempt = Box::pin(async move {
            sleep_until(due).await;
            let number = shared.view.load().number;
            provider.connect(number, max_bytes).await
        });
    }
}
