//! The pages of administrators. A closed list, as [`AccountPage`](super::AccountPage) is: the way back after a sign-in is one of
//! these names.

use super::account_page::own_spelling;
use super::people_page::PeoplePage;
use crate::http::request::BrowserRequest;
use idp_core::administration::{Permission, Permissions};
use idp_core::discovery::path;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// One of them.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminPage {
    /// What needs attention.
    Overview,
    /// One about people.
    People(PeoplePage),
    /// Groups.
    Groups,
    /// Making a group.
    AddGroup,
    /// A group and who is in it.
    Group(Uuid),
    /// Changing a group.
    ChangeGroup(Uuid),
    /// Removing a group.
    RemoveGroup(Uuid),
    /// Putting a person into this group.
    AddMember(Uuid),
    /// Taking out of this group this person.
    RemoveMember(Uuid, Uuid),
    /// Roles.
    Roles,
    /// Making a role.
    AddRole,
    /// A role and who has it.
    Role(Uuid),
    /// Changing a role.
    ChangeRole(Uuid),
    /// Removing a role.
    RemoveRole(Uuid),
    /// Giving this role to a person.
    AddHolder(Uuid),
}

impl AdminPage {
    /// Where it is.
    #[must_use]
    pub fn path(self) -> Cow<'static, str> {
        let of = |path: &str, id: Uuid| Cow::from(format!("{path}?id={id}"));
        match self {
            Self::Overview => path::ADMIN.into(),
            Self::People(page) => page.path(),
            Self::Groups => path::ADMIN_GROUPS.into(),
            Self::AddGroup => path::ADMIN_ADD_GROUP.into(),
            Self::Group(id) => of(path::ADMIN_GROUP, id),
            Self::ChangeGroup(id) => of(path::ADMIN_CHANGE_GROUP, id),
            Self::RemoveGroup(id) => of(path::ADMIN_REMOVE_GROUP, id),
            Self::AddMember(id) => of(path::ADMIN_ADD_MEMBER, id),
            Self::RemoveMember(id, user) => format!("{}?id={id}.{user}", path::ADMIN_REMOVE_MEMBER).into(),
            Self::Roles => path::ADMIN_ROLES.into(),
            Self::AddRole => path::ADMIN_ADD_ROLE.into(),
            Self::Role(id) => of(path::ADMIN_ROLE, id),
            Self::ChangeRole(id) => of(path::ADMIN_CHANGE_ROLE, id),
            Self::RemoveRole(id) => of(path::ADMIN_REMOVE_ROLE, id),
            Self::AddHolder(id) => of(path::ADMIN_ADD_HOLDER, id),
        }
    }

    /// The page that is asked for, or that a form goes to.
    #[must_use]
    pub fn of(request: &BrowserRequest) -> Option<Self> {
        let named = request.query_param("id").unwrap_or_default();
        let id = || own_spelling(&named);
        match request.http.path() {
            path::ADMIN => Some(Self::Overview),
            path::ADMIN_GROUPS => Some(Self::Groups),
            path::ADMIN_ADD_GROUP => Some(Self::AddGroup),
            path::ADMIN_GROUP => id().map(Self::Group),
            path::ADMIN_CHANGE_GROUP => id().map(Self::ChangeGroup),
            path::ADMIN_REMOVE_GROUP => id().map(Self::RemoveGroup),
            path::ADMIN_ADD_MEMBER => id().map(Self::AddMember),
            path::ADMIN_REMOVE_MEMBER => {
                let (group, user) = named.split_once('.')?;
                Some(Self::RemoveMember(own_spelling(group)?, own_spelling(user)?))
            }
            path::ADMIN_ROLES => Some(Self::Roles),
            path::ADMIN_ADD_ROLE => Some(Self::AddRole),
            path::ADMIN_ROLE => id().map(Self::Role),
            path::ADMIN_CHANGE_ROLE => id().map(Self::ChangeRole),
            path::ADMIN_REMOVE_ROLE => id().map(Self::RemoveRole),
            path::ADMIN_ADD_HOLDER => id().map(Self::AddHolder),
            path => PeoplePage::at(path, &named).map(Self::People),
        }
    }

    /// Whether it changes something: then an old sign-in does not do.
    #[must_use]
    pub const fn changes_something(self) -> bool {
        match self {
            Self::People(page) => page.changes_something(),
            Self::Overview | Self::Groups | Self::Group(_) | Self::Roles | Self::Role(_) => false,
            Self::AddGroup
            | Self::ChangeGroup(_)
            | Self::RemoveGroup(_)
            | Self::AddMember(_)
            | Self::RemoveMember(..)
            | Self::AddRole
            | Self::ChangeRole(_)
            | Self::RemoveRole(_)
            | Self::AddHolder(_) => true,
        }
    }

    /// Whether it opens to people who hold these permissions. To all others there is no such page.
    #[must_use]
    pub fn is_for(self, held: Permissions) -> bool {
        let needs: &[Permission] = match self {
            Self::Overview => return !held.is_empty(),
            Self::People(page) => return held.contain_all(page.needs()),
            Self::Groups | Self::Group(_) => &[Permission::ReadGroups],
            Self::AddGroup | Self::ChangeGroup(_) | Self::RemoveGroup(_) => {
                &[Permission::ReadGroups, Permission::ManageGroups]
            }
            Self::AddMember(_) | Self::RemoveMember(..) => {
                &[Permission::ReadGroups, Permission::ManageGroups, Permission::ReadUsers]
            }
            Self::Roles | Self::Role(_) => &[Permission::ReadRoles],
            Self::AddRole | Self::ChangeRole(_) | Self::RemoveRole(_) => {
                &[Permission::ReadRoles, Permission::ManageRoles]
            }
            Self::AddHolder(_) => &[Permission::ReadRoles, Permission::ManageRoles, Permission::ReadUsers],
        };
        held.contain_all(needs.iter().copied().collect())
    }
}
