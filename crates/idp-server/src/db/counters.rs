//! Numbers that only rise, and outlive the rows they were given to. They are raised inside a write, which runs alone: so
//! numbers drawn here are in the order of the commits.

use super::schema::counters;
use super::update::update;
use super::{Connection, DbError};
use diesel::prelude::*;

/// The number of the last revocation.
pub const LAST_REVOCATION: &str = "last_revocation";
/// What was issued before this time (seconds) is void for every user.
pub const NOT_BEFORE: &str = "not_before";
/// Up to which [`NOT_BEFORE`] the sessions were ended one by one.
pub const SESSIONS_ENDED_BEFORE: &str = "sessions_ended_before";
/// The longest life, in seconds, that an access token was ever configured to have.
pub const LONGEST_ACCESS_TOKEN: &str = "longest_access_token";

/// The value of a counter; 0 before it was ever raised.
pub fn get(connection: &mut Connection, name: &str) -> Result<i64, DbError> {
    let value = counters::table.find(name).select(counters::value).get_result(connection).optional()?;
    Ok(value.unwrap_or(0))
}

/// Raises a counter to `value`; a greater one stays.
pub fn raise(connection: &mut Connection, name: &str, value: i64) -> Result<(), DbError> {
    let known: Option<i64> =
        counters::table.find(name).select(counters::value).get_result(connection).optional()?;
    match known {
        None => {
            let row = (counters::name.eq(name), counters::value.eq(value));
            diesel::insert_into(counters::table).values(row).execute(connection)?;
        }
        Some(known) if known < value => {
            update(counters::table.find(name), counters::value.eq(value)).execute(connection)?;
        }
        Some(_) => {}
    }
    Ok(())
}
