//! Why a handler that asks for its visitor was not called, and what is answered instead. A person is
//! sent to sign in, and a script gets 401. 503 means that nothing can be said now, and 500 that the site
//! is not set up completely. `middleware` and `extractors` decide which of them it is.
//! RFC 9110 sections 15.5.2 and 15.6.4.

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION, WWW_AUTHENTICATE},
    },
};

use crate::sign_in::browser::{error_page, locale::Locale};

/// Why a handler was not called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// No user is signed in; a navigation is sent to sign in.
    #[error("no user is signed in")]
    LoginRequired {
        /// Where to sign in; absent when a script asked.
        location: Option<String>,
    },
    /// The session cannot be judged now: provider or keys are not there. It is kept.
    #[error("the session cannot be verified now")]
    Unavailable {
        /// In which language it is said.
        locale: Locale,
    },
    /// No sign-in of server-rendered mode is mounted where this handler is.
    #[error("mount a sign-in half in server-rendered mode: .configure(sign_in.routes())")]
    NotMounted {
        /// In which language it is said.
        locale: Locale,
    },
    /// The middleware that keeps refreshed sessions is missing.
    #[error("the middleware is missing: .wrap(sign_in.middleware())")]
    NoMiddleware {
        /// In which language it is said.
        locale: Locale,
    },
}

impl ResponseError for SignInError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::LoginRequired { location: Some(_) } => StatusCode::SEE_OTHER,
            Self::LoginRequired { location: None } => StatusCode::UNAUTHORIZED,
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotMounted { .. } | Self::NoMiddleware { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::LoginRequired { location: Some(location) } => HttpResponse::SeeOther()
                .insert_header((LOCATION, location.as_str()))
                .insert_header((CACHE_CONTROL, "no-store"))
                .finish(),
            Self::LoginRequired { location: None } => HttpResponse::Unauthorized()
                .insert_header((WWW_AUTHENTICATE, "SignIn"))
                .insert_header((CACHE_CONTROL, "no-store"))
                .json(serde_json::json!({ "error": "login_required" })),
            Self::Unavailable { locale } => error_page::try_again_later(locale),
            Self::NotMounted { locale } | Self::NoMiddleware { locale } => {
                tracing::error!(error = %self, "the sign-in half is not mounted completely");
                error_page::internal_error(locale)
            }
        }
    }
}
