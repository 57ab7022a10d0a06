//! One e-mail address of a person, and what can be done with it.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;
use idp_core::discovery::path;
use idp_core::user::UnfitAddress;

use super::{DisplayText, FormSeal, Layout, Page, PageSecurity, Part, action, respond};

/// Offers what can be done with an address.
#[derive(Debug, Template)]
#[template(path = "address.html")]
pub struct AddressPage<'a> {
    /// What it stands in.
    pub layout: Layout,
    /// Where the form goes and what binds it.
    pub seal: FormSeal<'a>,
    /// The address.
    pub address: DisplayText,
    /// Whether it is known to be the person's.
    pub is_verified: bool,
    /// Whether sites are told it.
    pub is_primary: bool,
    /// Whether the letter with the link can be sent again.
    pub may_send: bool,
    /// Whether it can become the primary one.
    pub may_make_primary: bool,
    /// Whether it can be removed.
    pub removal: AddressRemoval,
    /// Seconds until another letter is sent, when the person has to wait for that.
    pub retry_after: Option<u64>,
}

/// Whether an address can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressRemoval {
    /// It can.
    Offered,
    /// It cannot; this message says why.
    KeptAs(&'static str),
}

impl AddressRemoval {
    /// What follows from trying it.
    #[must_use]
    pub const fn of(tried: &Result<(), UnfitAddress>) -> Self {
        match tried {
            Ok(()) => Self::Offered,
            Err(UnfitAddress::LastVerified(_)) => Self::KeptAs("address-keeps-last"),
            Err(UnfitAddress::StaysUsername(_)) => Self::KeptAs("address-keeps-username"),
            Err(_) => Self::KeptAs("address-keeps-primary"),
        }
    }

    /// The same, said to an administrator.
    #[must_use]
    pub const fn of_another(tried: &Result<(), UnfitAddress>) -> Self {
        match tried {
            Err(UnfitAddress::StaysUsername(_) | UnfitAddress::UsernameNotVerified(_)) => {
                Self::KeptAs("people-address-keeps-username")
            }
            tried => Self::of(tried),
        }
    }
}

impl Page for AddressPage<'_> {
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl AddressPage<'_> {
    /// The page; 429 with `Retry-After` when the person has to wait.
    #[must_use]
    pub fn respond(&self) -> HttpResponse {
        let status = self.retry_after.map_or(StatusCode::OK, |_| StatusCode::TOO_MANY_REQUESTS);
        let mut response = respond(self, status, &PageSecurity::own_forms());
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }

    const fn lead(&self) -> &'static str {
        match (self.is_verified, self.is_primary) {
            (false, _) => "address-unconfirmed-lead",
            (true, true) => "address-primary-lead",
            (true, false) => "address-confirmed-lead",
        }
    }

    fn problem(&self) -> Option<String> {
        let time = self.layout.language.waiting_time(self.retry_after?);
        Some(self.layout.language.say_with("add-address-throttled", &[("time", time.into())]))
    }
}
