//! "Forgot your password?": asks whose, and what it says afterwards, which is the same whether there is such a person or not.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::{DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, Value, respond};

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
    pub error: Option<ForgotPasswordError>,
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

/// Why no letter was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgotPasswordError {
    /// Nothing was typed.
    Missing,
    /// The form does not fit this browser, or was not sent from a page of ours.
    OnceMore,
    /// Many were asked for from this address.
    Throttled {
        /// Seconds until the next one.
        retry_after_seconds: u64,
    },
    /// The server has no room right now.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after_seconds: u64,
    },
}

impl ForgotPasswordError {
    const fn status(self) -> StatusCode {
        match self {
            Self::Missing => StatusCode::UNPROCESSABLE_ENTITY,
            Self::OnceMore => StatusCode::FORBIDDEN,
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    const fn retry_after_seconds(self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_seconds } | Self::Busy { retry_after_seconds } => {
                Some(retry_after_seconds)
            }
            Self::Missing | Self::OnceMore => None,
        }
    }
}

impl ForgotPasswordPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.error.map_or(StatusCode::OK, ForgotPasswordError::status);
        let mut response = respond(self, status, &PageSecurity::own_forms());
        if let Some(seconds) = self.error.and_then(ForgotPasswordError::retry_after_seconds) {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// The sentence on top, about what is wrong with no field.
    fn notice(&self) -> Option<Cow<'static, str>> {
        let wait = |id: &str, seconds| {
            let time = self.layout.language.waiting_time(seconds);
            Some(self.layout.language.say_with(id, &[("time", time.into())]).into())
        };
        match self.error? {
            ForgotPasswordError::Missing => None,
            ForgotPasswordError::OnceMore => Some(self.layout.say("forgot-once-more")),
            ForgotPasswordError::Throttled { retry_after_seconds } => {
                wait("forgot-throttled", retry_after_seconds)
            }
            ForgotPasswordError::Busy { retry_after_seconds } => wait("forgot-busy", retry_after_seconds),
        }
    }

    fn field_problem(&self) -> Option<Cow<'static, str>> {
        let is_missing = self.error == Some(ForgotPasswordError::Missing);
        is_missing.then(|| self.layout.say("login-missing-username"))
    }
}

/// Says that a letter is on its way, if there is anybody to write to.
#[derive(Debug, Template)]
#[template(path = "forgot_password_sent.html")]
pub struct ForgotPasswordSentPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// What was typed.
    pub name: DisplayText,
    /// The page that asks, a path of ours.
    pub again: &'a str,
    /// The sign-in page, a path of ours.
    pub back: &'a str,
}

impl Page for ForgotPasswordSentPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl ForgotPasswordSentPage<'_> {
    fn lead(&self) -> Message<'_> {
        self.layout.message("forgot-sent-lead", &[("name", Value::Name(&self.name))])
    }
}
