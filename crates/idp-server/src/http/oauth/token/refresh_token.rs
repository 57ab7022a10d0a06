//! `grant_type=refresh_token` (RFC 6749 6): rotates the token. A client that races with the same token gets the same
//! successor, sealed so that only that token opens it; a spent one ends the family.

use super::answer::{self, Answer};
use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::metrics::RefreshOutcome;
use crate::random;
use crate::store::grants::LoadedGrant;
use idp_core::administration::Memberships;
use idp_core::error::OAuthError;
use idp_core::grant::refresh_token::{RefreshDecision, RefreshRefusal, RefreshRequest};
use idp_core::seal::{SealError, SealKey};
use idp_core::secret::RefreshToken;
use idp_core::token::mint_access_token;

/// A racer that loses reads again; the winner's answer is there by then.
const MOST_TRIES: usize = 3;

/// Rotates the presented token, or answers as its first use was answered; and says which.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, or a failure of ours.
pub async fn refresh(request: &ClientRequest) -> Result<(Answer, RefreshOutcome), ApiFailure> {
    let text = request.required("refresh_token", "refresh_token is missing.")?;
    let unknown = || OAuthError::from(RefreshRefusal::Unknown);
    let token = request.app.seals().refresh_token(text).ok_or_else(unknown)?;
    for _ in 0..MOST_TRIES {
        let store = &request.app.store;
        let loaded = store.grant(token.grant(), request.now).await?.ok_or_else(unknown)?;
        let memberships = store.memberships_for(&request.client, loaded.grant.user).await?;
        let presented = RefreshRequest {
            token: &token,
            client: &request.client,
            session: &loaded.session,
            user: &loaded.user,
            rules: request.app.config.sign_in_rules(),
            memberships: &memberships,
        };
        let policies = store.policies();
        match loaded.grant.refresh(&presented, policies.refresh, policies.session, request.now) {
            Ok(RefreshDecision::SameSuccessor { sealed }) => {
                let successor = successor(&token, &sealed)?;
                let answer = answer_with(request, (&loaded, &memberships), successor).await?;
                return Ok((answer, RefreshOutcome::Repeated));
            }
            Ok(RefreshDecision::Rotate) => {
                if let Some(answer) = rotate(request, &token, (&loaded, &memberships)).await? {
                    return Ok((answer, RefreshOutcome::Rotated));
                }
            }
            Err(refusal) => return Err(refuse(request, &loaded, refusal).await?.into()),
        }
    }
    Err(ApiFailure::Unavailable)
}

/// `None` when another request was first.
async fn rotate(
    request: &ClientRequest,
    token: &RefreshToken,
    (loaded, memberships): (&LoadedGrant, &Memberships),
) -> Result<Option<Answer>, ApiFailure> {
    let grant = &loaded.grant;
    let Some(state) = &grant.refresh else {
        return Ok(None);
    };
    let seals = request.app.seals();
    let next = RefreshToken::generate(grant.user, grant.id, seals.refresh_tag(), &mut random::rng());
    let answer = answer_with(request, (loaded, memberships), next.expose().to_owned()).await?;
    let sealed = seal_key(token)?.seal_json(&mut random::rng(), &next.expose(), b"")?;
    let rotation = state.rotate(next.hash(), sealed, request.now);
    let first = request.app.store.rotate_refresh_token(loaded, rotation, request.now).await?;
    Ok(first.then_some(answer))
}

/// The token that its first use was answered with.
fn successor(token: &RefreshToken, sealed: &str) -> Result<String, ApiFailure> {
    seal_key(token)?.open_json(sealed, b"").ok_or_else(|| {
        tracing::error!("a stored refresh token does not open");
        ApiFailure::Internal
    })
}

/// The answer with this refresh token. The access token is made for each request: a racer may ask for another part of the
/// grant than the first.
async fn answer_with(
    request: &ClientRequest,
    (loaded, memberships): (&LoadedGrant, &Memberships),
    refresh_token: String,
) -> Result<Answer, ApiFailure> {
    let scope = loaded.grant.scope_on_refresh(request.param("scope"))?;
    let expires_at = answer::expiry(request, Some(loaded.grant.expires_at));
    let claims = answer::person_claims(request, memberships, &loaded.grant, &scope, expires_at).await?;
    let access_token = mint_access_token(&*answer::signer(request).await?, &claims)?;
    Ok(Answer { access_token, expires_at, scope, refresh_token: Some(refresh_token), id_token: None })
}

/// Only a holder of the presented token can make this key; the store alone cannot.
fn seal_key(token: &RefreshToken) -> Result<SealKey, SealError> {
    SealKey::from_secret(token.expose().as_bytes(), "refresh answer")
}

async fn refuse(
    request: &ClientRequest,
    loaded: &LoadedGrant,
    refusal: RefreshRefusal,
) -> Result<OAuthError, ApiFailure> {
    if refusal == RefreshRefusal::NotAdmitted {
        let store = &request.app.store;
        store.end_unadmitted(loaded.grant.clone(), request.address_text(), request.now).await?;
    }
    if refusal == RefreshRefusal::Reused {
        let address = request.address_text();
        request.app.store.end_reused_family(&loaded.grant, address, request.now).await?;
    }
    Ok(refusal.into())
}
