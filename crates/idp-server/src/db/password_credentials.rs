//! Passwords, as PHC strings (argon2id): one for a user at most. A user may have none; a sign-in by password then fails
//! like one with a wrong password. Hashing and comparing are `hash_pool`'s.

use super::counters::{self, NOT_BEFORE};
use super::schema::{password_credentials as passwords, users};
use super::users::Row as UserRow;
use super::{Connection, DbError, identifier_hash};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use idp_core::time::UnixTime;
use idp_core::user::User;
use idp_core::username::Username;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The hash of the user's password, if they have one.
pub fn by_user(connection: &mut Connection, user: Uuid) -> Result<Option<String>, DbError> {
    Ok(passwords::table.find(user.to_string()).select(passwords::hash).first(connection).optional()?)
}

/// The user with this username, and the hash of their password if they have one. One statement for every username, so
/// that the time it takes tells nothing of which users exist and have a password.
pub fn by_username(
    connection: &mut Connection,
    name: &Username,
) -> Result<Option<(User, Option<String>)>, DbError> {
    let found = users::table
        .left_join(passwords::table.on(passwords::user_id.eq(users::id)))
        .filter(users::username_hash.eq(identifier_hash(name.as_str())))
        .select((users::all_columns, passwords::hash.nullable()));
    let found: Option<(UserRow, Option<String>)> = found.first(connection).optional()?;
    let void_before = counters::get(connection, NOT_BEFORE)?;
    found.map(|(row, hash)| Ok((row.read(void_before)?, hash))).transpose()
}

/// Gives a user who has no password one.
///
/// # Errors
/// [`DbError::Exists`] when they have one.
pub fn insert(connection: &mut Connection, user: Uuid, hash: &str) -> Result<(), DbError> {
    let row = (passwords::user_id.eq(user.to_string()), passwords::hash.eq(hash));
    diesel::insert_into(passwords::table).values(row).execute(connection)?;
    Ok(())
}

/// Stores the hash of a new password, whether there was one before or not; what was issued to the user before
/// `not_before` is void.
pub fn set_password(
    connection: &mut Connection,
    user: Uuid,
    hash: &str,
    not_before: UnixTime,
) -> Result<(), DbError> {
    let known = passwords::table.find(user.to_string());
    if diesel::update(known).set(passwords::hash.eq(hash)).execute(connection)? == 0 {
        insert(connection, user, hash)?;
    }
    super::users::void_earlier(connection, user, not_before)
}

/// Stores a new hash of the same password (better parameters), unless the password was changed meanwhile. Voids nothing.
pub fn rehash_password(
    connection: &mut Connection,
    user: Uuid,
    old: &str,
    new: &str,
) -> Result<bool, DbError> {
    // Compare and set: a password changed meanwhile must not be put back.
    let same = passwords::table.find(user.to_string()).filter(passwords::hash.eq(old));
    Ok(diesel::update(same).set(passwords::hash.eq(new)).execute(connection)? == 1)
}

/// Users whose password hashes cost the same.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct SameCost {
    /// The hash of one of them.
    pub example: String,
    /// How many they are.
    pub users: u32,
}

/// What the stored password hashes cost, by the beginning of the PHC strings up to the salt. Reads every hash.
pub fn password_costs(connection: &mut Connection) -> Result<BTreeMap<String, SameCost>, DbError> {
    let mut costs: BTreeMap<String, SameCost> = BTreeMap::new();
    let hashes =
        passwords::table.select(passwords::hash).load_iter::<String, DefaultLoadingMode>(connection)?;
    for hash in hashes {
        let hash = hash?;
        let cost = hash.rsplitn(3, '$').nth(2).unwrap_or_default();
        match costs.get_mut(cost) {
            Some(same) => same.users = same.users.saturating_add(1),
            None => {
                costs.insert(cost.to_owned(), SameCost { example: hash, users: 1 });
            }
        }
    }
    Ok(costs)
}
