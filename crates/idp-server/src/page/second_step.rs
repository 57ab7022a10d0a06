//! The second step of a sign-in: a code of an authenticator app, a passkey, or a recovery code. Shown after a right password only,
//! so it may say whose account it is, and what it has.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::refusal::{SECOND_STEP, stamp_refusal};

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
    /// Where a link may be sent in place of these, masked; `None` where none may.
    pub link_to: Option<DisplayText>,
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
    /// The code that the link in a letter shows in another browser.
    Link,
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
    /// The passkey is none of the account's; the same words for everything that can be wrong with it.
    PasskeyRefused,
    /// No link can be sent for this sign-in, or not at this moment.
    NoLink,
    /// The link is good no more: used, too old, replaced, or its code was mistyped too often.
    LinkOver,
    /// Too many letters were asked for.
    ManyLetters {
        /// Seconds until there may be another.
        retry_after_seconds: u64,
    },
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

impl SecondStepError {
    /// Each of them, without anything to wait for.
    pub const EVERY: [Self; 12] = [
        Self::MissingCode,
        Self::MalformedCode,
        Self::WrongCode,
        Self::SpentCode,
        Self::Unchecked,
        Self::PasskeyMissing,
        Self::PasskeyRefused,
        Self::NoLink,
        Self::LinkOver,
        Self::ManyLetters { retry_after_seconds: 0 },
        Self::Throttled { retry_after_seconds: 0 },
        Self::Busy { retry_after_seconds: 0 },
    ];

    /// The word under which it is counted.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::MissingCode => "nothing_typed",
            Self::MalformedCode => "code_malformed",
            Self::WrongCode => "wrong_code",
            Self::SpentCode => "code_spent",
            Self::Unchecked => "not_checked",
            Self::PasskeyMissing => "passkey_missing",
            Self::PasskeyRefused => "passkey_refused",
            Self::NoLink => "no_link",
            Self::LinkOver => "link_over",
            Self::ManyLetters { .. } => "many_letters",
            Self::Throttled { .. } => "throttled",
            Self::Busy { .. } => "busy",
        }
    }
}

impl SecondStepPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let (status, wait) = match self.error {
            None => (StatusCode::OK, None),
            Some(
                SecondStepError::Throttled { retry_after_seconds }
                | SecondStepError::ManyLetters { retry_after_seconds },
            ) => (StatusCode::TOO_MANY_REQUESTS, Some(retry_after_seconds)),
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
        if let Some(error) = self.error {
            stamp_refusal(&mut response, SECOND_STEP, Some(error.word()));
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
            SecondStepError::ManyLetters { retry_after_seconds } => {
                self.layout.message("step-link-many", &[("time", waiting(retry_after_seconds))])
            }
            SecondStepError::NoLink => self.layout.message("step-link-none", &[]),
            SecondStepError::LinkOver => self.layout.message("step-link-over", &[]),
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
                self.layout.say(self.of_kind(["code-missing", "recovery-code-missing", "code-missing"]))
            }
            SecondStepError::MalformedCode => self.layout.say(self.of_kind([
                "code-malformed",
                "recovery-code-malformed",
                "link-code-malformed",
            ])),
            SecondStepError::WrongCode => {
                self.layout.say(self.of_kind(["code-wrong", "recovery-code-wrong", "link-code-wrong"]))
            }
            SecondStepError::SpentCode => {
                self.layout.say(self.of_kind(["code-spent", "recovery-code-spent", "link-code-spent"]))
            }
            SecondStepError::NoLink
            | SecondStepError::LinkOver
            | SecondStepError::ManyLetters { .. }
            | SecondStepError::Unchecked
            | SecondStepError::PasskeyMissing
            | SecondStepError::PasskeyRefused
            | SecondStepError::Throttled { .. }
            | SecondStepError::Busy { .. } => return None,
        })
    }

    /// Which of these fits: to a code of an app, to a recovery code, to that of a link.
    const fn of_kind(&self, [app, recovery, link]: [&'static str; 3]) -> &'static str {
        match self.asked {
            AskedCode::App => app,
            AskedCode::Recovery => recovery,
            AskedCode::Link => link,
        }
    }

    fn asks_for_recovery_code(&self) -> bool {
        self.asked == AskedCode::Recovery
    }

    fn asks_for_link_code(&self) -> bool {
        self.asked == AskedCode::Link
    }

    /// Whether there is a field for a code, of any kind.
    fn asks_for_code(&self) -> bool {
        self.has_apps || self.asked != AskedCode::App
    }

    /// What the button of the form sends.
    fn submits(&self) -> &'static str {
        self.of_kind([action::CODE, action::RECOVERY_CODE, action::LINK_CODE])
    }

    fn focuses_code(&self) -> bool {
        self.notice().is_none()
    }

    fn heading(&self) -> Cow<'static, str> {
        self.layout.say(match (self.asked, self.has_apps) {
            (AskedCode::Recovery, _) => "recovery-step-heading",
            (AskedCode::Link, _) => "step-link-sent-heading",
            (AskedCode::App, true) => "second-step-heading",
            (AskedCode::App, false) => "second-step-heading-passkey",
        })
    }

    fn lead(&self) -> Message<'_> {
        if let (AskedCode::Link, Some(address)) = (self.asked, &self.link_to) {
            return self.layout.message("step-link-sent-lead", &[("address", Value::Name(address))]);
        }
        self.layout.message(
            match (self.asked, self.has_apps, self.passkey.is_some()) {
                (AskedCode::Recovery, ..) => "recovery-step-lead",
                (AskedCode::Link, ..) => "step-link-sent-lead-plain",
                (AskedCode::App, true, true) => "second-step-lead-either",
                (AskedCode::App, true, false) => "second-step-lead",
                (AskedCode::App, false, _) => "second-step-lead-passkey",
            },
            &[],
        )
    }

    /// What the button says that has a link sent.
    fn send_link(&self) -> Option<Message<'_>> {
        let address = Value::Name(self.link_to.as_ref()?);
        let id = self.of_kind(["step-link-send", "step-link-send", "step-link-send-again"]);
        Some(self.layout.message(id, &[("address", address)]))
    }

    /// The way back from a recovery code.
    fn instead(&self) -> Cow<'static, str> {
        self.layout.say(if self.has_apps { "second-step-use-app" } else { "second-step-passkey" })
    }
}
