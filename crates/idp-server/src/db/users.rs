//! Users: who they are, and from when on what is issued to them counts. How they prove themselves is in
//! [`password_credentials`](super::password_credentials). The primary address is read with each user, because the claims speak
//! of it; it is stored in [`mail_addresses`](super::mail_addresses) alone.

use super::counters::NOT_BEFORE;
use super::schema::{counters, mail_addresses, passkeys, sign_in_names as names, totp_credentials, users};
use super::update::update;
use super::{
    Connection, DbError, from_json, insert_rows, mail_links, parsed, second_step_links, sign_in_names,
    to_json, to_uuid,
};
use diesel::dsl::exists;
use diesel::prelude::*;
use idp_core::time::{MAX_LEEWAY, UnixTime};
use idp_core::user::{SecondFactorDuty, SignInName, StandardClaims, User, UserStatus};
use idp_core::username::Username;
use std::collections::BTreeSet;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(super) struct Row {
    id: String,
    username: String,
    status: String,
    not_before: i64,
    claims: String,
    created_at: i64,
    second_factor_required: bool,
    second_factor_asked_at: Option<i64>,
    delete_at: Option<i64>,
    first_sign_in_at: Option<i64>,
    browsers_forgotten_at: Option<i64>,
}

/// Adds a user, who has no credential and no address yet, and signs in with the username.
///
/// # Errors
/// [`DbError::Exists`] when the username is taken.
pub fn insert(connection: &mut Connection, user: &User) -> Result<(), DbError> {
    insert_all(connection, [user])?;
    sign_in_names::insert(connection, user.id, &SignInName::from(&user.username))
}

/// Adds users, who have no credential, no address and no name to sign in with yet.
///
/// # Errors
/// [`DbError::Exists`] when a username is taken.
pub fn insert_all<'a>(
    connection: &mut Connection,
    all: impl IntoIterator<Item = &'a User>,
) -> Result<(), DbError> {
    let row = |user: &User| {
        Ok(Row {
            id: user.id.to_string(),
            username: user.username.as_str().to_owned(),
            status: user.status.as_str().to_owned(),
            not_before: user.not_before.as_secs(),
            claims: own_claims(user)?,
            created_at: user.created_at.as_secs(),
            second_factor_required: user.second_factor.is_required,
            second_factor_asked_at: user.second_factor.asked_at.map(UnixTime::as_secs),
            delete_at: due(user.status),
            first_sign_in_at: None,
            browsers_forgotten_at: user.browsers_forgotten_at.map(UnixTime::as_secs),
        })
    };
    let rows: Vec<Row> = all.into_iter().map(row).collect::<Result<_, DbError>>()?;
    insert_rows!(connection, users::table, &rows)
}

/// Those of these ids that users have.
pub fn ids_among(connection: &mut Connection, ids: &[Uuid]) -> Result<BTreeSet<Uuid>, DbError> {
    let these = users::table.filter(users::id.eq_any(ids.iter().map(Uuid::to_string)));
    let found: Vec<String> = these.select(users::id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "users.id")).collect()
}

/// The claims that no other column or table says.
fn own_claims(user: &User) -> Result<String, DbError> {
    let own =
        StandardClaims { email: None, email_verified: None, preferred_username: None, ..user.claims.clone() };
    to_json(&own, "users.claims")
}

/// A user, the time before which everything is void for every user, the primary address with the time since when it is
/// verified, and whether a role of theirs asks for two factors.
pub(super) type Whole = (Row, Option<i64>, Option<(String, Option<i64>)>, bool);

/// The same query, of users among others, with what [`Whole`] has beside them, in one question.
macro_rules! join_whole {
    ($users:expr) => {
        $users.left_join(counters::table.on(counters::name.eq(NOT_BEFORE))).left_join(
            mail_addresses::table.on(mail_addresses::user_id.eq(users::id).and(mail_addresses::is_primary)),
        )
    };
}
pub(super) use join_whole;

