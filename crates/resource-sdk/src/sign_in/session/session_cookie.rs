//! What a site that renders its pages itself keeps about a signed-in person, in the person's own
//! browser: the tokens, sealed in one cookie. Who may use it is decided in `visit`. OWASP ASVS 10.1.1.

use actix_web::{HttpRequest, cookie::Cookie};
use serde::{Deserialize, Serialize};

use crate::sign_in::{
    browser::{
        cookies,
        sealed_cookie::{self, CookieError},
    },
    grant::stored_grant::StoredGrant,
    provider::token_endpoint::Tokens,
    site::Site,
};

/// The session of a person at a site that renders its pages itself.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    #[serde(rename = "d")]
    pub(crate) display_name: Option<String>,
    #[serde(rename = "a")]
    pub(crate) access_token: String,
    #[serde(rename = "g")]
    pub(crate) grant: StoredGrant,
}

impl Session {
    /// A session that begins now.
    pub(crate) fn begin(display_name: Option<String>, grant: StoredGrant, tokens: &Tokens) -> Self {
        Self { display_name, access_token: tokens.access_token.clone(), grant }
    }

    /// The cookie of a site that renders its pages itself.
    pub(crate) fn cookie(&self, site: &Site) -> Result<Cookie<'static>, CookieError> {
        let name = site.cookies.session_name();
        let value = sealed_cookie::seal_within_limit(&site.sealer, &name, self, || {
            let grant = StoredGrant { id_token: None, ..self.grant.clone() };
            site.sealer.seal(&name, &Self { grant, ..self.clone() })
        })?;
        Ok(site.cookies.lax(name, value))
    }

    /// The session that the browser brought along.
    pub(crate) fn of_request(site: &Site, request: &HttpRequest) -> Option<Self> {
        sealed_cookie::open(&site.sealer, request, &site.cookies.session_name())
    }

    /// Makes the browser forget the session.
    pub(crate) fn removal(site: &Site) -> Cookie<'static> {
        cookies::removal(site.cookies.lax(site.cookies.session_name(), String::new()))
    }
}
