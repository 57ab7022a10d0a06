//! Roles, and which people and groups have them.

use super::schema::{group_members, group_roles, roles, user_roles, users};
use super::update::update;
use super::{Connection, DbError, from_json, insert_rows, parsed, to_json, to_uuid};
use diesel::dsl::exists;
use diesel::prelude::*;
use idp_core::administration::{BuiltInRole, Permissions, Role, RoleName, RolePermissions};
use idp_core::time::UnixTime;
use idp_core::user::UserStatus;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The id of the role that may do everything, as the migration gave it.
const ADMINISTRATOR: &str = "00000000-0000-7000-8000-000000000001";

#[derive(Queryable)]
struct Row {
    id: String,
    name: String,
    description: String,
    permissions: Option<String>,
    requires_second_factor: bool,
    _created_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = user_roles)]
struct Given {
    user_id: String,
    role_id: String,
}

/// Adds a role, which nobody has yet.
///
/// # Errors
/// [`DbError::Exists`] when the name is taken.
pub fn insert(connection: &mut Connection, role: &Role, now: UnixTime) -> Result<(), DbError> {
    let row = (
        roles::id.eq(role.id.to_string()),
        roles::name.eq(role.name.as_str()),
        roles::description.eq(&role.description),
        roles::permissions.eq(stored(role.permissions)?),
        roles::requires_second_factor.eq(role.requires_second_factor),
        roles::created_at.eq(now.as_secs()),
    );
    diesel::insert_into(roles::table).values(row).execute(connection)?;
    Ok(())
}

