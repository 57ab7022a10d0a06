//! The sign-in page, and the same page asking a known person to prove it again (`prompt=login`,
//! `max_age`; OpenID Connect Core 3.1.2.1). Says what went wrong in words that give nothing away;
//! never repeats a password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::refusal::{SIGN_IN, stamp_refusal};

use super::{
    ClientLabel, DisplayText, FormSeal, Layout, LinkUri, Message, Page, PageSecurity, Part, SignOutReason,
    TypedText, Value, action, assets, respond,
};

/// Asks for a username and a password.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub struct LoginPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What to put into the username field (`login_hint`, or what was typed before).
    pub username: TypedText,
    /// What went wrong with the previous attempt.
    pub error: Option<LoginError>,
    /// A puzzle that a script may solve meanwhile, so that the person need not wait.
    pub work: Option<WorkPuzzle>,
    /// How the session ended that this browser had; said where nothing else is.
    pub reason: Option<SignOutReason>,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
    /// Whether "cancel" can answer the client.
    pub may_cancel: bool,
    /// Shown with an error that may come from another address.
    pub right_address: Option<RightAddress>,
    /// The username of a session that must be confirmed; shown instead of the field.
    pub reauthenticate_as: Option<TypedText>,
    /// Where a person who does not know the password goes on, a path of ours; `None` where nothing helps them.
    pub forgot: Option<&'a str>,
    /// Where a person without an account goes on, a path of ours; `None` where people do not open one by themselves.
    pub register: Option<&'a str>,
    /// Whether the person has just chosen another password by a link.
    pub password_was_set: bool,
    /// What the script asks the browser for, in JSON; `None` where there are no passkeys.
    pub passkey: Option<String>,
    /// What the script tells the person's authenticators of a passkey that is none here, in JSON.
    pub unknown_passkey: Option<String>,
}

impl Page for LoginPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Why the person sees the form again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginError {
    /// No username was typed.
    MissingUsername,
    /// No password was typed.
    MissingPassword,
    /// Neither was typed.
    MissingBoth,
    /// Username and password do not belong together; the same words for an unknown account.
    WrongCredentials,
    /// The password is a temporary one that was not used in time; said only to a person who knows it.
    PasswordExpired,
    /// The button for passkeys was pressed, and the browser brought nothing.
    PasskeyMissing,
    /// The passkey is none of an account that may sign in; the same words for everything that can be wrong with it.
    PasskeyRefused,
    /// Too many guesses for this account or from this address.
    Throttled {
        /// Seconds until the next attempt is looked at.
        retry_after_seconds: u64,
    },
    /// The same, for an address whose browsers may compute instead of waiting (proof of work).
    AskedForWork {
        /// Seconds until the next attempt is looked at without that.
        retry_after_seconds: u64,
        /// What the puzzle costs, in bits.
        bits: u8,
    },
    /// All password checks are taken.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after_seconds: u64,
    },
    /// The page was open for too long; the request it belongs to goes on.
    Expired,
    /// The form does not fit this browser, or was not sent from a page of ours: nothing was tried.
    OnceMore,
    /// The same, and the browser sent no cookie of ours: it keeps none, or has the page under another name.
    NoCookies,
    /// The same, and the page was opened under another name than the issuer's.
    WrongAddress,
}

impl LoginError {
    /// Each of them, without anything to wait for.
    pub const EVERY: [Self; 14] = [
        Self::MissingUsername,
        Self::MissingPassword,
        Self::MissingBoth,
        Self::WrongCredentials,
        Self::PasswordExpired,
        Self::PasskeyMissing,
        Self::PasskeyRefused,
        Self::Throttled { retry_after_seconds: 0 },
        Self::AskedForWork { retry_after_seconds: 0, bits: 0 },
        Self::Busy { retry_after_seconds: 0 },
        Self::Expired,
        Self::OnceMore,
        Self::NoCookies,
        Self::WrongAddress,
    ];

    /// The word under which it is counted.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::MissingUsername | Self::MissingPassword | Self::MissingBoth => "nothing_typed",
            Self::WrongCredentials => "wrong_credentials",
            Self::PasswordExpired => "password_expired",
            Self::PasskeyMissing => "passkey_missing",
            Self::PasskeyRefused => "passkey_refused",
            Self::Throttled { .. } => "throttled",
            Self::AskedForWork { .. } => "asked_for_work",
            Self::Busy { .. } => "busy",
            Self::Expired => "form_expired",
            Self::OnceMore => "form_of_another_browser",
            Self::NoCookies => "no_cookies",
            Self::WrongAddress => "other_host",
        }
    }
}

/// A puzzle for the script beside the form.
#[derive(Debug, Clone)]
pub struct WorkPuzzle {
    /// The puzzle as the server gets it back.
    pub sealed: String,
    /// What is hashed.
    pub puzzle: String,
    /// What it costs, in bits.
    pub bits: u8,
}

impl WorkPuzzle {
    fn script(&self) -> &'static str {
        assets::work_script().url()
    }
}

/// Where the provider is, for a person who may be somewhere else.
#[derive(Debug, Clone)]
pub struct RightAddress {
    /// The issuer.
    pub issuer: DisplayText,
    /// This very page at the issuer.
    pub link: LinkUri,
}

