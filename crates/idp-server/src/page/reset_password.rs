//! "Choose a new password": where the link in a letter leads. The password is never repeated.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::{
    DisplayText, FormSeal, Layout, NewPasswordField, NewPasswordProblem, Page, PageSecurity, TypedText,
    respond,
};

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
        let status = match (self.busy, self.new.problem) {
            (Some(_), _) => StatusCode::SERVICE_UNAVAILABLE,
            (None, Some(NewPasswordProblem::TooLong)) => StatusCode::BAD_REQUEST,
            (None, Some(_)) => StatusCode::UNPROCESSABLE_ENTITY,
            (None, None) => StatusCode::OK,
        };
        let mut response = respond(self, status, &PageSecurity::own_forms());
        if let Some(seconds) = self.busy {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    const fn is_with_error(&self) -> bool {
        self.busy.is_some() || self.new.problem.is_some()
    }

    /// The sentence on top when something went wrong.
    fn problem(&self) -> Option<Cow<'static, str>> {
        match self.busy {
            Some(seconds) => {
                let time = self.layout.language.waiting_time(seconds);
                Some(self.layout.language.say_with("password-busy", &[("time", time.into())]).into())
            }
            None => self.new.problem(&self.layout),
        }
    }
}
