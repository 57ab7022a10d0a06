//! What one sign-in at the provider gave this site: whose it is, how it goes on, and the sealed cookie
//! that keeps it for a site whose pages call its API by script. Spending its refresh token is `refresh`'s.
//! RFC 6749 section 6; OWASP ASVS 10.1.1.

use actix_web::{HttpRequest, cookie::Cookie};
use serde::{Deserialize, Serialize};

use super::{
    cookies,
    sealed_cookie::{self, CannotKeep},
    site::Site,
};
use crate::claims::AccessToken;

/// What one sign-in at the provider gave this client: whose it is and how it goes on.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Grant {
    #[serde(rename = "s")]
    pub(crate) subject: String,
    #[serde(rename = "i")]
    pub(crate) session_id: Option<String>,
    #[serde(rename = "r")]
    pub(crate) refresh_token: Option<String>,
    /// Only a hint for signing out; given up when it does not fit.
    #[serde(rename = "h")]
    pub(crate) id_token: Option<String>,
}

impl Grant {
    /// The grant as it goes on after a refresh.
    pub(crate) fn succeeded_by(&self, refresh_token: &str) -> Self {
        Self { refresh_token: Some(refresh_token.to_owned()), ..self.clone() }
    }

    /// Whether an access token speaks for the person whose grant this is, and was given to us.
    pub(crate) fn owns(&self, site: &Site, token: &AccessToken) -> bool {
        token.user() == Some(self.subject.as_str())
            && token.session_id() == self.session_id.as_deref()
            && token.client_id() == site.credentials.client_id()
    }

    /// The cookie of a site whose pages call its API by script.
    pub(crate) fn cookie(&self, site: &Site) -> Result<Cookie<'static>, CannotKeep> {
        let name = site.cookies.refresh_name();
        let value = sealed_cookie::seal_within_limit(&site.sealer, &name, self, || {
            let without_hint = Self { id_token: None, ..self.clone() };
            site.sealer.seal(&name, &without_hint)
        })?;
        Ok(site.cookies.strict(name, value))
    }

    /// The grant that the browser brought along.
    pub(crate) fn of_request(site: &Site, request: &HttpRequest) -> Option<Self> {
        sealed_cookie::open(&site.sealer, request, &site.cookies.refresh_name())
    }

    /// Makes the browser forget the grant.
    pub(crate) fn removal(site: &Site) -> Cookie<'static> {
        cookies::removal(site.cookies.strict(site.cookies.refresh_name(), String::new()))
    }
}
