//! Finding what a person names on the command line: a group, a role or an attribute by its name or id, a person by what they sign in with.

use idp_core::{
    administration::{GroupName, RoleName},
    username::Username,
};
use uuid::Uuid;

use super::{Api, Reply, asking, on};
use crate::{
    admin_api::{
        NoPath, PageQuery,
        attributes::{Attribute, AttributePath, GetAttribute, ListAttributes},
        groups::{GetGroup, Group, GroupPath, ListGroups},
        roles::{GetRole, ListRoles, Role, RolePath},
        users::{
            GetUser, User, UserPath,
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
        self.pages::<ListGroups, _>(NoPath::default, &PageQuery::default(), look).await?;
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
        self.pages::<ListRoles, _>(NoPath::default, &PageQuery::default(), look).await?;
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
        self.pages::<ListAttributes, _>(NoPath::default, &PageQuery::default(), look).await?;
        found.ok_or_else(|| Failure::refused(format!("there is no attribute {key:?}")))
    }

    /// The id of the person with this id, username or verified address. One that is an id is not looked up.
    ///
    /// # Errors
    /// As [`Api::call`]; [`Failure::Refused`] when there is none.
    pub(in crate::cli) async fn user(&self, key: &str) -> Result<Uuid, Failure> {
        if let Ok(id) = Uuid::parse_str(key) {
            return Ok(id);
        }
        let name = Username::parse(key).map_err(|error| Failure::refused(format!("{key:?}: {error}")))?;
        Ok(self.user_named(&name).await?.id)
    }

    /// The person with this id, username or verified address, and what they go by.
    ///
    /// # Errors
    /// As [`Api::user`].
    pub(in crate::cli) async fn person(&self, key: &Username) -> Result<Person, Failure> {
        let Ok(id) = Uuid::parse_str(key.as_str()) else {
            return Ok(self.user_named(key).await?.into());
        };
        match self.call(on::<GetUser>(UserPath { user: id })).await {
            Ok(found) => Ok(found.body.into()),
            // The act asks for its own permission.
            Err(failure) if failure.is_not_permitted() => Ok(Person { id, username: id.to_string() }),
            Err(failure) if failure.is_not_found() => Ok(self.user_named(key).await?.into()),
            Err(failure) => Err(failure),
        }
    }

    async fn user_named(&self, name: &Username) -> Result<User, Failure> {
        let query = UsersQuery { name: Some(name.as_str().to_owned()), ..UsersQuery::default() };
        let found = self.call(asking::<ListUsers>(query)).await?.body.items;
        let found = found.into_iter().next();
        found.ok_or_else(|| Failure::refused(format!("there is no user {:?}", name.as_str())))
    }
}

/// A person whom a command names.
pub(in crate::cli) struct Person {
    /// Their id.
    pub(in crate::cli) id: Uuid,
    /// What they go by; their id for a caller who may not see that.
    pub(in crate::cli) username: String,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self { id: user.id, username: user.username }
    }
}

impl Person {
    /// Where operations about them are.
    pub(in crate::cli) const fn path(&self) -> UserPath {
        UserPath { user: self.id }
    }
}
