//! How often people signed in and were refused, hour by hour, as the audit log says: counted once when the hour is over, so that a
//! month is shown without reading it again (docs/adr/0069).

use super::schema::hourly_sign_ins;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;

/// An hour.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Queryable, Insertable)]
#[diesel(table_name = hourly_sign_ins)]
pub struct HourOfSignIns {
    /// When it began (seconds since 1970).
    pub hour: i64,
    /// Sign-ins.
    pub accepted: i64,
    /// Attempts that were refused, as far as the log has them.
    pub refused: i64,
}

/// Notes an hour that is over, unless another node has.
pub fn add(connection: &mut Connection, counted: HourOfSignIns) -> Result<(), DbError> {
    let known = hourly_sign_ins::table.find(counted.hour).select(hourly_sign_ins::hour);
    if known.get_result::<i64>(connection).optional()?.is_none() {
        diesel::insert_into(hourly_sign_ins::table).values(counted).execute(connection)?;
    }
    Ok(())
}

/// The last hour that was counted.
pub fn newest(connection: &mut Connection) -> Result<Option<i64>, DbError> {
    let newest = hourly_sign_ins::table.order(hourly_sign_ins::hour.desc()).select(hourly_sign_ins::hour);
    Ok(newest.limit(1).get_result(connection).optional()?)
}

/// The hours from this one on, the oldest first.
pub fn since(connection: &mut Connection, hour: i64) -> Result<Vec<HourOfSignIns>, DbError> {
    let since = hourly_sign_ins::table.filter(hourly_sign_ins::hour.ge(hour));
    Ok(since.order(hourly_sign_ins::hour).load(connection)?)
}

/// Forgets hours before `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = hourly_sign_ins::table.filter(hourly_sign_ins::hour.lt(limit.as_secs()));
    let some: Vec<i64> =
        old.order(hourly_sign_ins::hour).limit(most).select(hourly_sign_ins::hour).load(connection)?;
    Ok(diesel::delete(hourly_sign_ins::table.filter(hourly_sign_ins::hour.eq_any(some)))
        .execute(connection)?)
}
