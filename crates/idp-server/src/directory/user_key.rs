//! How an administrator says which person they mean.

use idp_core::username::Username;
use std::fmt;
use uuid::Uuid;

/// A person, by either of the two things that are theirs alone.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum UserKey {
    /// The id, which never changes: `sub` in tokens.
    Id(Uuid),
    /// What they sign in with: the username or a verified address.
    Name(Username),
}

impl From<Uuid> for UserKey {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl From<Username> for UserKey {
    fn from(name: Username) -> Self {
        Self::Name(name)
    }
}

impl From<&Username> for UserKey {
    fn from(name: &Username) -> Self {
        Self::Name(name.clone())
    }
}

impl fmt::Display for UserKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(formatter, "{id}"),
            Self::Name(name) => write!(formatter, "{:?}", name.as_str()),
        }
    }
}
