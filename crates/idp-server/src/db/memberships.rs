//! The roles, groups and attributes of people by name, as sites are told of them.

use super::schema::{
    group_members, group_roles, groups, removed_memberships, roles, user_attributes, user_roles,
};
use super::user_attributes as values;
use super::{Connection, DbError, parsed, to_uuid};
use diesel::prelude::*;
use idp_core::administration::Memberships;
use std::collections::HashMap;
use uuid::Uuid;

/// What people have or are in.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum MembershipKind {
    /// A role.
    Role,
    /// A group.
    Group,
    /// An attribute.
    Attribute,
}

impl MembershipKind {
    const ALL: [Self; 3] = [Self::Role, Self::Group, Self::Attribute];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::Group => "group",
            Self::Attribute => "attribute",
        }
    }
}

/// Has the rows of a role, group or attribute that is being removed forgotten, some at a time. They are dead from now on.
pub fn forget_later(connection: &mut Connection, kind: MembershipKind, id: Uuid) -> Result<(), DbError> {
    let row = (removed_memberships::id.eq(id.to_string()), removed_memberships::kind.eq(kind.as_str()));
    diesel::insert_into(removed_memberships::table).values(row).execute(connection)?;
    Ok(())
}

/// A role, group or attribute that was removed and that rows may still name.
pub fn next_removed(connection: &mut Connection) -> Result<Option<(MembershipKind, Uuid)>, DbError> {
    let next = removed_memberships::table.order(removed_memberships::id).limit(1);
    let found: Option<(String, String)> = next.get_result(connection).optional()?;
    let Some((id, kind)) = found else { return Ok(None) };
    let kind = MembershipKind::ALL.into_iter().find(|one| one.as_str() == kind);
    Ok(Some((parsed(kind, "removed_memberships.kind")?, to_uuid(&id, "removed_memberships.id")?)))
}

/// Forgets some rows that name it, at most so many, and once none is left, that it was removed. How many rows went.
pub fn forget_some(
    connection: &mut Connection,
    (kind, id): (MembershipKind, Uuid),
    most: i64,
) -> Result<usize, DbError> {
    let id = id.to_string();
    let forgotten = match kind {
        MembershipKind::Role => {
            let named = user_roles::table.filter(user_roles::role_id.eq(&id));
            let some = named.order(user_roles::user_id).limit(most).select(user_roles::user_id);
            let some: Vec<String> = some.load(connection)?;
            let gone = user_roles::table.filter(user_roles::role_id.eq(&id));
            diesel::delete(gone.filter(user_roles::user_id.eq_any(some))).execute(connection)?
        }
        MembershipKind::Group => {
            let named = group_members::table.filter(group_members::group_id.eq(&id));
            let some = named.order(group_members::user_id).limit(most).select(group_members::user_id);
            let some: Vec<String> = some.load(connection)?;
            let gone = group_members::table.filter(group_members::group_id.eq(&id));
            diesel::delete(gone.filter(group_members::user_id.eq_any(some))).execute(connection)?
        }
        MembershipKind::Attribute => {
            let named = user_attributes::table.filter(user_attributes::attribute_id.eq(&id));
            let some: Vec<String> = named.limit(most).select(user_attributes::user_id).load(connection)?;
            let gone = user_attributes::table.filter(user_attributes::user_id.eq_any(some));
            diesel::delete(gone.filter(user_attributes::attribute_id.eq(&id))).execute(connection)?
        }
    };
    if forgotten == 0 {
        diesel::delete(removed_memberships::table.find(&id)).execute(connection)?;
    }
    Ok(forgotten)
}

/// Those of each of these people, each of whom has an entry. Four statements, however many they are.
pub fn of_users(connection: &mut Connection, users: &[Uuid]) -> Result<HashMap<Uuid, Memberships>, DbError> {
    let mut found: HashMap<Uuid, Memberships> =
        users.iter().map(|user| (*user, Memberships::default())).collect();
    let ids: Vec<String> = users.iter().map(Uuid::to_string).collect();
    for (user, role) in own_roles(connection, &ids)?.into_iter().chain(roles_by_groups(connection, &ids)?) {
        let role = role.parse().map_err(|_| DbError::Corrupt("roles.name"))?;
        let of = found.entry(to_uuid(&user, "user_roles.user_id")?).or_default();
        of.roles.insert(role);
    }
    for (user, group) in names_of_groups(connection, &ids)? {
        let group = group.parse().map_err(|_| DbError::Corrupt("groups.name"))?;
        let of = found.entry(to_uuid(&user, "group_members.user_id")?).or_default();
        of.groups.insert(group);
    }
    for (user, attributes) in values::of_users(connection, users)? {
        found.entry(user).or_default().attributes = attributes;
    }
    Ok(found)
}

/// Those of one person.
pub fn of_user(connection: &mut Connection, user: Uuid) -> Result<Memberships, DbError> {
    Ok(of_users(connection, &[user])?.remove(&user).unwrap_or_default())
}

/// A person and a name.
type Named = (String, String);

fn own_roles(connection: &mut Connection, users: &[String]) -> Result<Vec<Named>, DbError> {
    let given = user_roles::table.inner_join(roles::table.on(roles::id.eq(user_roles::role_id)));
    let given = given.filter(user_roles::user_id.eq_any(users));
    Ok(given.select((user_roles::user_id, roles::name)).load(connection)?)
}

fn roles_by_groups(connection: &mut Connection, users: &[String]) -> Result<Vec<Named>, DbError> {
    let given = group_members::table
        .inner_join(group_roles::table.on(group_roles::group_id.eq(group_members::group_id)))
        .inner_join(roles::table.on(roles::id.eq(group_roles::role_id)));
    let given = given.filter(group_members::user_id.eq_any(users));
    Ok(given.select((group_members::user_id, roles::name)).load(connection)?)
}

fn names_of_groups(connection: &mut Connection, users: &[String]) -> Result<Vec<Named>, DbError> {
    let joined = group_members::table.inner_join(groups::table.on(groups::id.eq(group_members::group_id)));
    let joined = joined.filter(group_members::user_id.eq_any(users));
    Ok(joined.select((group_members::user_id, groups::name)).load(connection)?)
}