/// Whether a role of the user, their own or one of a group, asks for two factors. Two looks into indexes in which most people are
/// not.
macro_rules! asked_by_role {
    () => {
        diesel::dsl::exists(
            crate::db::schema::user_roles::table
                .inner_join(
                    crate::db::schema::roles::table
                        .on(crate::db::schema::roles::id.eq(crate::db::schema::user_roles::role_id)),
                )
                .filter(crate::db::schema::user_roles::user_id.eq(crate::db::schema::users::id))
                .filter(crate::db::schema::roles::requires_second_factor),
        )
        .or(diesel::dsl::exists(
            crate::db::schema::group_members::table
                .inner_join(crate::db::schema::group_roles::table.on(
                    crate::db::schema::group_roles::group_id.eq(crate::db::schema::group_members::group_id),
                ))
                .inner_join(
                    crate::db::schema::roles::table
                        .on(crate::db::schema::roles::id.eq(crate::db::schema::group_roles::role_id)),
                )
                .filter(crate::db::schema::group_members::user_id.eq(crate::db::schema::users::id))
                .filter(crate::db::schema::roles::requires_second_factor),
        ))
    };
}
pub(super) use asked_by_role;

/// The columns of [`Whole`].
macro_rules! whole {
    () => {
        (
            users::all_columns,
            counters::value.nullable(),
            (mail_addresses::address, mail_addresses::verified_at).nullable(),
            asked_by_role!(),
        )
    };
}
pub(super) use whole;

pub(super) fn read((row, void_before, primary, by_role): Whole) -> Result<User, DbError> {
    let mut user = row.read(void_before.unwrap_or(0))?;
    user.second_factor.is_required_by_role = by_role;
    let primary = primary.map(|(address, verified_at)| (address, verified_at.is_some()));
    (user.claims.email, user.claims.email_verified) = primary.unzip();
    Ok(user)
}

/// The user with this id.
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<User>, DbError> {
    let named = join_whole!(users::table).filter(users::id.eq(id.to_string()));
    let found: Option<Whole> = named.select(whole!()).get_result(connection).optional()?;
    found.map(read).transpose()
}

/// The users with these ids who are there, in the order of their ids.
pub fn by_ids(connection: &mut Connection, ids: &[Uuid]) -> Result<Vec<User>, DbError> {
    let ids = ids.iter().map(Uuid::to_string);
    let named = join_whole!(users::table).filter(users::id.eq_any(ids)).order(users::id);
    let found: Vec<Whole> = named.select(whole!()).load(connection)?;
    found.into_iter().map(read).collect()
}

/// The user who signs in with this name: a username or a verified address.
pub fn by_sign_in_name(connection: &mut Connection, name: &SignInName) -> Result<Option<User>, DbError> {
    let named = names::table.inner_join(users::table.on(users::id.eq(names::user_id)));
    let named = join_whole!(named).filter(names::hash.eq(sign_in_names::hash(name)));
    let found: Option<Whole> = named.select(whole!()).get_result(connection).optional()?;
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
    let page = join_whole!(users::table).filter(users::username.gt(after)).order(users::username);
    let found: Vec<Whole> = page.limit(count).select(whole!()).load(connection)?;
    found.into_iter().map(read).collect()
}

/// So many users, in the order in which they were added, beginning after this one. Their ids alone: joined, PostgreSQL would go
/// through the addresses of all before them.
pub fn ids_by_creation(
    connection: &mut Connection,
    after: Option<Uuid>,
    count: i64,
) -> Result<Vec<Uuid>, DbError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let page = users::table.filter(users::id.gt(after)).order(users::id).limit(count);
    let found: Vec<String> = page.select(users::id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "users.id")).collect()
}

/// The same of those who may not sign in, for this reason.
pub fn ids_not_active(
    connection: &mut Connection,
    status: &str,
    after: Option<Uuid>,
    count: i64,
) -> Result<Vec<Uuid>, DbError> {
    let after = after.map_or_else(String::new, |id| id.to_string());
    let page = users::table.filter(users::status.eq(status)).filter(users::id.gt(after));
    // In the words of the index, which has no others.
    let page = page.filter(diesel::dsl::sql::<diesel::sql_types::Bool>("users.status <> 'active'"));
    let found: Vec<String> = page.order(users::id).limit(count).select(users::id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "users.id")).collect()
}

