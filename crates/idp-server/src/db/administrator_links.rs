//! Links by which people become administrators, by the hash of their secret. There are few: one for each start that found no
//! administrator, and those that operators ask for.

use super::schema::administrator_links as links;
use super::update::update;
use super::{Connection, DbError, to_uuid};
use diesel::prelude::*;
use idp_core::administrator_link::AdministratorLink;
use idp_core::secret::SecretHash;
use idp_core::time::UnixTime;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = links, treat_none_as_default_value = false)]
struct Row {
    secret_hash: String,
    is_first: bool,
    created_at: i64,
    expires_at: i64,
    user_id: Option<String>,
}

/// Stores a link.
pub fn insert(
    connection: &mut Connection,
    link: &AdministratorLink,
    secret: &SecretHash,
) -> Result<(), DbError> {
    let row = Row {
        secret_hash: secret.to_string(),
        is_first: link.is_first,
        created_at: link.created_at.as_secs(),
        expires_at: link.expires_at.as_secs(),
        user_id: link.used_by.map(|user| user.to_string()),
    };
    diesel::insert_into(links::table).values(row).execute(connection)?;
    Ok(())
}

/// The link with this secret, good or not.
pub fn by_secret(
    connection: &mut Connection,
    secret: &SecretHash,
) -> Result<Option<AdministratorLink>, DbError> {
    let found: Option<Row> = links::table.find(secret.to_string()).get_result(connection).optional()?;
    found.map(AdministratorLink::try_from).transpose()
}

/// Notes who became an administrator by the link with this secret.
pub fn note_used(connection: &mut Connection, secret: &SecretHash, user: Uuid) -> Result<(), DbError> {
    let named = links::table.find(secret.to_string());
    update(named, links::user_id.eq(Some(user.to_string()))).execute(connection)?;
    Ok(())
}

/// Forgets every link that nobody has used.
pub fn forget_unused(connection: &mut Connection) -> Result<(), DbError> {
    diesel::delete(links::table.filter(links::user_id.is_null())).execute(connection)?;
    Ok(())
}

/// Forgets links whose time was over at `limit`.
pub fn purge(connection: &mut Connection, limit: UnixTime, most: i64) -> Result<usize, DbError> {
    let old = links::table.filter(links::expires_at.lt(limit.as_secs()));
    let some: Vec<String> =
        old.order(links::expires_at).limit(most).select(links::secret_hash).load(connection)?;
    Ok(diesel::delete(links::table.filter(links::secret_hash.eq_any(some))).execute(connection)?)
}

impl TryFrom<Row> for AdministratorLink {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let used_by = row.user_id.map(|id| to_uuid(&id, "administrator_links.user_id"));
        Ok(Self {
            is_first: row.is_first,
            created_at: UnixTime(row.created_at),
            expires_at: UnixTime(row.expires_at),
            used_by: used_by.transpose()?,
        })
    }
}
