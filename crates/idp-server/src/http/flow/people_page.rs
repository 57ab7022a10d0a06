//! The pages of administrators about people, by name: the lists, those of one person, and those of one thing of a person.

use super::account_page::own_spelling;
use idp_core::administration::{Permission, Permissions};
use idp_core::discovery::path;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// One of them.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeoplePage {
    /// People.
    List,
    /// Adding a person.
    Add,
    /// Inviting a person.
    Invite,
    /// Invitations that were not followed yet.
    Invitations,
    /// Taking one back; which one, a parameter says.
    WithdrawInvitation,
    /// Signing everybody out.
    SignOutEverybody,
    /// A page of this person.
    Of(PersonPage, Uuid),
    /// A page about something of this person, by its id.
    Part(PersonPart, Uuid, Uuid),
}

/// A page of one person.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonPage {
    /// The person.
    Show,
    /// Where they are signed in, and what sites have of them.
    Sessions,
    /// What happened with their account.
    Activity,
    /// Changing their names and profile.
    Change,
    /// Adding an address.
    AddAddress,
    /// A new password.
    Password,
    /// The one that was made.
    NewPassword,
    /// Removing all their second factors.
    ResetMethods,
    /// Signing them out everywhere.
    SignOut,
    /// Taking back what they have allowed a site; which one, a parameter says.
    Disconnect,
    /// Giving them a role.
    GiveRole,
    /// Putting them into a group.
    JoinGroup,
    /// Shutting them out.
    Disable,
    /// Letting them in again.
    Enable,
    /// Removing them.
    Remove,
}

/// A page about something of a person.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonPart {
    /// An address.
    Address,
    /// Removing a second factor.
    RemoveMethod,
    /// Ending a sign-in.
    EndSession,
    /// Taking a role.
    TakeRole,
    /// Taking the person out of a group.
    LeaveGroup,
}

impl PersonPage {
    const ALL: [Self; 15] = [
        Self::Show,
        Self::Sessions,
        Self::Activity,
        Self::Change,
        Self::AddAddress,
        Self::Password,
        Self::NewPassword,
        Self::ResetMethods,
        Self::SignOut,
        Self::Disconnect,
        Self::GiveRole,
        Self::JoinGroup,
        Self::Disable,
        Self::Enable,
        Self::Remove,
    ];

    const fn path(self) -> &'static str {
        match self {
            Self::Show => path::ADMIN_PERSON,
            Self::Sessions => path::ADMIN_PERSON_SESSIONS,
            Self::Activity => path::ADMIN_PERSON_ACTIVITY,
            Self::Change => path::ADMIN_CHANGE_PERSON,
            Self::AddAddress => path::ADMIN_ADD_ADDRESS,
            Self::Password => path::ADMIN_PERSON_PASSWORD,
            Self::NewPassword => path::ADMIN_NEW_PASSWORD,
            Self::ResetMethods => path::ADMIN_RESET_METHODS,
            Self::SignOut => path::ADMIN_SIGN_OUT,
            Self::Disconnect => path::ADMIN_DISCONNECT,
            Self::GiveRole => path::ADMIN_GIVE_ROLE,
            Self::JoinGroup => path::ADMIN_JOIN_GROUP,
            Self::Disable => path::ADMIN_DISABLE,
            Self::Enable => path::ADMIN_ENABLE,
            Self::Remove => path::ADMIN_REMOVE_PERSON,
        }
    }

    /// What it takes beside seeing people.
    const fn needs(self) -> &'static [Permission] {
        match self {
            // A password is shown to those alone who had it made.
            Self::Show | Self::Sessions | Self::NewPassword => &[],
            Self::Activity => &[Permission::ReadAudit],
            Self::Change | Self::AddAddress | Self::Disable | Self::Enable | Self::Remove => {
                &[Permission::ManageUsers]
            }
            Self::Password | Self::ResetMethods => &[Permission::ManageCredentials],
            Self::SignOut | Self::Disconnect => &[Permission::ManageSessions],
            Self::GiveRole => &[Permission::ReadRoles, Permission::ManageRoles],
            Self::JoinGroup => &[Permission::ReadGroups, Permission::ManageGroups],
        }
    }
}

