//! What is there.

use std::collections::BTreeMap;

use idp_core::administration::Permission;

use crate::{
    admin_api::{
        NoPath, PageQuery,
        attributes::{Attribute, ListAttributes},
        client::Client,
        clients::{ClientQuery, ListClients},
        groups::{Group, GroupPath, ListGroupRoles, ListGroups},
        me::GetMe,
        roles::{ListRoles, Role},
    },
    cli::{
        api::{Api, on},
        failure::Failure,
    },
};

/// Every attribute, role, group and client, by what files call them.
#[derive(Default)]
pub(in crate::cli) struct Present {
    pub(in crate::cli) attributes: BTreeMap<String, Attribute>,
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
    /// Looks at all of it. Attributes are left out for a caller who may not see them, unless the files declare some.
    ///
    /// # Errors
    /// As [`Api::call`].
    pub(in crate::cli) async fn look(api: &Api<'_>, declares_attributes: bool) -> Result<Self, Failure> {
        let mut present = Self::default();
        let attributes = |attributes: Vec<Attribute>| {
            present.attributes.extend(attributes.into_iter().map(|one| (one.name.clone(), one)));
            Ok(true)
        };
        let permissions = api.call(on::<GetMe>(NoPath::default())).await?.body.permissions;
        let sees = permissions.iter().any(|word| word == Permission::ReadUsers.as_str());
        if sees || declares_attributes {
            api.pages::<ListAttributes, _>(NoPath::default, &PageQuery::default(), attributes).await?;
        }
        let roles = |roles: Vec<Role>| {
            present.roles.extend(roles.into_iter().map(|role| (role.name.clone(), role)));
            Ok(true)
        };
        api.pages::<ListRoles, _>(NoPath::default, &PageQuery::default(), roles).await?;
        let mut groups = Vec::new();
        let take = |page: Vec<Group>| {
            groups.extend(page);
            Ok(true)
        };
        api.pages::<ListGroups, _>(NoPath::default, &PageQuery::default(), take).await?;
        for group in groups {
            let roles = api.call(on::<ListGroupRoles>(GroupPath { group: group.id })).await?.body.items;
            let mut roles: Vec<String> = roles.into_iter().map(|role| role.name).collect();
            roles.sort();
            present.groups.insert(group.name.clone(), PresentGroup { group, roles });
        }
        let clients = |clients: Vec<Client>| {
            let clients = clients.into_iter().map(|client| (client.client_id.clone(), client));
            present.clients.extend(clients);
            Ok(true)
        };
        api.pages::<ListClients, _>(NoPath::default, &ClientQuery::default(), clients).await?;
        Ok(present)
    }
}
