//! `grant_type=authorization_code` (RFC 6749 4.1.3, OpenID Connect Core 3.1.3).

use super::answer::{self, Answer};
use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::random;
use crate::spans;
use crate::store::authorization_codes::{Redeemed, Redemption};
use idp_core::administration::Memberships;
use idp_core::client::ClaimTarget;
use idp_core::error::OAuthError;
use idp_core::grant::authorization_code::{AuthorizationCode, CodeRefusal};
use idp_core::key::SigningKey;
use idp_core::secret::RefreshToken;
use idp_core::token::id_token::access_token_hash;
use idp_core::token::{
    Audience, IdTokenClaims, PrivateClaims, encrypt_signed_token, mint_access_token, mint_id_token,
};
use std::sync::Arc;

/// Redeems the code.
///
/// # Errors
/// `invalid_grant`, or a failure of ours.
pub async fn redeem(request: &ClientRequest) -> Result<Answer, ApiFailure> {
    let code = request.required("code", "code is missing.")?;
    let seals = request.app.seals();
    let code = seals.authorization_code(code).ok_or(OAuthError::from(CodeRefusal::Unknown))?;
    spans::follows_from(code.trace.as_deref());
    let redemption = Redemption {
        code,
        client: Arc::clone(&request.client),
        redirect_uri: request.param("redirect_uri").map(str::to_owned),
        code_verifier: request.param("code_verifier").map(str::to_owned),
        address: request.address_text(),
        source: request.address.network_key(),
        new_refresh_token: Box::new(move |code: &AuthorizationCode| {
            RefreshToken::generate(code.user, code.grant, seals.refresh_tag(), &mut random::rng())
        }),
    };
    let redeemed = request.app.store.redeem_code(redemption, request.now).await?;
    let redeemed = redeemed.map_err(OAuthError::from)?;
    answer(request, &redeemed).await
}

async fn answer(request: &ClientRequest, redeemed: &Redeemed) -> Result<Answer, ApiFailure> {
    let grant = &redeemed.grant;
    let memberships = request.app.store.memberships_for(&request.client, grant.user).await?;
    let expires_at = answer::expiry(request, Some(grant.expires_at));
    let claims = answer::person_claims(request, &memberships, grant, &grant.scope, expires_at).await?;
    let id_claims = match grant.scope.contains("openid") {
        true => Some(id_claims(request, &memberships, redeemed).await?),
        false => None,
    };
    let key = answer::signer(request).await?;
    let access_token = mint_access_token(&key, &claims)?;
    let id_token = id_claims.map(|claims| id_token(request, &key, claims, &access_token)).transpose()?;
    let refresh_token = redeemed.refresh_token.as_ref().map(|token| token.expose().to_owned());
    Ok(Answer { access_token, expires_at, scope: grant.scope.clone(), refresh_token, id_token })
}

/// All but the hash of the access token beside it.
async fn id_claims(
    request: &ClientRequest,
    memberships: &Memberships,
    redeemed: &Redeemed,
) -> Result<IdTokenClaims, ApiFailure> {
    let grant = &redeemed.grant;
    let sign_in = answer::sign_in_of(grant);
    let mut claims = IdTokenClaims {
        iss: request.app.issuer().to_owned(),
        sub: grant.user.to_string(),
        aud: Audience::One(request.client.id.to_string()),
        exp: request.now.plus(request.app.config.token.id.as_secs()),
        iat: request.now,
        auth_time: sign_in.auth_time,
        nonce: redeemed.nonce.clone(),
        acr: sign_in.acr,
        amr: sign_in.amr,
        sid: sign_in.sid,
        at_hash: None,
        private: PrivateClaims::none(),
    };
    claims.private =
        answer::mapped_claims(request, memberships, (ClaimTarget::IdToken, &claims), claims.exp).await?;
    Ok(claims)
}

fn id_token(
    request: &ClientRequest,
    key: &SigningKey,
    claims: IdTokenClaims,
    access_token: &str,
) -> Result<String, ApiFailure> {
    let claims = IdTokenClaims { at_hash: Some(access_token_hash(access_token)), ..claims };
    let signed = mint_id_token(key, &claims)?;
    match &request.client.metadata.id_token_encryption_key {
        Some(recipient) => Ok(encrypt_signed_token(&signed, recipient, &mut random::rng())?),
        None => Ok(signed),
    }
}
