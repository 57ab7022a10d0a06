//! A person, with all that an administrator may see of them.

use askama::Template;
use idp_core::device::DeviceKind;

use super::super::{AdminNav, AdminReceipt};
use super::lines::label;
use super::{PersonAddress, PersonEvent, PersonFactor, PersonHeld, PersonSession, PersonState};
use crate::page::{DisplayText, Layout, Message, Page, Part, RelativeTime, Value};

/// Shows them.
#[derive(Debug, Template)]
#[template(path = "admin/people/show.html")]
pub struct AdminPersonPage {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// What was done.
    pub receipt: Option<AdminReceipt>,
    /// What they are called.
    pub name: DisplayText,
    /// The name that they sign in with.
    pub username: DisplayText,
    /// Their id: `sub` in tokens.
    pub id: String,
    /// Whether they may sign in.
    pub state: PersonState,
    /// When the account is deleted, in words.
    pub delete_at: Option<String>,
    /// Since when the account exists.
    pub created: RelativeTime,
    /// When they last signed in, if that is still known.
    pub last_sign_in: Option<RelativeTime>,
    /// Their addresses.
    pub addresses: Vec<PersonAddress>,
    /// The attributes that they have a value of: what each is called, and the value.
    pub attributes: Vec<(DisplayText, DisplayText)>,
    /// Whether they have rights that the administrator does not have.
    pub is_out_of_reach: bool,
    /// How they sign in.
    pub methods: PersonMethods,
    /// Their roles; `None` where the administrator may not see roles.
    pub roles: Option<PersonRoles>,
    /// Their groups, likewise.
    pub groups: Option<Vec<PersonHeld>>,
    /// Some of the places where they are signed in, the one used last first.
    pub sessions: Vec<PersonSession>,
    /// How many there are.
    pub open: usize,
    /// How many sites have something of them.
    pub sites: usize,
    /// What happened last; `None` where the administrator may not read the log.
    pub activity: Option<Vec<PersonEvent>>,
    /// What the administrator may do.
    pub acts: PersonActs,
}

/// How a person signs in.
#[derive(Clone, Debug)]
pub struct PersonMethods {
    /// The password.
    pub password: PasswordState,
    /// Apps and passkeys.
    pub factors: Vec<PersonFactor>,
    /// How many recovery codes are left.
    pub codes_left: usize,
    /// What has them prove two factors, if anything does.
    pub duty: Option<PersonDuty>,
}

/// What has a person prove two factors.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum PersonDuty {
    /// It was asked of them.
    Own,
    /// A role that they have asks it.
    Role,
}

impl PersonDuty {
    const fn words(self) -> &'static str {
        match self {
            Self::Own => "people-duty-own",
            Self::Role => "people-duty-role",
        }
    }
}

/// The password of a person.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum PasswordState {
    /// There is none.
    None,
    /// There is one.
    Set,
    /// There is one that they replace, and that signs in until then.
    Temporary(String),
}

/// The roles of a person.
#[derive(Clone, Debug)]
pub struct PersonRoles {
    /// Those that they were given themselves.
    pub own: Vec<PersonHeld>,
    /// Those that they have by a group.
    pub by_groups: Vec<DisplayText>,
}

/// What the administrator may do with a person, by the paths of ours where it is done.
#[derive(Clone, Debug, Default)]
pub struct PersonActs {
    /// Names and profile.
    pub change: Option<String>,
    /// One address more.
    pub add_address: Option<String>,
    /// A new password.
    pub password: Option<String>,
    /// Removing all second factors.
    pub reset_methods: Option<String>,
    /// A role more.
    pub give_role: Option<String>,
    /// A group more.
    pub join_group: Option<String>,
    /// All sign-ins and sites.
    pub sessions: String,
    /// Signing them out everywhere.
    pub sign_out: Option<String>,
    /// All that happened.
    pub activity: String,
    /// The audit log of it, if the person may see that.
    pub audit: Option<String>,
    /// Shutting them out.
    pub disable: Option<String>,
    /// Letting them in again.
    pub enable: Option<String>,
    /// Removing them.
    pub remove: Option<String>,
}

impl Page for AdminPersonPage {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminPersonPage {
    fn since(&self) -> Message<'_> {
        self.layout.message("people-since", &[("time", Value::Time(self.created))])
    }

    fn last_sign_in(&self) -> Message<'_> {
        match self.last_sign_in {
            Some(time) => self.layout.message("people-last-sign-in", &[("time", Value::Time(time))]),
            None => self.layout.message("people-no-sign-in", &[]),
        }
    }

    fn state_words(&self) -> Option<Message<'_>> {
        match (self.state, &self.delete_at) {
            (PersonState::Active, _) => None,
            (PersonState::Deleting, Some(time)) => {
                let time = Value::Words(time.clone().into());
                Some(self.layout.message("people-deleting", &[("time", time)]))
            }
            _ => Some(self.layout.message("people-disabled", &[])),
        }
    }

    fn password(&self) -> Message<'_> {
        match &self.methods.password {
            PasswordState::None => self.layout.message("people-password-none", &[]),
            PasswordState::Set => self.layout.message("people-password-set", &[]),
            PasswordState::Temporary(time) => {
                let time = Value::Words(time.clone().into());
                self.layout.message("people-password-temporary", &[("time", time)])
            }
        }
    }

    fn by_groups<'s>(&self, roles: &'s PersonRoles) -> Message<'s> {
        self.layout.message("people-roles-by-groups", &[("roles", Value::Names(&roles.by_groups))])
    }

    fn counted(&self, id: &str, count: &usize) -> Message<'static> {
        self.layout.message(id, &[("count", Value::Count(*count))])
    }

    fn label(&self, button: &str, name: &DisplayText) -> String {
        label(button, name, &self.layout)
    }
}
