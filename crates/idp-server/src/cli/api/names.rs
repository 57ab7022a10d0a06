//! Finding what a person names on the command line: a group or a role by its name or id, a person by what they sign in with.

use idp_core::{
    administration::{GroupName, RoleName},
    username::Username,
};
use uuid::Uuid;

use super::{Api, Reply, on};
use crate::{
    admin_api::{
        NoPath,
        groups::{GetGroup, Group, GroupPath, ListGroups},
        roles::{GetRole, ListRoles, Role, RolePath},
    },
    cli::failure::Failure,
};

impl Api<'_> {
    /// The group with this name or id.
    ///
    /// # Errors
    /// As [`Api::call`]; [`Failure::Refused`] when there is none.
    pub(in crate::cli) async fn group(&self, key: &str) -> Result<Reply<Group>, Failure> {
        let group = match Uuid::parse_str(key) {
            Ok(id) => id,
            Err(_) => self.group_named(key).await?,
        };
        self.call(on::<GetGroup>(GroupPath { group })).await
    }

    async fn group_named(&self, key: &str) -> Result<Uuid, Failure> {
        let name = key.parse::<GroupName>();
        let name = name.map_err(|error| Failure::refused(format!("{key:?}: {error}")))?;
        let mut found = None;
        let look = |groups: Vec<Group>| {
            found = groups.iter().find(|group| group.name == name.as_str()).map(|group| group.id);
            Ok(found.is_none())
        };
        self.pages::<ListGroups, _>(NoPath::default, look).await?;
        found.ok_or_else(|| Failure::refused(format!("there is no group {key:?}")))
    }

    /// The role with this name or id.
    ///
    /// # Errors
    /// As [`Api::call`]; [`Failure::Refused`] when there is none.
    pub(in crate::cli) async fn role(&self, key: &str) -> Result<Reply<Role>, Failure> {
        let role = match Uuid::parse_str(key) {
            Ok(id) => id,
            Err(_) => self.role_named(key).await?,
        };
        self.call(on::<GetRole>(RolePath { role })).await
    }

    async fn role_named(&self, key: &str) -> Result<Uuid, Failure> {
        let name = key.parse::<RoleName>();
        let name = name.map_err(|error| Failure::refused(format!("{key:?}: {error}")))?;
        let mut found = None;
        let look = |roles: Vec<Role>| {
            found = roles.iter().find(|role| role.name == name.as_str()).map(|role| role.id);
            Ok(found.is_none())
        };
        self.pages::<ListRoles, _>(NoPath::default, look).await?;
        found.ok_or_else(|| Failure::refused(format!("there is no role {key:?}")))
    }

    /// The person with this id, username or verified address.
    ///
    /// # Errors
    /// [`Failure::Refused`] when there is none, or a server elsewhere is asked for a name.
    pub(in crate::cli) async fn user(&self, key: &str) -> Result<Uuid, Failure> {
        match (Uuid::parse_str(key), self) {
            (Ok(id), _) => Ok(id),
            (Err(_), Self::Here { by, .. }) => {
                let name =
                    Username::parse(key).map_err(|error| Failure::refused(format!("{key:?}: {error}")))?;
                Ok(by.user(name).await?.id)
            }
            (Err(_), Self::There(_)) => Err(Failure::refused(format!(
                "{key:?}: with --server a person is named by their id, which tokens call sub"
            ))),
        }
    }
}