impl LoginError {
    /// The status that goes with the page.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MissingUsername
            | Self::MissingPassword
            | Self::MissingBoth
            | Self::WrongCredentials
            | Self::PasswordExpired
            | Self::PasskeyMissing
            | Self::PasskeyRefused => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Throttled { .. } | Self::AskedForWork { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Expired => StatusCode::BAD_REQUEST,
            Self::OnceMore | Self::NoCookies | Self::WrongAddress => StatusCode::FORBIDDEN,
        }
    }

    /// Seconds for `Retry-After`.
    #[must_use]
    pub const fn retry_after_seconds(self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_seconds }
            | Self::AskedForWork { retry_after_seconds, .. }
            | Self::Busy { retry_after_seconds } => Some(retry_after_seconds),
            _ => None,
        }
    }
}

impl LoginPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let status = self.error.map_or(StatusCode::OK, LoginError::status);
        let mut response = respond(self, status, security);
        if let Some(seconds) = self.error.and_then(LoginError::retry_after_seconds) {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if let Some(error) = self.error {
            stamp_refusal(&mut response, SIGN_IN, Some(error.word()));
        }
        response
    }

    fn heading(&self) -> Message<'_> {
        match (&self.client, &self.reauthenticate_as) {
            (_, Some(_)) => self.layout.message("login-confirm-heading", &[]),
            (Some(client), None) => {
                self.layout.message("login-heading", &[("client", Value::Name(&client.name))])
            }
            (None, None) => self.layout.message("login-heading-alone", &[]),
        }
    }

    /// Under the heading: why a known person is asked again.
    fn lead(&self) -> Option<Message<'_>> {
        self.reauthenticate_as.as_ref()?;
        Some(match &self.client {
            Some(client) => {
                self.layout.message("login-confirm-lead", &[("client", Value::Name(&client.name))])
            }
            None => self.layout.message("login-confirm-lead-alone", &[]),
        })
    }

    /// The sentence on top when something went wrong.
    fn problem(&self) -> Option<Message<'_>> {
        let wait = |id, seconds| {
            let time = Value::Words(self.layout.language.waiting_time(seconds).into());
            Some(self.layout.message(id, &[("time", time)]))
        };
        let id = match self.error? {
            LoginError::Throttled { retry_after_seconds }
            | LoginError::AskedForWork { retry_after_seconds, .. } => {
                return wait("login-throttled", retry_after_seconds);
            }
            LoginError::Busy { retry_after_seconds } => return wait("login-busy", retry_after_seconds),
            LoginError::NoCookies => return self.message_of_address("login-no-cookies"),
            LoginError::WrongAddress => return self.message_of_address("login-wrong-address"),
            LoginError::MissingUsername => "login-missing-username",
            LoginError::MissingPassword => "login-missing-password",
            LoginError::MissingBoth => "login-missing-both",
            LoginError::WrongCredentials => "login-wrong-credentials",
            LoginError::PasswordExpired => "login-password-expired",
            LoginError::PasskeyMissing => "passkey-missing",
            LoginError::PasskeyRefused => "login-passkey-refused",
            LoginError::Expired => "login-expired",
            LoginError::OnceMore => "login-once-more",
        };
        Some(self.layout.message(id, &[]))
    }

    fn message_of_address(&self, id: &str) -> Option<Message<'_>> {
        let address = &self.right_address.as_ref()?.issuer;
        Some(self.layout.message(id, &[("address", Value::Name(address))]))
    }

    /// The link to the right address, and its words.
    fn way_on(&self) -> Option<(&LinkUri, Message<'_>)> {
        let link = &self.right_address.as_ref()?.link;
        Some((link, self.message_of_address("login-right-address")?))
    }

    /// Why the person is not signed in any more, where nothing went wrong since.
    fn why(&self) -> Option<Message<'static>> {
        // What the person has just done says it already.
        let reason = self.reason.as_ref().filter(|_| self.error.is_none() && !self.password_was_set)?;
        Some(reason.to_its_browser(&self.layout))
    }

    fn says_password_was_set(&self) -> bool {
        self.password_was_set && self.error.is_none()
    }

    /// The person did nothing wrong; the page says so in a quiet colour.
    fn is_calm(&self) -> bool {
        matches!(self.error, Some(LoginError::Expired | LoginError::OnceMore))
    }

    fn username_problem(&self) -> Option<Cow<'static, str>> {
        match self.error? {
            LoginError::MissingUsername | LoginError::MissingBoth => {
                Some(self.layout.say("login-missing-username"))
            }
            _ => None,
        }
    }

    /// The element that says what is wrong with the username: its own line, or the summary where
    /// it is not known which of the two fields is at fault.
    fn username_described_by(&self) -> Option<&'static str> {
        match self.error? {
            LoginError::WrongCredentials => Some("problem"),
            _ => self.username_problem().map(|_| "username-problem"),
        }
    }

    fn password_problem(&self) -> Option<Cow<'static, str>> {
        match self.error? {
            LoginError::MissingPassword | LoginError::MissingBoth => {
                Some(self.layout.say("login-missing-password"))
            }
            LoginError::WrongCredentials if self.reauthenticate_as.is_some() => {
                Some(self.layout.say("login-password-again"))
            }
            LoginError::WrongCredentials => Some(self.layout.say("login-check-password")),
            _ => None,
        }
    }

    /// The one element that has the focus: what the person has to do next.
    fn focus(&self) -> Focus {
        match self.error {
            Some(LoginError::MissingUsername | LoginError::MissingBoth) => Focus::Username,
            Some(LoginError::MissingPassword | LoginError::WrongCredentials) => Focus::Password,
            Some(_) => Focus::Notice,
            None if self.username.is_empty() && self.reauthenticate_as.is_none() => Focus::Username,
            None => Focus::Password,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Focus {
    Notice,
    Username,
    Password,
}
