//! Why a sign-in ended without a session, and which page and log line follow from it. The provider's own
//! words appear in neither. RFC 6749 section 4.1.2.1; OpenID Connect Core section 3.1.2.6.

use std::fmt;

use actix_web::{HttpResponse, http::StatusCode};

use super::Attempt;
use crate::{
    demand::Shortfall,
    error::VerifyError,
    sign_in::{
        browser::{error_page, locale::Locale, redirect::go_to, sealed_cookie::CookieError},
        login::silent_marker,
        provider::{id_token::IdTokenError, token_endpoint::TokenError},
        site::{Site, is_unjudged},
    },
};

/// The check that failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallbackError {
    #[error("a parameter of the authorization response is repeated")]
    RepeatedParameter,
    #[error("iss of the authorization response is not the issuer that the verifier was built for")]
    ForeignIssuer,
    #[error("the provider answered with the error {0}")]
    Refused(ProviderAnswer),
    #[error("the authorization response holds no code")]
    NoCode,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    IdToken(#[from] IdTokenError),
    #[error("the access token that the provider gave is refused: {0}")]
    AccessToken(VerifyError),
    #[error("the access token and the ID token name different users or sessions")]
    UserMismatch,
    #[error(
        "the provider gave no refresh token, which Mode::Scripted needs; allow this client the refresh_token grant"
    )]
    NoRefreshToken,
    #[error(transparent)]
    Cookie(#[from] CookieError),
}

/// The provider's `error`, as far as it makes a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ProviderAnswer {
    /// The user, or a rule of the provider, said no.
    AccessDenied,
    /// `prompt=none` was not possible.
    InteractionRequired,
    /// No sign-in there can be as strong as was demanded (Unmet Authentication Requirements 1.0).
    TooWeak,
    /// The provider cannot answer now.
    Unavailable,
    /// The request was wrong, which means that the site is configured wrongly.
    Other,
}

impl fmt::Display for ProviderAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessDenied => "access_denied",
            Self::InteractionRequired => "login_required, or another that asks for interaction",
            Self::TooWeak => "unmet_authentication_requirements",
            Self::Unavailable => "temporarily_unavailable or server_error",
            Self::Other => {
                "that the request was wrong; compare redirect URI, scopes and client at the provider"
            }
        })
    }
}

impl From<VerifyError> for CallbackError {
    fn from(error: VerifyError) -> Self {
        Self::AccessToken(error)
    }
}

impl ProviderAnswer {
    pub(super) fn of_error(error: &str) -> Self {
        match error {
            "access_denied" => Self::AccessDenied,
            "login_required" | "interaction_required" | "consent_required" | "account_selection_required" => {
                Self::InteractionRequired
            }
            "unmet_authentication_requirements" => Self::TooWeak,
            "temporarily_unavailable" | "server_error" => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

/// Answers a failed sign-in. A silent one leads back to its page, signed out, and is not tried again.
pub(super) fn response(
    site: &Site,
    locale: &Locale,
    attempt: &Attempt,
    error: &CallbackError,
) -> HttpResponse {
    if attempt.state.is_silent {
        return go_to(locale, &attempt.return_to, [silent_marker::marker(site)]);
    }
    let step_up = attempt.state.step_up.as_ref();
    let login_path = &site.login_path_with(&attempt.return_to, step_up);
    match error {
        CallbackError::Refused(ProviderAnswer::TooWeak) => {
            error_page::short_of_demand(locale, Shortfall::TooWeak, login_path)
        }
        CallbackError::Refused(ProviderAnswer::AccessDenied) if step_up.is_some() => {
            error_page::not_confirmed(locale, login_path)
        }
        CallbackError::Refused(ProviderAnswer::AccessDenied) => error_page::cancelled(locale, login_path),
        CallbackError::Refused(ProviderAnswer::Unavailable)
        | CallbackError::Token(TokenError::Unavailable(_))
        | CallbackError::IdToken(IdTokenError::Key) => error_page::provider_away(locale, login_path),
        CallbackError::AccessToken(error) if is_unjudged(*error) => {
            error_page::provider_away(locale, login_path)
        }
        CallbackError::Cookie(_) | CallbackError::NoRefreshToken => {
            error_page::failed(locale, login_path, StatusCode::INTERNAL_SERVER_ERROR)
        }
        _ => error_page::failed(locale, login_path, StatusCode::BAD_REQUEST),
    }
}

pub(super) fn log(error: &CallbackError) {
    match error {
        CallbackError::Refused(
            ProviderAnswer::AccessDenied | ProviderAnswer::InteractionRequired | ProviderAnswer::TooWeak,
        ) => {
            tracing::info!(%error, "a sign-in ended without a session");
        }
        CallbackError::Cookie(_) | CallbackError::NoRefreshToken | CallbackError::Token(_) => {
            tracing::error!(%error, "a sign-in failed");
        }
        _ => tracing::warn!(%error, "a sign-in was refused"),
    }
}
