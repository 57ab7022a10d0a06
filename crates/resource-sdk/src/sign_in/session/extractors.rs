//! How a handler gets its visitor: the extraction of `SignedIn` for pages that need a person and of
//! `MaybeSignedIn` for pages that can do without. Who the visitor is was found out in `current_session`; public
//! pages that ask the provider first are `silent`'s.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::{current_session::CurrentSession, middleware, sign_in_error::SignInError, signed_in::SignedIn};
use crate::sign_in::{browser::request_origin, site::Site};

/// The signed-in user, if any, for public pages. A session that cannot be verified now counts as none.
#[derive(Clone, Debug)]
pub struct MaybeSignedIn(Option<SignedIn>);

impl MaybeSignedIn {
    pub(crate) fn of(current: CurrentSession) -> Self {
        match current {
            CurrentSession::SignedIn(person) => Self(Some(person)),
            CurrentSession::SignedOut | CurrentSession::Unavailable => Self(None),
        }
    }

    /// The person who is signed in, if any.
    #[must_use]
    pub fn person(&self) -> Option<&SignedIn> {
        self.0.as_ref()
    }
}

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, SignInError>>>>;

impl FromRequest for SignedIn {
    type Error = SignInError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (site, current) = middleware::current_session(&request).await?;
            match current {
                CurrentSession::SignedIn(person) => Ok(person),
                CurrentSession::Unavailable => Err(SignInError::Unavailable),
                CurrentSession::SignedOut => Err(login_required(&site, &request)),
            }
        })
    }
}

impl FromRequest for MaybeSignedIn {
    type Error = SignInError;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let (_, current) = middleware::current_session(&request).await?;
            Ok(Self::of(current))
        })
    }
}

fn login_required(site: &Site, request: &HttpRequest) -> SignInError {
    let location = request_origin::is_navigation(request).then(|| {
        // A page that cannot be come back to is left out.
        let page = site.local_path(&wanted(site, request));
        page.map_or_else(|| site.path("/login"), |page| site.login_path(page.as_str(), false))
    });
    SignInError::LoginRequired { location }
}

/// The page that a request wanted, to be come back to: a browser that signs in keeps cookies.
pub(crate) fn wanted(site: &Site, request: &HttpRequest) -> String {
    let cookieless = site.cookies.cookieless_parameter();
    let others = request.query_string().split('&').filter(|pair| *pair != cookieless);
    let query = others.collect::<Vec<_>>().join("&");
    if query.is_empty() { request.path().to_owned() } else { format!("{}?{query}", request.path()) }
}

/// Whether the login route found that this browser keeps no cookies.
pub(crate) fn is_cookieless(site: &Site, request: &HttpRequest) -> bool {
    let cookieless = site.cookies.cookieless_parameter();
    request.query_string().split('&').any(|pair| pair == cookieless)
}
