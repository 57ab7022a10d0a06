//! Groups of people, who have its roles.

use super::member::{given, some};
use super::roles::Role;
use super::{
    Answered, Body, Input, List, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, PageQuery, Problem,
    Timestamp,
};
use crate::directory::Administration;
use crate::directory::groups::GroupChange;
use crate::store::roles::RoleHolder;
use idp_core::administration::{self as core, GroupName, Permission};
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const TAG: &str = "Groups";

/// A group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Group {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What the system that provisions it calls it.
    pub external_id: Option<String>,
    /// Since when it exists.
    pub created_at: Timestamp,
}

impl Body for Group {}

impl From<core::Group> for Group {
    fn from(group: core::Group) -> Self {
        Self {
            id: group.id,
            name: group.name.into(),
            description: group.description,
            external_id: group.external_id,
            created_at: group.created_at.into(),
        }
    }
}

/// A group to create.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// What it is called.
    #[schema(min_length = 1, max_length = 128)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub description: String,
    /// What the system that provisions it calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub external_id: Option<String>,
}

impl Body for NewGroup {}

/// What to change of a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupPatch {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 128, nullable = false)]
    pub name: Option<String>,
    /// The new description.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_length = 500, nullable = false, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub description: Option<String>,
    /// What the system that provisions it calls it; `null` takes it away.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some")]
    #[schema(value_type = Option<String>, max_length = 500, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub external_id: Option<Option<String>>,
}

impl Body for GroupPatch {}

/// A person in a group.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// Their id.
    pub id: Uuid,
    /// Their username.
    pub username: String,
    /// What they are called.
    pub name: Option<String>,
}

/// Which group.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct GroupPath {
    /// Its id.
    pub group: Uuid,
}

/// Which person in which group.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MemberPath {
    /// The id of the group.
    pub group: Uuid,
    /// The id of the person.
    pub user: Uuid,
}

/// Which role of which group.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct GroupRolePath {
    /// The id of the group.
    pub group: Uuid,
    /// The id of the role.
    pub role: Uuid,
}

/// The roles of a holder.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Roles {
    /// Those that were given.
    pub items: Vec<Role>,
}

impl Body for Roles {}

fn name(text: &str) -> Result<GroupName, Problem> {
    text.parse().map_err(|error| Problem::member("name", error))
}

/// Lists the groups.
pub struct ListGroups;

impl Operation for ListGroups {
    const ID: &'static str = "listGroups";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/groups";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the groups, by name";
    const NEEDS: &'static [Permission] = &[Permission::ReadGroups];
    type Path = NoPath;
    type Query = PageQuery;
    type Body = NoBody;
    type Answer = List<Group>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<Group>>, Problem> {
        let limit = input.query.limit()?;
        let found = by.groups(input.query.after()?, i64::from(limit) + 1).await?;
        let items = found.into_iter().map(Group::from).collect();
        Ok(Answered::new(List::of(items, limit, |group: &Group| group.name.clone())))
    }
}

/// Makes a group.
pub struct CreateGroup;

impl Operation for CreateGroup {
    const ID: &'static str = "createGroup";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/groups";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Makes a group, without members and roles";
    const NEEDS: &'static [Permission] = &[Permission::ManageGroups];
    const SUCCESS: u16 = 201;
    const CREATED_ID: &'static str = "/id";
    const REFUSALS: &'static [u16] = &[409];
    const IS_VERSIONED: bool = true;
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NewGroup;
    type Answer = Group;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Group>, Problem> {
        let new = input.body;
        let made = by.add_group(name(&new.name)?, new.description, new.external_id, now).await?;
        let location = format!("/groups/{}", made.id);
        Ok(Answered::created(made.into(), location))
    }
}

/// Shows a group.
pub struct GetGroup;

impl Operation for GetGroup {
    const ID: &'static str = "getGroup";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/groups/{group}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Shows a group";
    const NEEDS: &'static [Permission] = &[Permission::ReadGroups];
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = GroupPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Group;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Group>, Problem> {
        Ok(Answered::versioned(by.group(input.path.group).await?.into()))
    }
}

/// Changes a group.
pub struct UpdateGroup;

impl Operation for UpdateGroup {
    const ID: &'static str = "updateGroup";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/groups/{group}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Changes a group; takes what its roles permit as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadGroups, Permission::ManageGroups];
    const REFUSALS: &'static [u16] = &[404, 409];
    const IS_VERSIONED: bool = true;
    type Path = GroupPath;
    type Query = NoQuery;
    type Body = GroupPatch;
    type Answer = Group;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Group>, Problem> {
        let before = by.group(input.path.group).await?;
        input.if_match.check(&Group::from(before.clone()))?;
        let GroupPatch { name: new_name, description, external_id } = input.body;
        let change =
            GroupChange { name: new_name.as_deref().map(name).transpose()?, description, external_id };
        Ok(Answered::versioned(by.change_group(before, change, now).await?.into()))
    }
}

