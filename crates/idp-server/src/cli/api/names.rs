//! Finding what a person names on the command line: a group, a role or an attribute by its name or id, a person by what they sign in with.

use idp_core::{
    administration::{GroupName, RoleName},
    username::Username,
};
use uuid::Uuid;

use super::{Api, Reply, asking, on};
use crate::{
    admin_api::{
        NoPath,
        attributes::{Attribute, AttributePath, GetAttribute, ListAttributes},
        groups::{GetGroup, Group, GroupPath, ListGroups},
        roles::{GetRole, ListRoles, Role, RolePath},
        users::{
            User,
            list::{ListUsers, UsersQuery},
        },
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

    /// The attribute with this name or id.
    ///
    /// # Errors
    /// As [`Api::call`]; [`Failure::Refused`] when there is none.
    pub(in crate::cli) async fn attribute(&self, key: &str) -> Result<Reply<Attribute>, Failure> {
        let attribute = match Uuid::parse_str(key) {
            Ok(id) => id,
            Err(_) => self.attribute_named(key).await?,
        };
        self.call(on::<GetAttribute>(AttributePath { attribute })).await
    }

    async fn attribute_named(&self, key: &str) -> Result<Uuid, Failure> {
        let mut found = None;
        let look = |attributes: Vec<Attribute>| {
            found = attributes.iter().find(|one| one.name == key).map(|one| one.id);
            Ok(found.is_none())
        };
        self.pages::<ListAttributes, _>(NoPath::default, look).await?;
        found.ok_or_else(|| Failure::refused(format!("there is no attribute {key:?}")))
    }

    /// The person with this id, username or verified address.
    ///
    /// # Errors
    /// As [`Api::call`]; [`Failure::Refused`] when there is none.
    pub(in crate::cli) async fn user(&self, key: &str) -> Result<Uuid, Failure> {
        if let Ok(id) = Uuid::parse_str(key) {
            return Ok(id);
        }
        let name = Username::parse(key).map_err(|error| Failure::refused(format!("{key:?}: {error}")))?;
        match self {
            Self::Here { by, .. } => Ok(by.user(name).await?.id),
            Self::There(_) => self.user_found(&name).await,
        }
    }

    /// The API finds people by the beginnings of words, the closest first.
    async fn user_found(&self, name: &Username) -> Result<Uuid, Failure> {
        let key = name.as_str();
        let query = UsersQuery { q: Some(key.to_owned()), ..UsersQuery::default() };
        let found = self.call(asking::<ListUsers>(query)).await?.body.items;
        let is_named = |user: &&User| {
            let is_address = user.email_verified && user.email.as_deref() == Some(key);
            user.username == key || is_address
        };
        let named = found.iter().find(is_named).map(|user| user.id);
        named.ok_or_else(|| Failure::refused(format!("there is no person {key:?}")))
    }
}
