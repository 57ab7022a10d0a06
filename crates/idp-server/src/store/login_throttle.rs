//! The login throttle: counts guesses by account and by address. A try is taken from every bucket before the password
//! is looked at, and given back when it was right.
//!
//! An attacker who guesses drains the account's bucket for all unknown browsers; a browser in which the person has
//! signed in before counts in a bucket of its own, so that no attacker can lock the person out of it.

use super::Store;
use super::ephemeral::redis::RedisBackend;
use super::ephemeral::{Ephemeral, EphemeralError};
use super::mail_outbox::Letters;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::{Connection, DbError, Locks, throttles, users};
use crate::mail::{News, SecondStepNews, WRONG_CODES};
use idp_core::throttle::{Bucket, BucketPolicy, Throttled};
use idp_core::time::UnixTime;
use uuid::Uuid;

/// A person is told of wrong codes once in so many seconds.
const TOLD_EVERY: i64 = 24 * 60 * 60;

/// One bucket that a guess counts in.
#[derive(Clone, Debug)]
pub struct ThrottleBucket {
    /// Its name in the store; hashed parts only.
    pub key: String,
    /// How much it bears.
    pub policy: BucketPolicy,
}

impl Store {
    /// Takes a try out of every bucket, or out of none. A refusal is a value.
    ///
    /// # Errors
    /// When the tries are not stored; then none may be made.
    pub async fn take_tries(
        &self,
        buckets: Vec<ThrottleBucket>,
        now: UnixTime,
    ) -> Result<Result<(), Throttled>, DbError> {
        match &self.ephemeral {
            Ephemeral::Sql => {
                self.write(locks(&buckets), move |connection| take_in_sql(connection, &buckets, now)).await
            }
            Ephemeral::Redis(redis) => Ok(take_in_redis(redis, &buckets, now).await?),
        }
    }

    /// Records a wrong code that `user` or an attacker typed after the right password. Once `row` is empty there were several
    /// in a row, and the person is told, once a day: an attacker may know their password.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn record_wrong_code(
        &self,
        user: Uuid,
        row: ThrottleBucket,
        news: SecondStepNews,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let letters = self.letters.clone();
        let were_many = letters.are_on() && self.take_tries(vec![row], now).await?.is_err();
        self.write(Locks::person(user), move |connection| {
            audit_events::record(connection, AuditEvent::SecondStepFailed, about, now)?;
            if !were_many || Letters::have_told(connection, user, WRONG_CODES, TOLD_EVERY, now)? {
                return Ok(());
            }
            match users::by_id(connection, user)? {
                Some(user) => letters.write(connection, &user, &News::SecondStep(news), now),
                None => Ok(()),
            }
        })
        .await
    }

    /// How buckets stand, without taking anything out of them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn look_at_buckets(&self, buckets: Vec<ThrottleBucket>) -> Result<Vec<Bucket>, DbError> {
        if let Ephemeral::Redis(redis) = &self.ephemeral {
            let mut found = Vec::new();
            for counted in &buckets {
                found.push(redis.look_at_bucket(&counted.key).await?);
            }
            return Ok(found);
        }
        self.read(move |connection| {
            buckets.iter().map(|counted| throttles::get(connection, &counted.key)).collect()
        })
        .await
    }

    /// Puts a try back into every bucket.
    ///
    /// # Errors
    /// When that is not stored; the try then counts as a wrong one.
    pub async fn give_back_tries(&self, buckets: Vec<ThrottleBucket>) -> Result<(), DbError> {
        if let Ephemeral::Redis(redis) = &self.ephemeral {
            for counted in &buckets {
                redis.give_back_try(&counted.key, counted.policy).await?;
            }
            return Ok(());
        }
        self.write(locks(&buckets), move |connection| {
            for counted in &buckets {
                let bucket = throttles::get(connection, &counted.key)?.give_back(counted.policy);
                throttles::put(connection, &counted.key, bucket)?;
            }
            Ok(())
        })
        .await
    }
}

fn locks(buckets: &[ThrottleBucket]) -> Locks {
    Locks::named("throttle", buckets.iter().map(|bucket| bucket.key.as_str()))
}

fn take_in_sql(
    connection: &mut Connection,
    buckets: &[ThrottleBucket],
    now: UnixTime,
) -> Result<Result<(), Throttled>, DbError> {
    let mut drained = Vec::new();
    for counted in buckets {
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
}

/// One after the other, since in a Cluster they lie on several servers.
async fn take_in_redis(
    redis: &RedisBackend,
    buckets: &[ThrottleBucket],
    now: UnixTime,
) -> Result<Result<(), Throttled>, EphemeralError> {
    for (taken, counted) in buckets.iter().enumerate() {
        if let Err(throttled) = redis.take_try(&counted.key, counted.policy, now).await? {
            for earlier in buckets.iter().take(taken) {
                redis.give_back_try(&earlier.key, earlier.policy).await?;
            }
            return Ok(Err(throttled));
        }
    }
    Ok(Ok(()))
}
