//! To which addresses letters about a person go.

use crate::db::{Connection, DbError, mail_addresses};
use idp_core::mail_address::MailAddress;
use idp_core::user::User;

/// Every address of `user` that is known to be theirs: not only the primary one, since a thief would change that one before
/// anything else. No letter goes to an address that was never verified.
pub(super) fn verified_addresses(connection: &mut Connection, user: &User) -> Result<Vec<String>, DbError> {
    let known = mail_addresses::of_user(connection, user.id)?;
    Ok(known.verified().map(ToString::to_string).collect())
}

/// The one address that a link goes to which stands in for a second factor: the primary one if that is verified. In each more that
/// it went to, another person may read it.
pub(super) fn of_links(connection: &mut Connection, user: &User) -> Result<Option<MailAddress>, DbError> {
    let known = mail_addresses::of_user(connection, user.id)?;
    let primary = known.primary().filter(|known| known.verified_at.is_some()).map(|known| &known.address);
    Ok(primary.or_else(|| known.verified().next()).cloned())
}
