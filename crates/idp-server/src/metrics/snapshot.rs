//! What the other parts of a node know when the page is asked for.

use std::time::Duration;

use idp_core::time::UnixTime;

use super::{
    labels::{Counters, ReadyPart, TraceSpanOutcome},
    work::{DatabaseFaults, RedisMetrics, WorkMetrics},
};

/// A node, as it is now.
#[derive(Debug)]
pub struct Snapshot {
    /// When the process started.
    pub started: UnixTime,
    /// `sqlite` or `postgresql`.
    pub database: &'static str,
    /// The hashing threads.
    pub hashing: WorkFigures,
    /// Pools of connections to the database.
    pub pools: Vec<PoolFigures>,
    /// What the database did not carry out.
    pub database_faults: DatabaseFaults,
    /// Redis, where there is one.
    pub redis: Option<RedisFigures>,
    /// Listeners of the feed.
    pub listeners: usize,
    /// How many there may be.
    pub listeners_limit: usize,
    /// How old the feed's knowledge of the log is; `None` before the first look.
    pub feed_age: Option<Duration>,
    /// What it tells of.
    pub feed_entries: usize,
    /// Whether the database answered in time.
    pub is_database_up: bool,
    /// What it has of deliveries; `None` where that could not be read.
    pub outboxes: Option<Outboxes>,
    /// What became of the spans of traces; `None` where there are none.
    pub traces: Option<Counters<TraceSpanOutcome>>,
    /// What `/health/ready` found last.
    pub ready: Vec<(ReadyPart, bool)>,
    /// The signing keys.
    pub keys: KeyFigures,
    /// When the certificate ends.
    pub certificate_ends: Option<UnixTime>,
}

/// Threads with a queue.
#[derive(Debug)]
pub struct WorkFigures {
    /// What they counted.
    pub metrics: WorkMetrics,
    /// How many there are.
    pub threads: usize,
    /// What waits for one.
    pub waiting: usize,
    /// How much may wait.
    pub limit: usize,
}

/// A pool of connections.
#[derive(Debug)]
pub struct PoolFigures {
    /// What it is for.
    pub name: &'static str,
    /// Its threads.
    pub work: WorkFigures,
}

/// Redis.
#[derive(Debug)]
pub struct RedisFigures {
    /// What was asked of it.
    pub metrics: RedisMetrics,
    /// Whether it holds all that it should.
    pub is_in_step: bool,
}

/// What waits to be delivered, by any node.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Outboxes {
    /// Logout tokens.
    pub logouts: Backlog,
    /// Letters.
    pub mails: Backlog,
    /// For how long the webhook of the audit log has taken nothing, in seconds; `None` where none is configured.
    pub audit_failing: Option<i64>,
}

/// What waits in an outbox.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Backlog {
    /// How much, counted up to a bound.
    pub count: usize,
    /// Since when the oldest of these does, in seconds.
    pub oldest_age: i64,
}

/// The signing keys.
#[derive(Clone, Eq, PartialEq, Debug, Default)]
pub struct KeyFigures {
    /// How many are in each state.
    pub by_state: Vec<(&'static str, usize)>,
    /// Since when the one signs that does.
    pub since: Option<UnixTime>,
    /// When the next one takes its place.
    pub due: Option<UnixTime>,
}
