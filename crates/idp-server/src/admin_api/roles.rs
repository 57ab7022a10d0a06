//! Roles: what people are, for sites and for the provider itself.

use super::member::given;
use super::{
    Answered, Body, Input, List, Method, NoAnswer, NoBody, NoPath, NoQuery, Operation, PageQuery, Problem,
};
use crate::directory::Administration;
use crate::directory::roles::{self as directory, RoleChange};
use idp_core::administration::{self as core, Permission, Permissions, RoleName, RolePermissions};
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const TAG: &str = "Roles";

/// A role.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What its holders may administer at the provider; most roles are for sites and permit nothing here.
    pub permissions: Vec<String>,
    /// Whether its holders must prove two factors, whatever the installation asks of others.
    pub requires_second_factor: bool,
    /// Whether every installation has it; then `requires_second_factor` alone may be changed.
    pub built_in: bool,
}

impl Body for Role {}

impl From<core::Role> for Role {
    fn from(role: core::Role) -> Self {
        Self {
            id: role.id,
            name: role.name.into(),
            description: role.description,
            permissions: role.permissions.get().into(),
            requires_second_factor: role.requires_second_factor,
            built_in: matches!(role.permissions, RolePermissions::BuiltIn(_)),
        }
    }
}

/// A role to create.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    /// What it is called.
    #[schema(min_length = 1, max_length = 128)]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub description: String,
    /// What its holders may administer at the provider.
    #[serde(default)]
    #[schema(schema_with = super::schema::permissions)]
    pub permissions: Vec<String>,
    /// Whether its holders must prove two factors.
    #[serde(default)]
    pub requires_second_factor: bool,
}

impl Body for NewRole {}

/// What to change of a role.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RolePatch {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 128, nullable = false)]
    pub name: Option<String>,
    /// The new description.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_length = 500, nullable = false, pattern = "^[^\\u0000-\\u001f\\u007f-\\u009f]*$")]
    pub description: Option<String>,
    /// What its holders may administer from now on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(schema_with = super::schema::permissions)]
    pub permissions: Option<Vec<String>>,
    /// Whether its holders must prove two factors from now on.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(nullable = false)]
    pub requires_second_factor: Option<bool>,
}

impl Body for RolePatch {}

/// Which role.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct RolePath {
    /// Its id.
    pub role: Uuid,
}

pub(super) fn name(text: &str) -> Result<RoleName, Problem> {
    text.parse().map_err(|error| Problem::member("name", error))
}

fn permissions(words: Vec<String>) -> Result<Permissions, Problem> {
    Permissions::try_from(words).map_err(|error| Problem::member("permissions", error))
}

/// Lists the roles.
pub struct ListRoles;

impl Operation for ListRoles {
    const ID: &'static str = "listRoles";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/roles";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the roles, by name";
    const NEEDS: &'static [Permission] = &[Permission::ReadRoles];
    type Path = NoPath;
    type Query = PageQuery;
    type Body = NoBody;
    type Answer = List<Role>;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<List<Role>>, Problem> {
        let limit = input.query.limit()?;
        let after = input.query.after()?;
        let found = by.roles(after, i64::from(limit) + 1).await?;
        let items = found.into_iter().map(Role::from).collect();
        Ok(Answered::new(List::of(items, limit, |role: &Role| role.name.clone())))
    }
}

/// Makes a role.
pub struct CreateRole;

impl Operation for CreateRole {
    const ID: &'static str = "createRole";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/roles";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Makes a role; takes what the role permits as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageRoles];
    const SUCCESS: u16 = 201;
    const CREATED_ID: &'static str = "/id";
    const REFUSALS: &'static [u16] = &[409];
    const IS_VERSIONED: bool = true;
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NewRole;
    type Answer = Role;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Role>, Problem> {
        let body = input.body;
        let new = directory::NewRole {
            name: name(&body.name)?,
            description: body.description,
            permissions: permissions(body.permissions)?,
            requires_second_factor: body.requires_second_factor,
        };
        let made = by.add_role(new, now).await?;
        let location = format!("/roles/{}", made.id);
        Ok(Answered::created(made.into(), location))
    }
}

/// Shows a role.
pub struct GetRole;

impl Operation for GetRole {
    const ID: &'static str = "getRole";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/roles/{role}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Shows a role";
    const NEEDS: &'static [Permission] = &[Permission::ReadRoles];
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = RolePath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Role;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Role>, Problem> {
        Ok(Answered::versioned(by.role(input.path.role).await?.into()))
    }
}

/// Changes a role.
pub struct UpdateRole;

impl Operation for UpdateRole {
    const ID: &'static str = "updateRole";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/roles/{role}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Changes a role for all its holders; takes what it permits before and afterwards as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadRoles, Permission::ManageRoles];
    const REFUSALS: &'static [u16] = &[404, 409];
    const IS_VERSIONED: bool = true;
    type Path = RolePath;
    type Query = NoQuery;
    type Body = RolePatch;
    type Answer = Role;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Role>, Problem> {
        let before = by.role(input.path.role).await?;
        input.if_match.check(&Role::from(before.clone()))?;
        let change = RoleChange {
            name: input.body.name.as_deref().map(name).transpose()?,
            description: input.body.description,
            permissions: input.body.permissions.map(permissions).transpose()?,
            requires_second_factor: input.body.requires_second_factor,
        };
        Ok(Answered::versioned(by.change_role(before, change, now).await?.into()))
    }
}

/// Removes a role.
pub struct DeleteRole;

impl Operation for DeleteRole {
    const ID: &'static str = "deleteRole";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/roles/{role}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Removes a role from all its holders and altogether; takes what it permits as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadRoles, Permission::ManageRoles];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409];
    const IS_VERSIONED: bool = true;
    type Path = RolePath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let role = by.role(input.path.role).await?;
        input.if_match.check(&Role::from(role.clone()))?;
        by.remove_role(role, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
