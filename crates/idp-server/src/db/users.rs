//! Users: who they are, and from when on what is issued to them counts. How they prove themselves is in
//! [`password_credentials`](super::password_credentials).

use super::counters::NOT_BEFORE;
use super::schema::{counters, users};
use super::update::update;
use super::{Connection, DbError, from_json, identifier_hash, parsed, to_json, to_uuid};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use idp_core::user::{User, UserStatus};
use idp_core::username::Username;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    username: String,
    username_hash: String,
    status: String,
    not_before: i64,
    claims: String,
    created_at: i64,
}

/// Adds a user, who has no credential yet.
///
/// # Errors
/// [`DbError::Exists`] when the username is taken.
pub fn insert(connection: &mut Connection, user: &User) -> Result<(), DbError> {
    let row = Row {
        id: user.id.to_string(),
        username: user.username.as_str().to_owned(),
        username_hash: identifier_hash(user.username.as_str()),
        status: status_word(user.status).to_owned(),
        not_before: user.not_before.as_secs(),
        claims: to_json(&user.claims, "users.claims")?,
        created_at: user.created_at.as_secs(),
    };
    diesel::insert_into(users::table).values(row).execute(connection)?;
    Ok(())
}

/// A user, and the time before which everything is void for every user.
pub(super) type WithMark = (Row, Option<i64>);

/// The same query for users with that time, in one question.
macro_rules! with_mark {
    ($users:expr) => {
        $users
            .left_join(counters::table.on(counters::name.eq(NOT_BEFORE)))
            .select((users::all_columns, counters::value.nullable()))
    };
}

pub(super) fn read((row, void_before): WithMark) -> Result<User, DbError> {
    row.read(void_before.unwrap_or(0))
}

/// The user with this id.
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<User>, DbError> {
    let named = users::table.find(id.to_string());
    let found: Option<WithMark> = with_mark!(named).get_result(connection).optional()?;
    found.map(read).transpose()
}

/// The user with this username.
pub fn by_username(connection: &mut Connection, name: &Username) -> Result<Option<User>, DbError> {
    let named = users::table.filter(users::username_hash.eq(identifier_hash(name.as_str())));
    let found: Option<WithMark> = with_mark!(named).get_result(connection).optional()?;
    found.map(read).transpose()
}

/// Whether there are any.
pub fn exist(connection: &mut Connection) -> Result<bool, DbError> {
    let one: Option<String> = users::table.select(users::id).limit(1).get_result(connection).optional()?;
    Ok(one.is_some())
}

/// So many users, by name, beginning after this one.
pub fn page(connection: &mut Connection, after: Option<&Username>, count: i64) -> Result<Vec<User>, DbError> {
    let after = after.map_or("", Username::as_str);
    let page = users::table.filter(users::username.gt(after)).order(users::username).limit(count);
    let found: Vec<WithMark> = with_mark!(page).load(connection)?;
    found.into_iter().map(read).collect()
}

/// Enables or disables the user; what was issued before `not_before` is void either way.
pub fn set_status(
    connection: &mut Connection,
    id: Uuid,
    status: UserStatus,
    not_before: UnixTime,
) -> Result<(), DbError> {
    let columns = (users::status.eq(status_word(status)), users::not_before.eq(not_before.as_secs()));
    update(users::table.find(id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Makes everything void that was issued to this user before `now`. Moves forward only.
pub fn void_earlier(connection: &mut Connection, id: Uuid, now: UnixTime) -> Result<(), DbError> {
    let earlier = users::table.find(id.to_string()).filter(users::not_before.lt(now.as_secs()));
    update(earlier, users::not_before.eq(now.as_secs())).execute(connection)?;
    Ok(())
}

/// Replaces the username and the claims of the user.
///
/// # Errors
/// [`DbError::Exists`] when the username is taken.
pub fn set_profile(connection: &mut Connection, user: &User) -> Result<(), DbError> {
    let claims = to_json(&user.claims, "users.claims")?;
    let name = user.username.as_str();
    let columns =
        (users::username.eq(name), users::username_hash.eq(identifier_hash(name)), users::claims.eq(claims));
    update(users::table.find(user.id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Removes the user, and with them their credentials, sessions, grants and consents. `false` when there was none. Sites
/// learn of it by the revocation log only.
pub fn remove(connection: &mut Connection, id: Uuid) -> Result<bool, DbError> {
    Ok(diesel::delete(users::table.find(id.to_string())).execute(connection)? > 0)
}

impl Row {
    /// Reads a row back. What is void for every user (`void_before`) is void for this one: signing everybody out raises
    /// one number and changes no row.
    pub(super) fn read(self, void_before: i64) -> Result<User, DbError> {
        Ok(User {
            id: to_uuid(&self.id, "users.id")?,
            username: Username::parse(&self.username).map_err(|_| DbError::Corrupt("users.username"))?,
            status: parsed(read_status(&self.status), "users.status")?,
            not_before: UnixTime(self.not_before.max(void_before)),
            claims: from_json(&self.claims, "users.claims")?,
            created_at: UnixTime(self.created_at),
        })
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
