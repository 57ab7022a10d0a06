//! Adding an e-mail address. What it says does not tell whether the address is on another account.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use idp_core::discovery::path;
use std::borrow::Cow;

use super::{FormSeal, Layout, Page, PageSecurity, TypedText, respond};

/// Asks for an address.
#[derive(Debug, Template)]
#[template(path = "add_address.html")]
pub struct AddAddressPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// What was typed before.
    pub address: TypedText,
    /// What went wrong.
    pub error: Option<AddAddressError>,
}

impl Page for AddAddressPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

/// Why nothing was added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddAddressError {
    /// Nothing was typed.
    Missing,
    /// What was typed is no address.
    Malformed,
    /// The person has shown already that it is theirs.
    Known,
    /// They have as many as there may be.
    TooMany,
    /// Many letters were sent already.
    Throttled {
        /// Seconds until the next one.
        retry_after_seconds: u64,
    },
}

impl AddAddressPage<'_> {
    /// The page with the status and `Retry-After` of its error; 200 without one.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let retry_after = match self.error {
            Some(AddAddressError::Throttled { retry_after_seconds }) => Some(retry_after_seconds),
            _ => None,
        };
        let status = match (self.error, retry_after) {
            (None, _) => StatusCode::OK,
            (Some(_), None) => StatusCode::UNPROCESSABLE_ENTITY,
            (Some(_), Some(_)) => StatusCode::TOO_MANY_REQUESTS,
        };
        let mut response = respond(self, status, &PageSecurity::own_forms());
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    fn problem(&self) -> Option<Cow<'static, str>> {
        Some(match self.error? {
            AddAddressError::Missing => self.layout.say("add-address-missing"),
            AddAddressError::Malformed => self.layout.say("add-address-malformed"),
            AddAddressError::Known => self.layout.say("add-address-known"),
            AddAddressError::TooMany => self.layout.say("add-address-too-many"),
            AddAddressError::Throttled { retry_after_seconds } => {
                let time = self.layout.language.waiting_time(retry_after_seconds);
                self.layout.language.say_with("add-address-throttled", &[("time", time.into())]).into()
            }
        })
    }
}
