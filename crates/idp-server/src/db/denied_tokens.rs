//! Access tokens that were given back one by one (RFC 7009), by `jti`.

use super::schema::denied_tokens as denied;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::time::UnixTime;

/// Denies a token until `expires_at` (its own expiry plus leeway). Whether it was not denied before.
pub fn deny(connection: &mut Connection, jti: &str, expires_at: UnixTime) -> Result<bool, DbError> {
    if is_denied(connection, jti)? {
        return Ok(false);
    }
    let row = (denied::jti.eq(jti), denied::expires_at.eq(expires_at.as_secs()));
    diesel::insert_into(denied::table).values(row).execute(connection)?;
    Ok(true)
}

/// Whether it was denied.
pub fn is_denied(connection: &mut Connection, jti: &str) -> Result<bool, DbError> {
    Ok(diesel::select(diesel::dsl::exists(denied::table.find(jti))).get_result(connection)?)
}

/// Forgets tokens that expired before `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = denied::table.filter(denied::expires_at.lt(limit.as_secs()));
    let some: Vec<String> = old.order(denied::expires_at).limit(most).select(denied::jti).load(connection)?;
    Ok(diesel::delete(denied::table.filter(denied::jti.eq_any(some))).execute(connection)?)
}
