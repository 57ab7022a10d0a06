//! The pages of administrators. A closed list, as [`AccountPage`](super::AccountPage) is: the way back after a sign-in is one of
//! these names.

use super::account_page::own_spelling;
use super::people_page::PeoplePage;
use super::text_id::TextId;
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
    /// Giving this group a role.
    GiveGroupRole(Uuid),
    /// Taking from this group this role.
    TakeGroupRole(Uuid, Uuid),
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
    /// Attributes of people.
    Attributes,
    /// Defining an attribute.
    AddAttribute,
    /// An attribute.
    Attribute(Uuid),
    /// Changing an attribute.
    ChangeAttribute(Uuid),
    /// Removing an attribute.
    RemoveAttribute(Uuid),
    /// Clients.
    Clients,
    /// Registering a client.
    AddClient,
    /// A client.
    Client(TextId),
    /// Changing a client.
    ChangeClient(TextId),
    /// The secrets of a client.
    ClientSecrets(TextId),
    /// The logo of a client.
    ClientLogo(TextId),
    /// Removing a client.
    RemoveClient(TextId),
    /// The signing keys.
    Keys,
    /// Letting the next key sign.
    RotateKeys,
    /// Letting a key sign nothing more.
    RetireKey(TextId),
    /// Giving up a key.
    GiveUpKey(TextId),
    /// The audit log.
    Audit,
    /// A copy of it as JSON Lines.
    AuditLines,
    /// A copy of it as CSV.
    AuditCsv,
    /// Sites that are told of the end of sessions.
    Deliveries,
    /// Having one told again, or giving that up.
    SettleDelivery,
    /// Letters.
    Mails,
    /// Having one sent again, or giving it up.
    SettleMail,
    /// Who follows the revocation feed.
    Feed,
    /// The configuration in force.
    Settings,
}

