//! Pages of the provider itself that need a sign-in first. A closed list: the way back after a sign-in is one of
//! these names, sealed, and never an address that a request brought.

use super::transaction::{Purpose, Transaction};
use crate::db::DbError;
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use actix_web::http::Method;
use idp_core::discovery::path;
use idp_core::lifetimes::{PAGE, RECENT};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

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
    /// "Sign-in methods".
    Methods,
    /// Adding an authenticator app.
    AddTotp,
    /// Adding a passkey.
    AddPasskey,
    /// Giving this passkey another name.
    RenameMethod(Uuid),
    /// Removing this way to sign in.
    RemoveMethod(Uuid),
}

impl AccountPage {
    /// Those that have a path of their own.
    const ALL: [Self; 7] = [
        Self::Overview,
        Self::Devices,
        Self::Sites,
        Self::Password,
        Self::Methods,
        Self::AddTotp,
        Self::AddPasskey,
    ];

    /// Where a person goes who goes nowhere in particular.
    pub const HOME: Self = Self::Overview;

    /// Where it is.
    #[must_use]
    pub fn path(self) -> Cow<'static, str> {
        match self {
            Self::Overview => path::ACCOUNT.into(),
            Self::Devices => path::DEVICES.into(),
            Self::Sites => path::SITES.into(),
            Self::Password => path::PASSWORD.into(),
            Self::Methods => path::METHODS.into(),
            Self::AddTotp => path::TOTP.into(),
            Self::AddPasskey => path::PASSKEY.into(),
            Self::RenameMethod(id) => format!("{}?id={id}", path::RENAME_METHOD).into(),
            Self::RemoveMethod(id) => format!("{}?id={id}", path::REMOVE_METHOD).into(),
        }
    }

    /// The page of this path.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|page| page.path() == path)
    }

    /// Whether it changes what a person signs in with: then an old sign-in does not do, nor one that is weaker than the
    /// account asks for.
    #[must_use]
    pub const fn needs_fresh_sign_in(self) -> bool {
        match self {
            Self::Overview | Self::Devices | Self::Sites | Self::Methods | Self::RenameMethod(_) => false,
            Self::Password | Self::AddTotp | Self::AddPasskey | Self::RemoveMethod(_) => true,
        }
    }

    /// Whether it opens without another sign-in. Where the ways to sign in are changed, the last sign-in must be a fresh one
    /// (`account.fresh`), and as strong as the account asks for by now: one that began with less may be a thief's.
    ///
    /// A form may come a while later: its token is only on a page that was shown to a fresh sign-in.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_open_to(self, request: &BrowserRequest, signed_in: &SignedIn) -> Result<bool, DbError> {
        if !self.needs_fresh_sign_in() {
            return Ok(true);
        }
        let fresh = request.app.config.account.fresh.as_secs();
        let limit = match self {
            _ if matches!(*request.http.method(), Method::GET | Method::HEAD) => fresh,
            // As long as a page counts: the form asks for the password again.
            Self::Password => fresh.saturating_add(PAGE),
            // One button does it, for anybody who finds the page open.
            _ => fresh.max(RECENT),
        };
        // By the newest proof: who takes long to find the code has signed in just now all the same.
        let proven = signed_in.session.proofs.newest();
        if proven.is_ahead_of(request.now) || request.now.seconds_since(proven) > limit {
            return Ok(false);
        }
        let factors = request.app.store.second_factors(signed_in.user.id).await?;
        Ok(factors.is_empty() || signed_in.session.proofs.has_two_factors())
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
