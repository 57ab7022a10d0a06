//! What a handler gets to know about its visitor, as extractors: `SignedIn` for pages that need a
//! person, `MaybeSignedIn` for pages that can do without. RFC 9068 (the token behind it); OWASP ASVS
//! 10.3.3 (a local account hangs on issuer and subject, never on a mail address).

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION, WWW_AUTHENTICATE},
    },
};

use super::{keeper, origin, page, session::Session, site::Site, visit::Visit};
use crate::claims::AccessToken;

/// A signed-in person, whose access token was verified offline for this very request.
///
/// As a handler's argument it turns everybody else away: a person who goes to the page is sent to
/// sign in and comes back to it, a script gets 401, and 503 is answered while nothing can be said.
#[derive(Clone)]
pub struct SignedIn(Arc<Person>);

struct Person {
    site: Arc<Site>,
    session: Session,
    token: AccessToken,
}

/// What a site's own record of a person hangs on: the provider and the identifier there. Mail
/// addresses and names change hands; this does not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey {
    /// `iss`
    pub issuer: String,
    /// `sub`
    pub subject: String,
}

impl SignedIn {
    pub(super) fn new(site: &Arc<Site>, session: Session, token: AccessToken) -> Self {
        Self(Arc::new(Person { site: Arc::clone(site), session, token }))
    }

    /// The key of the person's local account.
    #[must_use]
    pub fn account(&self) -> AccountKey {
        let issuer = self.0.token.issuer().to_owned();
        AccountKey { issuer, subject: self.subject().to_owned() }
    }

    /// `sub`: the person's identifier at the provider.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.token.subject()
    }

    /// What the person is called, if the provider told; only for showing it.
    #[must_use]
    pub fn display_name(&self) -> Option<&str> {
        self.0.session.display_name.as_deref()
    }

    /// The verified access token, with all its claims.
    #[must_use]
    pub fn access_token(&self) -> &AccessToken {
        &self.0.token
    }

    /// The access token as text, for calls to other services on the person's behalf. It must not
    /// get into a page.
    #[must_use]
    pub fn bearer(&self) -> &str {
        &self.0.session.access_token
    }

    /// The token that this person's forms must carry in a field `csrf_token`; the log-out form too.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        self.0.site.sealer.form_token(&self.0.session.id)
    }

    /// Whether a form's `csrf_token` is this person's.
    #[must_use]
    pub fn is_csrf_token(&self, presented: &str) -> bool {
        self.0.site.sealer.is_form_token(&self.0.session.id, presented)
    }

    /// Where to post the log-out form, with [`csrf_token`](Self::csrf_token).
    #[must_use]
    pub fn logout_path(&self) -> String {
        self.0.site.path("/logout")
    }
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("token", &self.0.token).finish_non_exhaustive()
    }
}

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

/// Why a handler was not called.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// Nobody is signed in; a person who goes to a page is sent here.
    #[error("nobody is signed in")]
    LoginRequired {
        /// Where to sign in; absent when a script asked.
        location: Option<String>,
    },
    /// The session cannot be judged now: provider or keys are not there. It is kept.
    #[error("the session cannot be verified now")]
    Unavailable,
    /// No sign-in of server-rendered mode is mounted where this handler is.
    #[error("mount a sign-in half in server-rendered mode: .configure(sign_in.routes())")]
    NotMounted,
    /// The middleware that keeps refreshed sessions is missing.
    #[error("the middleware is missing: .wrap(sign_in.keeper())")]
    NoKeeper,
}

impl ResponseError for SignInError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::LoginRequired { location: Some(_) } => StatusCode::SEE_OTHER,
            Self::LoginRequired { location: None } => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotMounted | Self::NoKeeper => StatusCode::INTERNAL_SERVER_ERROR,
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
            Self::Unavailable => page::try_again_later(),
            Self::NotMounted | Self::NoKeeper => {
                tracing::error!(error = %self, "the sign-in half is not mounted completely");
                page::internal_error()
            }
        }
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
