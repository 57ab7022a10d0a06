//! The second step of a sign-in: a code of an authenticator app, a passkey, or a recovery code. Shown after a right password only,
//! so it may say whose account it is, and what it has.

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
    /// Which kind of code it asks for.
    pub asked: AskedCode,
    /// Whether the person has an app that makes codes.
    pub has_apps: bool,
    /// Whether the person has a recovery code left.
    pub has_recovery_codes: bool,
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
    /// The button for passkeys was pressed, and the browser brought nothing.
    PasskeyMissing,
    /// The passkey is none of the account's; the same words for whatever is wrong with it.
    PasskeyRefused,
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
            SecondStepError::PasskeyMissing => self.layout.message("passkey-missing", &[]),
            SecondStepError::PasskeyRefused => self.layout.message("second-step-passkey-refused", &[]),
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
            SecondStepError::Unchecked
            | SecondStepError::PasskeyMissing
            | SecondStepError::PasskeyRefused
            | SecondStepError::Throttled { .. }
            | SecondStepError::Busy { .. } => return None,
        })
    }

    fn of_kind(&self, app: &'static str, recovery: &'static str) -> &'static str {
        if self.asks_for_recovery_code() { recovery } else { app }
    }

    fn asks_for_recovery_code(&self) -> bool {
        self.asked == AskedCode::Recovery
    }

    /// Whether there is a field for a code, of either kind.
    fn asks_for_code(&self) -> bool {
        self.has_apps || self.asks_for_recovery_code()
    }

    /// What the button of the form sends.
    fn submits(&self) -> &'static str {
        self.of_kind(action::CODE, action::RECOVERY_CODE)
    }

    fn focuses_code(&self) -> bool {
        self.notice().is_none()
    }

    fn heading(&self) -> Cow<'static, str> {
        self.layout.say(match (self.asked, self.has_apps) {
            (AskedCode::Recovery, _) => "recovery-step-heading",
            (AskedCode::App, true) => "second-step-heading",
            (AskedCode::App, false) => "second-step-heading-passkey",
        })
    }

    fn lead(&self) -> Cow<'static, str> {
        self.layout.say(match (self.asked, self.has_apps, self.passkey.is_some()) {
            (AskedCode::Recovery, ..) => "recovery-step-lead",
            (AskedCode::App, true, true) => "second-step-lead-either",
            (AskedCode::App, true, false) => "second-step-lead",
            (AskedCode::App, false, _) => "second-step-lead-passkey",
        })
    }

    /// The way back from a recovery code.
    fn instead(&self) -> Cow<'static, str> {
        self.layout.say(if self.has_apps { "second-step-use-app" } else { "second-step-passkey" })
    }
}
