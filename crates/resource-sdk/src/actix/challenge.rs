//! The answers to a request that is not let through: one table from reason to status, error code
//! and challenge. All refused tokens get the same answer; the reason goes to the log. None may be
//! stored by a cache. RFC 6750 section 3; RFC 9470 section 3; RFC 9110 section 11.6.1.

use std::{fmt, sync::Arc};

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};

use crate::{
    bundles::ValuesError,
    demand::{self, Demanded},
    error::VerifyError,
};

/// Seconds after which to try again when keys are missing: one quick retry of the background task.
const RETRY_WITH_KEYS: &str = "5";
/// The same when freshness is missing: one heartbeat.
const RETRY_WHEN_FRESH: &str = "1";

/// A request that is not let through, as the answer it gets.
#[derive(Clone, Debug)]
pub struct Refusal {
    realm: Arc<str>,
    reason: Reason,
}

#[derive(Clone, Debug)]
enum Reason {
    NoToken,
    InvalidRequest,
    InvalidToken(Option<VerifyError>),
    InsufficientScope(String),
    UserRequired,
    ValueRequired(String),
    ValuesUnknown(ValuesError),
    InsufficientSignIn(Demanded),
    Unavailable(VerifyError),
    NotConfigured,
}

impl Refusal {
    pub(super) fn no_token(realm: Arc<str>) -> Self {
        Self { realm, reason: Reason::NoToken }
    }

    pub(super) fn invalid_request(realm: Arc<str>) -> Self {
        Self { realm, reason: Reason::InvalidRequest }
    }

    pub(super) fn unverified(realm: Arc<str>, error: VerifyError) -> Self {
        let reason = if error.is_unavailable() {
            Reason::Unavailable(error)
        } else {
            Reason::InvalidToken(Some(error))
        };
        Self { realm, reason }
    }

    /// The token is good and lacks claims that this API cannot do without.
    pub(super) fn unfit_claims(realm: Arc<str>) -> Self {
        Self { realm, reason: Reason::InvalidToken(None) }
    }

    pub(super) fn insufficient_scope(realm: Arc<str>, scope: &str) -> Self {
        Self { realm, reason: Reason::InsufficientScope(scope.to_owned()) }
    }

    pub(super) fn user_required(realm: Arc<str>) -> Self {
        Self { realm, reason: Reason::UserRequired }
    }

    /// The person does not have the value in the claim.
    pub(super) fn value_required(realm: Arc<str>, claim: &str, value: &str) -> Self {
        Self { realm, reason: Reason::ValueRequired(format!("{value:?} in {claim}")) }
    }

    /// What the claim lists cannot be told.
    pub(super) fn unknown_values(realm: Arc<str>, error: ValuesError) -> Self {
        tracing::warn!(%error, "a request is refused, as a claim of its token cannot be read");
        Self { realm, reason: Reason::ValuesUnknown(error) }
    }

    pub(super) fn insufficient_sign_in(realm: Arc<str>, demand: Demanded) -> Self {
        Self { realm, reason: Reason::InsufficientSignIn(demand) }
    }

    pub(super) fn not_configured() -> Self {
        Self { realm: Arc::from(""), reason: Reason::NotConfigured }
    }

    /// Which check of the verifier failed, for the log; nothing when it was not the verifier's.
    #[must_use]
    pub fn cause(&self) -> Option<VerifyError> {
        match self.reason {
            Reason::InvalidToken(cause) => cause,
            Reason::Unavailable(cause) => Some(cause),
            _ => None,
        }
    }

    /// The error code of RFC 6750 section 3.1. A request without a token gets none.
    fn code(&self) -> Option<&'static str> {
        match &self.reason {
            Reason::NoToken => None,
            Reason::InvalidRequest => Some("invalid_request"),
            Reason::InvalidToken(_) => Some("invalid_token"),
            Reason::ValuesUnknown(error) if error.is_unavailable() => Some("temporarily_unavailable"),
            Reason::InsufficientScope(_)
            | Reason::UserRequired
            | Reason::ValueRequired(_)
            | Reason::ValuesUnknown(_) => Some("insufficient_scope"),
            Reason::InsufficientSignIn(_) => Some(demand::ERROR),
            Reason::Unavailable(_) => Some("temporarily_unavailable"),
            Reason::NotConfigured => Some("server_error"),
        }
    }

    /// The value of `WWW-Authenticate`, where the fault is the caller's.
    fn challenge(&self) -> Option<HeaderValue> {
        if self.status_code().is_server_error() {
            return None;
        }
        let mut challenge = format!("Bearer realm={}", quoted(&self.realm));
        if let Reason::InsufficientSignIn(demand) = &self.reason {
            challenge += &format!(", {}", demand.challenge());
        } else if let Some(code) = self.code() {
            challenge += &format!(", error=\"{code}\"");
        }
        if let Reason::InsufficientScope(scope) = &self.reason {
            challenge += &format!(", scope={}", quoted(scope));
        }
        HeaderValue::from_str(&challenge).ok()
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match &self.reason {
            Reason::NoToken | Reason::InvalidToken(_) | Reason::InsufficientSignIn(_) => {
                StatusCode::UNAUTHORIZED
            }
            Reason::InvalidRequest => StatusCode::BAD_REQUEST,
            Reason::ValuesUnknown(error) if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
            Reason::InsufficientScope(_)
            | Reason::UserRequired
            | Reason::ValueRequired(_)
            | Reason::ValuesUnknown(_) => StatusCode::FORBIDDEN,
            Reason::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Reason::NotConfigured => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status_code());
        answer.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(challenge) = self.challenge() {
            answer.insert_header((WWW_AUTHENTICATE, challenge));
        }
        if let Reason::Unavailable(cause) = self.reason {
            answer.insert_header((RETRY_AFTER, retry_after(cause)));
        } else if self.status_code() == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((RETRY_AFTER, RETRY_WITH_KEYS));
        }
        match (&self.reason, self.code()) {
            (Reason::InsufficientSignIn(demand), _) => answer.json(demand.body()),
            (_, Some(code)) => answer.json(serde_json::json!({ "error": code })),
            (_, None) => answer.finish(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::NoToken => f.write_str("no bearer token"),
            Reason::InvalidRequest => f.write_str("malformed or repeated bearer token"),
            Reason::InvalidToken(Some(cause)) | Reason::Unavailable(cause) => cause.fmt(f),
            Reason::InvalidToken(None) => f.write_str("private claims are missing or unfit"),
            Reason::InsufficientScope(scope) => write!(f, "scope {scope:?} is needed"),
            Reason::UserRequired => f.write_str("only a person may do this"),
            Reason::ValueRequired(value) => write!(f, "{value} is needed"),
            Reason::ValuesUnknown(error) => error.fmt(f),
            Reason::InsufficientSignIn(_) => f.write_str("a more recent or stronger sign-in is needed"),
            Reason::NotConfigured => f.write_str("no ResourceServer in the application's data"),
        }
    }
}

fn retry_after(cause: VerifyError) -> &'static str {
    match cause {
        VerifyError::KeysUnavailable | VerifyError::KeysStale => RETRY_WITH_KEYS,
        _ => RETRY_WHEN_FRESH,
    }
}

/// A quoted-string of printable ASCII (RFC 9110 section 5.6.4); other characters become `?`.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            ' '..='~' => quoted.push(character),
            _ => quoted.push('?'),
        }
    }
    quoted + "\""
}
