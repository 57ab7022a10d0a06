//! Pages of the provider itself that need a sign-in first. A closed list: the way back after a sign-in is one of
//! these names, sealed, and never an address that a request brought.

use super::transaction::{Purpose, Transaction};
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use serde::{Deserialize, Serialize};

/// One of them.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountPage {
    /// "Your account".
    Overview,
    /// "Your devices".
    Devices,
    /// "Your sites".
    Sites,
}

impl AccountPage {
    /// Where a person goes who goes nowhere in particular.
    pub const HOME: Self = Self::Overview;

    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => path::ACCOUNT,
            Self::Devices => path::DEVICES,
            Self::Sites => path::SITES,
        }
    }

    /// Sends the browser to the login page, which leads back here.
    ///
    /// # Errors
    /// When the way back cannot be sealed.
    pub fn after_sign_in(self, request: &BrowserRequest) -> Result<HttpResponse, PageError> {
        Transaction::new(self, request.now).go_to(request, path::LOGIN)
    }
}

impl Purpose for AccountPage {
    const CONTEXT: &'static str = "account page";
}
