//! The link that a person was sent in place of their second factor: one of a person at most.

use super::schema::second_step_links as links;
use super::update::update;
use super::{Connection, DbError, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::second_step_link::SecondStepLink;
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
struct Row {
    user_id: String,
    sign_in: String,
    secret_hash: String,
    code_hash: String,
    way_back: Option<String>,
    expires_at: i64,
    is_used: bool,
}

/// Stores one, in the place of an older one.
pub fn put(connection: &mut Connection, link: &SecondStepLink) -> Result<(), DbError> {
    forget(connection, link.user)?;
    let row = Row {
        user_id: link.user.to_string(),
        sign_in: link.sign_in.to_string(),
        secret_hash: link.secret.to_string(),
        code_hash: link.code.clone(),
        way_back: link.way_back.clone(),
        expires_at: link.expires_at.as_secs(),
        is_used: link.is_used,
    };
    diesel::insert_into(links::table).values(row).execute(connection)?;
    Ok(())
}

/// That of a user, used or not.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Option<SecondStepLink>, DbError> {
    let found: Option<Row> = links::table.find(user.to_string()).get_result(connection).optional()?;
    found.map(SecondStepLink::try_from).transpose()
}

/// The one with this secret, used or not.
pub fn by_secret(
    connection: &mut Connection,
    secret: &SecretHash,
) -> Result<Option<SecondStepLink>, DbError> {
    let named = links::table.filter(links::secret_hash.eq(secret.to_string()));
    let found: Option<Row> = named.get_result(connection).optional()?;
    found.map(SecondStepLink::try_from).transpose()
}

/// Uses up the one that was sent for this sign-in. Answers whether it was there and unused.
pub fn spend(connection: &mut Connection, user: Uuid, sign_in: Uuid) -> Result<bool, DbError> {
    let sent_for = links::table.find(user.to_string()).filter(links::sign_in.eq(sign_in.to_string()));
    Ok(update(sent_for.filter(links::is_used.eq(false)), links::is_used.eq(true)).execute(connection)? > 0)
}

/// Forgets that of a user.
pub fn forget(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    diesel::delete(links::table.find(user.to_string())).execute(connection)?;
    Ok(())
}

/// Forgets links whose time was over at `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = links::table.filter(links::expires_at.lt(limit.as_secs()));
    let some: Vec<String> =
        old.order(links::expires_at).limit(most).select(links::user_id).load(connection)?;
    // One that was sent meanwhile has the same key.
    let gone = links::table.filter(links::user_id.eq_any(some)).filter(links::expires_at.lt(limit.as_secs()));
    Ok(diesel::delete(gone).execute(connection)?)
}

impl TryFrom<Row> for SecondStepLink {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            user: to_uuid(&row.user_id, "second_step_links.user_id")?,
            sign_in: to_uuid(&row.sign_in, "second_step_links.sign_in")?,
            secret: parsed(SecretHash::parse(&row.secret_hash), "second_step_links.secret_hash")?,
            code: row.code_hash,
            way_back: row.way_back,
            expires_at: UnixTime(row.expires_at),
            is_used: row.is_used,
        })
    }
}
