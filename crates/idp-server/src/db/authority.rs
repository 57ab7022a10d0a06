//! By whose right an administrator acts. What is recorded as an act of theirs is done under their right or not at all: the
//! right is looked up in the transaction of the act, so that one that was withdrawn a moment ago does nothing more.

use super::{Connection, DbError, clients, roles, users};
use idp_core::administration::Permissions;
use idp_core::client::ClientId;
use idp_core::user::UserStatus;
use std::fmt;
use uuid::Uuid;

/// Who acts.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Principal {
    /// A person, by the roles that they have.
    User(Uuid),
    /// A client in its own name, by the scopes that it is registered for.
    Client(ClientId),
    /// An operator at the console of the machine, by the name of their account there. They can read the master key and the
    /// database, so nothing is kept from them.
    Console(String),
}

/// By whose right an act is done, and which right it takes.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Authority {
    /// Who acts.
    pub principal: Principal,
    /// What the token or the session allows of what they may.
    pub ceiling: Permissions,
    /// From which address.
    pub address: Option<String>,
    /// What the act takes.
    pub needs: Permissions,
    /// The person whom it is done to, who must not have a permission that the principal does not have: else a lesser
    /// administrator could become a greater one by setting their password.
    pub over: Option<Uuid>,
}

impl Authority {
    /// Looks the right up.
    ///
    /// # Errors
    /// [`DbError::NotPermitted`].
    pub fn check(&self, connection: &mut Connection) -> Result<(), DbError> {
        let held = permissions_of(connection, &self.principal)?.intersection(self.ceiling);
        let mut needs = self.needs;
        if let Some(user) = self.over.filter(|user| self.principal != Principal::User(*user)) {
            needs = needs.union(roles::permissions_of_user(connection, user)?);
        }
        match needs.without(held) {
            missing if missing.is_empty() => Ok(()),
            missing => Err(DbError::NotPermitted(missing)),
        }
    }
}

/// What a principal may administer now.
pub fn permissions_of(connection: &mut Connection, principal: &Principal) -> Result<Permissions, DbError> {
    match principal {
        Principal::Console(_) => Ok(Permissions::all()),
        Principal::User(user) => match users::by_id(connection, *user)? {
            Some(user) if user.status == UserStatus::Active => {
                roles::permissions_of_user(connection, user.id)
            }
            _ => Ok(Permissions::NONE),
        },
        Principal::Client(id) => {
            let client = clients::by_id(connection, id)?;
            Ok(client.map_or(Permissions::NONE, |client| Permissions::of_scope(&client.metadata.scope)))
        }
    }
}

impl Principal {
    /// Reads back what [`Principal`]'s `Display` wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, name) = text.split_once(':')?;
        match kind {
            "user" => name.parse().ok().map(Self::User),
            "client" => ClientId::parse(name).ok().map(Self::Client),
            "console" => Some(Self::Console(name.to_owned())),
            _ => None,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(user) => write!(formatter, "user:{user}"),
            Self::Client(id) => write!(formatter, "client:{id}"),
            Self::Console(account) => write!(formatter, "console:{account}"),
        }
    }
}
