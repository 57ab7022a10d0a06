//! When sessions began lately in each browser. A browser that keeps everything of this site but the session (a setting, an
//! extension, a limit on the size of cookies) would go from page to provider and back for ever: each round succeeds, and
//! none leaves anything. RFC 6265 section 6.1.

use std::time::Duration;

use moka::sync::Cache;

use crate::time::UnixTime;

/// Rounds after which it is sure: no person signs in as often in that time, and out in between.
const ROUNDS: usize = 3;
/// In so many seconds.
const WITHIN: i64 = 10;
const MAX_BROWSERS: u64 = 20_000;
/// Longer than they are asked for, whatever the site's clock does.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// The last sessions of each browser, by the tag of its binding.
pub(crate) struct BegunSessions(Cache<[u8; 16], Vec<i64>>);

impl Default for BegunSessions {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_BROWSERS).time_to_live(KEPT_FOR).build())
    }
}

impl BegunSessions {
    /// One begins now.
    pub(crate) fn note(&self, browser: [u8; 16], now: UnixTime) {
        let mut begun = self.recent(browser, now);
        begun.push(now.as_secs());
        self.0.insert(browser, begun);
    }

    /// Whether so many began in this browser a moment ago that one of them would have been kept.
    pub(crate) fn are_not_kept(&self, browser: [u8; 16], now: UnixTime) -> bool {
        self.recent(browser, now).len() >= ROUNDS
    }

    fn recent(&self, browser: [u8; 16], now: UnixTime) -> Vec<i64> {
        let mut begun = self.0.get(&browser).unwrap_or_default();
        begun.retain(|at| (0..WITHIN).contains(&(now.as_secs() - at)));
        begun
    }
}