/// Replaces what may change of a role.
///
/// # Errors
/// [`DbError::Exists`] when the name is taken.
pub fn set(connection: &mut Connection, role: &Role) -> Result<(), DbError> {
    let columns = (
        roles::name.eq(role.name.as_str()),
        roles::description.eq(&role.description),
        roles::permissions.eq(stored(role.permissions)?),
        roles::requires_second_factor.eq(role.requires_second_factor),
    );
    update(roles::table.find(role.id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Removes a role from everybody and altogether. `false` when there was none. The rows of its holders are forgotten later
/// ([`memberships::forget_later`](super::memberships::forget_later)).
pub fn remove(connection: &mut Connection, id: Uuid) -> Result<bool, DbError> {
    Ok(diesel::delete(roles::table.find(id.to_string())).execute(connection)? > 0)
}

/// The role of this id.
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<Role>, DbError> {
    let found: Option<Row> = roles::table.find(id.to_string()).get_result(connection).optional()?;
    found.map(Role::try_from).transpose()
}

/// The role of this name.
pub fn by_name(connection: &mut Connection, name: &RoleName) -> Result<Option<Role>, DbError> {
    let named = roles::table.filter(roles::name.eq(name.as_str()));
    let found: Option<Row> = named.get_result(connection).optional()?;
    found.map(Role::try_from).transpose()
}

/// So many roles by name, beginning after this one.
pub fn page(connection: &mut Connection, after: Option<&RoleName>, count: i64) -> Result<Vec<Role>, DbError> {
    let after = after.map_or("", RoleName::as_str);
    let rows: Vec<Row> =
        roles::table.filter(roles::name.gt(after)).order(roles::name).limit(count).load(connection)?;
    rows.into_iter().map(Role::try_from).collect()
}

/// The roles that a person was given themselves, by name.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<Role>, DbError> {
    let given = user_roles::table.inner_join(roles::table.on(roles::id.eq(user_roles::role_id)));
    let given = given.filter(user_roles::user_id.eq(user.to_string()));
    let rows: Vec<Row> = given.select(roles::all_columns).load(connection)?;
    by_name_of(rows)
}

/// The roles that a person has by the groups they are in, by name; one of several groups several times.
pub fn by_groups_of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<Role>, DbError> {
    let given = group_members::table
        .inner_join(group_roles::table.on(group_roles::group_id.eq(group_members::group_id)))
        .inner_join(roles::table.on(roles::id.eq(group_roles::role_id)));
    let given = given.filter(group_members::user_id.eq(user.to_string()));
    let rows: Vec<Row> = given.select(roles::all_columns).load(connection)?;
    by_name_of(rows)
}

/// The roles of a group, by name.
pub fn of_group(connection: &mut Connection, group: Uuid) -> Result<Vec<Role>, DbError> {
    let given = group_roles::table.inner_join(roles::table.on(roles::id.eq(group_roles::role_id)));
    let given = given.filter(group_roles::group_id.eq(group.to_string()));
    let rows: Vec<Row> = given.select(roles::all_columns).load(connection)?;
    by_name_of(rows)
}

/// What a person may administer by all the roles that they have.
pub fn permissions_of_user(connection: &mut Connection, user: Uuid) -> Result<Permissions, DbError> {
    let own = of_user(connection, user)?;
    Ok(together(own.iter().chain(&by_groups_of_user(connection, user)?)))
}

/// What the members of a group may administer by it.
pub fn permissions_of_group(connection: &mut Connection, group: Uuid) -> Result<Permissions, DbError> {
    Ok(together(&of_group(connection, group)?))
}

fn together<'a>(roles: impl IntoIterator<Item = &'a Role>) -> Permissions {
    roles.into_iter().fold(Permissions::NONE, |all, role| all.union(role.permissions.get()))
}

/// Whether any person who may sign in is an administrator, by themselves or by a group.
pub fn has_administrator(connection: &mut Connection) -> Result<bool, DbError> {
    has_administrator_besides(connection, "")
}

/// Whether this person is an administrator and nobody else is who may sign in.
pub fn is_last_administrator(connection: &mut Connection, user: Uuid) -> Result<bool, DbError> {
    Ok(has_administrator(connection)? && !has_administrator_besides(connection, &user.to_string())?)
}

fn has_administrator_besides(connection: &mut Connection, user: &str) -> Result<bool, DbError> {
    let is_active = users::status.eq(UserStatus::Active.as_str()).and(users::id.ne(user));
    let own = user_roles::table.inner_join(users::table.on(users::id.eq(user_roles::user_id)));
    let own = own.filter(user_roles::role_id.eq(ADMINISTRATOR)).filter(is_active);
    let by_group = group_roles::table
        .inner_join(group_members::table.on(group_members::group_id.eq(group_roles::group_id)))
        .inner_join(users::table.on(users::id.eq(group_members::user_id)));
    let by_group = by_group.filter(group_roles::role_id.eq(ADMINISTRATOR)).filter(is_active);
    let (own, by_group): (bool, bool) =
        diesel::select((exists(own), exists(by_group))).get_result(connection)?;
    Ok(own || by_group)
}

/// Gives a role to a person. `false` when they had it.
pub fn give_to_user(connection: &mut Connection, user: Uuid, role: Uuid) -> Result<bool, DbError> {
    let (user, role) = (user.to_string(), role.to_string());
    if diesel::select(exists(user_roles::table.find((&user, &role)))).get_result(connection)? {
        return Ok(false);
    }
    let row = (user_roles::user_id.eq(user), user_roles::role_id.eq(role));
    diesel::insert_into(user_roles::table).values(row).execute(connection)?;
    Ok(true)
}

/// Gives people roles that they do not have.
pub fn give_to_users(
    connection: &mut Connection,
    all: impl IntoIterator<Item = (Uuid, Uuid)>,
) -> Result<(), DbError> {
    let row = |(role, user): (Uuid, Uuid)| Given { user_id: user.to_string(), role_id: role.to_string() };
    let rows: Vec<Given> = all.into_iter().map(row).collect();
    insert_rows!(connection, user_roles::table, &rows)
}

/// Makes a person an administrator. `false` when they were one by themselves.
pub fn make_administrator(connection: &mut Connection, user: Uuid) -> Result<bool, DbError> {
    give_to_user(connection, user, to_uuid(ADMINISTRATOR, "roles.id")?)
}

/// Takes a role from a person. `false` when they did not have it.
pub fn take_from_user(connection: &mut Connection, user: Uuid, role: Uuid) -> Result<bool, DbError> {
    let key = (user.to_string(), role.to_string());
    Ok(diesel::delete(user_roles::table.find(key)).execute(connection)? > 0)
}

/// Gives a role to a group. `false` when it had it.
pub fn give_to_group(connection: &mut Connection, group: Uuid, role: Uuid) -> Result<bool, DbError> {
    let (group, role) = (group.to_string(), role.to_string());
    if diesel::select(exists(group_roles::table.find((&group, &role)))).get_result(connection)? {
        return Ok(false);
    }
    let row = (group_roles::group_id.eq(group), group_roles::role_id.eq(role));
    diesel::insert_into(group_roles::table).values(row).execute(connection)?;
    Ok(true)
}

/// Takes a role from a group. `false` when it did not have it.
pub fn take_from_group(connection: &mut Connection, group: Uuid, role: Uuid) -> Result<bool, DbError> {
    let key = (group.to_string(), role.to_string());
    Ok(diesel::delete(group_roles::table.find(key)).execute(connection)? > 0)
}

/// So many of the people who were given the role themselves, beginning after this one.
pub fn holders(
    connection: &mut Connection,
    role: Uuid,
    after: Option<Uuid>,
    count: i64,
) -> Result<Vec<Uuid>, DbError> {
    let after = after.map_or_else(String::new, |user| user.to_string());
    let given = user_roles::table.filter(user_roles::role_id.eq(role.to_string()));
    let given = given.filter(user_roles::user_id.gt(after)).order(user_roles::user_id).limit(count);
    let found: Vec<String> = given.select(user_roles::user_id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "user_roles.user_id")).collect()
}

