//! The form of a request, checked before anything is done with it. It came from one of the site's own pages, with the token of
//! this very person, and is not too long to be kept. OWASP ASVS 3.5; RFC 9470 leaves it to the site.

use std::future::Future;

use actix_web::{
    HttpMessage, HttpRequest,
    http::header::CONTENT_LENGTH,
    web::{Bytes, Query},
};
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::step_up_error::StepUpError;
use crate::sign_in::{
    browser::{
        local_path::LocalPath,
        request_origin::{self, RequestOrigin},
    },
    memory::held_forms::HeldForm,
    session::{extractors::wanted, signed_in::SignedIn},
};

/// The field that holds [`SignedIn::csrf_token`].
pub(super) const CSRF_FIELD: &str = "csrf_token";
/// Octets of the longest form that is taken: one that is fresh today may have to be kept tomorrow.
const MAX_BYTES: usize = 64 * 1024;
const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// A form that may be acted upon.
pub(super) struct CheckedForm {
    action: LocalPath,
    body: Bytes,
}

impl CheckedForm {
    /// The form, and its fields.
    pub(super) async fn read<T: DeserializeOwned>(
        person: &SignedIn,
        request: &HttpRequest,
        body: impl Future<Output = Result<Bytes, actix_web::Error>>,
    ) -> Result<(Self, T), StepUpError> {
        let site = person.site();
        let locale = || site.locale(request);
        if announced(request) > MAX_BYTES {
            return Err(StepUpError::FormTooLong { locale: locale() });
        }
        let body = body.await.ok().filter(|body| body.len() <= MAX_BYTES);
        let body = body.ok_or_else(|| StepUpError::FormTooLong { locale: locale() })?;
        let action = site.local_path(&wanted(site, request)).ok();
        let text = std::str::from_utf8(&body).ok().filter(|_| is_form(request));
        let (Some(action), Some(text)) = (action, text) else {
            return Err(StepUpError::FormUnread { locale: locale() });
        };
        if !is_own(person, request, text) {
            return Err(StepUpError::ForeignForm { locale: locale() });
        }
        let fields = Query::<T>::from_query(text).map_err(|_| {
            // Not the error: it may hold what was filled in.
            tracing::warn!(
                path = action.as_str(),
                "a form does not have the fields that its handler asks for"
            );
            StepUpError::FormUnread { locale: locale() }
        })?;
        Ok((Self { action, body }, fields.into_inner()))
    }

    pub(super) fn into_held(self) -> HeldForm {
        HeldForm { action: self.action, body: Zeroizing::new(self.body.to_vec()) }
    }
}

/// Octets that the request says it has.
fn announced(request: &HttpRequest) -> usize {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    length.unwrap_or_default()
}

fn is_form(request: &HttpRequest) -> bool {
    request.content_type().eq_ignore_ascii_case(CONTENT_TYPE)
}

/// Checked before it is kept, for what is kept gets a new token.
fn is_own(person: &SignedIn, request: &HttpRequest, body: &str) -> bool {
    let mut tokens = url::form_urlencoded::parse(body.as_bytes())
        .filter(|(name, _)| name == CSRF_FIELD)
        .map(|(_, value)| value);
    let is_foreign = request_origin::classify(request, &person.site().origin()) == RequestOrigin::Other;
    match (tokens.next(), tokens.next()) {
        (Some(token), None) => !is_foreign && person.is_csrf_token(&token),
        _ => false,
    }
}
