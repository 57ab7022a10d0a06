//! What the database remembers of the Redis beside it, in one row: the epoch of what Redis holds, and the watermark up to
//! which it was known to hold everything. What follows from it is `store::ephemeral`'s to decide.

use super::schema::redis_continuity as continuity;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;

/// How far Redis was known to be complete.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Continuity {
    /// A new one begins each time Redis lost something; 0 before there was a Redis.
    pub epoch: i64,
    /// Milliseconds since 1970.
    pub watermark_ms: i64,
}

/// The name of the only row.
const ROW: &str = "redis";

/// What is remembered; zeros before there was a Redis.
pub fn get(connection: &mut Connection) -> Result<Continuity, DbError> {
    let columns = (continuity::epoch, continuity::watermark_ms);
    let row: Option<(i64, i64)> =
        continuity::table.find(ROW).select(columns).get_result(connection).optional()?;
    Ok(row.map_or_else(Continuity::default, |(epoch, watermark_ms)| Continuity { epoch, watermark_ms }))
}

/// Moves the watermark forward, never back.
pub fn raise(connection: &mut Connection, watermark_ms: i64) -> Result<(), DbError> {
    let behind = continuity::table.find(ROW).filter(continuity::watermark_ms.lt(watermark_ms));
    update(behind, continuity::watermark_ms.eq(watermark_ms)).execute(connection)?;
    Ok(())
}

/// Brings a watermark back to `now_ms` that lies beyond `furthest_ms`.
pub fn bring_back(connection: &mut Connection, furthest_ms: i64, now_ms: i64) -> Result<(), DbError> {
    let ahead = continuity::table.find(ROW).filter(continuity::watermark_ms.gt(furthest_ms));
    update(ahead, continuity::watermark_ms.eq(now_ms)).execute(connection)?;
    Ok(())
}

/// Begins `epoch` where `from` was the last; `false` when another node has begun one.
pub fn begin(connection: &mut Connection, from: i64, epoch: i64, watermark_ms: i64) -> Result<bool, DbError> {
    let known = get(connection)?;
    if known.epoch != from {
        return Ok(false);
    }
    let columns =
        (continuity::epoch.eq(epoch), continuity::watermark_ms.eq(watermark_ms.max(known.watermark_ms)));
    if update(continuity::table.find(ROW), columns).execute(connection)? == 0 {
        let row = (continuity::name.eq(ROW), columns);
        diesel::insert_into(continuity::table).values(row).execute(connection)?;
    }
    Ok(true)
}
