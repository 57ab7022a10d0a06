//! Hot state: what changes with every request. Authorization codes, the rotating end of refresh families, the last use
//! of sessions, token buckets and the copy of the denylist for sites that ask on each request. It lives in the
//! database, or in Redis when several nodes share it; `store` has the transitions over both.
//!
//! SQL is the truth, Redis the fast copy. Who holds which grant and whether it ended is read from SQL at each use,
//! so a Redis that lost or regained anything can sign people out and never lets anybody back in.

pub mod redis;

use self::redis::{Lives, RedisHome};
use crate::config::Config;
use crate::db::{Db, DbError};
use idp_core::session::Session;
use idp_core::time::UnixTime;

/// Where hot state lives.
pub enum Hot {
    /// In the database.
    Sql,
    /// In Redis.
    Redis(Box<RedisHome>),
}

/// What can go wrong with Redis. To a request it is one thing: come back in a moment.
#[derive(Debug, thiserror::Error)]
pub enum HotError {
    /// It does not answer, is loading, or is no master.
    #[error("Redis is unavailable: {0}")]
    Unavailable(String),
    /// It has forgotten writes that were acknowledged, or was never in step with the database. The tide puts it right.
    #[error("Redis is behind the database")]
    Behind,
    /// It would throw revocations away when its memory is full (S50).
    #[error("Redis has maxmemory-policy {0}; it must be noeviction, or revoked tokens would come back")]
    Evicts(String),
    /// The database beside it.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl HotError {
    fn from_redis(error: &deadpool_redis::redis::RedisError) -> Self {
        if error.code() == Some("BEHIND") { Self::Behind } else { Self::Unavailable(error.to_string()) }
    }
}

impl From<HotError> for DbError {
    fn from(error: HotError) -> Self {
        match error {
            HotError::Db(error) => error,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl Hot {
    /// The home that is configured. With Redis: looks at its settings and brings it into step with the database. One
    /// that does not answer keeps nobody from starting, so that keys and discovery go on; `task::tide` tries again.
    ///
    /// # Errors
    /// [`HotError::Evicts`], and [`HotError::Unavailable`] for a URL that the client does not take.
    pub async fn open(config: &Config, db: &Db, now_ms: i64) -> Result<Self, HotError> {
        let Some(home) = home_of(config)? else {
            return Ok(Self::Sql);
        };
        match home.turn(db, now_ms).await {
            Ok(()) => {}
            Err(error) if home.evicts() => return Err(error),
            Err(error) => tracing::warn!(%error, "starting without Redis"),
        }
        Ok(Self::Redis(Box::new(home)))
    }

    /// Redis, when that is the home.
    #[must_use]
    pub fn redis(&self) -> Option<&RedisHome> {
        match self {
            Self::Sql => None,
            Self::Redis(home) => Some(home),
        }
    }

    /// Whether it can be used now.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.redis().is_none_or(RedisHome::is_in_step)
    }

    /// When a session was last used. Asked only when SQL, which is told less often, would call it idle.
    ///
    /// # Errors
    /// [`DbError`].
    pub async fn last_seen(&self, session: &Session) -> Result<UnixTime, DbError> {
        let noted = match self {
            Self::Sql => None,
            Self::Redis(home) => home.last_seen(session.user, session.sid).await?,
        };
        Ok(session.last_seen_at.max(noted.unwrap_or_default()))
    }

    /// Passes on what a transition came to, once whatever it ended is where sites look it up on each request. An error
    /// must reach whoever asked: nothing is confirmed that a site would still accept (S103). Asking again copies what
    /// was not copied, although the transition finds nothing more to do.
    ///
    /// # Errors
    /// The transition's own, or that the copy could not be made.
    pub async fn published<T>(
        &self,
        db: &Db,
        outcome: Result<T, DbError>,
        now: UnixTime,
    ) -> Result<T, DbError> {
        let outcome = outcome?;
        if let Self::Redis(home) = self {
            home.publish(db, now).await?;
        }
        Ok(outcome)
    }
}

fn home_of(config: &Config) -> Result<Option<RedisHome>, HotError> {
    let place = config.redis.place().map_err(|error| HotError::Unavailable(error.to_string()))?;
    let lives = Lives { family: config.token.refresh_idle.as_secs(), session: config.session.idle.as_secs() };
    place.map(|place| RedisHome::new(&place, lives)).transpose()
}

/// What `config check` says about the Redis that is configured, if one is.
///
/// # Errors
/// [`HotError`]: it does not answer, or evicts.
pub async fn check(config: &Config) -> Result<Option<String>, HotError> {
    match home_of(config)? {
        Some(home) => home.describe().await.map(Some),
        None => Ok(None),
    }
}
