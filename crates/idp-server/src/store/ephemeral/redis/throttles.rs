//! Token buckets. Each is taken from in one step; over several a try is taken one after the other, since in a Cluster
//! they lie on several servers, and given back when a later one is empty. They survive a lost epoch: guesses count on.

use super::{Call, EphemeralError, RedisBackend};
use idp_core::throttle::{Bucket, BucketPolicy, Throttled};
use idp_core::time::{MAX_LEEWAY, UnixTime};

impl RedisBackend {
    /// Takes a try out of the bucket `name`.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn take_try(
        &self,
        name: &str,
        policy: BucketPolicy,
        now: UnixTime,
    ) -> Result<Result<(), Throttled>, EphemeralError> {
        let call = Call::new(&self.scripts.take_try)
            .key(key(name))
            .argument(policy.burst)
            .argument(policy.seconds_per_try)
            .argument(now.as_secs())
            .argument(MAX_LEEWAY);
        let retry_after: i64 = self.run_unguarded(call).await?;
        Ok(if retry_after > 0 { Err(Throttled { retry_after }) } else { Ok(()) })
    }

    /// How the bucket `name` stands.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn look_at_bucket(&self, name: &str) -> Result<Bucket, EphemeralError> {
        let call = Call::new(&self.scripts.look_at_bucket).key(key(name));
        let full_at: i64 = self.run_unguarded(call).await?;
        Ok(Bucket { full_at: UnixTime(full_at) })
    }

    /// Puts a try back into the bucket `name`.
    ///
    /// # Errors
    /// [`EphemeralError`].
    pub async fn give_back_try(&self, name: &str, policy: BucketPolicy) -> Result<(), EphemeralError> {
        let call = Call::new(&self.scripts.give_back_try).key(key(name)).argument(policy.seconds_per_try);
        self.run_unguarded::<i64>(call).await.map(drop)
    }
}

fn key(name: &str) -> String {
    format!("throttle:{name}")
}
