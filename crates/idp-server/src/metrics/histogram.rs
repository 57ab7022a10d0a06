//! How long something took, in buckets. Only atomics: `prometheus_client` keeps its own histogram behind a lock.

use std::{
    fmt::Error,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeMetric, MetricEncoder, NoLabelSet},
    metrics::{MetricType, TypedMetric},
};

/// The upper ends of the buckets, in microseconds: from a read of a file to the patience of a browser.
const ENDS: [u64; 14] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 2_500_000,
    10_000_000,
];

/// Durations, counted by their size. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Histogram(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Of each bucket by itself.
    buckets: [AtomicU64; ENDS.len()],
    /// Of those beyond the last.
    above: AtomicU64,
    /// In microseconds.
    sum: AtomicU64,
}

impl Histogram {
    /// Counts one that took so long.
    pub fn observe(&self, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = ENDS.partition_point(|end| *end < took);
        self.0.buckets.get(bucket).unwrap_or(&self.0.above).fetch_add(1, Ordering::Relaxed);
        self.0.sum.fetch_add(took, Ordering::Relaxed);
    }

    /// How many were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        let counts = self.0.buckets.iter().chain([&self.0.above]);
        counts.map(|count| count.load(Ordering::Relaxed)).sum()
    }
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), Error> {
        let ends = ENDS.iter().map(|end| seconds(*end)).chain([f64::INFINITY]);
        let counts = self.0.buckets.iter().chain([&self.0.above]);
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = ends.zip(counts).collect();
        // Of the very counts that are shown, so that the last bucket is the count also while others are added.
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = seconds(self.0.sum.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

/// A sum of microseconds is exact for centuries.
fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1_000_000.0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use prometheus_client::{encoding::text::encode, registry::Registry};

    use super::*;

    #[test]
    fn one_that_took_as_long_as_a_bucket_is_in_it() {
        let histogram = Histogram::default();
        for took in [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(2), Duration::MAX] {
            histogram.observe(took.min(Duration::from_secs(3600)));
        }
        let mut registry = Registry::default();
        registry.register("took", "How long", histogram.clone());
        let mut page = String::new();
        encode(&mut page, &registry).unwrap();
        for line in [
            "took_bucket{le=\"0.0001\"} 1",
            "took_bucket{le=\"0.0005\"} 1",
            "took_bucket{le=\"0.001\"} 2",
            "took_bucket{le=\"0.0025\"} 3",
            "took_bucket{le=\"10.0\"} 3",
            "took_bucket{le=\"+Inf\"} 4",
            "took_count 4",
            "took_sum 3600.003",
        ] {
            assert!(page.lines().any(|written| written == line), "{line} is missing: {page}");
        }
        assert_eq!(histogram.count(), 4);
    }
}
