//! "Choose a new password": where the link in a letter leads. The password is never repeated.

use actix_web::HttpResponse;
use askama::Template;
use std::borrow::Cow;

use super::{DisplayText, FormSeal, Layout, NewPasswordField, Page, PageSecurity, Part, TypedText};

/// Asks for a new password.
#[derive(Debug, Template)]
#[template(path = "reset_password.html")]
pub struct ResetPasswordPage<'a> {
    /// What it stands in.
    pub layout: Layout,
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
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
}

impl Page for ResetPasswordPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl ResetPasswordPage<'_> {
    /// The page with the status and `Retry-After` of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        self.new.respond(self, self.busy, &PageSecurity::own_forms())
    }

    const fn is_with_error(&self) -> bool {
        self.busy.is_some() || self.new.problem.is_some()
    }

    /// The sentence on top when something went wrong.
    fn problem(&self) -> Option<Cow<'static, str>> {
        self.new.problem_or_wait(self.busy, &self.layout)
    }
}
