//! What the pages share on which a stranger asks for a letter with a link: why they send none, and what they say afterwards,
//! which is the same for everybody.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::{DisplayText, Layout, Message, Page, PageSecurity, Part, Value, respond};

/// Why no letter was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterFormError {
    /// Nothing was typed.
    Missing,
    /// What was typed is no e-mail address.
    Malformed,
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

impl LetterFormError {
    const fn status(self) -> StatusCode {
        match self {
            Self::Missing | Self::Malformed => StatusCode::UNPROCESSABLE_ENTITY,
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
            Self::Missing | Self::Malformed | Self::OnceMore => None,
        }
    }

    /// The sentence on top, about what is wrong with no field.
    pub(super) fn notice(self, layout: &Layout) -> Option<Cow<'static, str>> {
        let wait = |id: &str, seconds| {
            let time = layout.language.waiting_time(seconds);
            Some(layout.language.say_with(id, &[("time", time.into())]).into())
        };
        match self {
            Self::Missing | Self::Malformed => None,
            Self::OnceMore => Some(layout.say("forgot-once-more")),
            Self::Throttled { retry_after_seconds } => wait("forgot-throttled", retry_after_seconds),
            Self::Busy { retry_after_seconds } => wait("forgot-busy", retry_after_seconds),
        }
    }
}

/// A page that asks, with the status and `Retry-After` of its error; 200 without one.
pub(super) fn respond_with(page: &impl Page, error: Option<LetterFormError>) -> HttpResponse {
    let status = error.map_or(StatusCode::OK, LetterFormError::status);
    let mut response = respond(page, status, &PageSecurity::own_forms());
    if let Some(seconds) = error.and_then(LetterFormError::retry_after_seconds) {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// Says that a letter is on its way, as far as that may be said.
#[derive(Debug, Template)]
#[template(path = "letter_sent.html")]
pub struct LetterSentPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// What it is to lead to.
    pub to: LetterLeadsTo,
    /// What was typed.
    pub name: DisplayText,
    /// The page that asks, a path of ours.
    pub again: &'a str,
    /// The sign-in page, a path of ours.
    pub back: &'a str,
}

/// What the link in the letter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterLeadsTo {
    /// A new password.
    NewPassword,
    /// An account.
    Account,
}

impl Page for LetterSentPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl LetterSentPage<'_> {
    fn lead(&self) -> Message<'_> {
        let id = match self.to {
            LetterLeadsTo::NewPassword => "forgot-sent-lead",
            LetterLeadsTo::Account => "register-sent-lead",
        };
        self.layout.message(id, &[("name", Value::Name(&self.name))])
    }

    const fn hint(&self) -> &'static str {
        match self.to {
            LetterLeadsTo::NewPassword => "forgot-sent-hint",
            LetterLeadsTo::Account => "register-sent-hint",
        }
    }
}
