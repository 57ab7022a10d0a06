//! "Forgot your password?": asks whose.

use actix_web::HttpResponse;
use askama::Template;
use std::borrow::Cow;

use super::letter_form::{LetterFormError, respond_with};
use super::{FormSeal, Layout, Page, TypedText};

/// Asks for a sign-in name.
#[derive(Debug, Template)]
#[template(path = "forgot_password.html")]
pub struct ForgotPasswordPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What was typed before.
    pub username: TypedText,
    /// What went wrong.
    pub error: Option<LetterFormError>,
    /// The sign-in page, a path of ours.
    pub back: &'a str,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
}

impl Page for ForgotPasswordPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl ForgotPasswordPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        respond_with(self, self.error)
    }

    fn notice(&self) -> Option<Cow<'static, str>> {
        self.error?.notice(&self.layout)
    }

    fn field_problem(&self) -> Option<Cow<'static, str>> {
        let is_missing = self.error == Some(LetterFormError::Missing);
        is_missing.then(|| self.layout.say("login-missing-username"))
    }
}
