//! Whether the store can be used now, and keeping it that way.

use super::master_key::SealingKey;
use super::{EphemeralError, Store};
use crate::db::{DbError, signing_keys};

/// What a look at the store found. All of it good is a store that can be used.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct StoreHealth {
    /// The database holds a signing key.
    pub has_signing_key: bool,
    /// The master key that seals is here.
    pub has_master_key: bool,
    /// Redis, if there is one, answers and is in step with the database.
    pub is_redis_ready: bool,
    /// The database and the other nodes contradict the clock of this node.
    pub is_clock_ahead: bool,
}

impl Store {
    /// Looks at the database.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn health(&self) -> Result<StoreHealth, DbError> {
        let seals = self.seals.as_ref().map(|seals| seals.load_full());
        let look = self.read(move |connection| {
            let key = SealingKey::now(connection)?;
            let has_master_key = seals.is_none_or(|seals| key.is_among(&seals));
            Ok((signing_keys::states(connection)?, has_master_key))
        });
        let (keys, has_master_key) = look.await?;
        let is_redis_ready = self.ephemeral.is_ready();
        let is_clock_ahead = self.ephemeral.is_clock_ahead();
        let has_signing_key = !keys.is_empty();
        Ok(StoreHealth { has_signing_key, has_master_key, is_redis_ready, is_clock_ahead })
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
