//! The groups and roles of a person. Who is in a group is the group's to say.

use super::super::groups::Group;
use super::super::roles::Role;
use super::super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoQuery, Operation, Problem};
use super::{TAG, UserPath};
use crate::directory::Administration;
use crate::store::roles::RoleHolder;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The groups of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct GroupsOfUser {
    /// By name.
    pub items: Vec<Group>,
}

impl Body for GroupsOfUser {}

/// The roles of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct RolesOfUser {
    /// Those that they were given themselves.
    pub own: Vec<Role>,
    /// Those that they have by a group.
    pub by_groups: Vec<Role>,
}

impl Body for RolesOfUser {}

/// Which role of which person.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct UserRolePath {
    /// The id of the person.
    pub user: Uuid,
    /// The id of the role.
    pub role: Uuid,
}

/// Lists the groups that a person is in.
pub struct ListGroupsOfUser;

impl Operation for ListGroupsOfUser {
    const ID: &'static str = "listUserGroups";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{user}/groups";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the groups that a person is in";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ReadGroups];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = GroupsOfUser;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<GroupsOfUser>, Problem> {
        let user = by.person(input.path.user).await?.user;
        let items = by.groups_of_user(user.id).await?.into_iter().map(Group::from).collect();
        Ok(Answered::new(GroupsOfUser { items }))
    }
}

/// Lists the roles of a person.
pub struct ListRolesOfUser;

impl Operation for ListRolesOfUser {
    const ID: &'static str = "listUserRoles";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{user}/roles";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the roles of a person";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ReadRoles];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = RolesOfUser;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<RolesOfUser>, Problem> {
        let user = by.person(input.path.user).await?.user;
        let found = by.roles_of_user(user.id).await?;
        let own = found.own.into_iter().map(Role::from).collect();
        let by_groups = found.by_groups.into_iter().map(Role::from).collect();
        Ok(Answered::new(RolesOfUser { own, by_groups }))
    }
}

/// Gives a role to a person; takes what it permits as well, and what the person may.
pub struct GiveUserRole;

impl Operation for GiveUserRole {
    const ID: &'static str = "giveUserRole";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/users/{user}/roles/{role}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Gives a role to a person; takes what it permits as well, and what the person may";
    const NEEDS: &'static [Permission] = &[Permission::ManageRoles];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409, 412];
    type Path = UserRolePath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let holder = RoleHolder::User(input.path.user);
        by.assign_role(input.path.role, holder, true, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Takes a role from a person; takes what it permits as well, and what the person may.
pub struct TakeUserRole;

impl Operation for TakeUserRole {
    const ID: &'static str = "takeUserRole";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/users/{user}/roles/{role}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Takes a role from a person; takes what it permits as well, and what the person may";
    const NEEDS: &'static [Permission] = &[Permission::ManageRoles];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409, 412];
    type Path = UserRolePath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let holder = RoleHolder::User(input.path.user);
        by.assign_role(input.path.role, holder, false, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
