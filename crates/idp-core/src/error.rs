//! The one catalogue of protocol errors: a name, an HTTP status, fixed public words, and a private
//! detail for the log. Sources: RFC 6749 4.1.2.1 and 5.2, RFC 6750 3.1, OpenID Connect Core 3.1.2.6.

use std::borrow::Cow;

/// The `error` values this provider answers.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Hash)]
pub enum ErrorCode {
    /// RFC 6749: a parameter is missing, repeated or malformed.
    InvalidRequest,
    /// RFC 6749: the client failed to authenticate.
    InvalidClient,
    /// RFC 6749: the code or refresh token is not (or no longer) good.
    InvalidGrant,
    /// RFC 6749: this client may not use this grant.
    UnauthorizedClient,
    /// RFC 6749: a grant type this provider does not offer.
    UnsupportedGrantType,
    /// RFC 6749: a response type this provider does not offer.
    UnsupportedResponseType,
    /// RFC 6749: a scope that is malformed, unknown, or not for this client.
    InvalidScope,
    /// RFC 6749: the person said no.
    AccessDenied,
    /// RFC 6749: something of ours broke.
    ServerError,
    /// RFC 6749: try again shortly.
    TemporarilyUnavailable,
    /// RFC 6750: the bearer token is not good.
    InvalidToken,
    /// RFC 6750: the bearer token lacks a scope.
    InsufficientScope,
    /// OpenID Connect: `prompt=none`, but the person must sign in.
    LoginRequired,
    /// OpenID Connect: `prompt=none`, but the person must consent.
    ConsentRequired,
    /// OpenID Connect: `prompt=none`, but the person must do something else first.
    InteractionRequired,
    /// OpenID Connect Core Error Code unmet_authentication_requirements 1.0: no sign-in here can be what was asked.
    UnmetAuthenticationRequirements,
    /// OpenID Connect: the `request` parameter is not offered.
    RequestNotSupported,
    /// OpenID Connect: the `request_uri` parameter is not offered.
    RequestUriNotSupported,
    /// OpenID Connect: the `registration` parameter is not offered.
    RegistrationNotSupported,
}

impl ErrorCode {
    /// The value of the `error` member or parameter.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().0
    }

    /// The HTTP status when this error is answered directly (not by redirect).
    #[must_use]
    pub const fn status(self) -> u16 {
        self.row().1
    }

    /// The one table.
    const fn row(self) -> (&'static str, u16) {
        match self {
            Self::InvalidRequest => ("invalid_request", 400),
            Self::InvalidClient => ("invalid_client", 401),
            Self::InvalidGrant => ("invalid_grant", 400),
            Self::UnauthorizedClient => ("unauthorized_client", 400),
            Self::UnsupportedGrantType => ("unsupported_grant_type", 400),
            Self::UnsupportedResponseType => ("unsupported_response_type", 400),
            Self::InvalidScope => ("invalid_scope", 400),
            Self::AccessDenied => ("access_denied", 403),
            Self::ServerError => ("server_error", 500),
            Self::TemporarilyUnavailable => ("temporarily_unavailable", 503),
            Self::InvalidToken => ("invalid_token", 401),
            Self::InsufficientScope => ("insufficient_scope", 403),
            Self::LoginRequired => ("login_required", 400),
            Self::ConsentRequired => ("consent_required", 400),
            Self::InteractionRequired => ("interaction_required", 400),
            Self::UnmetAuthenticationRequirements => ("unmet_authentication_requirements", 400),
            Self::RequestNotSupported => ("request_not_supported", 400),
            Self::RequestUriNotSupported => ("request_uri_not_supported", 400),
            Self::RegistrationNotSupported => ("registration_not_supported", 400),
        }
    }
}

/// A refusal: what the other side is told, and what only the log is told.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("{}: {description}", code.as_str())]
pub struct OAuthError {
    /// The `error` value.
    pub code: ErrorCode,
    /// The public `error_description`: fixed words, never a value from the request
    /// (RFC 6749 allows only printable ASCII without `"` and `\`).
    pub description: &'static str,
    /// For the log only.
    pub detail: Option<Cow<'static, str>>,
    /// Why, in one of the words of the code, for what counts refusals; the other side is not told.
    pub cause: Option<&'static str>,
}

impl OAuthError {
    /// A refusal with nothing more to say in the log.
    #[must_use]
    pub const fn new(code: ErrorCode, description: &'static str) -> Self {
        Self { code, description, detail: None, cause: None }
    }

    /// Adds what only the log may know.
    #[must_use]
    pub fn because(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Says why, in a word that no value of a request is part of.
    #[must_use]
    pub const fn counted_as(mut self, cause: &'static str) -> Self {
        self.cause = Some(cause);
        self
    }
}
