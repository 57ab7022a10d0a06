//! Adding an authenticator app: a QR code to scan, the same secret to type, and a code as the proof that the app has it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;
use std::borrow::Cow;

use super::{FormSeal, Layout, Page, PageSecurity, QrCode, TypedText, action, respond};

/// Offers a secret, and asks for a code of it.
#[derive(Template)]
#[template(path = "add_totp.html")]
pub struct AddTotpPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it; `tx` carries the secret, sealed.
    pub seal: FormSeal<'a>,
    /// The address of the secret, for a camera.
    pub qr: Option<QrCode>,
    /// The secret, for a person who types it.
    pub secret: &'a str,
    /// What the app is to be called.
    pub name: TypedText,
    /// Whether the other sessions of the person are to end with it.
    pub ends_others: bool,
    /// What went wrong.
    pub error: Option<AddTotpError>,
    /// Where a person who does not want it goes: a path of ours and its query.
    pub back: &'a str,
}

impl Page for AddTotpPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Why the person sees the page again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddTotpError {
    /// Nothing was typed.
    MissingCode,
    /// What was typed is no code.
    MalformedCode,
    /// It is no code of this secret, or not of this time.
    WrongCode,
}

impl AddTotpPage<'_> {
    /// The page, with the status of its error.
    #[must_use]
    pub fn respond(&self, security: &PageSecurity) -> HttpResponse {
        let status = self.error.map_or(StatusCode::OK, |_| StatusCode::UNPROCESSABLE_ENTITY);
        respond(self, status, security)
    }

    fn problem(&self) -> Option<Cow<'static, str>> {
        Some(match self.error? {
            AddTotpError::MissingCode => self.layout.say("code-missing"),
            AddTotpError::MalformedCode => self.layout.say("code-malformed"),
            AddTotpError::WrongCode => self.layout.say("add-totp-wrong"),
        })
    }

    /// At first the person looks at the pattern, and a screen would scroll past it.
    const fn focuses_code(&self) -> bool {
        self.error.is_some()
    }

    /// In groups of four, which a reader keeps in mind; apps pass over the spaces.
    fn groups(&self) -> Vec<String> {
        let letters: Vec<char> = self.secret.chars().collect();
        letters.chunks(4).map(String::from_iter).collect()
    }
}
