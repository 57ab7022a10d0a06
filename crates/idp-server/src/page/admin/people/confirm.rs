//! The question before something is done with a person that ends or gives something, with all that follows.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::super::{AdminNav, AdminProblem};
use crate::page::{DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, respond};

/// Asks whether to do it.
#[derive(Debug, Template)]
#[template(path = "admin/confirm.html")]
pub struct AdminConfirmPersonPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it, the version that it was made from included.
    pub seal: FormSeal<'a>,
    /// Who.
    pub person: DisplayText,
    /// What is asked.
    pub question: PersonQuestion,
    /// In how many places they are signed in.
    pub sessions: usize,
    /// At how many sites.
    pub sites: usize,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

/// What is asked.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum PersonQuestion {
    /// Whether to shut them out.
    Disable,
    /// Whether to let them in again.
    Enable,
    /// Whether to sign them out everywhere.
    SignOut,
    /// Whether to remove them.
    Remove,
    /// Whether to remove all second factors, so many.
    ResetMethods(usize),
    /// Whether to remove one of this name.
    RemoveMethod {
        /// What it is called.
        name: DisplayText,
        /// Whether no other is asked for after it.
        is_last: bool,
    },
    /// Whether to end the sign-in on this device.
    EndSession(DisplayText),
    /// Whether to take back what this site has of them.
    Disconnect(DisplayText),
    /// Whether to take this role.
    TakeRole(DisplayText),
    /// Whether to take them out of this group, with these roles.
    LeaveGroup {
        /// What it is called.
        name: DisplayText,
        /// The roles that they have by it.
        roles: Vec<DisplayText>,
    },
}

impl PersonQuestion {
    /// The beginning of the ids of its words.
    const fn words(&self) -> (&'static str, &'static str) {
        match self {
            Self::Disable => ("people-disable-title", "people-disable-lead"),
            Self::Enable => ("people-enable-title", "people-enable-lead"),
            Self::SignOut => ("people-sign-out-title", "people-sign-out-lead"),
            Self::Remove => ("people-remove-title", "people-remove-lead"),
            Self::ResetMethods(_) => ("people-reset-title", "people-reset-lead"),
            Self::RemoveMethod { .. } => ("people-remove-method-title", "people-remove-method-lead"),
            Self::EndSession(_) => ("people-end-session-title", "people-end-session-lead"),
            Self::Disconnect(_) => ("people-disconnect-title", "people-disconnect-lead"),
            Self::TakeRole(_) => ("people-take-role-title", "people-take-role-lead"),
            Self::LeaveGroup { .. } => ("admin-remove-member-title", "people-leave-group-lead"),
        }
    }

    const fn name(&self) -> Option<&DisplayText> {
        match self {
            Self::RemoveMethod { name, .. }
            | Self::EndSession(name)
            | Self::Disconnect(name)
            | Self::TakeRole(name)
            | Self::LeaveGroup { name, .. } => Some(name),
            Self::Disable | Self::Enable | Self::SignOut | Self::Remove | Self::ResetMethods(_) => None,
        }
    }

    /// Whether they are signed out everywhere by it.
    const fn ends_everything(&self) -> bool {
        match self {
            Self::Disable
            | Self::SignOut
            | Self::Remove
            | Self::ResetMethods(_)
            | Self::RemoveMethod { .. } => true,
            Self::Enable
            | Self::EndSession(_)
            | Self::Disconnect(_)
            | Self::TakeRole(_)
            | Self::LeaveGroup { .. } => false,
        }
    }

    /// What else follows, by the ids of words.
    fn effects(&self) -> Vec<&'static str> {
        match self {
            Self::Disable => vec!["people-disable-effect"],
            Self::Enable => vec!["people-enable-effect"],
            Self::SignOut => vec!["people-sign-out-effect"],
            Self::Remove => vec!["people-remove-effect", "people-remove-name"],
            Self::ResetMethods(_) => vec!["people-reset-effect", "people-told"],
            Self::RemoveMethod { is_last: true, .. } => vec!["people-remove-method-last", "people-told"],
            Self::RemoveMethod { is_last: false, .. } => vec!["people-remove-method-effect", "people-told"],
            Self::EndSession(_) => vec![],
            Self::Disconnect(_) => vec!["people-disconnect-effect"],
            Self::TakeRole(_) => vec!["people-take-role-effect"],
            Self::LeaveGroup { .. } => vec!["people-leave-group-effect"],
        }
    }
}

impl Page for AdminConfirmPersonPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminConfirmPersonPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    const fn title(&self) -> &'static str {
        self.question.words().0
    }

    fn is_dangerous(&self) -> bool {
        self.question != PersonQuestion::Enable
    }

    fn question(&self) -> Message<'_> {
        let mut values = vec![("person", Value::Name(&self.person))];
        values.extend(self.question.name().map(|name| ("name", Value::Name(name))));
        if let PersonQuestion::ResetMethods(count) = self.question {
            values.push(("count", Value::Count(count)));
        }
        self.layout.message(self.question.words().1, &values)
    }

    fn effects(&self) -> Vec<Message<'_>> {
        let counted = |id: &str, count| self.layout.message(id, &[("count", Value::Count(count))]);
        let mut effects = Vec::new();
        if self.question.ends_everything() {
            effects.push(counted("people-ends-sessions", self.sessions));
        }
        if (self.question.ends_everything() || matches!(self.question, PersonQuestion::EndSession(_)))
            && self.sites > 0
        {
            effects.push(counted("people-ends-sites", self.sites));
        }
        effects.extend(self.question.effects().into_iter().map(|id| self.layout.message(id, &[])));
        if let PersonQuestion::LeaveGroup { roles, .. } = &self.question
            && !roles.is_empty()
        {
            effects.push(self.layout.message("admin-remove-loses", &[("roles", Value::Names(roles))]));
        }
        effects
    }
}
