//! The background task that keeps one issuer's keys current, and what it shares with verifiers.
//! It is the only place that fetches, which makes every flight a single one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep_until, timeout},
};

use super::{KeyFetchError, cache_file::CacheFile, schedule::Schedule, source::KeySource};
use crate::keys::{CurrentKeys, KeySet};

/// What verifiers and the task both touch. No lock is taken for a token whose key is known.
pub(super) struct Shared {
    keys: Arc<CurrentKeys>,
    schedule: Mutex<Schedule>,
    asked: Notify,
    progress: watch::Sender<Progress>,
}

#[derive(Default)]
struct Progress {
    ended: u64,
    last_failure: Option<KeyFetchError>,
}

impl Shared {
    pub(super) fn new(now: Instant, time_to_live: Duration) -> Self {
        Self {
            keys: Arc::default(),
            schedule: Mutex::new(Schedule::new(now, time_to_live)),
            asked: Notify::new(),
            progress: watch::Sender::default(),
        }
    }

    pub(super) fn keys(&self) -> Arc<CurrentKeys> {
        Arc::clone(&self.keys)
    }

    /// Takes the keys of an earlier process, if they are there and young enough.
    pub(super) fn load_from(&self, cache: &CacheFile, now: SystemTime) {
        if let Some((set, age)) = cache.load(now) {
            self.schedule().found_on_disk(Instant::now(), age);
            self.keys.replace(set);
        }
    }

    /// An unknown `kid`: answers whether an attempt is under way or was started.
    pub(super) fn ask(&self, now: Instant) -> bool {
        let is_coming = self.schedule().ask(now);
        if is_coming {
            self.asked.notify_one();
        }
        is_coming
    }

    #[cfg(feature = "feed")]
    pub(super) fn demand(&self) {
        self.schedule().demand();
        self.asked.notify_one();
    }

    pub(super) fn attempts(&self) -> u64 {
        self.progress.borrow().ended
    }

    /// Waits until an attempt has ended after the first `seen`; answers whether one has.
    pub(super) async fn wait_past(&self, seen: u64, at_most: Duration) -> bool {
        let mut progress = self.progress.subscribe();
        let ended = progress.wait_for(|progress| progress.ended != seen);
        matches!(timeout(at_most, ended).await, Ok(Ok(_)))
    }

    pub(super) async fn first_outcome(&self) -> Result<(), KeyFetchError> {
        let mut progress = self.progress.subscribe();
        let ended = progress.wait_for(|progress| progress.ended > 0).await;
        let progress = ended.map_err(|_| KeyFetchError::Ended)?;
        progress.last_failure.clone().map_or(Ok(()), Err)
    }

    fn end_attempt(&self, failure: Option<KeyFetchError>) {
        let now = Instant::now();
        match &failure {
            None => self.schedule().succeeded(now, jitter()),
            Some(_) => self.schedule().failed(now, jitter()),
        }
        self.progress.send_modify(|progress| {
            progress.ended += 1;
            progress.last_failure = failure;
        });
    }

    /// The schedule is never left half changed, so a panic elsewhere does not spoil it.
    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fetches whenever the schedule says so, until aborted.
pub(super) async fn keep_current(shared: Arc<Shared>, mut source: impl KeySource, cache: Option<CacheFile>) {
    let _keys = GivenUpAtTheEnd(shared.keys());
    let mut last_document = None;
    let mut last_failure = None;
    loop {
        let wake_at = shared.schedule().wake_at();
        tokio::select! {
            () = sleep_until(wake_at) => {}
            () = shared.asked.notified() => {}
        }
        let now = Instant::now();
        if shared.schedule().take_stale(now) {
            tracing::error!("the provider's keys were not confirmed for an hour and are given up");
            shared.keys.expire();
            last_document = None;
        }
        if !shared.schedule().begin(now) {
            continue;
        }
        let failure = attempt(&shared, &mut source, &cache, &mut last_document).await.err();
        report(failure.as_ref(), &mut last_failure);
        shared.end_attempt(failure);
    }
}

/// Keys that are no longer kept current are not trusted: without the task, however it ended,
/// a withdrawn key would be good for ever.
struct GivenUpAtTheEnd(Arc<CurrentKeys>);

impl Drop for GivenUpAtTheEnd {
    fn drop(&mut self) {
        self.0.expire();
    }
}

/// One attempt. The same document again leaves the snapshot, and what depends on it, alone.
async fn attempt(
    shared: &Shared,
    source: &mut impl KeySource,
    cache: &Option<CacheFile>,
    last_document: &mut Option<Vec<u8>>,
) -> Result<(), KeyFetchError> {
    let document = source.fetch().await?;
    let set = KeySet::from_jwks(&document)?;
    if last_document.as_ref() != Some(&document) {
        shared.keys.replace(set);
    }
    if let Some(cache) = cache {
        cache.store(&document).await;
    }
    *last_document = Some(document);
    Ok(())
}

/// Logs a failure when it begins or changes, and its end; not every repetition.
fn report(failure: Option<&KeyFetchError>, last: &mut Option<KeyFetchError>) {
    if failure == last.as_ref() {
        return;
    }
    match failure {
        Some(error) => tracing::error!(%error, "cannot refresh the provider's keys"),
        None => tracing::info!("the provider's keys are current again"),
    }
    *last = failure.cloned();
}

/// A random number from 0 to 1, so that many sites do not ask in step; no secret depends on it.
#[allow(clippy::disallowed_methods, reason = "spreads load; no rule and no secret depends on it")]
fn jitter() -> f64 {
    let mut octet = [0];
    match aws_lc_rs::rand::fill(&mut octet) {
        Ok(()) => f64::from(octet[0]) / f64::from(u8::MAX),
        Err(_) => 0.5,
    }
}

#[cfg(test)]
#[path = "task_tests.rs"]
mod tests;