/// Those among these people whose status is this one.
pub fn of_status_among(
    connection: &mut Connection,
    status: &str,
    ids: &[Uuid],
) -> Result<BTreeSet<Uuid>, DbError> {
    let these = users::table.filter(users::id.eq_any(ids.iter().map(Uuid::to_string)));
    let found: Vec<String> = these.filter(users::status.eq(status)).select(users::id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "users.id")).collect()
}

/// Those among these people who have an authenticator app or a passkey.
pub fn with_second_factor_among(
    connection: &mut Connection,
    ids: &[Uuid],
) -> Result<BTreeSet<Uuid>, DbError> {
    let ids = || ids.iter().map(Uuid::to_string);
    let apps = totp_credentials::table.filter(totp_credentials::user_id.eq_any(ids()));
    let mut found: Vec<String> = apps.select(totp_credentials::user_id).load(connection)?;
    let own = passkeys::table.filter(passkeys::user_id.eq_any(ids()));
    found.extend(own.select(passkeys::user_id).load::<String>(connection)?);
    found.iter().map(|id| to_uuid(id, "user_id")).collect()
}

/// So many users who have no second factor, by name, beginning after this one.
pub fn page_without_second_factor(
    connection: &mut Connection,
    after: Option<&Username>,
    count: i64,
) -> Result<Vec<User>, DbError> {
    let after = after.map_or("", Username::as_str);
    let apps = totp_credentials::table.filter(totp_credentials::user_id.eq(users::id));
    let passkeys = passkeys::table.filter(passkeys::user_id.eq(users::id));
    let page = join_whole!(users::table).filter(users::username.gt(after)).order(users::username);
    let page = page.filter(diesel::dsl::not(exists(apps)));
    let page = page.filter(diesel::dsl::not(exists(passkeys)));
    let found: Vec<Whole> = page.limit(count).select(whole!()).load(connection)?;
    found.into_iter().map(read).collect()
}

/// Some of those whose time to be deleted has come, the longest due first.
pub fn due_for_deletion(
    connection: &mut Connection,
    now: UnixTime,
    count: i64,
) -> Result<Vec<Uuid>, DbError> {
    let due = users::table.filter(users::delete_at.le(now.as_secs())).order(users::delete_at);
    let found: Vec<String> = due.limit(count).select(users::id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "users.id")).collect()
}

/// Enables or disables the user, or has them wait to be deleted; what was issued before `not_before` is void either way, and so
/// are links in letters.
pub fn set_status(
    connection: &mut Connection,
    id: Uuid,
    status: UserStatus,
    not_before: UnixTime,
) -> Result<(), DbError> {
    let columns = (
        users::status.eq(status.as_str()),
        users::delete_at.eq(due(status)),
        users::not_before.eq(not_before.as_secs()),
    );
    update(users::table.find(id.to_string()), columns).execute(connection)?;
    second_step_links::forget(connection, id)?;
    mail_links::forget_all_of(connection, id)
}

/// Makes everything void that was issued to this user before `now`. Moves forward only.
pub fn void_earlier(connection: &mut Connection, id: Uuid, now: UnixTime) -> Result<(), DbError> {
    let earlier = users::table.find(id.to_string()).filter(users::not_before.lt(now.as_secs()));
    update(earlier, users::not_before.eq(now.as_secs())).execute(connection)?;
    Ok(())
}

