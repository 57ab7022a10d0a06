//! Groups, and who is in them. Their roles are in [`roles`](super::roles).

use super::schema::{group_members as members, groups};
use super::update::update;
use super::{Connection, DbError, insert_rows, to_uuid};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use idp_core::administration::{Group, GroupName};
use idp_core::time::UnixTime;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

#[diesel::declare_sql_function]
extern "SQL" {
    /// So many characters of a text from this one on, which counts from 1.
    fn substr(text: Text, from: Integer, count: Integer) -> Text;
}

#[derive(Queryable)]
struct Row {
    id: String,
    name: String,
    description: String,
    external_id: Option<String>,
    created_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = members)]
struct Membership {
    user_id: String,
    group_id: String,
}

/// Adds a group, which nobody is in yet.
///
/// # Errors
/// [`DbError::Exists`] when the name is taken.
pub fn insert(connection: &mut Connection, group: &Group) -> Result<(), DbError> {
    let row = (
        groups::id.eq(group.id.to_string()),
        groups::name.eq(group.name.as_str()),
        groups::description.eq(&group.description),
        groups::external_id.eq(&group.external_id),
        groups::created_at.eq(group.created_at.as_secs()),
    );
    diesel::insert_into(groups::table).values(row).execute(connection)?;
    Ok(())
}

/// Replaces what may change of a group.
///
/// # Errors
/// [`DbError::Exists`] when the name is taken.
pub fn set(connection: &mut Connection, group: &Group) -> Result<(), DbError> {
    let columns = (
        groups::name.eq(group.name.as_str()),
        groups::description.eq(&group.description),
        groups::external_id.eq(&group.external_id),
    );
    update(groups::table.find(group.id.to_string()), columns).execute(connection)?;
    Ok(())
}

/// Removes a group; its members stay people. `false` when there was none. The rows of its members are forgotten later
/// ([`memberships::forget_later`](super::memberships::forget_later)).
pub fn remove(connection: &mut Connection, id: Uuid) -> Result<bool, DbError> {
    Ok(diesel::delete(groups::table.find(id.to_string())).execute(connection)? > 0)
}

/// The group of this id.
pub fn by_id(connection: &mut Connection, id: Uuid) -> Result<Option<Group>, DbError> {
    let found: Option<Row> = groups::table.find(id.to_string()).get_result(connection).optional()?;
    found.map(Group::try_from).transpose()
}

/// The group of this name.
pub fn by_name(connection: &mut Connection, name: &GroupName) -> Result<Option<Group>, DbError> {
    let named = groups::table.filter(groups::name.eq(name.as_str()));
    let found: Option<Row> = named.get_result(connection).optional()?;
    found.map(Group::try_from).transpose()
}

/// So many of the groups that a provisioning system calls so: their external ids are no names of ours, and may be given twice.
pub fn by_external_id(
    connection: &mut Connection,
    external_id: &str,
    count: i64,
) -> Result<Vec<Group>, DbError> {
    let named = groups::table.filter(groups::external_id.eq(external_id)).limit(count);
    let rows: Vec<Row> = named.load(connection)?;
    rows.into_iter().map(Group::try_from).collect()
}

/// So many groups by name, beginning after this one.
pub fn page(
    connection: &mut Connection,
    after: Option<&GroupName>,
    count: i64,
) -> Result<Vec<Group>, DbError> {
    let after = after.map_or("", GroupName::as_str);
    let rows: Vec<Row> =
        groups::table.filter(groups::name.gt(after)).order(groups::name).limit(count).load(connection)?;
    rows.into_iter().map(Group::try_from).collect()
}

/// So many groups whose names begin with `prefix`, by name, beginning after this one. Where the names stand in the index is up to
/// the collation of a server; which of them begin so is not.
pub fn beginning(
    connection: &mut Connection,
    prefix: &str,
    after: Option<&GroupName>,
    count: i64,
) -> Result<Vec<Group>, DbError> {
    let after = after.map_or("", GroupName::as_str);
    let length = i32::try_from(prefix.chars().count()).unwrap_or(i32::MAX);
    let named = groups::table.filter(groups::name.ge(prefix)).filter(groups::name.gt(after));
    let named = named.filter(substr(groups::name, 1, length).eq(prefix));
    let rows: Vec<Row> = named.order(groups::name).limit(count).load(connection)?;
    rows.into_iter().map(Group::try_from).collect()
}

