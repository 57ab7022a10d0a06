//! Ephemeral state: what changes with every request. Authorization codes, the rotating end of refresh families, the last use
//! of sessions, token buckets and the copy of the denylist for sites that ask on each request. It lives in the
//! database, or in Redis when several nodes share it; `store` has the transitions over both.
//!
//! SQL is the truth, Redis the fast copy. Who holds which grant and whether it ended is read from SQL at each use,
//! so a Redis that lost or regained anything can sign people out and never brings an ended session back.

pub mod redis;

pub use self::redis::RedisReport;

use self::redis::{KeyLifetimes, RedisBackend};
use crate::config::Config;
use crate::db::{Db, DbError, grants};
use idp_core::session::Session;
use idp_core::time::UnixTime;

/// Where ephemeral state lives.
pub enum Ephemeral {
    /// In the database.
    Sql,
    /// In Redis.
    Redis(Box<RedisBackend>),
}

/// What can go wrong with Redis. To a request it is one thing: come back in a moment.
#[derive(Debug, thiserror::Error)]
pub enum EphemeralError {
    /// It does not answer, is loading, or is no master.
    #[error("Redis is unavailable: {0}")]
    Unavailable(String),
    /// It has forgotten writes that were acknowledged, or was never in step with the database. The watermark puts it right.
    #[error("Redis is behind the database")]
    Behind,
    /// It would throw revocations away when its memory is full (S50).
    #[error("Redis has maxmemory-policy {0}; it must be noeviction, or revoked tokens would come back")]
    Evicts(String),
    /// Another node and the database contradict the clock of this node.
    #[error(
        "the clock of this node is {seconds} s ahead of the database's and of the other nodes'; set it right"
    )]
    ClockAhead {
        /// By how much.
        seconds: i64,
    },
    /// The database beside it.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl EphemeralError {
    fn from_redis(error: &deadpool_redis::redis::RedisError) -> Self {
        if error.code() == Some("BEHIND") { Self::Behind } else { Self::Unavailable(error.to_string()) }
    }

    /// The word of a fault, for traces.
    const fn word(&self) -> &'static str {
        match self {
            Self::Unavailable(_) => "unavailable",
            Self::Behind => "behind",
            Self::Evicts(_) => "evicts",
            Self::ClockAhead { .. } => "clock_ahead",
            Self::Db(error) => error.word(),
        }
    }
}

impl From<EphemeralError> for DbError {
    fn from(error: EphemeralError) -> Self {
        match error {
            EphemeralError::Db(error) => error,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl Ephemeral {
    /// The backend that is configured. With Redis: looks at its settings and brings it into step with the database. One
    /// that does not answer keeps no node from starting, so that keys and discovery go on; `task::redis` tries again.
    ///
    /// # Errors
    /// [`EphemeralError::Evicts`], and [`EphemeralError::Unavailable`] for a URL that the client does not take.
    pub async fn open(config: &Config, db: &Db, now_ms: i64) -> Result<Self, EphemeralError> {
        let Some(redis) = redis_of(config)? else {
            return Ok(Self::Sql);
        };
        match redis.keep_in_step(db, now_ms).await {
            Ok(()) => {}
            Err(error) if redis.evicts() => return Err(error),
            Err(error) => tracing::warn!(%error, "starting without Redis"),
        }
        Ok(Self::Redis(Box::new(redis)))
    }

    /// The same for a command, which asks nothing of Redis before it has something to publish, and then publishes
    /// what was revoked after `newest`.
    ///
    /// # Errors
    /// A URL that the client does not take.
    pub fn for_command(config: &Config, newest: i64) -> Result<Self, EphemeralError> {
        let redis = redis_of(config)?;
        Ok(redis.map_or(Self::Sql, |redis| Self::Redis(Box::new(redis.for_command(newest)))))
    }

    /// Redis, when that is the backend.
    #[must_use]
    pub fn redis(&self) -> Option<&RedisBackend> {
        match self {
            Self::Sql => None,
            Self::Redis(home) => Some(home),
        }
    }

    /// Whether it can be used now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.redis().is_none_or(RedisBackend::is_in_step)
    }

    /// Whether the other nodes and the database contradict the clock of this node.
    #[must_use]
    pub fn is_clock_ahead(&self) -> bool {
        self.redis().is_some_and(RedisBackend::is_clock_ahead)
    }

    /// When a session was last used. Asked only when the row of the session, which is told less often, would call it idle.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn last_seen(&self, db: &Db, session: &Session) -> Result<UnixTime, DbError> {
        let sid = session.sid;
        let noted = match self {
            Self::Sql => db.read(move |connection| grants::last_use_within(connection, sid)).await?,
            Self::Redis(home) => home.last_seen(session.user, session.sid).await?,
        };
        Ok(session.last_seen_at.max(noted.unwrap_or_default()))
    }

    /// Copies what was revoked to where sites look it up on each request, so that a sign-out that is confirmed counts
    /// there as well.
    ///
    /// # Errors
    /// When the copy could not be made; the next call makes it.
    pub async fn publish(&self, db: &Db, now: UnixTime) -> Result<(), EphemeralError> {
        match self {
            Self::Sql => Ok(()),
            Self::Redis(redis) => redis.publish(db, now).await,
        }
    }

    /// Copies again what was revoked from number `first` on, where a time was brought back.
    ///
    /// # Errors
    /// When the copy could not be made.
    pub async fn publish_again(&self, db: &Db, first: i64, now: UnixTime) -> Result<(), EphemeralError> {
        match self {
            Self::Sql => Ok(()),
            Self::Redis(redis) => redis.publish_again(db, first, now).await,
        }
    }
}

fn redis_of(config: &Config) -> Result<Option<RedisBackend>, EphemeralError> {
    let topology = config.redis.topology().map_err(|error| EphemeralError::Unavailable(error.to_string()))?;
    let lives =
        KeyLifetimes { family: config.token.refresh_idle.as_secs(), session: config.session.idle.as_secs() };
    topology.map(|topology| RedisBackend::new(&topology, lives)).transpose()
}

/// What the Redis that is configured, if one is, says about itself.
///
/// # Errors
/// [`EphemeralError`]: it does not answer, or evicts.
pub async fn check(config: &Config) -> Result<Option<RedisReport>, EphemeralError> {
    match redis_of(config)? {
        Some(home) => home.describe().await.map(Some),
        None => Ok(None),
    }
}
