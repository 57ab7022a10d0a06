//! What a site keeps about a signed-in person, in the person's own browser: the tokens, sealed, in a
//! cookie that stays within what browsers keep. Who may use it is decided in `visit` and `token`.
//! RFC 6265bis section 5.7 (4096 octets of name and value); OWASP ASVS 10.1.1.

use actix_web::{HttpRequest, cookie::Cookie};
use serde::{Deserialize, Serialize};

use super::{cookies, site::Site, token_endpoint::Tokens};

/// Octets of name and value together; browsers refuse more than 4096.
const MAX_COOKIE_BYTES: usize = 4000;

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

/// The session of a person at a site that renders its pages itself.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// New at each sign-in; the session's form tokens hang on it.
    #[serde(rename = "n")]
    pub(crate) id: String,
    #[serde(rename = "d")]
    pub(crate) display_name: Option<String>,
    #[serde(rename = "a")]
    pub(crate) access_token: String,
    #[serde(rename = "g")]
    pub(crate) grant: Grant,
}

/// Why a session has no cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CannotKeep {
    #[error("the sign-in takes {0} bytes in a cookie, and browsers keep 4096: make the access token smaller")]
    TooLarge(usize),
    #[error(transparent)]
    Seal(#[from] super::seal::CannotSeal),
}

impl Grant {
    /// The grant as it goes on after a refresh.
    pub(crate) fn succeeded_by(&self, refresh_token: &str) -> Self {
        Self { refresh_token: Some(refresh_token.to_owned()), ..self.clone() }
    }

    /// The cookie of a site whose pages call its API by script.
    pub(crate) fn cookie(&self, site: &Site) -> Result<Cookie<'static>, CannotKeep> {
        let name = site.cookies.refresh_name();
        let value = seal_within_limit(site, &name, self, || {
            let without_hint = Self { id_token: None, ..self.clone() };
            site.sealer.seal(&name, &without_hint)
        })?;
        Ok(site.cookies.strict(name, value))
    }

    /// The grant that the browser brought along.
    pub(crate) fn of_request(site: &Site, request: &HttpRequest) -> Option<Self> {
        open(site, request, &site.cookies.refresh_name())
    }

    /// Makes the browser forget the grant.
    pub(crate) fn removal(site: &Site) -> Cookie<'static> {
        cookies::removal(site.cookies.strict(site.cookies.refresh_name(), String::new()))
    }
}

impl Session {
    /// A session that begins now, under an id that nobody could have planted.
    pub(crate) fn begin(id: String, display_name: Option<String>, grant: Grant, tokens: &Tokens) -> Self {
        Self { id, display_name, access_token: tokens.access_token.clone(), grant }
    }

    /// The cookie of a site that renders its pages itself.
    pub(crate) fn cookie(&self, site: &Site) -> Result<Cookie<'static>, CannotKeep> {
        let name = site.cookies.session_name();
        let value = seal_within_limit(site, &name, self, || {
            let grant = Grant { id_token: None, ..self.grant.clone() };
            site.sealer.seal(&name, &Self { grant, ..self.clone() })
        })?;
        Ok(site.cookies.lax(name, value))
    }

    /// The session that the browser brought along.
    pub(crate) fn of_request(site: &Site, request: &HttpRequest) -> Option<Self> {
        open(site, request, &site.cookies.session_name())
    }

    /// Makes the browser forget the session.
    pub(crate) fn removal(site: &Site) -> Cookie<'static> {
        cookies::removal(site.cookies.lax(site.cookies.session_name(), String::new()))
    }
}

/// The first value that opens: one that a stranger planted beside it does no harm.
fn open<T: serde::de::DeserializeOwned>(site: &Site, request: &HttpRequest, name: &str) -> Option<T> {
    cookies::named(request, name).into_iter().find_map(|value| site.sealer.open(name, value))
}

fn seal_within_limit(
    site: &Site,
    name: &str,
    value: &impl Serialize,
    seal_smaller: impl FnOnce() -> Result<String, super::seal::CannotSeal>,
) -> Result<String, CannotKeep> {
    let fits = |sealed: &String| name.len() + sealed.len() <= MAX_COOKIE_BYTES;
    let full = site.sealer.seal(name, value)?;
    if fits(&full) {
        return Ok(full);
    }
    let smaller = seal_smaller()?;
    if fits(&smaller) { Ok(smaller) } else { Err(CannotKeep::TooLarge(name.len() + smaller.len())) }
}
