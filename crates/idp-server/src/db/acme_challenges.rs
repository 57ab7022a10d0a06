//! What a certificate authority is to find over http while an order is under way (RFC 8555 8.3). None of it is secret.

use super::schema::acme_challenges as challenges;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;

/// The key authorization that goes with a token, if it is good at `now`.
pub fn find(connection: &mut Connection, token: &str, now: UnixTime) -> Result<Option<String>, DbError> {
    let named = challenges::table.find(token).filter(challenges::expires_at.gt(now.as_secs()));
    Ok(named.select(challenges::key_authorization).get_result(connection).optional()?)
}

/// Stores one, in the place of another one with the same token.
pub fn put(
    connection: &mut Connection,
    token: &str,
    key_authorization: &str,
    expires_at: UnixTime,
) -> Result<(), DbError> {
    diesel::delete(challenges::table.find(token)).execute(connection)?;
    let row = (
        challenges::token.eq(token),
        challenges::key_authorization.eq(key_authorization),
        challenges::expires_at.eq(expires_at.as_secs()),
    );
    diesel::insert_into(challenges::table).values(row).execute(connection)?;
    Ok(())
}

/// Forgets those that expired before `limit`, at most so many.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = challenges::table.filter(challenges::expires_at.lt(limit.as_secs()));
    let some: Vec<String> =
        old.order(challenges::expires_at).limit(most).select(challenges::token).load(connection)?;
    Ok(diesel::delete(challenges::table.filter(challenges::token.eq_any(some))).execute(connection)?)
}
