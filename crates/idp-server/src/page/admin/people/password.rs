//! A new password for a person: how they get it, and the one that was made, once.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use zeroize::Zeroizing;

use super::super::{AdminNav, AdminProblem};
use crate::page::{DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, action, respond};

/// Offers a link in a letter, and a password to be read out.
#[derive(Debug, Template)]
#[template(path = "admin/people/password.html")]
pub struct AdminPasswordPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// Whose.
    pub person: DisplayText,
    /// The addresses that a letter goes to; none where none does.
    pub letters_to: Vec<DisplayText>,
    /// In how many places they are signed in.
    pub sessions: usize,
    /// Why it was not done.
    pub problem: Option<AdminProblem>,
    /// Where an administrator goes who thinks better of it.
    pub back: &'a str,
}

/// Shows the one that was made.
#[derive(Template)]
#[template(path = "admin/people/new_password.html")]
pub struct AdminNewPasswordPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// The way to the other rooms.
    pub nav: AdminNav,
    /// Whose.
    pub person: DisplayText,
    /// The name that they sign in with.
    pub username: DisplayText,
    /// The password.
    pub password: Zeroizing<String>,
    /// Until when it signs in, in words.
    pub until: String,
    /// Whether the person was added with it.
    pub is_new: bool,
    /// Their page.
    pub back: &'a str,
}

impl Page for AdminPasswordPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl Page for AdminNewPasswordPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AdminPasswordPage<'_> {
    /// The page with the status of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.problem.map_or(StatusCode::OK, AdminProblem::status);
        respond(self, status, &PageSecurity::own_forms())
    }

    fn lead(&self) -> Message<'_> {
        self.layout.message("people-password-lead", &[("person", Value::Name(&self.person))])
    }

    fn goes_to(&self) -> Message<'_> {
        self.layout.message("people-link-to", &[("addresses", Value::Names(&self.letters_to))])
    }

    fn ends(&self) -> Message<'_> {
        self.layout.message("people-ends-sessions", &[("count", Value::Count(self.sessions))])
    }
}

impl AdminNewPasswordPage<'_> {
    fn lead(&self) -> Message<'_> {
        let id = if self.is_new { "people-new-password-added" } else { "people-new-password-lead" };
        self.layout.message(id, &[("person", Value::Name(&self.person))])
    }

    fn until(&self) -> Message<'_> {
        let time = Value::Words(self.until.clone().into());
        self.layout.message("people-new-password-until", &[("time", time)])
    }

    fn signs_in_as(&self) -> Message<'_> {
        self.layout.message("people-new-password-username", &[("name", Value::Name(&self.username))])
    }
}
