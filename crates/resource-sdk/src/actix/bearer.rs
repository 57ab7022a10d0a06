//! The extractors: a handler that takes one of them runs only for a request with a good token, for
//! a person, or for a scope. A right is a type; forgetting it does not compile. RFC 6750 section 3.1;
//! RFC 9700 section 4.15.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    challenge::Refusal,
    presented::{Verified, verify_header},
};
use crate::claims::AccessToken;

/// A request's verified access token, with the private claims that the site wants as `C`.
#[derive(Clone, Debug)]
pub struct Bearer<C = NoClaims> {
    token: AccessToken,
    claims: C,
    realm: Arc<str>,
}

/// No private claims.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct NoClaims {}

impl<C> Bearer<C> {
    /// The verified token.
    #[must_use]
    pub fn token(&self) -> &AccessToken {
        &self.token
    }

    /// The private claims.
    #[must_use]
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// Goes on only if the token was granted this scope.
    ///
    /// # Errors
    /// 403 `insufficient_scope`, naming the scope.
    pub fn require_scope(&self, scope: &str) -> Result<(), Refusal> {
        if self.scope().contains(scope) {
            Ok(())
        } else {
            Err(Refusal::insufficient_scope(Arc::clone(&self.realm), scope))
        }
    }

    /// Goes on only if the token speaks for a person, and answers whose it is.
    ///
    /// # Errors
    /// 403 for a program's token.
    pub fn require_user(&self) -> Result<&str, Refusal> {
        self.user().ok_or_else(|| Refusal::user_required(Arc::clone(&self.realm)))
    }
}

impl<C: DeserializeOwned> Bearer<C> {
    pub(super) fn read(verified: Verified) -> Result<Self, Refusal> {
        let realm = verified.realm();
        let claims = verified.token.claims();
        let claims = claims.map_err(|_| Refusal::unfit_claims(Arc::clone(&realm)))?;
        Ok(Self { token: verified.token, claims, realm })
    }
}

impl<C> Deref for Bearer<C> {
    type Target = AccessToken;

    fn deref(&self) -> &AccessToken {
        &self.token
    }
}

impl<C: DeserializeOwned + 'static> FromRequest for Bearer<C> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Self::read(verify_header(&request).await?) })
    }
}

/// A [`Bearer`] that speaks for a person: a program's own token is refused with 403, even when the
/// program's id reads like a person's.
#[derive(Clone, Debug)]
pub struct UserBearer<C = NoClaims>(Bearer<C>);

impl<C> UserBearer<C> {
    /// The person's identifier at the provider.
    #[must_use]
    pub fn user_id(&self) -> &str {
        self.0.subject()
    }
}

impl<C> Deref for UserBearer<C> {
    type Target = Bearer<C>;

    fn deref(&self) -> &Bearer<C> {
        &self.0
    }
}

impl<C: DeserializeOwned + 'static> FromRequest for UserBearer<C> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bearer = Bearer::from_request(request, payload);
        Box::pin(async move {
            let bearer: Bearer<C> = bearer.await?;
            bearer.require_user()?;
            Ok(Self(bearer))
        })
    }
}

/// A scope as a type, for [`ScopedBearer`].
pub trait RequiredScope {
    /// The scope value that the token must have been granted.
    const SCOPE: &'static str;
}

/// A [`Bearer`] that was granted the scope `S`: others are refused with 403.
#[derive(Clone, Debug)]
pub struct ScopedBearer<S, C = NoClaims>(Bearer<C>, PhantomData<S>);

impl<S, C> Deref for ScopedBearer<S, C> {
    type Target = Bearer<C>;

    fn deref(&self) -> &Bearer<C> {
        &self.0
    }
}

impl<S: RequiredScope, C: DeserializeOwned + 'static> FromRequest for ScopedBearer<S, C> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bearer = Bearer::from_request(request, payload);
        Box::pin(async move {
            let bearer: Bearer<C> = bearer.await?;
            bearer.require_scope(S::SCOPE)?;
            Ok(Self(bearer, PhantomData))
        })
    }
}
