//! The authenticator apps of users. Checking a code is `idp_core::totp`'s, and unsealing the secret the caller's.

use super::schema::totp_credentials as apps;
use super::update::update;
use super::{Connection, DbError, insert_rows, to_uuid};
use diesel::prelude::*;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = apps, treat_none_as_default_value = false)]
struct Row {
    id: String,
    user_id: String,
    name: String,
    sealed_secret: String,
    last_step: i64,
    created_at: i64,
    last_used_at: Option<i64>,
}

/// Those of a user, the oldest first.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<TotpCredential>, DbError> {
    let own = apps::table.filter(apps::user_id.eq(user.to_string()));
    let rows: Vec<Row> = own.order(apps::id).load(connection)?;
    rows.into_iter().map(TotpCredential::try_from).collect()
}

/// Stores a new one.
///
/// # Errors
/// [`DbError::Exists`] when one of its id is there.
pub fn insert(connection: &mut Connection, app: &TotpCredential) -> Result<(), DbError> {
    insert_all(connection, [app])
}

/// Stores new ones.
///
/// # Errors
/// As [`insert`].
pub fn insert_all<'a>(
    connection: &mut Connection,
    all: impl IntoIterator<Item = &'a TotpCredential>,
) -> Result<(), DbError> {
    let row = |app: &TotpCredential| Row {
        id: app.id.to_string(),
        user_id: app.user.to_string(),
        name: app.name.clone(),
        sealed_secret: app.sealed_secret.clone(),
        last_step: app.last_step,
        created_at: app.created_at.as_secs(),
        last_used_at: app.last_used_at.map(UnixTime::as_secs),
    };
    let rows: Vec<Row> = all.into_iter().map(row).collect();
    insert_rows!(connection, apps::table, &rows)
}

/// Uses up the code of `step` and every earlier one, unless another sign-in has used a code since `app` was read. Answers
/// whether it did.
pub fn spend(
    connection: &mut Connection,
    app: &TotpCredential,
    step: i64,
    now: UnixTime,
) -> Result<bool, DbError> {
    let as_read = apps::table.find(app.id.to_string()).filter(apps::last_step.eq(app.last_step));
    let columns = (apps::last_step.eq(step), apps::last_used_at.eq(Some(now.as_secs())));
    Ok(update(as_read, columns).execute(connection)? > 0)
}

/// Removes one of a user. Answers whether there was one.
pub fn remove(connection: &mut Connection, user: Uuid, id: Uuid) -> Result<bool, DbError> {
    let one = apps::table.find(id.to_string()).filter(apps::user_id.eq(user.to_string()));
    Ok(diesel::delete(one).execute(connection)? > 0)
}

/// Removes all of a user. Answers how many there were.
pub fn remove_all_of(connection: &mut Connection, user: Uuid) -> Result<usize, DbError> {
    Ok(diesel::delete(apps::table.filter(apps::user_id.eq(user.to_string()))).execute(connection)?)
}

impl TryFrom<Row> for TotpCredential {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "totp_credentials.id")?,
            user: to_uuid(&row.user_id, "totp_credentials.user_id")?,
            name: row.name,
            sealed_secret: row.sealed_secret,
            last_step: row.last_step,
            created_at: UnixTime(row.created_at),
            last_used_at: row.last_used_at.map(UnixTime),
        })
    }
}
