//! Adding a passkey: the browser makes it, with the screen lock or a security key, once the button is pressed.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{FormSeal, Layout, Message, Page, PageSecurity, Part, TypedText, action, respond};

/// Asks the browser for a new passkey.
#[derive(Debug, Template)]
#[template(path = "add_passkey.html")]
pub struct AddPasskeyPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it; the challenge follows from `tx`.
    pub seal: FormSeal<'a>,
    /// What the script asks the browser for, in JSON.
    pub options: String,
    /// Whether the password alone signs in so far.
    pub is_first: bool,
    /// What the passkey is to be called.
    pub name: TypedText,
    /// Whether the other sessions of the person are to end with it.
    pub ends_others: bool,
    /// What went wrong.
    pub error: Option<AddPasskeyError>,
    /// Where a person who does not want it goes: a path of ours and its query.
    pub back: &'a str,
}

impl Page for AddPasskeyPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Why the person sees the page again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddPasskeyError {
    /// The browser brought nothing.
    Missing,
    /// What it brought is no passkey that was asked for.
    Refused,
    /// That very passkey is registered already.
    Taken,
}

impl AddPasskeyPage<'_> {
    /// The page, with the status of its error.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let status = self.error.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
        respond(self, status, security)
    }

    fn problem(&self) -> Option<Message<'static>> {
        let id = match self.error? {
            AddPasskeyError::Missing => "passkey-missing",
            AddPasskeyError::Refused => "add-passkey-refused",
            AddPasskeyError::Taken => "add-passkey-taken",
        };
        Some(self.layout.message(id, &[]))
    }
}
