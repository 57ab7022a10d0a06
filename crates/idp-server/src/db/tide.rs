//! What the database remembers of the Redis beside it: one row. See `hot::redis`.

use super::schema::redis_tide as tide;
use super::{Connection, DbError};
use diesel::prelude::*;

/// How far Redis was known to be complete.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub struct Tide {
    /// Begins anew each time Redis lost something; 0 before there was a Redis.
    pub epoch: i64,
    /// Milliseconds since 1970.
    pub at_ms: i64,
}

/// The only row.
const ROW: &str = "redis";

/// What is remembered; nothing but zeros before there was a Redis.
///
/// # Errors
/// [`DbError`].
pub fn get(connection: &mut Connection) -> Result<Tide, DbError> {
    let row: Option<(i64, i64)> =
        tide::table.find(ROW).select((tide::epoch, tide::at_ms)).first(connection).optional()?;
    Ok(row.map_or_else(Tide::default, |(epoch, at_ms)| Tide { epoch, at_ms }))
}

/// Moves the mark forward, never back.
///
/// # Errors
/// [`DbError`].
pub fn raise(connection: &mut Connection, at_ms: i64) -> Result<(), DbError> {
    let behind = tide::table.find(ROW).filter(tide::at_ms.lt(at_ms));
    diesel::update(behind).set(tide::at_ms.eq(at_ms)).execute(connection)?;
    Ok(())
}

/// Begins `epoch` where `from` was the last; `false` when another node has begun one.
///
/// # Errors
/// [`DbError`].
pub fn begin(connection: &mut Connection, from: i64, epoch: i64, at_ms: i64) -> Result<bool, DbError> {
    let known = get(connection)?;
    if known.epoch != from {
        return Ok(false);
    }
    let columns = (tide::epoch.eq(epoch), tide::at_ms.eq(at_ms.max(known.at_ms)));
    if diesel::update(tide::table.find(ROW)).set(columns).execute(connection)? == 0 {
        diesel::insert_into(tide::table).values((tide::name.eq(ROW), columns)).execute(connection)?;
    }
    Ok(true)
}
