//! The sign-in page, and the same page asking a known person to prove it again (`prompt=login`,
//! `max_age`; OpenID Connect Core 3.1.2.1). Says what went wrong in words that give nothing away;
//! never repeats a password.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;

use super::{
    ClientLabel, FormSeal, Language, Layout, Message, PageSecurity, Part, SignOutReason, TypedText, action,
    duration_in_english, respond,
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
    /// How the session ended that this browser had; said where nothing else is.
    pub reason: Option<SignOutReason>,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
    /// Whether "cancel" can answer the client.
    pub may_cancel: bool,
    /// The username of a session that must be confirmed; shown instead of the field.
    pub reauthenticate_as: Option<TypedText>,
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
    /// Too many guesses for this account or from this address.
    Throttled {
        /// Seconds until the next attempt is looked at.
        retry_after_seconds: u64,
    },
    /// All password checks are taken.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after_seconds: u64,
    },
    /// The page was open for too long; the request it belongs to goes on.
    Expired,
    /// The form was begun in another browser.
    OtherBrowser,
}

impl LoginError {
    /// The status that goes with the page.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        match self {
            Self::MissingUsername | Self::MissingPassword | Self::MissingBoth | Self::WrongCredentials => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Self::Throttled { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Expired => StatusCode::BAD_REQUEST,
            Self::OtherBrowser => StatusCode::FORBIDDEN,
        }
    }

    /// Seconds for `Retry-After`.
    #[must_use]
    pub const fn retry_after_seconds(self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_seconds } | Self::Busy { retry_after_seconds } => {
                Some(retry_after_seconds)
            }
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
        response
    }

    fn words(&self) -> &'static Words {
        match self.layout.language {
            Language::English => &ENGLISH,
        }
    }

    fn heading(&self) -> Message<'_> {
        let words = self.words();
        match (&self.client, &self.reauthenticate_as) {
            (_, Some(_)) => Message::plain(words.confirm_heading),
            (Some(client), None) => Message::with(words.heading, &[("client", &client.name)]),
            (None, None) => Message::plain(words.heading_alone),
        }
    }

    /// Under the heading: why a known person is asked again.
    fn lead(&self) -> Option<Message<'_>> {
        self.reauthenticate_as.as_ref()?;
        let words = self.words();
        Some(match &self.client {
            Some(client) => Message::with(words.confirm_lead, &[("client", &client.name)]),
            None => Message::plain(words.confirm_lead_alone),
        })
    }

    /// The sentence on top when something went wrong.
    fn problem(&self) -> Option<String> {
        let words = self.words();
        Some(match self.error? {
            LoginError::MissingUsername => words.missing_username.to_owned(),
            LoginError::MissingPassword => words.missing_password.to_owned(),
            LoginError::MissingBoth => words.missing_both.to_owned(),
            LoginError::WrongCredentials => words.wrong_credentials.to_owned(),
            LoginError::Throttled { retry_after_seconds } => (words.throttled)(retry_after_seconds),
            LoginError::Busy { retry_after_seconds } => (words.busy)(retry_after_seconds),
            LoginError::Expired => words.expired.to_owned(),
            LoginError::OtherBrowser => words.other_browser.to_owned(),
        })
    }

    /// Why the person is not signed in any more, where nothing went wrong since.
    fn why(&self) -> Option<&SignOutReason> {
        self.reason.as_ref().filter(|_| self.error.is_none())
    }

    /// The person did nothing wrong; the page says so in a quiet colour.
    fn is_calm(&self) -> bool {
        matches!(self.error, Some(LoginError::Expired | LoginError::OtherBrowser))
    }

    fn username_problem(&self) -> Option<&'static str> {
        match self.error? {
            LoginError::MissingUsername | LoginError::MissingBoth => Some(self.words().missing_username),
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

    fn password_problem(&self) -> Option<&'static str> {
        match self.error? {
            LoginError::MissingPassword | LoginError::MissingBoth => Some(self.words().missing_password),
            LoginError::WrongCredentials => Some(self.words().check_password),
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

/// All words of the page in one language.
struct Words {
    title: &'static str,
    title_with_error: &'static str,
    heading: &'static str,
    heading_alone: &'static str,
    confirm_heading: &'static str,
    confirm_lead: &'static str,
    confirm_lead_alone: &'static str,
    username: &'static str,
    signed_in_as: &'static str,
    password: &'static str,
    show: &'static str,
    hide: &'static str,
    show_label: &'static str,
    hide_label: &'static str,
    submit: &'static str,
    confirm_submit: &'static str,
    switch_account: &'static str,
    cancel: &'static str,
    reference: &'static str,
    that_was: &'static str,
    missing_username: &'static str,
    missing_password: &'static str,
    missing_both: &'static str,
    check_password: &'static str,
    wrong_credentials: &'static str,
    throttled: fn(u64) -> String,
    busy: fn(u64) -> String,
    expired: &'static str,
    other_browser: &'static str,
}

static ENGLISH: Words = Words {
    title: "Sign in",
    title_with_error: "Error: Sign in",
    heading: "Sign in to continue to {client}",
    heading_alone: "Sign in",
    confirm_heading: "Confirm it’s you",
    confirm_lead: "{client} asks you to enter your password again before you go on.",
    confirm_lead_alone: "Please enter your password again before you go on.",
    username: "Username",
    signed_in_as: "Signed in as",
    password: "Password",
    show: "Show",
    hide: "Hide",
    show_label: "Show password",
    hide_label: "Hide password",
    submit: "Sign in",
    confirm_submit: "Continue",
    switch_account: "Use another account",
    cancel: "Cancel and go back",
    reference: "Reference",
    that_was: "That was",
    missing_username: "Enter your username.",
    missing_password: "Enter your password.",
    missing_both: "Enter your username and your password.",
    check_password: "Check the username, then type the password again.",
    wrong_credentials: "This username and password do not match.",
    throttled: |seconds| {
        format!(
            "There were too many attempts. For your safety, wait {} and try again.",
            duration_in_english(seconds)
        )
    },
    busy: |seconds| {
        format!(
            "Many people are signing in right now. Your password was not checked; try again in {}.",
            duration_in_english(seconds)
        )
    },
    expired: "This page was open for a long time. Nothing is lost: sign in again to continue.",
    other_browser: "This sign-in was started in another browser. Sign in here to continue in this one.",
};
