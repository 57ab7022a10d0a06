//! Users and their password hashes.

use super::counters::{self, VOID_BEFORE};
use super::schema::users;
use super::{Connection, DbError, from_json, parsed, to_json, to_uuid};
use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use idp_core::username::Username;
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = users)]
struct Row {
    id: String,
    username: String,
    password_hash: String,
    status: String,
    not_before: i64,
    claims: String,
    created_at: i64,
}

/// A user with what only the sign-in may see.
#[derive(Clone)]
pub struct UserWithPassword {
    /// The user.
    pub user: User,
    /// Their password as a PHC string (argon2id).
    pub password_hash: String,
}

/// Adds a user.
///
/// # Errors
/// [`DbError::Exists`] when the sign-in name is taken.
pub fn insert(connection: &mut Connection, user: &User, password_hash: &str) -> Result<(), DbError> {
    let row = Row {
        id: user.id.to_string(),
        username: user.username.as_str().to_owned(),
        password_hash: password_hash.to_owned(),
        status: status_word(user.status).to_owned(),
        not_before: user.not_before.as_secs(),
        claims: to_json(&user.claims, "claims")?,
        created_at: user.created_at.as_secs(),
    };
    diesel::insert_into(users::table).values(row).execute(connection)?;
    Ok(())
}

/// The user with this id.
///
/// # Errors
/// [`DbError`].
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<User>, DbError> {
    Ok(with_password(connection, id)?.map(|found| found.user))
}

/// The user with this id, and their password hash.
///
/// # Errors
/// [`DbError`].
pub fn with_password(connection: &mut Connection, id: Uuid) -> Result<Option<UserWithPassword>, DbError> {
    let row: Option<Row> = users::table.find(id.to_string()).first(connection).optional()?;
    let void_before = counters::get(connection, VOID_BEFORE)?;
    row.map(|row| row.read(void_before)).transpose()
}

/// The user who signs in under this name.
///
/// # Errors
/// [`DbError`].
pub fn by_username(
    connection: &mut Connection,
    name: &Username,
) -> Result<Option<UserWithPassword>, DbError> {
    let row: Option<Row> =
        users::table.filter(users::username.eq(name.as_str())).first(connection).optional()?;
    let void_before = counters::get(connection, VOID_BEFORE)?;
    row.map(|row| row.read(void_before)).transpose()
}

/// Whether there are any.
///
/// # Errors
/// [`DbError`].
pub fn exist(connection: &mut Connection) -> Result<bool, DbError> {
    let one: Option<String> = users::table.select(users::id).first(connection).optional()?;
    Ok(one.is_some())
}

/// Everybody, by name.
///
/// # Errors
/// [`DbError`].
pub fn all(connection: &mut Connection) -> Result<Vec<User>, DbError> {
    let rows: Vec<Row> = users::table.order(users::username).load(connection)?;
    let void_before = counters::get(connection, VOID_BEFORE)?;
    rows.into_iter().map(|row| row.read(void_before).map(|found| found.user)).collect()
}

/// Users whose password hashes cost the same.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct SameCost {
    /// The hash of one of them.
    pub example: String,
    /// How many they are.
    pub users: u32,
}

/// What the stored password hashes cost: by the beginning of the PHC strings, up to the salt. Looks at every user.
///
/// # Errors
/// [`DbError`].
pub fn password_costs(connection: &mut Connection) -> Result<BTreeMap<String, SameCost>, DbError> {
    let mut costs: BTreeMap<String, SameCost> = BTreeMap::new();
    let hashes =
        users::table.select(users::password_hash).load_iter::<String, DefaultLoadingMode>(connection)?;
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

/// Stores a new hash for the same password (better parameters), unless it was changed meanwhile. Voids nothing.
///
/// # Errors
/// [`DbError`].
pub fn rehash_password(connection: &mut Connection, id: Uuid, old: &str, new: &str) -> Result<bool, DbError> {
    // Compare and set: a password changed meanwhile must not be put back.
    let same = users::table.filter(users::id.eq(id.to_string())).filter(users::password_hash.eq(old));
    Ok(diesel::update(same).set(users::password_hash.eq(new)).execute(connection)? == 1)
}

/// Stores the hash of a new password; what was issued before `now` is void.
///
/// # Errors
/// [`DbError`].
pub fn set_password(
    connection: &mut Connection,
    id: Uuid,
    hash: &str,
    not_before: UnixTime,
) -> Result<(), DbError> {
    let columns = (users::password_hash.eq(hash), users::not_before.eq(not_before.as_secs()));
    diesel::update(users::table.find(id.to_string())).set(columns).execute(connection)?;
    Ok(())
}

/// Enables or disables; what was issued before `now` is void either way.
///
/// # Errors
/// [`DbError`].
pub fn set_status(
    connection: &mut Connection,
    id: Uuid,
    status: UserStatus,
    not_before: UnixTime,
) -> Result<(), DbError> {
    let columns = (users::status.eq(status_word(status)), users::not_before.eq(not_before.as_secs()));
    diesel::update(users::table.find(id.to_string())).set(columns).execute(connection)?;
    Ok(())
}

/// Makes everything void that was issued to this user before `now`. Moves forward only.
///
/// # Errors
/// [`DbError`].
pub fn void_earlier(connection: &mut Connection, id: Uuid, now: UnixTime) -> Result<(), DbError> {
    let earlier = users::table.find(id.to_string()).filter(users::not_before.lt(now.as_secs()));
    diesel::update(earlier).set(users::not_before.eq(now.as_secs())).execute(connection)?;
    Ok(())
}

impl Row {
    /// Reads a row back. What is void for everybody is void for this user: one number and no change of every row.
    fn read(self, void_before: i64) -> Result<UserWithPassword, DbError> {
        let user = User {
            id: to_uuid(&self.id, "users.id")?,
            username: Username::parse(&self.username).map_err(|_| DbError::Corrupt("users.username"))?,
            status: parsed(read_status(&self.status), "users.status")?,
            not_before: UnixTime(self.not_before.max(void_before)),
            claims: from_json(&self.claims, "users.claims")?,
            created_at: UnixTime(self.created_at),
        };
        Ok(UserWithPassword { user, password_hash: self.password_hash })
    }
}

const fn status_word(status: UserStatus) -> &'static str {
    match status {
        UserStatus::Active => "active",
        UserStatus::Disabled => "disabled",
    }
}

fn read_status(word: &str) -> Option<UserStatus> {
    [UserStatus::Active, UserStatus::Disabled].into_iter().find(|status| status_word(*status) == word)
}
