//! What is there.

use std::collections::BTreeMap;

use crate::{
    admin_api::{
        List, MOST_ROWS, NoPath,
        client::Client,
        clients::{ClientQuery, ListClients},
        groups::{Group, GroupPath, ListGroupRoles, ListGroups},
        roles::{ListRoles, Role},
    },
    cli::{
        api::{Api, asking, on},
        failure::Failure,
    },
};

/// Every role, group and client, by what files call them.
#[derive(Default)]
pub(in crate::cli) struct Present {
    pub(in crate::cli) roles: BTreeMap<String, Role>,
    pub(in crate::cli) groups: BTreeMap<String, PresentGroup>,
    pub(in crate::cli) clients: BTreeMap<String, Client>,
}

/// A group, and the names of its roles.
pub(in crate::cli) struct PresentGroup {
    pub(in crate::cli) group: Group,
    pub(in crate::cli) roles: Vec<String>,
}

impl Present {
    /// Looks at all of it.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub(in crate::cli) async fn look(api: &Api<'_>) -> Result<Self, Failure> {
        let mut present = Self::default();
        let roles = |roles: Vec<Role>| {
            present.roles.extend(roles.into_iter().map(|role| (role.name.clone(), role)));
            Ok(true)
        };
        api.pages::<ListRoles, _>(NoPath::default, roles).await?;
        let mut groups = Vec::new();
        let take = |page: Vec<Group>| {
            groups.extend(page);
            Ok(true)
        };
        api.pages::<ListGroups, _>(NoPath::default, take).await?;
        for group in groups {
            let roles = api.call(on::<ListGroupRoles>(GroupPath { group: group.id })).await?.body.items;
            let mut roles: Vec<String> = roles.into_iter().map(|role| role.name).collect();
            roles.sort();
            present.groups.insert(group.name.clone(), PresentGroup { group, roles });
        }
        let mut query = ClientQuery { limit: Some(MOST_ROWS), ..ClientQuery::default() };
        loop {
            let List { items, next } = api.call(asking::<ListClients>(query.clone())).await?.body;
            present.clients.extend(items.into_iter().map(|client| (client.client_id.clone(), client)));
            if next.is_none() {
                return Ok(present);
            }
            query.after = next;
        }
    }
}
