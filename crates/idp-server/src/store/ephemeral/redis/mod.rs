//! Ephemeral state in Redis: one script for each transition, so that each is one step for every node. Every key is made
//! from ids that the server made (or clients' ids, which have a charset of their own), and holds hashes and sealed
//! values only.
//!
//! | key | what |
//! |---|---|
//! | `rt:<epoch>:{<user>}:<sid>:<client>:<grant>` | the living end of a refresh family |
//! | `session:<epoch>:{<user>}:<sid>` | when a session was last used (s) |
//! | `throttle:<bucket>` | a token bucket |
//! | `blacklist:...` | the copy of the denylist, see `denylist` |
//! | `watermark`, `writes:<epoch>` | how far this Redis is complete, see `continuity` |

mod connection;
mod continuity;
mod denylist;
mod refresh_families;
mod script;
mod settings;
mod throttles;

pub use refresh_families::{Family, KeyLifetimes, RotationOutcome};
pub use settings::RedisReport;

use super::EphemeralError;
use crate::config::RedisTopology;
use crate::metrics::RedisFigures;
use arc_swap::ArcSwapOption;
use connection::{Connection, Multiplexed};
use continuity::LastCheck;
use deadpool_redis::redis::{FromRedisValue, cmd};
use script::{Call, Scripts};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tokio::sync::{Mutex, Notify};

/// One Redis, one Sentinel group or one Cluster.
pub struct RedisBackend {
    connection: Connection,
    scripts: Scripts,
    is_cluster: bool,
    /// Whether this is a command's, which no task keeps in step.
    is_command: bool,
    lives: KeyLifetimes,
    /// Nothing until this Redis was found or made to be in step with the database.
    epoch: ArcSwapOption<Epoch>,
    /// The last revocation, by its number, that was copied from here.
    copied: AtomicI64,
    /// How the last look at its settings and the last check of the watermark went.
    evicts: AtomicBool,
    in_step: AtomicBool,
    clock_ahead: AtomicBool,
    /// One check at a time.
    checking: Mutex<LastCheck>,
    lost: Notify,
}

/// The time since this Redis last lost something, as the database numbers it.
struct Epoch {
    number: i64,
    /// The greatest count of writes that this node has seen.
    seen: AtomicI64,
}

impl Epoch {
    const fn begin(number: i64) -> Self {
        Self { number, seen: AtomicI64::new(0) }
    }

    fn writes_key(&self) -> String {
        format!("writes:{}", self.number)
    }
}

impl RedisBackend {
    /// Prepares the way to `topology`; connects to nothing yet.
    ///
    /// # Errors
    /// [`EphemeralError`] for a URL that the client does not take.
    pub fn new(topology: &RedisTopology, lives: KeyLifetimes) -> Result<Self, EphemeralError> {
        Ok(Self {
            connection: Connection::new(topology)?,
            scripts: Scripts::new(),
            is_cluster: matches!(topology, RedisTopology::Cluster(_)),
            is_command: false,
            lives,
            epoch: ArcSwapOption::empty(),
            copied: AtomicI64::new(0),
            evicts: AtomicBool::new(false),
            in_step: AtomicBool::new(false),
            clock_ahead: AtomicBool::new(false),
            checking: Mutex::new(LastCheck::default()),
            lost: Notify::new(),
        })
    }

    /// The same for a command: it publishes what is revoked after `newest`, and leaves everything else to the nodes.
    #[must_use]
    pub fn for_command(self, newest: i64) -> Self {
        self.copied.store(newest, Ordering::Relaxed);
        Self { is_command: true, ..self }
    }

    /// What was asked of it, and whether it can be used now.
    #[must_use]
    pub fn figures(&self) -> RedisFigures {
        RedisFigures { metrics: self.connection.metrics.clone(), is_in_step: self.is_in_step() }
    }

    /// Whether it can be used now.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.in_step.load(Ordering::Relaxed)
    }

    /// Whether the other nodes and the database contradict the clock of this node.
    #[must_use]
    pub fn is_clock_ahead(&self) -> bool {
        self.clock_ahead.load(Ordering::Relaxed)
    }

    /// Whether it was found to throw keys away when its memory is full.
    #[must_use]
    pub fn evicts(&self) -> bool {
        self.evicts.load(Ordering::Relaxed)
    }

    /// Waits until a request finds this Redis behind.
    pub async fn lost(&self) {
        self.lost.notified().await;
    }

    /// That it can be used now, as far as this node knows.
    ///
    /// # Errors
    /// [`EphemeralError::Behind`].
    pub fn check_in_step(&self) -> Result<(), EphemeralError> {
        self.epoch().map(drop)
    }

    fn epoch(&self) -> Result<Arc<Epoch>, EphemeralError> {
        self.epoch.load_full().ok_or(EphemeralError::Behind)
    }

    /// Runs a transition of this epoch: refused by a Redis that has forgotten one that this node saw acknowledged. In a
    /// Cluster the count would live on another server than the keys; there the watermark alone must notice.
    async fn run<T: FromRedisValue>(&self, epoch: &Epoch, call: Call<'_>) -> Result<T, EphemeralError> {
        let call = if self.is_cluster { call.unguarded() } else { call.guarded(epoch) };
        let outcome: Result<(i64, T), EphemeralError> = call.invoke(&self.connection).await;
        if matches!(outcome, Err(EphemeralError::Behind)) {
            self.lost.notify_one();
        }
        let (count, answer) = outcome?;
        epoch.seen.fetch_max(count, Ordering::Relaxed);
        Ok(answer)
    }

    async fn forget_key(&self, key: String) -> Result<(), EphemeralError> {
        let mut command = cmd("UNLINK");
        command.arg(key);
        let unlink = async |multiplexed: &mut Multiplexed| command.query_async::<i64>(multiplexed).await;
        self.connection.ask(("UNLINK", None), unlink).await.map(drop)
    }

    /// Runs a script even if this Redis has forgotten writes.
    async fn run_unguarded<T: FromRedisValue>(&self, call: Call<'_>) -> Result<T, EphemeralError> {
        let (_, answer): (i64, T) = call.unguarded().invoke(&self.connection).await?;
        Ok(answer)
    }
}

/// Lives of keys are given in milliseconds. A life that is over already is as short as can be.
fn milliseconds(seconds: i64) -> i64 {
    seconds.saturating_mul(1000).max(1)
}
