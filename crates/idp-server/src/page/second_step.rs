//! The second step of a sign-in: a code of an authenticator app, or a passkey. Shown after a right password only, so it may say whose
//! account it is.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::{
    ClientLabel, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, action, respond,
};

/// Asks for a second factor.
#[derive(Debug, Template)]
#[template(path = "second_step.html")]
pub struct SecondStepPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The account.
    pub account: DisplayText,
    /// Whether a code will do.
    pub asks_for_code: bool,
    /// What the script asks the browser for, in JSON; `None` where no passkey will do.
    pub passkey: Option<String>,
    /// What went wrong with the previous attempt.
    pub error: Option<SecondStepError>,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
    /// Whether "cancel" can answer the client.
    pub may_cancel: bool,
}

impl Page for SecondStepPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Why the person sees the form again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondStepError {
    /// Nothing was typed.
    MissingCode,
    /// What was typed is no code.
    MalformedCode,
    /// It is not the code of this time.
    WrongCode,
    /// It was used before.
    SpentCode,
    /// The button for passkeys was pressed, and the browser brought nothing.
    PasskeyMissing,
    /// The passkey is none of the account's; the same words for whatever is wrong with it.
    PasskeyRefused,
    /// Too many codes were tried.
    Throttled {
        /// Seconds until the next attempt is looked at.
        retry_after_seconds: u64,
    },
}

impl SecondStepPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let (status, wait) = match self.error {
            None => (StatusCode::OK, None),
            Some(SecondStepError::Throttled { retry_after_seconds }) => {
                (StatusCode::TOO_MANY_REQUESTS, Some(retry_after_seconds))
            }
            Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        };
        let mut response = respond(self, status, security);
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// On top: what has nothing to do with what stands in the field.
    fn notice(&self) -> Option<Message<'static>> {
        let retry_after_seconds = match self.error? {
            SecondStepError::Throttled { retry_after_seconds } => retry_after_seconds,
            SecondStepError::PasskeyMissing => return Some(self.layout.message("passkey-missing", &[])),
            SecondStepError::PasskeyRefused => {
                return Some(self.layout.message("second-step-passkey-refused", &[]));
            }
            _ => return None,
        };
        let time = Value::Words(self.layout.language.waiting_time(retry_after_seconds).into());
        Some(self.layout.message("second-step-throttled", &[("time", time)]))
    }

    /// Beside the field.
    fn problem(&self) -> Option<Cow<'static, str>> {
        Some(match self.error? {
            SecondStepError::MissingCode => self.layout.say("code-missing"),
            SecondStepError::MalformedCode => self.layout.say("code-malformed"),
            SecondStepError::WrongCode => self.layout.say("code-wrong"),
            SecondStepError::SpentCode => self.layout.say("code-spent"),
            SecondStepError::PasskeyMissing
            | SecondStepError::PasskeyRefused
            | SecondStepError::Throttled { .. } => return None,
        })
    }

    fn focuses_code(&self) -> bool {
        self.notice().is_none()
    }

    fn heading(&self) -> Cow<'static, str> {
        self.layout.say(if self.asks_for_code {
            "second-step-heading"
        } else {
            "second-step-heading-passkey"
        })
    }

    fn lead(&self) -> Cow<'static, str> {
        self.layout.say(match (self.asks_for_code, self.passkey.is_some()) {
            (true, true) => "second-step-lead-either",
            (true, false) => "second-step-lead",
            (false, _) => "second-step-lead-passkey",
        })
    }
}
