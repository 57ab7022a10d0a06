//! Whether the store can be used now, and keeping it that way.

use super::{EphemeralError, Store};
use crate::db::{DbError, signing_keys};

/// What a look at the store found.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum StoreHealth {
    /// The database answers and holds signing keys; Redis, if there is one, is in step with it.
    Ready,
    /// Redis does not answer, or has lost something and is not yet put right.
    RedisUnavailable,
    /// The database and the other nodes contradict the clock of this node.
    ClockAhead,
    /// The database holds no signing key.
    NoSigningKey,
}

impl Store {
    /// Looks at the database, and at what is known of Redis.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn health(&self) -> Result<StoreHealth, DbError> {
        let keys = self.read(signing_keys::states).await?;
        if self.ephemeral.is_clock_ahead() {
            return Ok(StoreHealth::ClockAhead);
        }
        Ok(match (self.ephemeral.is_ready(), keys.is_empty()) {
            (false, _) => StoreHealth::RedisUnavailable,
            (true, true) => StoreHealth::NoSigningKey,
            (true, false) => StoreHealth::Ready,
        })
    }

    /// Whether Redis can be used now; `None` when ephemeral state lives in the database.
    #[must_use]
    pub fn is_redis_in_step(&self) -> Option<bool> {
        Some(self.ephemeral.redis()?.is_in_step())
    }

    /// Sees whether Redis still holds everything, puts it right if not, and copies what other nodes revoked.
    ///
    /// # Errors
    /// When Redis cannot be used; until a later call succeeds, requests that need ephemeral state answer 503.
    pub async fn keep_redis_in_step(&self, now_ms: i64) -> Result<(), EphemeralError> {
        match self.ephemeral.redis() {
            Some(redis) => redis.keep_in_step(&self.db, now_ms).await,
            None => Ok(()),
        }
    }

    /// Waits until a request finds that Redis has lost something; for ever when there is no Redis.
    pub async fn redis_lost(&self) {
        match self.ephemeral.redis() {
            Some(redis) => redis.lost().await,
            None => std::future::pending().await,
        }
    }
}
