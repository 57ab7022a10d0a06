//! "Choose your password": in the place of a temporary one, before the session opens. The password is never repeated.

use actix_web::HttpResponse;
use askama::Template;
use std::borrow::Cow;

use super::{
    ClientLabel, DisplayText, FormSeal, Layout, NewPasswordField, Page, PageSecurity, Part, TypedText, action,
};

/// Asks for a password that its person chooses.
#[derive(Debug, Template)]
#[template(path = "choose_password.html")]
pub struct ChoosePasswordPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// Whose password it is.
    pub account: DisplayText,
    /// The sign-in name, for the browser that keeps passwords.
    pub username: TypedText,
    /// The field.
    pub new: NewPasswordField,
    /// Seconds after which trying again makes sense, when all password checks are taken.
    pub busy: Option<u64>,
    /// Whether "cancel" can answer the client.
    pub may_cancel: bool,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
}

impl Page for ChoosePasswordPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl ChoosePasswordPage<'_> {
    /// The page with the status and `Retry-After` of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        self.new.respond(self, self.busy, security)
    }

    const fn is_with_error(&self) -> bool {
        self.busy.is_some() || self.new.problem.is_some()
    }

    /// The sentence on top when something went wrong.
    fn problem(&self) -> Option<Cow<'static, str>> {
        self.new.problem_or_wait(self.busy, &self.layout)
    }
}
