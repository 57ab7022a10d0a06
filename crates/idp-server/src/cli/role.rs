//! `role`: what people are, for sites and for the provider itself, and who gets and loses it.

use clap::{Args, Subcommand};
use idp_core::administration::Permission;
use serde_json::json;

use super::{
    api::{Api, ServerFlags, on, on_version, with},
    confirmation::Confirmation,
    failure::Failure,
    output::{Output, lines, value},
};
use crate::admin_api::{
    NoPath, PageQuery,
    groups::{GiveGroupRole, GroupRolePath, TakeGroupRole},
    roles::{CreateRole, DeleteRole, ListRoles, NewRole, Role, RolePatch, RolePath, UpdateRole},
    users::rights::{GiveUserRole, TakeUserRole, UserRolePath},
};

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Lists the roles
    List,
    /// Shows a role and what it permits
    Show(Key),
    /// Makes a role, for sites unless it permits something here
    Add {
        /// What it is called
        name: String,
        #[command(flatten)]
        details: Details,
    },
    /// Changes a role for everybody who has it
    Set {
        #[command(flatten)]
        role: Key,
        /// The new name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        details: Details,
        /// It permits nothing here any more
        #[arg(long, conflicts_with = "permissions")]
        no_permissions: bool,
        /// Its holders need not prove two factors for this role any more
        #[arg(long, conflicts_with = "require_second_factor")]
        no_require_second_factor: bool,
    },
    /// Removes a role from everybody who has it, and altogether
    Remove {
        #[command(flatten)]
        role: Key,
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Gives a role to a person or a group
    Give(Assignment),
    /// Takes a role from a person or a group
    Take(Assignment),
}

#[derive(Args, Debug)]
struct Key {
    /// The role, by name or id
    role: String,
}

#[derive(Args, Debug)]
struct Details {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Its holders must prove two factors when they sign in
    #[arg(long)]
    require_second_factor: bool,
    /// What its holders may administer here; may be repeated, and replaces what there was
    #[arg(long = "permission", value_name = "PERMISSION", value_parser = permission())]
    permissions: Vec<String>,
}

fn permission() -> clap::builder::PossibleValuesParser {
    Permission::ALL.map(Permission::as_str).into()
}

#[derive(Args, Debug)]
struct Assignment {
    #[command(flatten)]
    role: Key,
    #[command(flatten)]
    holder: Holder,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Holder {
    /// The person, by username, verified address or id
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// The group, by name or id
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::List => list(api, output).await,
        What::Show(key) => {
            let value = value(&api.role(&key.role).await?.body)?;
            Ok(output.show(&lines(&value), &value)?)
        }
        What::Add { name, details } => {
            let Details { description, permissions, require_second_factor } = details;
            let description = description.unwrap_or_default();
            let requires_second_factor = require_second_factor;
            let new = NewRole { name, description, permissions, requires_second_factor };
            let role = api.call(with::<CreateRole>(NoPath::default(), new)).await?.body;
            let text = format!("Made the role {} ({}); nobody has it yet", role.name, role.id);
            Ok(output.show(&text, &value(&role)?)?)
        }
        What::Set { role, name, details, no_permissions, no_require_second_factor } => {
            let Details { description, permissions, require_second_factor } = details;
            let is_said = require_second_factor || no_require_second_factor;
            let requires_second_factor = is_said.then_some(require_second_factor);
            let permissions = (no_permissions || !permissions.is_empty()).then_some(permissions);
            set(&role, RolePatch { name, description, permissions, requires_second_factor }, api, output)
                .await
        }
        What::Remove { role, confirmation } => remove(&role, confirmation, api, output).await,
        What::Give(assignment) => assign(&assignment, true, api, output).await,
        What::Take(assignment) => assign(&assignment, false, api, output).await,
    }
}

async fn list(api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let row = |role: &Role| {
        vec![role.name.clone(), role.permissions.join(" "), role.description.clone(), role.id.to_string()]
    };
    let table = (&["name", "permits", "description", "id"][..], row);
    api.print::<ListRoles, _>(NoPath::default, &PageQuery::default(), table, output).await
}

async fn set(key: &Key, patch: RolePatch, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let RolePatch { name, description, permissions, requires_second_factor } = &patch;
    if name.is_none() && description.is_none() && permissions.is_none() && requires_second_factor.is_none() {
        return Err(Failure::refused("nothing to change; see role set --help"));
    }
    let seen = api.role(&key.role).await?;
    let change = with::<UpdateRole>(RolePath { role: seen.body.id }, patch);
    let value = value(&api.call(on_version(change, seen.version)).await?.body)?;
    Ok(output.show(&lines(&value), &value)?)
}

async fn remove(key: &Key, confirmation: Confirmation, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let seen = api.role(&key.role).await?;
    let Role { id, name, permissions, .. } = &seen.body;
    let permits = if permissions.is_empty() { "nothing here".to_owned() } else { permissions.join(" ") };
    let effect = format!(
        "The role {name}, which permits {permits}, is taken from every person and group, and removed for good"
    );
    confirmation.ask(async || Ok(effect)).await?;
    api.call(on_version(on::<DeleteRole>(RolePath { role: *id }), seen.version)).await?;
    let value = json!({ "id": id, "name": name, "removed": true });
    Ok(output.show(&format!("Removed the role {name} ({id})"), &value)?)
}

async fn assign(
    assignment: &Assignment,
    is_given: bool,
    api: &Api<'_>,
    output: Output,
) -> Result<(), Failure> {
    let role = api.role(&assignment.role.role).await?.body;
    let (holder, value) = match (&assignment.holder.user, &assignment.holder.group) {
        (_, Some(key)) => {
            let group = api.group(key).await?.body;
            assign_to_group(GroupRolePath { group: group.id, role: role.id }, is_given, api).await?;
            (
                format!("The group {}", group.name),
                json!({ "role": role.id, "group": group.id, "given": is_given }),
            )
        }
        (user, None) => {
            let key = user.as_deref().unwrap_or_default();
            let id = api.user(key).await?;
            assign_to_user(UserRolePath { user: id, role: role.id }, is_given, api).await?;
            (key.to_owned(), json!({ "role": role.id, "user": id, "given": is_given }))
        }
    };
    let has = if is_given { "has" } else { "does not have" };
    Ok(output.show(&format!("{holder} {has} the role {}", role.name), &value)?)
}

async fn assign_to_group(path: GroupRolePath, is_given: bool, api: &Api<'_>) -> Result<(), Failure> {
    match is_given {
        true => api.call(on::<GiveGroupRole>(path)).await.map(drop),
        false => api.call(on::<TakeGroupRole>(path)).await.map(drop),
    }
}

async fn assign_to_user(path: UserRolePath, is_given: bool, api: &Api<'_>) -> Result<(), Failure> {
    match is_given {
        true => api.call(on::<GiveUserRole>(path)).await.map(drop),
        false => api.call(on::<TakeUserRole>(path)).await.map(drop),
    }
}
