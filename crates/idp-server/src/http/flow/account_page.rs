//! Pages of the provider itself that need a sign-in first. A closed list: the way back after a sign-in is one of
//! these names, sealed, and never an address that a request brought.

use super::transaction::{Purpose, Transaction};
use crate::db::DbError;
use crate::http::request::BrowserRequest;
use crate::page::PageError;
use crate::store::sessions::SignedIn;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use idp_core::lifetimes::RECENT;
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
    /// "Sign-in methods".
    Methods,
    /// Adding an authenticator app.
    AddTotp,
    /// Removing this way to sign in.
    RemoveMethod(Uuid),
}

impl AccountPage {
    /// Where a person goes who goes nowhere in particular.
    pub const HOME: Self = Self::Overview;

    /// Where it is.
    #[must_use]
    pub fn path(self) -> Cow<'static, str> {
        match self {
            Self::Overview => path::ACCOUNT.into(),
            Self::Devices => path::DEVICES.into(),
            Self::Methods => path::METHODS.into(),
            Self::AddTotp => path::TOTP.into(),
            Self::RemoveMethod(id) => format!("{}?id={id}", path::REMOVE_METHOD).into(),
        }
    }

    /// Whether it opens without another sign-in. Where the ways to sign in are changed, the last sign-in must be a recent one,
    /// and as strong as the account asks for by now: one that began with less may be a thief's.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn is_open_to(self, request: &BrowserRequest, signed_in: &SignedIn) -> Result<bool, DbError> {
        match self {
            Self::Overview | Self::Devices | Self::Methods => Ok(true),
            Self::AddTotp | Self::RemoveMethod(_) => {
                let (user, session) = (signed_in.user.id, &signed_in.session);
                let is_recent = !session.is_older_than(RECENT, request.now);
                let is_strong = session.proofs.has_two_factors()
                    || request.app.store.authenticator_apps(user).await?.is_empty();
                Ok(is_recent && is_strong)
            }
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
