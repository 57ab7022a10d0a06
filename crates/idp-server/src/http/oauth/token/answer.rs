//! The successful answer of the token endpoint (RFC 6749 5.1), and the access token in it.

use super::signing_turn::Signer;
use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::random;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use idp_core::administration::Memberships;
use idp_core::client::ClaimTarget;
use idp_core::grant::Grant;
use idp_core::scope::Scope;
use idp_core::time::UnixTime;
use idp_core::token::{AccessTokenClaims, Audience, PersonClaims, PrivateClaims, TokenBudget, TokenId};
use serde::Serialize;
use serde_json::json;

/// What a client gets.
pub struct Answer {
    /// The access token.
    pub access_token: String,
    /// When it expires.
    pub expires_at: UnixTime,
    /// What it may be used for.
    pub scope: Scope,
    /// The refresh token, when the client has them.
    pub refresh_token: Option<String>,
    /// The ID token, when a person signed in with `openid`.
    pub id_token: Option<String>,
}

impl Answer {
    /// The JSON, never stored.
    #[must_use]
    pub fn into_response(self, now: UnixTime) -> HttpResponse {
        let mut body = json!({
            "access_token": self.access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_at.seconds_since(now).max(0),
        });
        if let Some(members) = body.as_object_mut() {
            let optional = [
                ("scope", Some(self.scope.to_string()).filter(|scope| !scope.is_empty())),
                ("refresh_token", self.refresh_token),
                ("id_token", self.id_token),
            ];
            members.extend(
                optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?.into()))),
            );
        }
        HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .json(body)
    }
}

/// The key that signs, once it is this request's turn.
///
/// # Errors
/// When there is none: the keys were reset under another master key, which this node does not have yet.
pub async fn signer(request: &ClientRequest) -> Result<Signer, ApiFailure> {
    let ring = request.app.keys.ring();
    let Some(key) = ring.signer().cloned() else {
        tracing::error!("there is no signing key that opens under the master key");
        return Err(ApiFailure::Unavailable);
    };
    Ok(Signer::wait(key).await)
}

/// When an access token issued now expires: after the client's own lifetime or the server's, and never
/// after `limit`.
#[must_use]
pub fn expiry(request: &ClientRequest, limit: Option<UnixTime>) -> UnixTime {
    let lifetime =
        request.client.metadata.access_token_lifetime.unwrap_or(request.app.config.token.access.as_secs());
    let expires_at = request.now.plus(lifetime);
    limit.map_or(expires_at, |limit| expires_at.min(limit))
}

/// What the tokens of a grant say of the sign-in behind it: of its own, not of the latest in the same session, which may
/// have been for another site (ADR 42).
#[must_use]
pub fn sign_in_of(grant: &Grant) -> PersonClaims {
    PersonClaims::new(grant.sid, &grant.proofs, &grant.acr)
}

/// The claims that are mapped for this client, as they go into a token that says `claims` without them. Where the person has too
/// many roles, it names bundles instead, which are kept for as long.
///
/// # Errors
/// When bundles are not stored.
pub async fn mapped_claims(
    request: &ClientRequest,
    memberships: &Memberships,
    (target, claims): (ClaimTarget, &impl Serialize),
    expires_at: UnixTime,
) -> Result<PrivateClaims, ApiFailure> {
    let mapped = request.client.metadata.claims_mapping.claims_for(target, memberships);
    if mapped.is_empty() {
        return Ok(PrivateClaims::none());
    }
    let mapped = PrivateClaims::try_from(mapped).map_err(|error| {
        tracing::error!(%error, "a mapped claim has a name that is reserved by now");
        ApiFailure::Internal
    })?;
    let (fitting, bundles) = TokenBudget::for_key(request.app.config.key.bits).fit(claims, mapped);
    request.app.store.keep_bundles(bundles, expires_at).await?;
    Ok(fitting)
}

/// The claims of an access token of a person (RFC 9068): for the client's resource, and for userinfo when `openid` was
/// granted.
///
/// # Errors
/// When bundles that it names are not stored.
pub async fn person_claims(
    request: &ClientRequest,
    memberships: &Memberships,
    grant: &Grant,
    scope: &Scope,
    expires_at: UnixTime,
) -> Result<AccessTokenClaims, ApiFailure> {
    let issuer = request.app.issuer().to_owned();
    let userinfo = scope.contains("openid").then(|| issuer.clone());
    let mut claims = AccessTokenClaims {
        iss: issuer,
        sub: grant.user.to_string(),
        aud: Audience::new([request.client.metadata.audience.clone()].into_iter().chain(userinfo)),
        client_id: request.client.id.to_string(),
        scope: scope.to_string(),
        jti: TokenId::for_grant(grant.id, grant.epoch, &mut random::rng()),
        iat: request.now,
        exp: expires_at,
        person: Some(sign_in_of(grant)),
        private: PrivateClaims::none(),
    };
    claims.private =
        mapped_claims(request, memberships, (ClaimTarget::AccessToken, &claims), expires_at).await?;
    Ok(claims)
}
