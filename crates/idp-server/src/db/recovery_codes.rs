//! The recovery codes of users. Hashing and comparing are `hash_pool`'s.

use super::schema::recovery_codes as codes;
use super::update::update;
use super::{Connection, DbError, to_uuid};
use diesel::prelude::*;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::time::UnixTime;
use uuid::Uuid;

#[derive(Queryable, Insertable)]
#[diesel(table_name = codes, treat_none_as_default_value = false)]
struct Row {
    id: String,
    user_id: String,
    set_id: String,
    hash: String,
    created_at: i64,
    used_at: Option<i64>,
}

/// Those of a user, used ones among them.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<StoredRecoveryCode>, DbError> {
    let own = codes::table.filter(codes::user_id.eq(user.to_string()));
    let rows: Vec<Row> = own.order(codes::id).load(connection)?;
    rows.into_iter().map(StoredRecoveryCode::try_from).collect()
}

/// Stores a new one.
pub fn insert(connection: &mut Connection, code: &StoredRecoveryCode) -> Result<(), DbError> {
    let row = Row {
        id: code.id.to_string(),
        user_id: code.user.to_string(),
        set_id: code.set.to_string(),
        hash: code.hash.clone(),
        created_at: code.created_at.as_secs(),
        used_at: code.used_at.map(UnixTime::as_secs),
    };
    diesel::insert_into(codes::table).values(row).execute(connection)?;
    Ok(())
}

/// Uses one up. Answers whether it was there and unused.
pub fn spend(connection: &mut Connection, id: Uuid, now: UnixTime) -> Result<bool, DbError> {
    let unused = codes::table.find(id.to_string()).filter(codes::used_at.is_null());
    Ok(update(unused, codes::used_at.eq(Some(now.as_secs()))).execute(connection)? > 0)
}

/// Removes all of a user.
pub fn remove_all_of(connection: &mut Connection, user: Uuid) -> Result<(), DbError> {
    diesel::delete(codes::table.filter(codes::user_id.eq(user.to_string()))).execute(connection)?;
    Ok(())
}

impl TryFrom<Row> for StoredRecoveryCode {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "recovery_codes.id")?,
            user: to_uuid(&row.user_id, "recovery_codes.user_id")?,
            set: to_uuid(&row.set_id, "recovery_codes.set_id")?,
            hash: row.hash,
            created_at: UnixTime(row.created_at),
            used_at: row.used_at.map(UnixTime),
        })
    }
}