/// The groups that a person is in, by name.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Vec<Group>, DbError> {
    let joined = members::table.inner_join(groups::table.on(groups::id.eq(members::group_id)));
    let joined = joined.filter(members::user_id.eq(user.to_string()));
    let rows: Vec<Row> = joined.select(groups::all_columns).load(connection)?;
    // Few, and no index has them in this order.
    let mut found = rows.into_iter().map(Group::try_from).collect::<Result<Vec<_>, _>>()?;
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

/// The ids and names of the groups that each of these people is in.
pub fn names_of_users(
    connection: &mut Connection,
    users: &[Uuid],
) -> Result<HashMap<Uuid, BTreeMap<GroupName, Uuid>>, DbError> {
    let joined = members::table.inner_join(groups::table.on(groups::id.eq(members::group_id)));
    let joined = joined.filter(members::user_id.eq_any(users.iter().map(Uuid::to_string)));
    let rows: Vec<(String, String, String)> =
        joined.select((members::user_id, groups::id, groups::name)).load(connection)?;
    let mut found: HashMap<Uuid, BTreeMap<GroupName, Uuid>> = HashMap::new();
    for (user, id, name) in rows {
        let name = name.parse().map_err(|_| DbError::Corrupt("groups.name"))?;
        let of = found.entry(to_uuid(&user, "group_members.user_id")?).or_default();
        of.insert(name, to_uuid(&id, "groups.id")?);
    }
    Ok(found)
}

/// Puts a person into a group. `false` when they are in it.
pub fn add_member(connection: &mut Connection, group: Uuid, user: Uuid) -> Result<bool, DbError> {
    let (user, group) = (user.to_string(), group.to_string());
    if diesel::select(exists(members::table.find((&user, &group)))).get_result(connection)? {
        return Ok(false);
    }
    let row = (members::user_id.eq(user), members::group_id.eq(group));
    diesel::insert_into(members::table).values(row).execute(connection)?;
    Ok(true)
}

/// Puts people into groups whom nobody has put there before.
pub fn add_members(
    connection: &mut Connection,
    all: impl IntoIterator<Item = (Uuid, Uuid)>,
) -> Result<(), DbError> {
    let row =
        |(group, user): (Uuid, Uuid)| Membership { user_id: user.to_string(), group_id: group.to_string() };
    let rows: Vec<Membership> = all.into_iter().map(row).collect();
    insert_rows!(connection, members::table, &rows)
}

/// Takes a person out of a group. `false` when they are not in it.
pub fn remove_member(connection: &mut Connection, group: Uuid, user: Uuid) -> Result<bool, DbError> {
    let key = (user.to_string(), group.to_string());
    Ok(diesel::delete(members::table.find(key)).execute(connection)? > 0)
}

/// So many of the people in a group, beginning after this one.
pub fn members(
    connection: &mut Connection,
    group: Uuid,
    after: Option<Uuid>,
    count: i64,
) -> Result<Vec<Uuid>, DbError> {
    let after = after.map_or_else(String::new, |user| user.to_string());
    let inside = members::table.filter(members::group_id.eq(group.to_string()));
    let inside = inside.filter(members::user_id.gt(after)).order(members::user_id).limit(count);
    let found: Vec<String> = inside.select(members::user_id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "group_members.user_id")).collect()
}

/// Those among these people who are in any of these groups.
pub fn members_among(
    connection: &mut Connection,
    groups: &[Uuid],
    users: &[Uuid],
) -> Result<BTreeSet<Uuid>, DbError> {
    let inside = members::table.filter(members::user_id.eq_any(users.iter().map(Uuid::to_string)));
    let inside = inside.filter(members::group_id.eq_any(groups.iter().map(Uuid::to_string)));
    let found: Vec<String> = inside.select(members::user_id).load(connection)?;
    found.iter().map(|id| to_uuid(id, "group_members.user_id")).collect()
}

impl TryFrom<Row> for Group {
    type Error = DbError;

    fn try_from(row: Row) -> Result<Self, DbError> {
        Ok(Self {
            id: to_uuid(&row.id, "groups.id")?,
            name: row.name.parse().map_err(|_| DbError::Corrupt("groups.name"))?,
            description: row.description,
            external_id: row.external_id,
            created_at: UnixTime(row.created_at),
        })
    }
}
