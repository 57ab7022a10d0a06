//! How a handler gets its visitor: the extraction of `SignedIn` for pages that need a person and of
//! `MaybeSignedIn` for pages that can do without. Who the visitor is was found out in `visit`; public
//! pages that ask the provider first are `silent`'s.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::{keeper, origin, sign_in_error::SignInError, signed_in::SignedIn, site::Site, visit::Visit};

/// Who is here, for pages that anyone may see. While nothing can be said about a session, nobody is.
#[derive(Clone, Debug)]
pub struct MaybeSignedIn(Option<SignedIn>);

impl MaybeSignedIn {
    pub(super) fn of(visit: Visit) -> Self {
        match visit {
            Visit::SignedIn(person) => Self(Some(person)),
            Visit::SignedOut | Visit::Unavailable => Self(None),
        }
    }

    /// The person, if somebody is signed in.
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
            let (site, visit) = keeper::visit(&request).await?;
            match visit {
                Visit::SignedIn(person) => Ok(person),
                Visit::Unavailable => Err(SignInError::Unavailable),
                Visit::SignedOut => Err(login_required(&site, &request)),
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
            let (_, visit) = keeper::visit(&request).await?;
            Ok(Self::of(visit))
        })
    }
}

fn login_required(site: &Site, request: &HttpRequest) -> SignInError {
    let location = origin::is_navigation(request).then(|| site.login_path(&wanted(request), false));
    SignInError::LoginRequired { location }
}

/// The page that a request wanted.
pub(super) fn wanted(request: &HttpRequest) -> String {
    let uri = request.uri();
    uri.path_and_query().map_or_else(|| uri.path().to_owned(), ToString::to_string)
}
