//! `user show`: the account with its addresses, groups and roles, what sites may be told of the person, how they sign in, and which
//! terms of use they accepted.

use serde_json::{Value, json};

use super::Name;
use crate::{
    admin_api::{
        roles::Role,
        users::{
            GetUser, User, UserPath,
            addresses::ListAddresses,
            methods::ListMethods,
            rights::{ListGroupsOfUser, ListRolesOfUser},
            terms::ListAcceptedTerms,
        },
    },
    cli::{
        api::{Api, on, seen},
        failure::Failure,
        output::{Output, lines, value},
    },
};

pub(super) async fn run(name: &Name, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let person = name.find(api).await?;
    let user = api.call(on::<GetUser>(person.path())).await?.body;
    let path = || UserPath { user: user.id };
    let mut value = account(&user, api).await?;
    add(&mut value, "methods", json!(api.call(on::<ListMethods>(path())).await?.body));
    add(&mut value, "terms", json!(api.call(on::<ListAcceptedTerms>(path())).await?.body.items));
    if let Some(groups) = seen(api.call(on::<ListGroupsOfUser>(path())).await)? {
        let names = groups.body.items.into_iter().map(|group| group.name);
        add(&mut value, "groups", names.collect());
    }
    if let Some(roles) = seen(api.call(on::<ListRolesOfUser>(path())).await)? {
        let names = |roles: Vec<Role>| roles.into_iter().map(|role| role.name).collect();
        add(&mut value, "roles", names(roles.body.own));
        add(&mut value, "roles_by_groups", names(roles.body.by_groups));
    }
    Ok(output.show(&lines(&value), &value)?)
}

/// The account with its addresses.
pub(super) async fn account(user: &User, api: &Api<'_>) -> Result<Value, Failure> {
    let mut value = value(user)?;
    let addresses = api.call(on::<ListAddresses>(UserPath { user: user.id })).await?.body.items;
    add(&mut value, "addresses", json!(addresses));
    Ok(value)
}

fn add(value: &mut Value, member: &str, shown: Value) {
    if let Value::Object(members) = value {
        members.insert(member.to_owned(), shown);
    }
}
