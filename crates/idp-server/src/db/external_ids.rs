//! What the systems that provision people call them (SCIM `externalId`, RFC 7643 3.1). Each has names of its own: those of one are
//! nothing to another, and one of them names one person.

use super::schema::external_ids as ids;
use super::{Connection, DbError, to_uuid};
use diesel::prelude::*;
use std::collections::HashMap;
use uuid::Uuid;

/// Whom a system calls so.
pub fn owner(
    connection: &mut Connection,
    provisioner: &str,
    external_id: &str,
) -> Result<Option<Uuid>, DbError> {
    let named = ids::table.filter(ids::provisioner.eq(provisioner)).filter(ids::external_id.eq(external_id));
    let found: Option<String> = named.select(ids::user_id).get_result(connection).optional()?;
    found.map(|id| to_uuid(&id, "external_ids.user_id")).transpose()
}

/// What a system calls these people.
pub fn of_users(
    connection: &mut Connection,
    provisioner: &str,
    users: &[Uuid],
) -> Result<HashMap<Uuid, String>, DbError> {
    let of_users = ids::table.filter(ids::provisioner.eq(provisioner));
    let of_users = of_users.filter(ids::user_id.eq_any(users.iter().map(Uuid::to_string)));
    let rows: Vec<(String, String)> = of_users.select((ids::user_id, ids::external_id)).load(connection)?;
    rows.into_iter().map(|(user, id)| Ok((to_uuid(&user, "external_ids.user_id")?, id))).collect()
}

/// Has a system call a person so from now on, or nothing any more.
///
/// # Errors
/// [`DbError::Exists`] when it calls another person so.
pub fn set(
    connection: &mut Connection,
    provisioner: &str,
    user: Uuid,
    external_id: Option<&str>,
) -> Result<(), DbError> {
    diesel::delete(ids::table.find((provisioner, user.to_string()))).execute(connection)?;
    let Some(external_id) = external_id else { return Ok(()) };
    let row = (
        ids::provisioner.eq(provisioner),
        ids::user_id.eq(user.to_string()),
        ids::external_id.eq(external_id),
    );
    diesel::insert_into(ids::table).values(row).execute(connection)?;
    Ok(())
}
