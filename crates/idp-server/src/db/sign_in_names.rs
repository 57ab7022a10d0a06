//! What people may type to sign in, by its hash, and whose it is.

use super::schema::sign_in_names as names;
use super::{Connection, DbError, identifier_hash, to_uuid};
use diesel::prelude::*;
use idp_core::user::SignInName;
use uuid::Uuid;

/// What a name is looked up by.
pub(super) fn hash(name: &SignInName) -> String {
    identifier_hash(name.as_str())
}

/// The names under which transitions that give or take one lock it.
pub fn lock_names<'a>(names: impl IntoIterator<Item = &'a SignInName>) -> Vec<String> {
    names.into_iter().map(hash).collect()
}

/// Whose name this is.
pub fn owner(connection: &mut Connection, name: &SignInName) -> Result<Option<Uuid>, DbError> {
    let found: Option<String> =
        names::table.find(hash(name)).select(names::user_id).get_result(connection).optional()?;
    found.map(|id| to_uuid(&id, "sign_in_names.user_id")).transpose()
}

/// Gives the user a name.
///
/// # Errors
/// [`DbError::Exists`] when it is taken.
pub fn insert(connection: &mut Connection, user: Uuid, name: &SignInName) -> Result<(), DbError> {
    let row = (names::hash.eq(hash(name)), names::user_id.eq(user.to_string()));
    diesel::insert_into(names::table).values(row).execute(connection)?;
    Ok(())
}

/// Takes a name away from the user.
pub fn remove(connection: &mut Connection, user: Uuid, name: &SignInName) -> Result<(), DbError> {
    let of_user = names::table.find(hash(name)).filter(names::user_id.eq(user.to_string()));
    diesel::delete(of_user).execute(connection)?;
    Ok(())
}
