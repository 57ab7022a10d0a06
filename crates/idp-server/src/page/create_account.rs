//! "Create your account": where the link leads in a letter that a person asked for, or in an invitation, and the one that a first
//! start prints. The password is never repeated.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use idp_core::discovery::path;
use idp_core::user::UnfitClaim;
use idp_core::web_link::WebLink;
use std::borrow::Cow;

use super::{
    ClientLabel, FormSeal, Layout, Message, NewPasswordField, NewPasswordProblem, Page, PageSecurity, Part,
    TypedText, Value, claim_problem, respond,
};

/// Asks for a name and a password.
#[derive(Debug, Template)]
#[template(path = "create_account.html")]
pub struct CreateAccountPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The address that the link was sent to, by which the person will sign in; `None` for an administrator, who has the link from
    /// the console and signs in with the username.
    pub address: Option<TypedText>,
    /// What the person is called.
    pub name: TypedText,
    /// What is wrong with it.
    pub name_problem: Option<UnfitClaim>,
    /// The username, where the person chooses one.
    pub username: UsernameField,
    /// What is wrong with it.
    pub username_problem: Option<UsernameProblem>,
    /// Where the terms of use are that the person is asked to accept afterwards.
    pub terms: Option<WebLink>,
    /// The field.
    pub new: NewPasswordField,
    /// Why nothing was looked at.
    pub wait: Option<AccountWait>,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
}

/// How the person comes by a username.
#[derive(Debug, Clone)]
pub enum UsernameField {
    /// They may choose one. This was typed.
    Chosen(TypedText),
    /// An operator has chosen it.
    Given(TypedText),
}

/// What is wrong with a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsernameProblem {
    /// It cannot be one.
    Malformed,
    /// It looks like an address.
    IsAddress,
    /// Another person has it.
    Taken,
    /// There is none, and nothing else to sign in with.
    Missing,
}

/// Why the form was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountWait {
    /// All password checks are taken.
    Busy {
        /// Seconds after which trying again makes sense.
        retry_after_seconds: u64,
    },
    /// Many usernames were tried.
    Throttled {
        /// Seconds until the next one.
        retry_after_seconds: u64,
    },
}

impl Page for CreateAccountPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl CreateAccountPage<'_> {
    /// The page with the status and `Retry-After` of its problem; 200 without one.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let status = match (self.wait, self.new.problem) {
            (Some(AccountWait::Busy { .. }), _) => StatusCode::SERVICE_UNAVAILABLE,
            (Some(AccountWait::Throttled { .. }), _) => StatusCode::TOO_MANY_REQUESTS,
            (None, Some(NewPasswordProblem::TooLong)) => StatusCode::BAD_REQUEST,
            (None, _) if self.is_with_error() => StatusCode::UNPROCESSABLE_ENTITY,
            (None, _) => StatusCode::OK,
        };
        let mut response = respond(self, status, security);
        if let Some(
            AccountWait::Busy { retry_after_seconds } | AccountWait::Throttled { retry_after_seconds },
        ) = self.wait
        {
            response.headers_mut().insert(RETRY_AFTER, retry_after_seconds.into());
        }
        response
    }

    const fn is_with_error(&self) -> bool {
        self.wait.is_some()
            || self.name_problem.is_some()
            || self.username_problem.is_some()
            || self.new.problem.is_some()
    }

    fn lead(&self) -> Message<'_> {
        match &self.client {
            Some(client) => {
                self.layout.message("create-account-lead", &[("client", Value::Name(&client.name))])
            }
            None if self.address.is_none() => self.layout.message("create-administrator-lead", &[]),
            None => self.layout.message("create-account-lead-alone", &[]),
        }
    }

    /// The sentence on top when something went wrong: of several the first.
    fn problem(&self) -> Option<Cow<'static, str>> {
        let wait = |id: &str, seconds| {
            let time = self.layout.language.waiting_time(seconds);
            Some(self.layout.language.say_with(id, &[("time", time.into())]).into())
        };
        match self.wait {
            Some(AccountWait::Busy { retry_after_seconds }) => wait("password-busy", retry_after_seconds),
            Some(AccountWait::Throttled { retry_after_seconds }) => {
                wait("create-account-throttled", retry_after_seconds)
            }
            None => {
                let of_names = self.name_trouble().or_else(|| self.username_trouble());
                of_names.or_else(|| self.new.problem(&self.layout))
            }
        }
    }

    fn title(&self) -> Cow<'static, str> {
        self.layout.say(match (self.is_with_error(), self.address.is_some()) {
            (true, true) => "create-account-title-with-error",
            (true, false) => "create-administrator-title-with-error",
            (false, _) => self.heading(),
        })
    }

    const fn heading(&self) -> &'static str {
        if self.address.is_some() { "create-account-title" } else { "create-administrator-title" }
    }

    fn name_trouble(&self) -> Option<Cow<'static, str>> {
        Some(self.layout.say(claim_problem::words(self.name_problem.as_ref()?)))
    }

    fn username_trouble(&self) -> Option<Cow<'static, str>> {
        Some(self.layout.say(match self.username_problem? {
            UsernameProblem::Malformed => "create-account-username-malformed",
            UsernameProblem::IsAddress if self.address.is_none() => "create-administrator-username-address",
            UsernameProblem::IsAddress => "create-account-username-address",
            UsernameProblem::Taken if self.address.is_none() => "create-administrator-username-taken",
            UsernameProblem::Taken => "create-account-username-taken",
            UsernameProblem::Missing => "create-administrator-username-missing",
        }))
    }
}
