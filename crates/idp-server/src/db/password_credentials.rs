//! Passwords, as PHC strings (argon2id): one for a user at most. A user may have none; a sign-in by password then fails
//! like one with a wrong password. Hashing and comparing are `hash_pool`'s.

use super::counters::NOT_BEFORE;
use super::schema::{
    counters, mail_addresses, password_credentials as passwords, sign_in_names as names, users,
};
use super::update::update;
use super::users::{Whole, asked_by_role, join_whole, read, whole};
use super::{Connection, DbError, insert_rows, mail_links, password_costs, second_step_links, sign_in_names};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use idp_core::user::{SignInName, User};
use uuid::Uuid;

#[derive(Insertable)]
#[diesel(table_name = passwords, treat_none_as_default_value = false)]
struct NewRow {
    user_id: String,
    hash: String,
    is_confirmed: bool,
    temporary_until: Option<i64>,
}

/// `hash` and `temporary_until`.
type Row = (String, Option<i64>);

/// A password as it is kept.
#[derive(Clone)]
pub struct StoredPassword {
    /// A PHC string.
    pub hash: String,
    /// Until when one signs in that an operator made and its person has to replace; `None` for a person's own.
    pub temporary_until: Option<UnixTime>,
}

impl From<String> for StoredPassword {
    /// A person's own.
    fn from(hash: String) -> Self {
        Self { hash, temporary_until: None }
    }
}

impl StoredPassword {
    /// Whether it is a temporary one that its person has not used in time.
    #[must_use]
    pub fn has_expired(&self, now: UnixTime) -> bool {
        self.temporary_until.is_some_and(|until| now >= until)
    }

    fn read((hash, temporary_until): Row) -> Self {
        Self { hash, temporary_until: temporary_until.map(UnixTime) }
    }
}

/// The user's password, if they have one.
pub fn stored(connection: &mut Connection, user: Uuid) -> Result<Option<StoredPassword>, DbError> {
    let columns = (passwords::hash, passwords::temporary_until);
    let found = passwords::table.find(user.to_string()).select(columns).get_result(connection).optional()?;
    Ok(found.map(StoredPassword::read))
}

/// The hash of the user's password, if they have one.
pub fn by_user(connection: &mut Connection, user: Uuid) -> Result<Option<String>, DbError> {
    Ok(passwords::table.find(user.to_string()).select(passwords::hash).get_result(connection).optional()?)
}

/// The user who signs in with this name, and their password if they have one. One statement for every name, a
/// username or an address, so that the time it takes tells nothing of which users exist, have a password, and are
/// called what.
pub fn by_sign_in_name(
    connection: &mut Connection,
    name: &SignInName,
) -> Result<Option<(User, Option<StoredPassword>)>, DbError> {
    let named = names::table
        .inner_join(users::table.on(users::id.eq(names::user_id)))
        .left_join(passwords::table.on(passwords::user_id.eq(users::id)));
    let named = join_whole!(named).filter(names::hash.eq(sign_in_names::hash(name)));
    let columns = (whole!(), (passwords::hash, passwords::temporary_until).nullable());
    let found: Option<(Whole, Option<Row>)> = named.select(columns).get_result(connection).optional()?;
    found.map(|(user, password)| Ok((read(user)?, password.map(StoredPassword::read)))).transpose()
}

/// Gives a user who has no password one, which is their own.
///
/// # Errors
/// [`DbError::Exists`] when they have one.
pub fn insert(connection: &mut Connection, user: Uuid, hash: &str) -> Result<(), DbError> {
    insert_all(connection, [(user, &StoredPassword::from(hash.to_owned()))])
}

/// Gives users who have no password one each.
///
/// # Errors
/// [`DbError::Exists`] when one has a password.
pub fn insert_all<'a>(
    connection: &mut Connection,
    all: impl IntoIterator<Item = (Uuid, &'a StoredPassword)>,
) -> Result<(), DbError> {
    let row = |(user, password): (Uuid, &StoredPassword)| NewRow {
        user_id: user.to_string(),
        hash: password.hash.clone(),
        is_confirmed: false,
        temporary_until: password.temporary_until.map(UnixTime::as_secs),
    };
    let rows: Vec<NewRow> = all.into_iter().map(row).collect();
    insert_rows!(connection, passwords::table, &rows)?;
    password_costs::count_all(connection, rows.iter().map(|row| row.hash.as_str()))
}

/// Whether the user has a password that was used together with a second factor since it was set.
pub fn is_confirmed(connection: &mut Connection, user: Uuid) -> Result<bool, DbError> {
    let found: Option<bool> = passwords::table
        .find(user.to_string())
        .select(passwords::is_confirmed)
        .get_result(connection)
        .optional()?;
    Ok(found.unwrap_or(false))
}

/// Notes that the password with this hash was used together with a second factor.
pub fn confirm(connection: &mut Connection, user: Uuid, hash: &str) -> Result<(), DbError> {
    let unconfirmed = passwords::table.find(user.to_string()).filter(passwords::is_confirmed.eq(false));
    update(unconfirmed.filter(passwords::hash.eq(hash)), passwords::is_confirmed.eq(true))
        .execute(connection)?;
    Ok(())
}

/// Stores the hash of a new password of their own, whether there was one before or not; what was issued to the user before
/// `not_before` is void, and so are links that were sent to the person.
pub fn set_password(
    connection: &mut Connection,
    user: Uuid,
    hash: &str,
    not_before: UnixTime,
) -> Result<(), DbError> {
    match by_user(connection, user)? {
        Some(old) => {
            put(connection, user, &old, hash)?;
        }
        None => insert(connection, user, hash)?,
    }
    mail_links::forget_reset(connection, user)?;
    second_step_links::forget(connection, user)?;
    super::users::void_earlier(connection, user, not_before)
}

/// Stores the hash of the password that a user chose in the place of a temporary one, whose hash is `old`. It opened nothing, so
/// nothing is void by it but links that were sent.
pub fn choose(connection: &mut Connection, user: Uuid, old: &str, hash: &str) -> Result<(), DbError> {
    put(connection, user, old, hash)?;
    mail_links::forget_reset(connection, user)?;
    second_step_links::forget(connection, user)
}

/// Says of the password that the user has by now that it is temporary, and signs in until then.
pub fn make_temporary(connection: &mut Connection, user: Uuid, until: UnixTime) -> Result<(), DbError> {
    let column = passwords::temporary_until.eq(Some(until.as_secs()));
    update(passwords::table.find(user.to_string()), column).execute(connection)?;
    Ok(())
}

/// A new password takes the place of an old one.
fn put(connection: &mut Connection, user: Uuid, old: &str, hash: &str) -> Result<(), DbError> {
    let columns = (
        passwords::hash.eq(hash),
        passwords::temporary_until.eq(None::<i64>),
        passwords::is_confirmed.eq(false),
    );
    update(passwords::table.find(user.to_string()), columns).execute(connection)?;
    password_costs::count(connection, Some(old), Some(hash))
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
    if update(same, passwords::hash.eq(new)).execute(connection)? == 0 {
        return Ok(false);
    }
    password_costs::count(connection, Some(old), Some(new)).map(|()| true)
}

/// Takes a user's password away, if they have one.
pub fn remove(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    let Some(hash) = by_user(connection, user)? else {
        return Ok(());
    };
    diesel::delete(passwords::table.find(user.to_string())).execute(connection)?;
    password_costs::count(connection, Some(&hash), None)
}
