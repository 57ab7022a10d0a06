//! What people may type to sign in, by its hash, and whose it is.

use super::schema::{sign_in_names as names, users};
use super::{Connection, DbError, identifier_hash, insert_rows, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::user::SignInName;
use idp_core::username::Username;
use std::collections::HashMap;
use uuid::Uuid;

#[derive(Insertable)]
#[diesel(table_name = names)]
struct Row {
    hash: String,
    user_id: String,
}

/// What a name is looked up by.
pub(super) fn hash(name: &SignInName) -> String {
    identifier_hash(name.as_str())
}

/// The names under which transitions that give or take one lock it.
pub fn lock_names<'a>(names: impl IntoIterator<Item = &'a SignInName>) -> Vec<String> {
    names.into_iter().map(hash).collect()
}

/// Whose these names are, and what their owners are called. One question.
pub fn owners<'a>(
    connection: &mut Connection,
    of: impl IntoIterator<Item = &'a SignInName>,
) -> Result<HashMap<SignInName, (Uuid, Username)>, DbError> {
    let asked: HashMap<String, &SignInName> = of.into_iter().map(|name| (hash(name), name)).collect();
    let known = names::table.inner_join(users::table.on(users::id.eq(names::user_id)));
    let known = known.filter(names::hash.eq_any(asked.keys()));
    let columns = (names::hash, users::id, users::username);
    let rows: Vec<(String, String, String)> = known.select(columns).load(connection)?;
    let mut found = HashMap::new();
    for (hash, user, username) in rows {
        let username = parsed(Username::parse(&username).ok(), "users.username")?;
        let name = parsed(asked.get(&hash), "sign_in_names.hash")?;
        found.insert(SignInName::clone(name), (to_uuid(&user, "sign_in_names.user_id")?, username));
    }
    Ok(found)
}

/// Whose name this is.
pub fn owner(connection: &mut Connection, name: &SignInName) -> Result<Option<Uuid>, DbError> {
    let found: Option<String> =
        names::table.find(hash(name)).select(names::user_id).get_result(connection).optional()?;
    found.map(|id| to_uuid(&id, "sign_in_names.user_id")).transpose()
}

/// Gives the user a name.
///
/// # Errors
/// [`DbError::Exists`] when it is taken.
pub fn insert(connection: &mut Connection, user: Uuid, name: &SignInName) -> Result<(), DbError> {
    insert_all(connection, [(user, name)])
}

/// Gives users names.
///
/// # Errors
/// [`DbError::Exists`] when one is taken.
pub fn insert_all<'a>(
    connection: &mut Connection,
    all: impl IntoIterator<Item = (Uuid, &'a SignInName)>,
) -> Result<(), DbError> {
    let row = |(user, name): (Uuid, &SignInName)| Row { hash: hash(name), user_id: user.to_string() };
    let rows: Vec<Row> = all.into_iter().map(row).collect();
    insert_rows!(connection, names::table, &rows)
}

/// Takes a name away from the user.
pub fn remove(connection: &mut Connection, user: Uuid, name: &SignInName) -> Result<(), DbError> {
    let of_user = names::table.find(hash(name)).filter(names::user_id.eq(user.to_string()));
    diesel::delete(of_user).execute(connection)?;
    Ok(())
}
