//! What many of the same took.

use std::fmt;
use std::time::Duration;

/// Durations, shown by their median and their 99th percentile.
#[derive(Default)]
pub struct Spread(Vec<Duration>);

impl Spread {
    /// Adds one.
    pub fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// That within which so many in a thousand are, in milliseconds.
    pub fn within(&self, per_mille: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        let at = (sorted.len() * per_mille / 1000).min(sorted.len().saturating_sub(1));
        sorted.get(at).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.1}, {:.1} ms", self.within(500), self.within(990))
    }
}
