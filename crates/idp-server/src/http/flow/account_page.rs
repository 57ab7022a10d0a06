//! Pages of the provider itself that need a sign-in first. A closed list: the way back after a sign-in is one of
//! these names, sealed, and never an address that a request brought.

use super::transaction::{Purpose, Transaction};
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use crate::store::sessions::SignedIn;
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
    /// "Change your password".
    Password,
}

impl AccountPage {
    const ALL: [Self; 4] = [Self::Overview, Self::Devices, Self::Sites, Self::Password];

    /// Where a person goes who goes nowhere in particular.
    pub const HOME: Self = Self::Overview;

    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Overview => path::ACCOUNT,
            Self::Devices => path::DEVICES,
            Self::Sites => path::SITES,
            Self::Password => path::PASSWORD,
        }
    }

    /// The page of this path.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == path)
    }

    /// Whether it changes what a person signs in with: then an old sign-in does not do.
    #[must_use]
    pub const fn needs_fresh_sign_in(self) -> bool {
        match self {
            Self::Overview | Self::Devices | Self::Sites => false,
            Self::Password => true,
        }
    }

    /// Whether this sign-in opens it.
    #[must_use]
    pub fn is_open_to(self, signed_in: &SignedIn, request: &BrowserRequest) -> bool {
        let fresh = request.app.config.account.fresh.as_secs();
        !self.needs_fresh_sign_in() || !signed_in.session.is_older_than(fresh, request.now)
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
