//! To which addresses letters about a person go.

use crate::db::{Connection, DbError, mail_addresses};
use idp_core::user::User;

/// Every address of `user` that is known to be theirs: not only the primary one, since a thief would change that one before
/// anything else. Nobody is written to at an address that was never verified.
pub(super) fn verified_addresses(connection: &mut Connection, user: &User) -> Result<Vec<String>, DbError> {
    let known = mail_addresses::of_user(connection, user.id)?;
    Ok(known.verified().map(ToString::to_string).collect())
}