/// Those among these people who were given the role themselves.
pub fn holders_among(
    connection: &mut Connection,
    role: Uuid,
    users: &[Uuid],
) -> Result<BTreeSet<Uuid>, DbError> {
    let given = user_roles::table.filter(user_roles::user_id.eq_any(users.iter().map(Uuid::to_string)));
    let given = given.filter(user_roles::role_id.eq(role.to_string()));
    let found: Vec<String> = given.select(user_roles::user_id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "user_roles.user_id")).collect()
}

/// The groups that have the role.
pub fn groups_with(connection: &mut Connection, role: Uuid) -> Result<Vec<Uuid>, DbError> {
    let given = group_roles::table.filter(group_roles::role_id.eq(role.to_string()));
    let found: Vec<String> = given.select(group_roles::group_id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "group_roles.group_id")).collect()
}

/// By name: a person and a group have few, and no index has them in this order.
fn by_name_of(rows: Vec<Row>) -> Result<Vec<Role>, DbError> {
    let mut found = rows.into_iter().map(Role::try_from).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn stored(permissions: RolePermissions) -> Result<Option<String>, DbError> {
    match permissions {
        RolePermissions::BuiltIn(_) => Ok(None),
        RolePermissions::Chosen(permissions) => to_json(&permissions, "roles.permissions").map(Some),
    }
}

impl TryFrom<Row> for Role {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        let permissions = match row.permissions {
            Some(words) => RolePermissions::Chosen(from_json(&words, "roles.permissions")?),
            None => RolePermissions::BuiltIn(parsed(BuiltInRole::parse(&row.name), "roles.name")?),
        };
        Ok(Self {
            id: to_uuid(&row.id, "roles.id")?,
            name: row.name.parse().map_err(|_| DbError::Corrupt("roles.name"))?,
            description: row.description,
            permissions,
            requires_second_factor: row.requires_second_factor,
        })
    }
}
