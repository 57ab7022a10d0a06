//! Which versions of the terms of use people have accepted.

use super::schema::terms_acceptances as acceptances;
use super::{Connection, DbError};
use diesel::prelude::*;
use idp_core::terms_version::TermsVersion;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// A version that a person accepted.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct AcceptedTerms {
    /// Which.
    pub version: TermsVersion,
    /// When.
    pub at: UnixTime,
}

/// Whether `user` has accepted this version.
pub fn has(connection: &mut Connection, user: Uuid, version: &TermsVersion) -> Result<bool, DbError> {
    let key = (user.to_string(), version.as_str().to_owned());
    let found: Option<i64> =
        acceptances::table.find(key).select(acceptances::accepted_at).get_result(connection).optional()?;
    Ok(found.is_some())
}

/// Every version that `user` has accepted, in no order.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<AcceptedTerms>, DbError> {
    let of_user = acceptances::table.filter(acceptances::user_id.eq(user.to_string()));
    let rows: Vec<(String, i64)> =
        of_user.select((acceptances::version, acceptances::accepted_at)).load(connection)?;
    rows.into_iter().map(read).collect()
}

fn read((version, at): (String, i64)) -> Result<AcceptedTerms, DbError> {
    let version = version.parse().map_err(|_| DbError::Corrupt("terms_acceptances.version"))?;
    Ok(AcceptedTerms { version, at: UnixTime(at) })
}

/// Notes that `user` accepts this version.
///
/// # Errors
/// [`DbError::Exists`] when that is noted already.
pub fn insert(
    connection: &mut Connection,
    user: Uuid,
    version: &TermsVersion,
    now: UnixTime,
) -> Result<(), DbError> {
    let row = (
        acceptances::user_id.eq(user.to_string()),
        acceptances::version.eq(version.as_str()),
        acceptances::accepted_at.eq(now.as_secs()),
    );
    diesel::insert_into(acceptances::table).values(row).execute(connection)?;
    Ok(())
}
