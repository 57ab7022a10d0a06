//! Counting guesses, by account and by address. A try is taken from every bucket before the password is
//! looked at, and given back when it was right.
//!
//! A stranger who guesses drains the account's bucket for all strangers; a browser in which the person has
//! signed in before counts in a bucket of its own, so that nobody can lock them out of it.

use crate::db::{Db, DbError, throttles};
use crate::hot::redis::RedisHome;
use crate::hot::{Hot, HotError};
use idp_core::throttle::{BucketPolicy, Throttled};
use idp_core::time::UnixTime;

/// One bucket that a guess counts in.
#[derive(Clone, Debug)]
pub struct Counted {
    /// Its name in the store; hashed parts only.
    pub key: String,
    /// How much it bears.
    pub policy: BucketPolicy,
}

/// Takes a try out of every bucket, or out of none. A refusal is a value.
///
/// # Errors
/// [`DbError`].
pub async fn take(
    db: &Db,
    hot: &Hot,
    buckets: Vec<Counted>,
    now: UnixTime,
) -> Result<Result<(), Throttled>, DbError> {
    match hot {
        Hot::Sql => take_in_sql(db, buckets, now).await,
        Hot::Redis(home) => Ok(take_in_redis(home, &buckets, now).await?),
    }
}

async fn take_in_sql(
    db: &Db,
    buckets: Vec<Counted>,
    now: UnixTime,
) -> Result<Result<(), Throttled>, DbError> {
    db.write(move |connection| {
        let mut drained = Vec::new();
        for counted in &buckets {
            let (bucket, taken) = throttles::get(connection, &counted.key)?.take(counted.policy, now);
            if let Err(throttled) = taken {
                throttles::put(connection, &counted.key, bucket)?;
                return Ok(Err(throttled));
            }
            drained.push((counted, bucket));
        }
        for (counted, bucket) in drained {
            throttles::put(connection, &counted.key, bucket)?;
        }
        Ok(Ok(()))
    })
    .await
}

/// One after the other, since in a Cluster they lie on several servers.
async fn take_in_redis(
    home: &RedisHome,
    buckets: &[Counted],
    now: UnixTime,
) -> Result<Result<(), Throttled>, HotError> {
    for (taken, counted) in buckets.iter().enumerate() {
        if let Err(throttled) = home.take_try(&counted.key, counted.policy, now).await? {
            for earlier in buckets.iter().take(taken) {
                home.give_back_try(&earlier.key, earlier.policy).await?;
            }
            return Ok(Err(throttled));
        }
    }
    Ok(Ok(()))
}

/// Puts a try back into every bucket.
///
/// # Errors
/// [`DbError`].
pub async fn give_back(db: &Db, hot: &Hot, buckets: Vec<Counted>) -> Result<(), DbError> {
    if let Hot::Redis(home) = hot {
        for counted in &buckets {
            home.give_back_try(&counted.key, counted.policy).await?;
        }
        return Ok(());
    }
    db.write(move |connection| {
        for counted in &buckets {
            let bucket = throttles::get(connection, &counted.key)?.give_back(counted.policy);
            throttles::put(connection, &counted.key, bucket)?;
        }
        Ok(())
    })
    .await
}
