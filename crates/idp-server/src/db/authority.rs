//! By whose right an administrator acts. What is recorded as an act of theirs is done under their right or not at all: the
//! right is looked up in the transaction of the act, so that one that was withdrawn a moment ago does nothing more, and
//! before the act itself, so that nobody gets by it the right to it.

use super::{Connection, DbError, clients, roles, users};
use idp_core::administration::Permissions;
use idp_core::client::ClientId;
use idp_core::user::UserStatus;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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

/// By whose right one act is done, and which right it takes.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Who acts.
    pub(super) principal: Principal,
    /// What the token or the session allows of what they may.
    ceiling: Permissions,
    /// From which address.
    pub(super) address: Option<String>,
    /// What the act takes.
    pub(super) needs: Permissions,
    /// The person whom it is done to, who must not have a permission that the principal does not have: else a lesser
    /// administrator could become a greater one by setting their password. The principal's own person is no exception: a token
    /// that was issued for less than its owner has would become its owner.
    over: Option<Uuid>,
    /// The group that it is done to, whose roles count in the same way: else who decides about its members could become what
    /// they are.
    over_group: Option<Uuid>,
    /// The client that it is done to, whose scopes count in the same way: else who has a secret of it could act as it does, and who
    /// decides where its codes go could act as its people do.
    over_client: Option<ClientId>,
    /// Whether the transaction has looked it up.
    is_checked: Arc<AtomicBool>,
}

impl Authority {
    /// The right of a principal, as far as a token or a session allows it, to an act that takes `needs`.
    #[must_use]
    pub fn of(principal: Principal, ceiling: Permissions, needs: Permissions) -> Self {
        let is_checked = Arc::default();
        let (address, over, over_group, over_client) = (None, None, None, None);
        Self { principal, ceiling, address, needs, over, over_group, over_client, is_checked }
    }

    /// The same from this address.
    #[must_use]
    pub fn from_address(mut self, address: Option<String>) -> Self {
        self.address = address;
        self
    }

    /// The same to an act on this person.
    #[must_use]
    pub fn over(mut self, user: Uuid) -> Self {
        self.over = Some(user);
        self
    }

    /// The same to an act on this group.
    #[must_use]
    pub fn over_group(mut self, group: Uuid) -> Self {
        self.over_group = Some(group);
        self
    }

    /// The same to an act on this client.
    #[must_use]
    pub fn over_client(mut self, client: ClientId) -> Self {
        self.over_client = Some(client);
        self
    }

    /// Whether [`Authority::check`] found the right.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.is_checked.load(Ordering::Relaxed)
    }

    /// Looks the right up: the first thing that the transaction of an act does.
    ///
    /// # Errors
    /// [`DbError::NotPermitted`].
    pub fn check(&self, connection: &mut Connection) -> Result<(), DbError> {
        let held = permissions_of(connection, &self.principal)?.intersection(self.ceiling);
        let mut needs = self.needs;
        if let Some(user) = self.over {
            needs = needs.union(roles::permissions_of_user(connection, user)?);
        }
        if let Some(group) = self.over_group {
            needs = needs.union(roles::permissions_of_group(connection, group)?);
        }
        if let Some(client) = &self.over_client {
            needs = needs.union(permissions_of_client(connection, client)?);
        }
        match needs.without(held) {
            missing if missing.is_empty() => {
                self.is_checked.store(true, Ordering::Relaxed);
                Ok(())
            }
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
        Principal::Client(id) => permissions_of_client(connection, id),
    }
}

/// What a client may administer in its own name or in that of a person.
fn permissions_of_client(connection: &mut Connection, id: &ClientId) -> Result<Permissions, DbError> {
    let client = clients::by_id(connection, id)?;
    Ok(client.map_or(Permissions::NONE, |client| Permissions::of_scope(&client.metadata.scope)))
}

/// What a transition must leave behind that may take an administrator away. The caller holds
/// [`Locks::rights`](super::Locks::rights): of two administrators who remove each other, one stays.
#[must_use]
#[derive(Copy, Clone, Debug)]
pub struct AdministratorGuard {
    must_stay: bool,
}

impl AdministratorGuard {
    /// Looks whether there is an administrator to keep. An operator at the console may take the last one away, for they can
    /// make another.
    pub fn before(connection: &mut Connection, by: Option<&Authority>) -> Result<Self, DbError> {
        let is_at_console = by.is_some_and(|by| matches!(by.principal, Principal::Console(_)));
        Ok(Self { must_stay: roles::has_administrator(connection)? && !is_at_console })
    }

    /// That there is one still.
    ///
    /// # Errors
    /// [`DbError::LastAdministrator`].
    pub fn after(self, connection: &mut Connection) -> Result<(), DbError> {
        match self.must_stay && !roles::has_administrator(connection)? {
            true => Err(DbError::LastAdministrator),
            false => Ok(()),
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
