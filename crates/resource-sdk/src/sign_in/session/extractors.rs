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
                CurrentSession::Unavailable => {
                    Err(SignInError::Unavailable { locale: site.locale(&request) })
                }
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
        // The log-in route says of a page that cannot be come back to why not.
        let page = wanted(site, request);
        site.local_path(&page)
            .map_or_else(|_| site.login_path_without(&page), |page| site.login_path(&page, false))
    });
    SignInError::LoginRequired { location }
}

/// The page that a request wanted, byte for byte, to be come back to. Only what the log-in route added is
/// taken off: a browser that signs in keeps cookies.
pub(crate) fn wanted(site: &Site, request: &HttpRequest) -> String {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    if !is_cookieless(site, request) {
        return target.to_owned();
    }
    let cookieless = site.cookies.cookieless_parameter();
    let others: Vec<_> = request.query_string().split('&').filter(|pair| *pair != cookieless).collect();
    let path = target.split('?').next().unwrap_or_default();
    if others.is_empty() { path.to_owned() } else { format!("{path}?{}", others.join("&")) }
}

/// Whether the login route found that this browser keeps no cookies.
pub(crate) fn is_cookieless(site: &Site, request: &HttpRequest) -> bool {
    let cookieless = site.cookies.cookieless_parameter();
    request.query_string().split('&').any(|pair| pair == cookieless)
}
