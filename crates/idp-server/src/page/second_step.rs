//! The second step of a sign-in: a code of an authenticator app, or a recovery code. Shown after a right password only, so it may
//! say whose account it is, and whether there are recovery codes.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::{
    ClientLabel, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, Value, action, respond,
};

/// Asks for a code.
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
    /// Which kind of code it asks for.
    pub asked: AskedCode,
    /// Whether the person has a recovery code left.
    pub has_recovery_codes: bool,
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

/// A kind of code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedCode {
    /// That of an authenticator app.
    App,
    /// A recovery code.
    Recovery,
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
    /// It could not be checked: what the provider keeps of the app or the codes cannot be read.
    Unchecked,
    /// Too many codes were tried.
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

impl SecondStepPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let (status, wait) = match self.error {
            None => (StatusCode::OK, None),
            Some(SecondStepError::Throttled { retry_after_seconds }) => {
                (StatusCode::TOO_MANY_REQUESTS, Some(retry_after_seconds))
            }
            Some(SecondStepError::Busy { retry_after_seconds }) => {
                (StatusCode::SERVICE_UNAVAILABLE, Some(retry_after_seconds))
            }
            Some(SecondStepError::Unchecked) => (StatusCode::INTERNAL_SERVER_ERROR, None),
            Some(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        };
        let mut response = respond(self, status, security);
        if let Some(seconds) = wait {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// On top: what has nothing to do with what stands in the field.
    fn notice(&self) -> Option<Message<'_>> {
        let waiting = |seconds| Value::Words(self.layout.language.waiting_time(seconds).into());
        Some(match self.error? {
            SecondStepError::Throttled { retry_after_seconds } => {
                self.layout.message("second-step-throttled", &[("time", waiting(retry_after_seconds))])
            }
            SecondStepError::Busy { retry_after_seconds } => {
                self.layout.message("second-step-busy", &[("time", waiting(retry_after_seconds))])
            }
            SecondStepError::Unchecked => {
                let provider = Value::Name(&self.layout.provider);
                self.layout.message("second-step-unchecked", &[("provider", provider)])
            }
            _ => return None,
        })
    }

    /// Beside the field.
    fn problem(&self) -> Option<Cow<'static, str>> {
        Some(match self.error? {
            SecondStepError::MissingCode => {
                self.layout.say(self.of_kind("code-missing", "recovery-code-missing"))
            }
            SecondStepError::MalformedCode => {
                self.layout.say(self.of_kind("code-malformed", "recovery-code-malformed"))
            }
            SecondStepError::WrongCode => self.layout.say(self.of_kind("code-wrong", "recovery-code-wrong")),
            SecondStepError::SpentCode => self.layout.say(self.of_kind("code-spent", "recovery-code-spent")),
            SecondStepError::Unchecked | SecondStepError::Throttled { .. } | SecondStepError::Busy { .. } => {
                return None;
            }
        })
    }

    fn of_kind(&self, app: &'static str, recovery: &'static str) -> &'static str {
        if self.asks_for_app() { app } else { recovery }
    }

    fn asks_for_app(&self) -> bool {
        self.asked == AskedCode::App
    }

    /// What the button of the form sends.
    fn submits(&self) -> &'static str {
        self.of_kind(action::CODE, action::RECOVERY_CODE)
    }

    const fn focuses_code(&self) -> bool {
        !matches!(
            self.error,
            Some(
                SecondStepError::Throttled { .. } | SecondStepError::Busy { .. } | SecondStepError::Unchecked
            )
        )
    }
}
