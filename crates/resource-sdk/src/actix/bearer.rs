//! The extractors: a handler that takes one of them runs only for a request with a good token, for
//! a person, for a scope, or for a sign-in of a certain kind. A right is a type; forgetting it does not
//! compile. RFC 6750 section 3.1; RFC 9700 section 4.15; RFC 9470.

use std::{marker::PhantomData, ops::Deref, sync::Arc};

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::future::LocalBoxFuture;
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    challenge::Refusal,
    presented::{Verified, verify_header},
};
use crate::{
    claims::AccessToken,
    demand::{Demand, Demanded},
    resource_server::ResourceServer,
    time::UnixTime,
};

/// The claim that lists roles, as RFC 9068 section 2.2.3.1 has it.
const ROLES: &str = "roles";

/// A request's verified access token, with the private claims that the site wants as `C`.
#[derive(Clone, Debug)]
pub struct Bearer<C = NoClaims> {
    token: AccessToken,
    claims: C,
    realm: Arc<str>,
    server: ResourceServer,
    /// When it was verified, and seconds by which that may be wrong.
    time: (UnixTime, i64),
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

    /// The values of a claim that is a list, such as `groups`, from the token or the permission bundle that it names.
    ///
    /// # Errors
    /// 403 when the token has no such claim; 503 when its bundle cannot be fetched.
    pub async fn values(&self, claim: &str) -> Result<Arc<[String]>, Refusal> {
        let values = self.server.values(&self.token, claim).await;
        values.map_err(|error| Refusal::unknown_values(Arc::clone(&self.realm), error))
    }

    /// The person's roles: the claim `roles`.
    ///
    /// # Errors
    /// As [`Bearer::values`].
    pub async fn roles(&self) -> Result<Arc<[String]>, Refusal> {
        self.values(ROLES).await
    }

    /// Whether `role` is among them.
    ///
    /// # Errors
    /// As [`Bearer::values`].
    pub async fn has_role(&self, role: &str) -> Result<bool, Refusal> {
        Ok(self.roles().await?.iter().any(|held| held == role))
    }

    /// Goes on only if `role` is among the person's roles.
    ///
    /// # Errors
    /// 403, or as [`Bearer::values`].
    pub async fn require_role(&self, role: &str) -> Result<(), Refusal> {
        self.require_value(ROLES, role).await
    }

    /// Goes on only if `value` is in the list `claim`.
    ///
    /// # Errors
    /// 403, or as [`Bearer::values`].
    pub async fn require_value(&self, claim: &str, value: &str) -> Result<(), Refusal> {
        match self.values(claim).await?.iter().any(|held| held == value) {
            true => Ok(()),
            false => Err(Refusal::value_required(Arc::clone(&self.realm), claim, value)),
        }
    }

    /// Goes on only if the token speaks for a person, and answers whose it is.
    ///
    /// # Errors
    /// 403 for a program's token.
    pub fn require_user(&self) -> Result<&str, Refusal> {
        self.user().ok_or_else(|| Refusal::user_required(Arc::clone(&self.realm)))
    }

    /// Goes on only if the token stems from a sign-in of a person that meets the demand `D`.
    ///
    /// # Errors
    /// 401 `insufficient_user_authentication` (RFC 9470 section 3), which names the demand; 403 for a program's token, since no
    /// sign-in would help it.
    pub fn require_sign_in<D: Demand>(&self) -> Result<(), Refusal> {
        self.require_user()?;
        let (demand, (now, leeway)) = (Demanded::of::<D>(), self.time);
        match demand.shortfall(&self.token, now, leeway) {
            None => Ok(()),
            Some(_) => Err(Refusal::insufficient_sign_in(Arc::clone(&self.realm), demand)),
        }
    }
}

impl<C: DeserializeOwned> Bearer<C> {
    pub(super) fn read(verified: Verified) -> Result<Self, Refusal> {
        let (realm, time) = (verified.realm(), verified.time());
        let (claims, server) = (verified.token.claims(), verified.server.clone());
        let claims = claims.map_err(|_| Refusal::unfit_claims(Arc::clone(&realm)))?;
        Ok(Self { token: verified.token, claims, realm, server, time })
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

/// A [`Bearer`] that speaks for a person whose sign-in meets the demand `D`: others are refused, with 401
/// `insufficient_user_authentication` where signing in again would help (RFC 9470).
#[derive(Clone, Debug)]
pub struct SteppedUpBearer<D, C = NoClaims>(Bearer<C>, PhantomData<D>);

impl<D, C> Deref for SteppedUpBearer<D, C> {
    type Target = Bearer<C>;

    fn deref(&self) -> &Bearer<C> {
        &self.0
    }
}

impl<D: Demand, C: DeserializeOwned + 'static> FromRequest for SteppedUpBearer<D, C> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bearer = Bearer::from_request(request, payload);
        Box::pin(async move {
            let bearer: Bearer<C> = bearer.await?;
            bearer.require_sign_in::<D>()?;
            Ok(Self(bearer, PhantomData))
        })
    }
}

/// A role as a type, for [`RoleBearer`].
pub trait RequiredRole {
    /// The role, as it is in the claim.
    const ROLE: &'static str;
    /// The claim that lists roles.
    const CLAIM: &'static str = ROLES;
}

/// A [`Bearer`] of a person with the role `R`: others are refused with 403. It asks the token, or the permission bundle that the token
/// names.
#[derive(Clone, Debug)]
pub struct RoleBearer<R, C = NoClaims>(Bearer<C>, PhantomData<R>);

impl<R, C> Deref for RoleBearer<R, C> {
    type Target = Bearer<C>;

    fn deref(&self) -> &Bearer<C> {
        &self.0
    }
}

impl<R: RequiredRole, C: DeserializeOwned + 'static> FromRequest for RoleBearer<R, C> {
    type Error = Refusal;
    type Future = LocalBoxFuture<'static, Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let bearer = Bearer::from_request(request, payload);
        Box::pin(async move {
            let bearer: Bearer<C> = bearer.await?;
            bearer.require_user()?;
            bearer.require_value(R::CLAIM, R::ROLE).await?;
            Ok(Self(bearer, PhantomData))
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
