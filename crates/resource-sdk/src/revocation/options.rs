//! What may be configured about the following of the feed.

use std::{path::PathBuf, time::Duration};

use crate::time::Clock;

/// Names that may be held: about 10 MB of them.
const MAX_ENTRIES: usize = 300_000;
/// Bytes that one entry takes in a statement, at most and with what is around it.
const BYTES_PER_ENTRY: usize = 400;
/// The smallest limit of an event.
const SMALLEST_LIMIT: usize = 64 * 1024;

/// How the feed is followed.
#[derive(Clone, Debug)]
#[must_use]
pub struct FeedOptions {
    pub(super) snapshot_file: Option<PathBuf>,
    pub(super) heartbeat: Duration,
    pub(super) longest_pause: Duration,
    pub(super) max_entries: usize,
    pub(super) introspects_when_stale: bool,
    pub(super) clock: Clock,
}

impl Default for FeedOptions {
    fn default() -> Self {
        Self {
            snapshot_file: None,
            heartbeat: Duration::from_secs(1),
            longest_pause: Duration::from_secs(5),
            max_entries: MAX_ENTRIES,
            introspects_when_stale: false,
            clock: Clock::System,
        }
    }
}

impl FeedOptions {
    /// Keeps what is revoked in this file, so that a site which restarts while the provider is away
    /// still refuses it. The statements are stored as they were signed and believed only if the
    /// provider's keys verify them: give the keys a file as well
    /// ([`KeyOptions::cache_file`](crate::KeyOptions::cache_file)). The file is private to its
    /// owner.
    pub fn snapshot_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.snapshot_file = Some(path.into());
        self
    }

    /// How often the provider sends a heartbeat: 1 second unless set. A connection that is silent
    /// for three of them is given up. At most 60 seconds.
    pub fn heartbeat(mut self, heartbeat: Duration) -> Self {
        self.heartbeat = heartbeat.clamp(Duration::from_millis(10), Duration::from_secs(60));
        self
    }

    /// The longest pause between two attempts to connect: 5 seconds unless set, at least 500 ms.
    /// The first attempt after a failure is made after a random time below 500 ms, the next below 1 s
    /// and so on. Only a connection that lasted longer than this begins anew with that.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = pause;
        self
    }

    /// How many names may be held: 300 000 unless set, about 10 MB. When more is revoked, what is
    /// held goes on to be refused, and a verifier that demands freshness refuses everything until
    /// enough of it has expired.
    pub fn max_entries(mut self, entries: usize) -> Self {
        self.max_entries = entries;
        self
    }

    /// Asks the provider about each token while the feed is too stale to tell, instead of refusing.
    /// Only a [`ResourceServer`](crate::ResourceServer) can: a verifier does no I/O. Off unless set;
    /// it costs a round trip per request at the worst time for the provider, at most 32 at once.
    pub fn introspect_when_stale(mut self, introspects: bool) -> Self {
        self.introspects_when_stale = introspects;
        self
    }

    /// The clock that decides, beside the provider's, when an entry is over; one that is turned by
    /// hand, in tests. Staleness is measured by another, which cannot be set.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The largest statement that is read, in bytes.
    pub(super) fn max_bytes(&self) -> usize {
        self.max_entries.saturating_mul(BYTES_PER_ENTRY).max(SMALLEST_LIMIT)
    }
}
