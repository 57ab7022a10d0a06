//! Whether a thing is as an administrator has seen it: of two who change or remove the same, the second learns of it.

use crate::db::{Connection, DbError, clients, mail_addresses, user_attributes, users};
use idp_core::client::Client;
use idp_core::user::Account;
use idp_core::user::attribute::AttributeValues;
use uuid::Uuid;

/// Whether an account is there and as it was seen.
pub(super) fn is_same_account(connection: &mut Connection, seen: &Account) -> Result<bool, DbError> {
    let Some(user) = users::by_id(connection, seen.user.id)? else {
        return Ok(false);
    };
    let is_same = user.username == seen.user.username
        && user.status == seen.user.status
        && user.claims == seen.user.claims
        && user.second_factor.is_required == seen.user.second_factor.is_required;
    Ok(is_same
        && mail_addresses::of_user(connection, user.id)? == seen.addresses
        && attributes_of(connection, user.id)? == seen.attributes)
}

/// Whether a registration is there and as it was seen. What was taken back of it since is none of it.
pub(super) fn is_same_client(connection: &mut Connection, seen: &Client) -> Result<bool, DbError> {
    let found = clients::by_id(connection, &seen.id)?;
    Ok(found.is_some_and(|found| {
        found.metadata == seen.metadata && found.kind == seen.kind && found.logo == seen.logo
    }))
}

/// The values of this person.
pub(super) fn attributes_of(connection: &mut Connection, user: Uuid) -> Result<AttributeValues, DbError> {
    let held = user_attributes::of_users(connection, &[user])?.remove(&user);
    Ok(user_attributes::values_of(held.unwrap_or_default()))
}
