//! Pages of the provider itself that need a sign-in first. A closed list: the way back after a sign-in is one of
//! these names, sealed, and never an address that somebody sent.

use crate::http::transaction::{Purpose, Transaction};
use crate::http::visit::Visit;
use actix_web::HttpResponse;
use idp_core::discovery::path;
use serde::{Deserialize, Serialize};

/// One of them.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnPage {
    /// "Your devices".
    Devices,
}

impl OwnPage {
    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Devices => path::DEVICES,
        }
    }

    /// Sends the browser to the login page, which leads back here.
    #[must_use]
    pub fn after_sign_in(self, visit: &Visit) -> HttpResponse {
        Transaction::new(self, visit.now).go_to(visit, path::LOGIN)
    }
}

impl Purpose for OwnPage {
    const CONTEXT: &'static str = "own page";
}
