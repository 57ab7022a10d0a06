//! What the pages share on which a stranger asks for a letter with a link: why they send none, and what they say afterwards,
//! which is the same for everybody.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use std::borrow::Cow;

use super::{
    ClientLabel, DisplayText, FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, Value, respond,
};

/// Asks whom the letter is for: "Create an account" and "Forgot your password?".
#[derive(Debug, Template)]
#[template(path = "letter_form.html")]
pub struct LetterFormPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// What the letter is to lead to.
    pub to: LetterLeadsTo,
    /// Where the person is going; `None` when they came to the provider itself, or where the page does not name it.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What was typed before.
    pub typed: TypedText,
    /// What went wrong.
    pub error: Option<LetterFormError>,
    /// The sign-in page, a path of ours.
    pub back: &'a str,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
}

/// The ids of the words of such a page, and how its one field is marked.
struct LetterFormWords {
    /// What the ids of its elements begin with.
    id: &'static str,
    title: &'static str,
    title_with_error: &'static str,
    heading: &'static str,
    heading_with_client: &'static str,
    lead: &'static str,
    label: &'static str,
    missing: &'static str,
    submit: &'static str,
    back: &'static str,
    /// The name of the field.
    field: &'static str,
    input_type: &'static str,
    input_mode: &'static str,
    autocomplete: &'static str,
}

impl LetterFormWords {
    /// A sign-in name, for a new password.
    const NEW_PASSWORD: Self = Self {
        id: "forgot",
        title: "forgot-title",
        title_with_error: "forgot-title-with-error",
        heading: "forgot-heading",
        heading_with_client: "forgot-heading",
        lead: "forgot-lead",
        label: "login-username",
        missing: "login-missing-username",
        submit: "forgot-submit",
        back: "forgot-back",
        field: "username",
        input_type: "text",
        input_mode: "text",
        autocomplete: "username",
    };
    /// An e-mail address, for an account.
    const ACCOUNT: Self = Self {
        id: "register",
        title: "register-title",
        title_with_error: "register-title-with-error",
        heading: "register-title",
        heading_with_client: "register-heading",
        lead: "register-lead",
        label: "add-address-label",
        missing: "add-address-missing",
        submit: "register-submit",
        back: "register-back",
        field: "address",
        input_type: "email",
        input_mode: "email",
        autocomplete: "email",
    };
}

impl Page for LetterFormPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl LetterFormPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.error.map_or(StatusCode::OK, LetterFormError::status);
        let mut response = respond(self, status, &PageSecurity::own_forms());
        if let Some(seconds) = self.error.and_then(LetterFormError::retry_after_seconds) {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    const fn words(&self) -> &'static LetterFormWords {
        self.to.form_words()
    }

    fn title(&self) -> Cow<'static, str> {
        self.layout.say(if self.error.is_some() { self.words().title_with_error } else { self.words().title })
    }

    fn heading(&self) -> Message<'_> {
        match &self.client {
            Some(client) => self
                .layout
                .message(self.words().heading_with_client, &[("client", Value::Name(&client.name))]),
            None => self.layout.message(self.words().heading, &[]),
        }
    }

    fn notice(&self) -> Option<Cow<'static, str>> {
        self.error?.notice(&self.layout)
    }

    fn field_problem(&self) -> Option<Cow<'static, str>> {
        match self.error? {
            LetterFormError::Missing => Some(self.layout.say(self.words().missing)),
            LetterFormError::Malformed => Some(self.layout.say("add-address-malformed")),
            _ => None,
        }
    }
}

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
    fn notice(self, layout: &Layout) -> Option<Cow<'static, str>> {
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

impl LetterLeadsTo {
    /// What the page that asks says.
    const fn form_words(self) -> &'static LetterFormWords {
        match self {
            Self::NewPassword => &LetterFormWords::NEW_PASSWORD,
            Self::Account => &LetterFormWords::ACCOUNT,
        }
    }
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
