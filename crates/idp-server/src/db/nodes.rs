//! The nodes that serve from this database, and when each last said that it lives.

use super::schema::nodes;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;

/// Notes that a node lives.
pub fn note(connection: &mut Connection, id: &str, now: UnixTime) -> Result<(), DbError> {
    let seen_at = nodes::seen_at.eq(now.as_secs());
    if diesel::update(nodes::table.find(id)).set(seen_at).execute(connection)? == 0 {
        diesel::insert_into(nodes::table).values((nodes::id.eq(id), seen_at)).execute(connection)?;
    }
    Ok(())
}

/// Forgets a node that stops, and those that have said nothing since `limit`.
pub fn forget(connection: &mut Connection, id: &str, limit: UnixTime) -> Result<(), DbError> {
    let gone = nodes::table.filter(nodes::id.eq(id).or(nodes::seen_at.lt(limit.as_secs())));
    diesel::delete(gone).execute(connection)?;
    Ok(())
}

/// When the nodes were last seen that were seen since `limit` and, as far as clocks go, not later than `furthest`.
pub fn seen(
    connection: &mut Connection,
    limit: UnixTime,
    furthest: UnixTime,
) -> Result<Vec<UnixTime>, DbError> {
    let seen: Vec<i64> = nodes::table
        .filter(nodes::seen_at.ge(limit.as_secs()))
        .filter(nodes::seen_at.le(furthest.as_secs()))
        .select(nodes::seen_at)
        .order(nodes::seen_at.desc())
        .load(connection)?;
    Ok(seen.into_iter().map(UnixTime).collect())
}
