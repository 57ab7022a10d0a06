//! Where an authorization response may go. A [`Target`] exists only for a redirect URI that was
//! matched against its client's registration, and redirects are made from a [`Target`] only, so that the provider is no
//! open redirector (RFC 9700 4.11).

use crate::client::Client;
use crate::error::{ErrorCode, OAuthError};
use crate::params::Params;
use serde::{Deserialize, Serialize};

/// The longest `state` returned, in bytes.
pub const MAX_STATE_BYTES: usize = 4096;

/// How the response travels (OAuth 2.0 Multiple Response Types 2.1; Form Post Response Mode).
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In a form the browser posts to the redirect URI.
    FormPost,
}

/// A matched redirect URI with what every response to it repeats.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Target {
    redirect_uri: String,
    state: Option<String>,
    mode: ResponseMode,
}

/// Why there is no redirect URI to answer at: the person sees a page of the provider instead.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum TargetError {
    /// No `client_id`, or repeated.
    #[error("client_id is missing or repeated")]
    ClientIdMissing,
    /// No client of that name.
    #[error("client_id names no registered client")]
    ClientUnknown,
    /// No `redirect_uri`, or repeated. Required even when one is registered.
    #[error("redirect_uri is missing or repeated")]
    RedirectUriMissing,
    /// Not one of the client's.
    #[error("redirect_uri is not registered for this client")]
    RedirectUriUnknown,
}

impl Target {
    /// Matches the request's redirect URI against `client`.
    ///
    /// # Errors
    /// [`TargetError`]; the caller shows a page and never redirects.
    pub fn resolve(params: &Params, client: &Client) -> Result<Self, TargetError> {
        let presented = params.once("redirect_uri").ok().flatten().ok_or(TargetError::RedirectUriMissing)?;
        client.redirect_uri(presented).ok_or(TargetError::RedirectUriUnknown)?;
        let state = params.once("state").ok().flatten();
        let mode = match params.once("response_mode") {
            // A form can be posted to a web address only, not to an application's own scheme.
            Ok(Some("form_post")) if presented.starts_with("http") => ResponseMode::FormPost,
            _ => ResponseMode::Query,
        };
        Ok(Self {
            redirect_uri: presented.to_owned(),
            state: state.filter(|state| state.len() <= MAX_STATE_BYTES).map(str::to_owned),
            mode,
        })
    }

    /// The redirect URI as the request spelled it.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The `state` to return, byte for byte.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// How the response travels.
    #[must_use]
    pub const fn mode(&self) -> ResponseMode {
        self.mode
    }
}

/// Checks what [`Target::resolve`] ignores: a `state` too long to return, and a mode that is not offered.
///
/// # Errors
/// `invalid_request`.
pub fn check_mode_and_state(params: &Params, target: &Target) -> Result<(), OAuthError> {
    const BAD_MODE: OAuthError =
        OAuthError::new(ErrorCode::InvalidRequest, "response_mode must be query or form_post.");
    const NOT_A_PAGE: OAuthError = OAuthError::new(
        ErrorCode::InvalidRequest,
        "response_mode=form_post needs an http or https redirect_uri.",
    );
    const BAD_STATE: OAuthError =
        OAuthError::new(ErrorCode::InvalidRequest, "state is longer than 4096 bytes.");
    match params.once("response_mode") {
        Ok(None | Some("query")) => {}
        Ok(Some("form_post")) if target.mode == ResponseMode::FormPost => {}
        Ok(Some("form_post")) => return Err(NOT_A_PAGE),
        _ => return Err(BAD_MODE),
    }
    match params.once("state") {
        Ok(Some(state)) if state.len() > MAX_STATE_BYTES => Err(BAD_STATE),
        _ => Ok(()),
    }
}