/// Replaces the username, as it is shown, the claims of the user, and whether they must prove two factors. What they sign in
/// with is in `sign_in_names`.
///
/// # Errors
/// [`DbError::Exists`] when the username is taken.
pub fn set_profile(connection: &mut Connection, user: &User) -> Result<(), DbError> {
    let columns = (
        users::username.eq(user.username.as_str()),
        users::claims.eq(own_claims(user)?),
        users::second_factor_required.eq(user.second_factor.is_required),
    );
    update(users::table.find(user.id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Notes that the user was asked to set up a second factor, unless that is noted since a time that `now` believes.
pub fn note_asked(connection: &mut Connection, id: Uuid, now: UnixTime) -> Result<(), DbError> {
    let asked_at = users::second_factor_asked_at;
    let unasked = asked_at.is_null().or(asked_at.gt(now.plus(MAX_LEEWAY).as_secs()));
    let column = asked_at.eq(Some(now.as_secs()));
    update(users::table.find(id.to_string()).filter(unasked), column).execute(connection)?;
    Ok(())
}

/// Which kinds of second factors a person has.
#[derive(Copy, Clone, Default, Debug)]
pub struct HeldFactors {
    /// An authenticator app.
    pub totp: bool,
    /// A passkey.
    pub passkey: bool,
    /// A passkey that is asked for after the password.
    pub asked_passkey: bool,
}

/// Which kinds of second factors a user has, in one statement: each request of a person who proved one factor asks.
pub fn held_factors(connection: &mut Connection, id: Uuid) -> Result<HeldFactors, DbError> {
    let id = id.to_string();
    let apps = totp_credentials::table.filter(totp_credentials::user_id.eq(&id));
    let own = passkeys::table.filter(passkeys::user_id.eq(&id));
    let asked = passkeys::table.filter(passkeys::user_id.eq(&id)).filter(passkeys::is_asked_for);
    let held = diesel::select((exists(apps), exists(own), exists(asked)));
    let (totp, passkey, asked_passkey) = held.get_result(connection)?;
    Ok(HeldFactors { totp, passkey, asked_passkey })
}

/// Whether this user ever signed in.
pub fn has_signed_in(connection: &mut Connection, id: Uuid) -> Result<bool, DbError> {
    let first = users::table.find(id.to_string()).select(users::first_sign_in_at);
    let first: Option<Option<i64>> = first.get_result(connection).optional()?;
    Ok(first.flatten().is_some())
}

/// From `now` on no browser counts for this user's by a sign-in from before. Moves forward only.
pub fn forget_browsers(connection: &mut Connection, id: Uuid, now: UnixTime) -> Result<(), DbError> {
    let is_earlier =
        users::browsers_forgotten_at.is_null().or(users::browsers_forgotten_at.lt(now.as_secs()));
    let earlier = users::table.find(id.to_string()).filter(is_earlier);
    update(earlier, users::browsers_forgotten_at.eq(Some(now.as_secs()))).execute(connection)?;
    Ok(())
}

/// Notes that this user signs in for the first time.
pub fn note_first_sign_in(connection: &mut Connection, id: Uuid, now: UnixTime) -> Result<(), DbError> {
    let user = users::table.find(id.to_string());
    update(user, users::first_sign_in_at.eq(Some(now.as_secs()))).execute(connection)?;
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
            status: parsed(read_status(&self.status, self.delete_at), "users.status")?,
            not_before: UnixTime(self.not_before.max(void_before)),
            claims: from_json(&self.claims, "users.claims")?,
            created_at: UnixTime(self.created_at),
            second_factor: SecondFactorDuty {
                is_required: self.second_factor_required,
                is_required_by_role: false,
                asked_at: self.second_factor_asked_at.map(UnixTime),
            },
            browsers_forgotten_at: self.browsers_forgotten_at.map(UnixTime),
        })
    }
}

fn due(status: UserStatus) -> Option<i64> {
    status.deleted_at().map(UnixTime::as_secs)
}

fn read_status(word: &str, delete_at: Option<i64>) -> Option<UserStatus> {
    let deleting = delete_at.map(|due| UserStatus::Deleting { due: UnixTime(due) });
    let all = [UserStatus::Active, UserStatus::Disabled].into_iter().chain(deleting);
    all.into_iter().find(|status| status.as_str() == word)
}