/// Removes a group.
pub struct DeleteGroup;

impl Operation for DeleteGroup {
    const ID: &'static str = "deleteGroup";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/groups/{group}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Removes a group; its members stay, without its roles; takes what these permit as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadGroups, Permission::ManageGroups];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409];
    const IS_VERSIONED: bool = true;
    type Path = GroupPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let group = by.group(input.path.group).await?;
        input.if_match.check(&Group::from(group.clone()))?;
        by.remove_group(group, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Lists who is in a group.
pub struct ListMembers;

impl Operation for ListMembers {
    const ID: &'static str = "listGroupMembers";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/groups/{group}/members";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists who is in a group, in the order of their accounts";
    const NEEDS: &'static [Permission] = &[Permission::ReadGroups, Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = GroupPath;
    type Query = PageQuery;
    type Body = NoBody;
    type Answer = List<Member>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<Member>>, Problem> {
        let limit = input.query.limit()?;
        let group = by.group(input.path.group).await?;
        let found = by.members(group.id, input.query.after()?, i64::from(limit) + 1).await?;
        let member = |user: idp_core::user::User| Member {
            id: user.id,
            username: user.username.as_str().to_owned(),
            name: user.claims.name,
        };
        let items = found.into_iter().map(member).collect();
        Ok(Answered::new(List::of(items, limit, |member: &Member| member.id.to_string())))
    }
}

macro_rules! membership {
    ($name:ident, $id:literal, $method:expr, $is_in:literal, $summary:literal) => {
        #[doc = $summary]
        pub struct $name;

        impl Operation for $name {
            const ID: &'static str = $id;
            const METHOD: Method = $method;
            const PATH: &'static str = "/groups/{group}/members/{user}";
            const TAG: &'static str = TAG;
            const SUMMARY: &'static str = $summary;
            const NEEDS: &'static [Permission] = &[Permission::ManageGroups];
            const SUCCESS: u16 = 204;
            const REFUSALS: &'static [u16] = &[404, 409, 412];
            type Path = MemberPath;
            type Query = NoQuery;
            type Body = NoBody;
            type Answer = NoAnswer;

            async fn run(
                by: &Administration<'_>,
                input: Input<Self>,
                now: UnixTime,
            ) -> Result<Answered<NoAnswer>, Problem> {
                by.set_member(input.path.group, input.path.user, $is_in, now).await?;
                Ok(Answered::new(NoAnswer {}))
            }
        }
    };
}

membership!(
    AddMember,
    "addGroupMember",
    Method::Put,
    true,
    "Puts a person into a group; takes what the group and the person may as well"
);
membership!(
    RemoveMember,
    "removeGroupMember",
    Method::Delete,
    false,
    "Takes a person out of a group; takes what the group and the person may as well"
);

/// Lists the roles of a group.
pub struct ListGroupRoles;

impl Operation for ListGroupRoles {
    const ID: &'static str = "listGroupRoles";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/groups/{group}/roles";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the roles that the members of a group have by it";
    const NEEDS: &'static [Permission] = &[Permission::ReadGroups, Permission::ReadRoles];
    const REFUSALS: &'static [u16] = &[404];
    type Path = GroupPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Roles;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Roles>, Problem> {
        let group = by.group(input.path.group).await?;
        let items = by.roles_of_group(group.id).await?.into_iter().map(Role::from).collect();
        Ok(Answered::new(Roles { items }))
    }
}

macro_rules! group_role {
    ($name:ident, $id:literal, $method:expr, $is_given:literal, $summary:literal) => {
        #[doc = $summary]
        pub struct $name;

        impl Operation for $name {
            const ID: &'static str = $id;
            const METHOD: Method = $method;
            const PATH: &'static str = "/groups/{group}/roles/{role}";
            const TAG: &'static str = TAG;
            const SUMMARY: &'static str = $summary;
            const NEEDS: &'static [Permission] = &[Permission::ManageRoles];
            const SUCCESS: u16 = 204;
            const REFUSALS: &'static [u16] = &[404, 409, 412];
            type Path = GroupRolePath;
            type Query = NoQuery;
            type Body = NoBody;
            type Answer = NoAnswer;

            async fn run(
                by: &Administration<'_>,
                input: Input<Self>,
                now: UnixTime,
            ) -> Result<Answered<NoAnswer>, Problem> {
                let holder = RoleHolder::Group(input.path.group);
                by.assign_role(input.path.role, holder, $is_given, now).await?;
                Ok(Answered::new(NoAnswer {}))
            }
        }
    };
}

group_role!(
    GiveGroupRole,
    "giveGroupRole",
    Method::Put,
    true,
    "Gives a role to all members of a group; takes what it permits as well"
);
group_role!(
    TakeGroupRole,
    "takeGroupRole",
    Method::Delete,
    false,
    "Takes a role from a group; takes what it permits as well"
);
