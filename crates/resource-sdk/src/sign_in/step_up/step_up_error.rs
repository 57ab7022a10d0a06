//! Why a handler that demands more of a sign-in was not called, and what is answered instead. RFC 9470 section 3, in the words of
//! the sign-in's own scheme where there is no bearer token.

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
};

use crate::{
    demand::Demanded,
    sign_in::{
        browser::{error_page, locale::Locale, redirect::redirect},
        session::sign_in_error::SignInError,
    },
};

/// Why a handler was not called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepUpError {
    /// No one is signed in, or that cannot be found out.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// The person goes to the provider.
    #[error("the sign-in does not meet what the route demands; the person is sent to confirm it")]
    Leave {
        /// Where the round begins.
        location: String,
    },
    /// The person sent a form to a route that keeps none.
    #[error("the sign-in does not meet what the route demands, and the route keeps no form")]
    ConfirmFirst {
        /// In which language it is said.
        locale: Locale,
        /// Where the person confirms that it is them.
        confirm: String,
    },
    /// A script asked.
    #[error("the sign-in does not meet what the route demands")]
    Insufficient {
        /// What it demands.
        demand: Demanded,
    },
    /// The form is longer than what is kept of one.
    #[error("the form has more than 64 KiB")]
    FormTooLong {
        /// In which language it is said.
        locale: Locale,
    },
    /// It is no such form, or lacks fields.
    #[error("the form cannot be read")]
    FormUnread {
        /// In which language it is said.
        locale: Locale,
    },
    /// It is not of a current page of this person.
    #[error("the form's csrf_token is not this person's, or the form came from elsewhere")]
    ForeignForm {
        /// In which language it is said.
        locale: Locale,
    },
}

impl ResponseError for StepUpError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn(error) => error.status_code(),
            Self::Leave { .. } => StatusCode::SEE_OTHER,
            Self::Insufficient { .. } => StatusCode::UNAUTHORIZED,
            Self::FormTooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::FormUnread { .. } => StatusCode::BAD_REQUEST,
            Self::ConfirmFirst { .. } | Self::ForeignForm { .. } => StatusCode::FORBIDDEN,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        match self {
            Self::SignIn(error) => error.error_response(),
            Self::Leave { location } => redirect(location).finish(),
            Self::ConfirmFirst { locale, confirm } => error_page::confirm_first(locale, confirm),
            Self::Insufficient { demand } => HttpResponse::Unauthorized()
                .insert_header((WWW_AUTHENTICATE, format!("SignIn {}", demand.challenge())))
                .insert_header((CACHE_CONTROL, "no-store"))
                .json(demand.body()),
            Self::FormTooLong { locale } => error_page::form_too_long(locale),
            Self::FormUnread { locale } | Self::ForeignForm { locale } => {
                error_page::foreign_form(locale, status)
            }
        }
    }
}
