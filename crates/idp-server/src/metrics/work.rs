//! What is counted where work waits for a thread (hashing, database) and of questions to Redis.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;

use super::{
    histogram::Histogram,
    labels::{Counters, RedisFault},
};

/// Work behind a queue. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct WorkMetrics {
    /// How long work waited for a thread.
    pub waited: Histogram,
    /// How long a thread was at it.
    pub took: Histogram,
    /// What was turned away, since too much waited.
    pub refused: Counter,
    busy: Arc<AtomicUsize>,
}

impl WorkMetrics {
    /// A thread begins. It ends when what this answers is dropped, also by a panic; `elapsed` says how long it took.
    pub fn begin<F: Fn() -> Duration>(&self, elapsed: F) -> Working<'_, F> {
        self.busy.fetch_add(1, Ordering::Relaxed);
        Working { metrics: self, elapsed }
    }

    /// Threads that are at work.
    #[must_use]
    pub fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }
}

/// A thread at work.
pub struct Working<'a, F: Fn() -> Duration> {
    metrics: &'a WorkMetrics,
    elapsed: F,
}

impl<F: Fn() -> Duration> Drop for Working<'_, F> {
    fn drop(&mut self) {
        self.metrics.busy.fetch_sub(1, Ordering::Relaxed);
        self.metrics.took.observe((self.elapsed)());
    }
}

/// Questions to Redis. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct RedisMetrics {
    /// How long answers took.
    pub took: Histogram,
    /// Those that did not come.
    pub faults: Counters<RedisFault>,
}

/// What the database did not carry out, by the kind of error. Clones share the counts.
#[derive(Clone, Debug)]
pub struct DatabaseFaults(Arc<Vec<(&'static str, Counter)>>);

impl DatabaseFaults {
    /// With these words.
    #[must_use]
    pub fn of(words: &[&'static str]) -> Self {
        Self(Arc::new(words.iter().map(|word| (*word, Counter::default())).collect()))
    }

    /// Counts one more; a word that is none of them is not counted.
    pub fn add(&self, word: &str) {
        if let Some((_, counter)) = self.0.iter().find(|(known, _)| *known == word) {
            counter.inc();
        }
    }

    pub(super) fn counters(&self) -> impl Iterator<Item = (&'static str, Counter)> + '_ {
        self.0.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic)]
    use std::panic::catch_unwind;

    use super::*;

    #[test]
    fn a_thread_is_busy_until_its_work_ends_however_that_is() {
        let metrics = WorkMetrics::default();
        let working = metrics.begin(|| Duration::from_millis(1));
        assert_eq!(metrics.busy(), 1);
        drop(working);
        let panics = metrics.clone();
        let ended = catch_unwind(move || {
            let _working = panics.begin(|| Duration::from_millis(1));
            panic!("on purpose");
        });
        assert!(ended.is_err());
        assert_eq!((metrics.busy(), metrics.took.count()), (0, 2));
    }
}
