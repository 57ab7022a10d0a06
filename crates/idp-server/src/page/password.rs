//! "Change your password": asks for the one in use and for a new one. Neither is ever repeated.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use idp_core::discovery::path;
use std::borrow::Cow;

use super::{
    DisplayText, FormSeal, Layout, NewPasswordField, NewPasswordProblem, Page, PageSecurity, Part, Receipt,
    TypedText, respond,
};

/// Asks for two passwords.
#[derive(Debug, Template)]
#[template(path = "password.html")]
pub struct PasswordPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account in use.
    pub account: DisplayText,
    /// Its sign-in name, for the browser that keeps passwords.
    pub username: TypedText,
    /// What a change has reached that was just made.
    pub receipt: Option<Receipt>,
    /// What was wrong with the password in use, as it was typed.
    pub old: Option<OldPasswordProblem>,
    /// The field for the new one.
    pub new: NewPasswordField,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
}

impl Page for PasswordPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Why the password in use was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldPasswordProblem {
    /// None was typed.
    Missing,
    /// It is another one.
    Wrong,
    /// Too many guesses: it was not looked at.
    Throttled {
        /// Seconds until the next attempt is looked at.
        retry_after_seconds: u64,
    },
    /// All password checks are taken: it was not looked at.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after_seconds: u64,
    },
}

impl OldPasswordProblem {
    const fn retry_after_seconds(self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_seconds } | Self::Busy { retry_after_seconds } => {
                Some(retry_after_seconds)
            }
            Self::Missing | Self::Wrong => None,
        }
    }
}

impl PasswordPage<'_> {
    /// The page with the status and `Retry-After` of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let mut response = respond(self, self.status(), &PageSecurity::own_forms());
        if let Some(seconds) = self.old.and_then(OldPasswordProblem::retry_after_seconds) {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    const fn status(&self) -> StatusCode {
        match (self.old, self.new.problem) {
            (Some(OldPasswordProblem::Throttled { .. }), _) => StatusCode::TOO_MANY_REQUESTS,
            (Some(OldPasswordProblem::Busy { .. }), _) => StatusCode::SERVICE_UNAVAILABLE,
            (None, Some(NewPasswordProblem::TooLong)) => StatusCode::BAD_REQUEST,
            (None, None) => StatusCode::OK,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }

    fn title(&self) -> Cow<'static, str> {
        self.layout.say(if self.status() == StatusCode::OK {
            "password-title"
        } else {
            "password-title-with-error"
        })
    }

    /// The sentence on top when something went wrong.
    fn problem(&self) -> Option<Cow<'static, str>> {
        match (self.old, self.new.problem) {
            (Some(OldPasswordProblem::Missing), Some(NewPasswordProblem::Missing)) => {
                Some(self.layout.say("password-missing-both"))
            }
            (Some(_), _) => self.old_problem(),
            (None, _) => self.new.problem(&self.layout),
        }
    }

    fn old_problem(&self) -> Option<Cow<'static, str>> {
        let wait = |id: &str, seconds| {
            let time = self.layout.language.waiting_time(seconds);
            Some(self.layout.language.say_with(id, &[("time", time.into())]).into())
        };
        match self.old? {
            OldPasswordProblem::Missing => Some(self.layout.say("password-missing")),
            OldPasswordProblem::Wrong => Some(self.layout.say("password-wrong")),
            OldPasswordProblem::Throttled { retry_after_seconds } => {
                wait("login-throttled", retry_after_seconds)
            }
            OldPasswordProblem::Busy { retry_after_seconds } => wait("password-busy", retry_after_seconds),
        }
    }

    /// Nothing that was typed was looked at: the page says so on top, and beside no field.
    fn is_to_wait(&self) -> bool {
        self.old.is_some_and(|old| old.retry_after_seconds().is_some())
    }

    fn old_field_problem(&self) -> Option<Cow<'static, str>> {
        if self.is_to_wait() { None } else { self.old_problem() }
    }
}
