//! Throttle buckets, by a key that says whose guesses they count.

use super::schema::throttles;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::throttle::Bucket;
use idp_core::time::UnixTime;

/// The bucket under `key`; a full one when there is none.
pub fn get(connection: &mut Connection, key: &str) -> Result<Bucket, DbError> {
    let full_at: Option<i64> =
        throttles::table.find(key).select(throttles::full_at).get_result(connection).optional()?;
    Ok(full_at.map_or_else(Bucket::default, |at| Bucket { full_at: UnixTime(at) }))
}

/// Stores the bucket under `key`.
pub fn put(connection: &mut Connection, key: &str, bucket: Bucket) -> Result<(), DbError> {
    let full_at = throttles::full_at.eq(bucket.full_at.as_secs());
    if update(throttles::table.find(key), full_at).execute(connection)? == 0 {
        diesel::insert_into(throttles::table)
            .values((throttles::bucket.eq(key), full_at))
            .execute(connection)?;
    }
    Ok(())
}

/// Forgets buckets that were full at `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let full = throttles::table.filter(throttles::full_at.lt(limit.as_secs()));
    let some: Vec<String> =
        full.order(throttles::full_at).limit(most).select(throttles::bucket).load(connection)?;
    // Looked at again: a guess may have been counted in it meanwhile.
    let still_full = throttles::table.filter(throttles::full_at.lt(limit.as_secs()));
    Ok(diesel::delete(still_full.filter(throttles::bucket.eq_any(some))).execute(connection)?)
}
