//! `grant_type=client_credentials` (RFC 6749 4.4): the client speaks for itself.

use super::answer::{self, Answer};
use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::random;
use idp_core::grant::client_credentials::granted_scope;
use idp_core::token::{AccessTokenClaims, Audience, PrivateClaims, TokenId, mint_access_token};

/// Issues an access token without a person.
///
/// # Errors
/// `invalid_scope` or `unauthorized_client`, or a failure of ours.
pub async fn issue(request: &ClientRequest) -> Result<Answer, ApiFailure> {
    let scope = granted_scope(&request.client, request.param("scope"))?;
    let expires_at = answer::expiry(request, None);
    let claims = AccessTokenClaims {
        iss: request.app.issuer().to_owned(),
        sub: request.client.id.to_string(),
        aud: Audience::new([request.client.metadata.audience.clone()]),
        client_id: request.client.id.to_string(),
        scope: scope.to_string(),
        jti: TokenId::standalone(&mut random::rng()),
        iat: request.now,
        exp: expires_at,
        person: None,
        private: PrivateClaims::default(),
    };
    let access_token = mint_access_token(&*answer::signer(request).await?, &claims)?;
    Ok(Answer { access_token, expires_at, scope, refresh_token: None, id_token: None })
}
