//! Requests that are done once however often they are sent (Idempotency-Key). What is kept of one are keyed hashes, and its answer
//! sealed.

use super::schema::idempotency_keys as keys;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;

/// What is kept of a request.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct KeptRequest {
    /// What it asked for, as a keyed hash.
    pub request: String,
    /// When it began.
    pub started_at: UnixTime,
    /// What was answered, sealed; `None` while it is under way.
    pub answer: Option<String>,
}

/// The request of this name.
pub fn get(connection: &mut Connection, name: &str) -> Result<Option<KeptRequest>, DbError> {
    let columns = (keys::request, keys::started_at, keys::answer);
    let found: Option<(String, i64, Option<String>)> =
        keys::table.find(name).select(columns).get_result(connection).optional()?;
    let read =
        |(request, started_at, answer)| KeptRequest { request, started_at: UnixTime(started_at), answer };
    Ok(found.map(read))
}

/// Notes that a request begins, in the place of a former one of its name.
pub fn begin(connection: &mut Connection, name: &str, request: &str, now: UnixTime) -> Result<(), DbError> {
    forget(connection, name)?;
    let row = (keys::name.eq(name), keys::request.eq(request), keys::started_at.eq(now.as_secs()));
    diesel::insert_into(keys::table).values(row).execute(connection)?;
    Ok(())
}

/// Keeps its answer.
pub fn set_answer(connection: &mut Connection, name: &str, answer: &str) -> Result<(), DbError> {
    update(keys::table.find(name), keys::answer.eq(Some(answer))).execute(connection)?;
    Ok(())
}

/// Forgets it: nothing was done.
pub fn forget(connection: &mut Connection, name: &str) -> Result<(), DbError> {
    diesel::delete(keys::table.find(name)).execute(connection)?;
    Ok(())
}

/// Forgets some that began before `limit`, at most so many.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = keys::table.filter(keys::started_at.lt(limit.as_secs()));
    let some: Vec<String> = old.order(keys::started_at).limit(most).select(keys::name).load(connection)?;
    Ok(diesel::delete(keys::table.filter(keys::name.eq_any(some))).execute(connection)?)
}
