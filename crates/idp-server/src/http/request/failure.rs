//! What a handler answers when it cannot go on: [`ApiFailure`], the JSON of RFC 6749 5.2, or
//! [`PageError`](crate::page::PageError), a page for a person. Never a redirect, which only a matched target can make.

use crate::db::DbError;
use crate::page::stamp_refusal;
use crate::page::{DisplayText, PageError};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError};
use idp_core::error::{ErrorCode, OAuthError};
use idp_core::seal::SealError;
use serde_json::json;
use std::fmt;
use tracing_actix_web::RequestId;

/// Seconds after which trying again makes sense when the database did not answer.
const RETRY_SECONDS: u64 = 2;
/// RFC 6749 5.2: a client that used (or should have used) Basic is told so.
const BASIC_CHALLENGE: &str = "Basic realm=\"token\", charset=\"UTF-8\"";

/// A failure of an endpoint that speaks JSON.
#[derive(Debug)]
pub enum ApiFailure {
    /// A protocol error.
    OAuth(OAuthError),
    /// A body that cannot be read: see [`ApiFailure::unread`].
    Http(StatusCode),
    /// Something of ours is down; trying later can help.
    Unavailable,
    /// Something of ours is broken.
    Internal,
}

impl ApiFailure {
    /// A body that could not be read. RFC 6749 5.2 wants 400 for any fault in a request; only a body that is too
    /// large, or does not come, says so by its own status.
    #[must_use]
    pub fn unread(status: StatusCode) -> Self {
        match status {
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT => Self::Http(status),
            _ => Self::Http(StatusCode::BAD_REQUEST),
        }
    }
}

impl From<OAuthError> for ApiFailure {
    fn from(error: OAuthError) -> Self {
        Self::OAuth(error)
    }
}

impl From<DbError> for ApiFailure {
    fn from(error: DbError) -> Self {
        match log_db_failure(&error) {
            true => Self::Unavailable,
            false => Self::Internal,
        }
    }
}

impl From<idp_core::token::MintError> for ApiFailure {
    fn from(error: idp_core::token::MintError) -> Self {
        tracing::error!(%error, "a token could not be minted");
        Self::Internal
    }
}

impl From<idp_core::token::EncryptError> for ApiFailure {
    fn from(error: idp_core::token::EncryptError) -> Self {
        tracing::error!(%error, "a token could not be encrypted");
        Self::Internal
    }
}

impl From<SealError> for ApiFailure {
    fn from(error: SealError) -> Self {
        tracing::error!(%error, "a value could not be sealed");
        Self::Internal
    }
}

impl fmt::Display for ApiFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OAuth(error) => write!(f, "{error}"),
            Self::Http(status) => write!(f, "{status}"),
            Self::Unavailable => f.write_str("unavailable"),
            Self::Internal => f.write_str("internal"),
        }
    }
}

impl ResponseError for ApiFailure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::OAuth(error) => status_of(error),
            Self::Http(status) => *status,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        const DOWN: OAuthError = OAuthError::new(ErrorCode::TemporarilyUnavailable, "Try again in a moment.");
        const BROKEN: OAuthError = OAuthError::new(ErrorCode::ServerError, "This is a fault of the server.");
        const REFUSED: OAuthError = OAuthError::new(ErrorCode::InvalidRequest, "The request cannot be read.");
        let mut answer = HttpResponse::build(self.status_code());
        match self {
            Self::OAuth(error) => oauth_json(&mut answer, error),
            Self::Http(_) => oauth_json(&mut answer, &REFUSED),
            Self::Unavailable => {
                answer.insert_header((RETRY_AFTER, RETRY_SECONDS));
                oauth_json(&mut answer, &DOWN)
            }
            Self::Internal => oauth_json(&mut answer, &BROKEN),
        }
    }
}

fn oauth_json(answer: &mut HttpResponseBuilder, error: &OAuthError) -> HttpResponse {
    if let Some(detail) = &error.detail {
        tracing::info!(error = error.code.as_str(), detail = detail.as_ref(), "refused");
    }
    if error.code == ErrorCode::InvalidClient {
        answer.insert_header((WWW_AUTHENTICATE, BASIC_CHALLENGE));
    }
    let mut answer = answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(json!({ "error": error.code.as_str(), "error_description": error.description }));
    stamp_refusal(&mut answer, error.code.as_str(), error.cause);
    answer
}

fn status_of(error: &OAuthError) -> StatusCode {
    StatusCode::from_u16(error.code.status()).unwrap_or(StatusCode::BAD_REQUEST)
}

/// The page for a client's request that cannot be answered at the client (RFC 6749 4.1.2.1).
#[must_use]
pub fn refused_request(parameter: &'static str, reason: &str) -> PageError {
    let (parameter, reason) = (Some(DisplayText::name(parameter)), DisplayText::reason(reason));
    PageError::Request { code: ErrorCode::InvalidRequest.as_str(), parameter, reason }
}

impl From<DbError> for PageError {
    fn from(error: DbError) -> Self {
        match log_db_failure(&error) {
            true => Self::Busy { retry_after_seconds: Some(RETRY_SECONDS) },
            false => Self::Internal,
        }
    }
}

impl From<SealError> for PageError {
    fn from(error: SealError) -> Self {
        tracing::error!(%error, "a value could not be sealed");
        Self::Internal
    }
}

/// The id under which a request is found in the log.
#[must_use]
pub fn request_id(request: &HttpRequest) -> String {
    use actix_web::HttpMessage as _;
    request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}

/// Logs it; whether trying later can help.
fn log_db_failure(error: &DbError) -> bool {
    let unavailable = error.is_temporary();
    if unavailable {
        tracing::warn!(%error, "the database did not answer");
    } else {
        tracing::error!(%error, "the database holds something unexpected");
    }
    unavailable
}