impl PersonPart {
    const ALL: [Self; 5] =
        [Self::Address, Self::RemoveMethod, Self::EndSession, Self::TakeRole, Self::LeaveGroup];

    const fn path(self) -> &'static str {
        match self {
            Self::Address => path::ADMIN_ADDRESS,
            Self::RemoveMethod => path::ADMIN_REMOVE_METHOD,
            Self::EndSession => path::ADMIN_END_SESSION,
            Self::TakeRole => path::ADMIN_TAKE_ROLE,
            Self::LeaveGroup => path::ADMIN_LEAVE_GROUP,
        }
    }

    /// What it takes beside seeing people.
    const fn needs(self) -> &'static [Permission] {
        match self {
            Self::Address => &[Permission::ManageUsers],
            Self::RemoveMethod => &[Permission::ManageCredentials],
            Self::EndSession => &[Permission::ManageSessions],
            Self::TakeRole => &[Permission::ReadRoles, Permission::ManageRoles],
            Self::LeaveGroup => &[Permission::ReadGroups, Permission::ManageGroups],
        }
    }
}

impl PeoplePage {
    /// Where it is.
    pub(super) fn path(self) -> Cow<'static, str> {
        match self {
            Self::List => path::ADMIN_PEOPLE.into(),
            Self::Add => path::ADMIN_ADD_PERSON.into(),
            Self::Invite => path::ADMIN_INVITE.into(),
            Self::Invitations => path::ADMIN_INVITATIONS.into(),
            Self::WithdrawInvitation => path::ADMIN_WITHDRAW_INVITATION.into(),
            Self::SignOutEverybody => path::ADMIN_SIGN_OUT_EVERYBODY.into(),
            Self::Of(page, user) => format!("{}?id={user}", page.path()).into(),
            Self::Part(page, user, part) => format!("{}?id={user}.{part}", page.path()).into(),
        }
    }

    /// The page at this path, with this `id` in its query.
    pub(super) fn at(path: &str, named: &str) -> Option<Self> {
        if let Some(page) = PersonPage::ALL.into_iter().find(|page| page.path() == path) {
            return own_spelling(named).map(|user| Self::Of(page, user));
        }
        if let Some(page) = PersonPart::ALL.into_iter().find(|page| page.path() == path) {
            let (user, part) = named.split_once('.')?;
            return Some(Self::Part(page, own_spelling(user)?, own_spelling(part)?));
        }
        let lists = [
            Self::List,
            Self::Add,
            Self::Invite,
            Self::Invitations,
            Self::WithdrawInvitation,
            Self::SignOutEverybody,
        ];
        lists.into_iter().find(|page| page.path() == path)
    }

    /// Whether it changes something that cannot be had back by signing in again, or by another letter: then an old sign-in does not
    /// do. What a thief has open is ended without losing a moment.
    pub(super) const fn changes_something(self) -> bool {
        match self {
            Self::List | Self::Invitations | Self::WithdrawInvitation => false,
            // This interrupts all people at once, the administrator included.
            Self::Add | Self::Invite | Self::SignOutEverybody => true,
            Self::Of(page, _) => !matches!(
                page,
                PersonPage::Show
                    | PersonPage::Sessions
                    | PersonPage::Activity
                    | PersonPage::NewPassword
                    | PersonPage::SignOut
                    | PersonPage::Disconnect
            ),
            Self::Part(page, ..) => !matches!(page, PersonPart::EndSession),
        }
    }

    /// What it takes.
    pub(super) fn needs(self) -> Permissions {
        let needs: &[Permission] = match self {
            Self::List | Self::Invitations => &[],
            Self::Add | Self::Invite | Self::WithdrawInvitation => &[Permission::ManageUsers],
            Self::SignOutEverybody => &[Permission::ManageSessions, Permission::ManageUsers],
            Self::Of(page, _) => page.needs(),
            Self::Part(page, ..) => page.needs(),
        };
        needs.iter().copied().chain([Permission::ReadUsers]).collect()
    }
}
