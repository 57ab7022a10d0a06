//! The e-mail addresses of people. The primary one is read with its user ([`users`](super::users)).

use super::schema::mail_addresses as addresses;
use super::update::update;
use super::{Connection, DbError, insert_rows, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::mail_address::MailAddress;
use idp_core::time::UnixTime;
use idp_core::user::{KnownAddress, MailAddresses};
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = addresses, treat_none_as_default_value = false)]
struct Row {
    id: String,
    user_id: String,
    address: String,
    verified_at: Option<i64>,
    is_primary: bool,
    added_at: i64,
}

/// Those of a user.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<MailAddresses, DbError> {
    let of_user = addresses::table.filter(addresses::user_id.eq(user.to_string()));
    let rows: Vec<Row> = of_user.load(connection)?;
    let known: Result<Vec<_>, DbError> = rows.into_iter().map(KnownAddress::try_from).collect();
    Ok(MailAddresses::new(known?))
}

/// Those of each of these users, in one question.
pub fn of_users(
    connection: &mut Connection,
    users: &[Uuid],
) -> Result<HashMap<Uuid, MailAddresses>, DbError> {
    let of_users = addresses::table.filter(addresses::user_id.eq_any(users.iter().map(Uuid::to_string)));
    let rows: Vec<Row> = of_users.load(connection)?;
    let mut found: HashMap<Uuid, Vec<KnownAddress>> = HashMap::new();
    for row in rows {
        let user = to_uuid(&row.user_id, "mail_addresses.user_id")?;
        found.entry(user).or_default().push(KnownAddress::try_from(row)?);
    }
    Ok(found.into_iter().map(|(user, known)| (user, MailAddresses::new(known))).collect())
}

/// Adds one of a user.
///
/// # Errors
/// [`DbError::Exists`] for a second primary one.
pub fn insert(connection: &mut Connection, user: Uuid, known: &KnownAddress) -> Result<(), DbError> {
    insert_all(connection, [(user, known)])
}

/// Adds some of users.
///
/// # Errors
/// [`DbError::Exists`] for a second primary one of a user.
pub fn insert_all<'a>(
    connection: &mut Connection,
    all: impl IntoIterator<Item = (Uuid, &'a KnownAddress)>,
) -> Result<(), DbError> {
    let row = |(user, known): (Uuid, &KnownAddress)| Row {
        id: known.id.to_string(),
        user_id: user.to_string(),
        address: known.address.as_str().to_owned(),
        verified_at: known.verified_at.map(UnixTime::as_secs),
        is_primary: known.is_primary,
        added_at: known.added_at.as_secs(),
    };
    let rows: Vec<Row> = all.into_iter().map(row).collect();
    insert_rows!(connection, addresses::table, &rows)
}

/// Stores since when one is verified, and whether it is the primary one. There must be no other primary one by then.
pub fn set(connection: &mut Connection, known: &KnownAddress) -> Result<(), DbError> {
    let columns = (
        addresses::verified_at.eq(known.verified_at.map(UnixTime::as_secs)),
        addresses::is_primary.eq(known.is_primary),
    );
    update(addresses::table.find(known.id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Removes one.
pub fn remove(connection: &mut Connection, id: Uuid) -> Result<(), DbError> {
    diesel::delete(addresses::table.find(id.to_string())).execute(connection)?;
    Ok(())
}

impl TryFrom<Row> for KnownAddress {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "mail_addresses.id")?,
            address: parsed(MailAddress::parse(&row.address).ok(), "mail_addresses.address")?,
            verified_at: row.verified_at.map(UnixTime),
            is_primary: row.is_primary,
            added_at: UnixTime(row.added_at),
        })
    }
}
