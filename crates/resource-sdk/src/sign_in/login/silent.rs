//! Silent sign-in: a public page learns whether its visitor is signed in at the provider, by one
//! top-level round with `prompt=none`, once in a browser session. The page stays usable when that leads
//! nowhere. The decision falls before the page's handler runs, which runs once and by the page's own path.
//! OpenID Connect Core section 3.1.2.1.
//!
//! The round begins with a marker cookie. A browser that comes to `/login?prompt=none` without it keeps no
//! cookies and would begin anew at every page. The login route sends it back to the page with a query
//! parameter that says so: without state at the site there is no loop, even if the browser refuses some cookies.

use std::{future::Future, ops::Deref, pin::Pin};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError,
    cookie::Cookie,
    dev::Payload,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION},
    },
};

use super::silent_marker;
use crate::sign_in::{
    browser::{local_path::LocalPath, request_origin},
    session::{
        current_session::CurrentSession,
        extractors::{MaybeSignedIn, is_cookieless, wanted},
        middleware,
        sign_in_error::SignInError,
    },
    site::Site,
};

/// Who is here, on a public page that signs people in silently when it can.
#[derive(Clone, Debug)]
pub struct SilentSignIn(MaybeSignedIn);

impl Deref for SilentSignIn {
    type Target = MaybeSignedIn;

    fn deref(&self) -> &MaybeSignedIn {
        &self.0
    }
}

/// Why the page was not rendered (yet).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SilentSignInError {
    /// The browser is sent to ask the provider first.
    #[error("the provider is asked first")]
    AskFirst {
        /// Where the round begins.
        location: String,
        /// Says that it was begun.
        marker: Box<Cookie<'static>>,
    },
    /// The site is not set up for signing in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
}

impl ResponseError for SilentSignInError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::AskFirst { .. } => StatusCode::SEE_OTHER,
            Self::SignIn(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::AskFirst { location, marker } => HttpResponse::SeeOther()
                .insert_header((LOCATION, location.as_str()))
                .insert_header((CACHE_CONTROL, "no-store"))
                .cookie(marker.as_ref().clone())
                .finish(),
            Self::SignIn(error) => error.error_response(),
        }
    }
}

impl FromRequest for SilentSignIn {
    type Error = SilentSignInError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, SilentSignInError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (site, current) = middleware::current_session(&request).await?;
            let page = page_to_ask_for(&site, &request, &current);
            if let Some(page) = page
                && site.provider.is_reachable().await
            {
                let location = site.login_path(&page, true);
                let marker = Box::new(silent_marker::marker(&site));
                return Err(SilentSignInError::AskFirst { location, marker });
            }
            Ok(Self(MaybeSignedIn::of(current)))
        })
    }
}

/// The page to come back to, if its visitor is unknown and the provider may be asked.
fn page_to_ask_for(site: &Site, request: &HttpRequest, current: &CurrentSession) -> Option<LocalPath> {
    let is_asked = matches!(current, CurrentSession::SignedOut) && may_ask(site, request);
    // Without a sure way back to this very page the round would end at another one.
    site.local_path(&wanted(site, request)).ok().filter(|page| is_asked && page.fits_an_address())
}

/// Only a person who goes to the page, and only once in a browser session.
fn may_ask(site: &Site, request: &HttpRequest) -> bool {
    request_origin::is_navigation(request)
        && !is_cookieless(site, request)
        && !silent_marker::is_present(site, request)
}
