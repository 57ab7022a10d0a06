//! `group`: groups of people, who have its roles.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    api::{Api, ServerFlags, on, on_version, seen, with},
    confirmation::{Confirmation, count},
    failure::Failure,
    output::{Output, lines, value},
};
use crate::admin_api::{
    MOST_ROWS, NoPath, PageQuery,
    groups::{
        AddMember, CreateGroup, DeleteGroup, Group, GroupPatch, GroupPath, ListGroupRoles, ListGroups,
        ListMembers, Member, MemberPath, NewGroup, RemoveMember, UpdateGroup,
    },
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
    /// Lists the groups
    List,
    /// Shows a group and its roles
    Show(Key),
    /// Makes a group, without members and roles
    Add {
        /// What it is called
        name: String,
        #[command(flatten)]
        details: Details,
    },
    /// Changes a group
    Set {
        #[command(flatten)]
        group: Key,
        /// The new name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        details: Details,
        /// No other system provisions it any more
        #[arg(long, conflicts_with = "external_id")]
        no_external_id: bool,
    },
    /// Removes a group; its members stay, without its roles
    Remove {
        #[command(flatten)]
        group: Key,
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Lists who is in a group
    Members(Key),
    /// Puts a person into a group
    AddMember(Membership),
    /// Takes a person out of a group
    RemoveMember(Membership),
}

#[derive(Args, Debug)]
struct Key {
    /// The group, by name or id
    group: String,
}

#[derive(Args, Debug)]
struct Details {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// What the system that provisions it calls it
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
}

#[derive(Args, Debug)]
struct Membership {
    #[command(flatten)]
    group: Key,
    /// The person, by username, verified address or id
    user: String,
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::List => list(api, output).await,
        What::Show(key) => show(&key, api, output).await,
        What::Add { name, details } => {
            let Details { description, external_id } = details;
            let new = NewGroup { name, description: description.unwrap_or_default(), external_id };
            let group = api.call(with::<CreateGroup>(NoPath::default(), new)).await?.body;
            let text = format!("Made the group {} ({}); nobody is in it yet", group.name, group.id);
            Ok(output.show(&text, &value(&group)?)?)
        }
        What::Set { group, name, details, no_external_id } => {
            let Details { description, external_id } = details;
            let external_id = if no_external_id { Some(None) } else { external_id.map(Some) };
            set(&group, GroupPatch { name, description, external_id }, api, output).await
        }
        What::Remove { group, confirmation } => remove(&group, confirmation, api, output).await,
        What::Members(key) => members(&key, api, output).await,
        What::AddMember(membership) => add_member(&membership, api, output).await,
        What::RemoveMember(membership) => remove_member(&membership, api, output).await,
    }
}

async fn list(api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let row = |group: &Group| vec![group.name.clone(), group.description.clone(), group.id.to_string()];
    let table = (&["name", "description", "id"][..], row);
    api.print::<ListGroups, _>(NoPath::default, &PageQuery::default(), table, output).await
}

async fn show(key: &Key, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let group = api.group(&key.group).await?.body;
    let mut value = value(&group)?;
    if let (Value::Object(members), Some(roles)) = (&mut value, role_names(&group, api).await?) {
        members.insert("roles".to_owned(), json!(roles));
    }
    Ok(output.show(&lines(&value), &value)?)
}

async fn set(key: &Key, patch: GroupPatch, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    if (&patch.name, &patch.description, &patch.external_id) == (&None, &None, &None) {
        return Err(Failure::refused("nothing to change; see group set --help"));
    }
    let seen = api.group(&key.group).await?;
    let change = with::<UpdateGroup>(GroupPath { group: seen.body.id }, patch);
    let group = api.call(on_version(change, seen.version)).await?.body;
    let value = value(&group)?;
    Ok(output.show(&lines(&value), &value)?)
}

async fn remove(key: &Key, confirmation: Confirmation, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let seen = api.group(&key.group).await?;
    let group = &seen.body;
    confirmation.ask(async || what_goes_with(group, api).await).await?;
    api.call(on_version(on::<DeleteGroup>(GroupPath { group: group.id }), seen.version)).await?;
    let text = format!("Removed the group {} ({})", group.name, group.id);
    Ok(output.show(&text, &json!({ "id": group.id, "name": group.name, "removed": true }))?)
}

async fn what_goes_with(group: &Group, api: &Api<'_>) -> Result<String, Failure> {
    let mut number = 0;
    let most = usize::try_from(MOST_ROWS).unwrap_or(usize::MAX);
    let take = |members: Vec<Member>| {
        number += members.len();
        Ok(number <= most)
    };
    let path = || GroupPath { group: group.id };
    let looked = api.pages::<ListMembers, _>(path, &PageQuery::default(), take).await;
    let members = seen(looked)?.map_or_else(|| "members".to_owned(), |()| count(number, most, "member"));
    let roles = match role_names(group, api).await? {
        None => "roles".to_owned(),
        Some(none) if none.is_empty() => "no role".to_owned(),
        Some(roles) => format!("the roles {}", roles.join(", ")),
    };
    let name = &group.name;
    Ok(format!(
        "The group {name} has {members} and {roles}: it is removed for good, and its members lose what they have by it"
    ))
}

/// The names of its roles, for a caller who may see them.
async fn role_names(group: &Group, api: &Api<'_>) -> Result<Option<Vec<String>>, Failure> {
    let roles = seen(api.call(on::<ListGroupRoles>(GroupPath { group: group.id })).await)?;
    Ok(roles.map(|roles| roles.body.items.into_iter().map(|role| role.name).collect()))
}

async fn members(key: &Key, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let group = api.group(&key.group).await?.body.id;
    let row = |member: &Member| {
        vec![member.username.clone(), member.name.clone().unwrap_or_default(), member.id.to_string()]
    };
    let table = (&["username", "name", "id"][..], row);
    api.print::<ListMembers, _>(|| GroupPath { group }, &PageQuery::default(), table, output).await
}

async fn add_member(membership: &Membership, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let (path, group) = found(membership, api).await?;
    let user = path.user;
    api.call(on::<AddMember>(path)).await?;
    let text = format!("{} is in the group {}", membership.user, group.name);
    Ok(output.show(&text, &json!({ "group": group.id, "user": user, "member": true }))?)
}

async fn remove_member(membership: &Membership, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let (path, group) = found(membership, api).await?;
    let user = path.user;
    api.call(on::<RemoveMember>(path)).await?;
    let text = format!("{} is not in the group {}", membership.user, group.name);
    Ok(output.show(&text, &json!({ "group": group.id, "user": user, "member": false }))?)
}

async fn found(membership: &Membership, api: &Api<'_>) -> Result<(MemberPath, Group), Failure> {
    let group = api.group(&membership.group.group).await?.body;
    Ok((MemberPath { group: group.id, user: api.user(&membership.user).await? }, group))
}