impl AdminPage {
    /// Where it is.
    #[must_use]
    pub fn path(self) -> Cow<'static, str> {
        let of = |path: &str, id: Uuid| Cow::from(format!("{path}?id={id}"));
        let of_text = |path: &str, id: TextId| Cow::from(format!("{path}?id={id}"));
        let of_pair = |path: &str, id: Uuid, of: Uuid| Cow::from(format!("{path}?id={id}.{of}"));
        match self {
            Self::People(page) => page.path(),
            Self::Group(id) => of(path::ADMIN_GROUP, id),
            Self::ChangeGroup(id) => of(path::ADMIN_CHANGE_GROUP, id),
            Self::RemoveGroup(id) => of(path::ADMIN_REMOVE_GROUP, id),
            Self::AddMember(id) => of(path::ADMIN_ADD_MEMBER, id),
            Self::RemoveMember(id, user) => of_pair(path::ADMIN_REMOVE_MEMBER, id, user),
            Self::GiveGroupRole(id) => of(path::ADMIN_GIVE_GROUP_ROLE, id),
            Self::TakeGroupRole(id, role) => of_pair(path::ADMIN_TAKE_GROUP_ROLE, id, role),
            Self::Role(id) => of(path::ADMIN_ROLE, id),
            Self::ChangeRole(id) => of(path::ADMIN_CHANGE_ROLE, id),
            Self::RemoveRole(id) => of(path::ADMIN_REMOVE_ROLE, id),
            Self::AddHolder(id) => of(path::ADMIN_ADD_HOLDER, id),
            Self::Attribute(id) => of(path::ADMIN_ATTRIBUTE, id),
            Self::ChangeAttribute(id) => of(path::ADMIN_CHANGE_ATTRIBUTE, id),
            Self::RemoveAttribute(id) => of(path::ADMIN_REMOVE_ATTRIBUTE, id),
            Self::Client(id) => of_text(path::ADMIN_CLIENT, id),
            Self::ChangeClient(id) => of_text(path::ADMIN_CHANGE_CLIENT, id),
            Self::ClientSecrets(id) => of_text(path::ADMIN_CLIENT_SECRETS, id),
            Self::ClientLogo(id) => of_text(path::ADMIN_CLIENT_LOGO, id),
            Self::RemoveClient(id) => of_text(path::ADMIN_REMOVE_CLIENT, id),
            Self::RetireKey(kid) => of_text(path::ADMIN_RETIRE_KEY, kid),
            Self::GiveUpKey(kid) => of_text(path::ADMIN_GIVE_UP_KEY, kid),
            _ => self.own_path().into(),
        }
    }

    /// The path of a page without an id.
    const fn own_path(self) -> &'static str {
        match self {
            Self::Groups => path::ADMIN_GROUPS,
            Self::AddGroup => path::ADMIN_ADD_GROUP,
            Self::Roles => path::ADMIN_ROLES,
            Self::AddRole => path::ADMIN_ADD_ROLE,
            Self::Attributes => path::ADMIN_ATTRIBUTES,
            Self::AddAttribute => path::ADMIN_ADD_ATTRIBUTE,
            Self::Clients => path::ADMIN_CLIENTS,
            Self::AddClient => path::ADMIN_ADD_CLIENT,
            Self::Keys => path::ADMIN_KEYS,
            Self::RotateKeys => path::ADMIN_ROTATE_KEYS,
            Self::Audit => path::ADMIN_AUDIT,
            Self::AuditLines => path::ADMIN_AUDIT_LINES,
            Self::AuditCsv => path::ADMIN_AUDIT_CSV,
            Self::Deliveries => path::ADMIN_DELIVERIES,
            Self::SettleDelivery => path::ADMIN_SETTLE_DELIVERY,
            Self::Mails => path::ADMIN_MAILS,
            Self::SettleMail => path::ADMIN_SETTLE_MAIL,
            Self::Feed => path::ADMIN_FEED,
            Self::Settings => path::ADMIN_SETTINGS,
            _ => path::ADMIN,
        }
    }

    /// The page that is asked for, or that a form goes to.
    #[must_use]
    pub fn of(request: &BrowserRequest) -> Option<Self> {
        let named = request.query_param("id").unwrap_or_default();
        let id = || own_spelling(&named);
        let text = || TextId::parse(&named);
        let pair = || {
            let (id, of) = named.split_once('.')?;
            Some((own_spelling(id)?, own_spelling(of)?))
        };
        match request.http.path() {
            path::ADMIN => Some(Self::Overview),
            path::ADMIN_GROUPS => Some(Self::Groups),
            path::ADMIN_ADD_GROUP => Some(Self::AddGroup),
            path::ADMIN_GROUP => id().map(Self::Group),
            path::ADMIN_CHANGE_GROUP => id().map(Self::ChangeGroup),
            path::ADMIN_REMOVE_GROUP => id().map(Self::RemoveGroup),
            path::ADMIN_ADD_MEMBER => id().map(Self::AddMember),
            path::ADMIN_REMOVE_MEMBER => pair().map(|(id, user)| Self::RemoveMember(id, user)),
            path::ADMIN_GIVE_GROUP_ROLE => id().map(Self::GiveGroupRole),
            path::ADMIN_TAKE_GROUP_ROLE => pair().map(|(id, role)| Self::TakeGroupRole(id, role)),
            path::ADMIN_ROLES => Some(Self::Roles),
            path::ADMIN_ADD_ROLE => Some(Self::AddRole),
            path::ADMIN_ROLE => id().map(Self::Role),
            path::ADMIN_CHANGE_ROLE => id().map(Self::ChangeRole),
            path::ADMIN_REMOVE_ROLE => id().map(Self::RemoveRole),
            path::ADMIN_ADD_HOLDER => id().map(Self::AddHolder),
            path::ADMIN_ATTRIBUTES => Some(Self::Attributes),
            path::ADMIN_ADD_ATTRIBUTE => Some(Self::AddAttribute),
            path::ADMIN_ATTRIBUTE => id().map(Self::Attribute),
            path::ADMIN_CHANGE_ATTRIBUTE => id().map(Self::ChangeAttribute),
            path::ADMIN_REMOVE_ATTRIBUTE => id().map(Self::RemoveAttribute),
            path::ADMIN_CLIENTS => Some(Self::Clients),
            path::ADMIN_ADD_CLIENT => Some(Self::AddClient),
            path::ADMIN_CLIENT => text().map(Self::Client),
            path::ADMIN_CHANGE_CLIENT => text().map(Self::ChangeClient),
            path::ADMIN_CLIENT_SECRETS => text().map(Self::ClientSecrets),
            path::ADMIN_CLIENT_LOGO => text().map(Self::ClientLogo),
            path::ADMIN_REMOVE_CLIENT => text().map(Self::RemoveClient),
            path::ADMIN_KEYS => Some(Self::Keys),
            path::ADMIN_ROTATE_KEYS => Some(Self::RotateKeys),
            path::ADMIN_RETIRE_KEY => text().map(Self::RetireKey),
            path::ADMIN_GIVE_UP_KEY => text().map(Self::GiveUpKey),
            path::ADMIN_AUDIT => Some(Self::Audit),
            path::ADMIN_AUDIT_LINES => Some(Self::AuditLines),
            path::ADMIN_AUDIT_CSV => Some(Self::AuditCsv),
            path::ADMIN_DELIVERIES => Some(Self::Deliveries),
            path::ADMIN_SETTLE_DELIVERY => Some(Self::SettleDelivery),
            path::ADMIN_MAILS => Some(Self::Mails),
            path::ADMIN_SETTLE_MAIL => Some(Self::SettleMail),
            path::ADMIN_FEED => Some(Self::Feed),
            path::ADMIN_SETTINGS => Some(Self::Settings),
            path => PeoplePage::at(path, &named).map(Self::People),
        }
    }

    /// Whether it changes something: then an old sign-in does not do.
    #[must_use]
    pub const fn changes_something(self) -> bool {
        match self {
            Self::People(page) => page.changes_something(),
            Self::Overview
            | Self::Groups
            | Self::Group(_)
            | Self::Roles
            | Self::Role(_)
            | Self::Attributes
            | Self::Attribute(_)
            | Self::Clients
            | Self::Client(_)
            | Self::Keys
            | Self::Audit
            | Self::AuditLines
            | Self::AuditCsv
            | Self::Deliveries
            | Self::Mails
            | Self::Feed
            | Self::Settings => false,
            Self::AddGroup
            | Self::ChangeGroup(_)
            | Self::RemoveGroup(_)
            | Self::AddMember(_)
            | Self::RemoveMember(..)
            | Self::GiveGroupRole(_)
            | Self::TakeGroupRole(..)
            | Self::AddRole
            | Self::ChangeRole(_)
            | Self::RemoveRole(_)
            | Self::AddHolder(_)
            | Self::AddAttribute
            | Self::ChangeAttribute(_)
            | Self::RemoveAttribute(_)
            | Self::AddClient
            | Self::ChangeClient(_)
            | Self::ClientSecrets(_)
            | Self::ClientLogo(_)
            | Self::RemoveClient(_)
            | Self::RotateKeys
            | Self::RetireKey(_)
            | Self::GiveUpKey(_)
            | Self::SettleDelivery
            | Self::SettleMail => true,
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
            Self::GiveGroupRole(_) | Self::TakeGroupRole(..) => {
                &[Permission::ReadGroups, Permission::ReadRoles, Permission::ManageRoles]
            }
            Self::Roles | Self::Role(_) => &[Permission::ReadRoles],
            Self::AddRole | Self::ChangeRole(_) | Self::RemoveRole(_) => {
                &[Permission::ReadRoles, Permission::ManageRoles]
            }
            Self::AddHolder(_) => &[Permission::ReadRoles, Permission::ManageRoles, Permission::ReadUsers],
            Self::Attributes | Self::Attribute(_) => &[Permission::ReadUsers],
            Self::AddAttribute | Self::ChangeAttribute(_) | Self::RemoveAttribute(_) => {
                &[Permission::ReadUsers, Permission::ManageAttributes]
            }
            Self::Clients | Self::Client(_) => &[Permission::ReadClients],
            Self::AddClient
            | Self::ChangeClient(_)
            | Self::ClientSecrets(_)
            | Self::ClientLogo(_)
            | Self::RemoveClient(_) => &[Permission::ReadClients, Permission::ManageClients],
            Self::Keys => &[Permission::ReadKeys],
            Self::RotateKeys | Self::RetireKey(_) | Self::GiveUpKey(_) => {
                &[Permission::ReadKeys, Permission::ManageKeys]
            }
            Self::Audit | Self::AuditLines | Self::AuditCsv => &[Permission::ReadAudit],
            Self::Deliveries | Self::Mails | Self::Feed => &[Permission::ReadDeliveries],
            Self::SettleDelivery | Self::SettleMail => {
                &[Permission::ReadDeliveries, Permission::ManageDeliveries]
            }
            Self::Settings => &[Permission::ReadSettings],
        };
        held.contain_all(needs.iter().copied().collect())
    }
}
