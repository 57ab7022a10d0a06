//! "Create an account": asks for an e-mail address, to which a link is sent.

use actix_web::HttpResponse;
use askama::Template;
use std::borrow::Cow;

use super::letter_form::{LetterFormError, respond_with};
use super::{ClientLabel, FormSeal, Layout, Message, Page, Part, TypedText, Value};

/// Asks for an e-mail address.
#[derive(Debug, Template)]
#[template(path = "register.html")]
pub struct RegisterPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the person is going; `None` when they came to the provider itself.
    pub client: Option<ClientLabel>,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What was typed before.
    pub address: TypedText,
    /// What went wrong.
    pub error: Option<LetterFormError>,
    /// The sign-in page, a path of ours.
    pub back: &'a str,
    /// Found again in the logs; shown beside an error.
    pub request_id: &'a str,
}

impl Page for RegisterPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl RegisterPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        respond_with(self, self.error)
    }

    fn heading(&self) -> Message<'_> {
        match &self.client {
            Some(client) => self.layout.message("register-heading", &[("client", Value::Name(&client.name))]),
            None => self.layout.message("register-title", &[]),
        }
    }

    fn notice(&self) -> Option<Cow<'static, str>> {
        self.error?.notice(&self.layout)
    }

    fn field_problem(&self) -> Option<Cow<'static, str>> {
        match self.error? {
            LetterFormError::Missing => Some(self.layout.say("add-address-missing")),
            LetterFormError::Malformed => Some(self.layout.say("add-address-malformed")),
            _ => None,
        }
    }
}
