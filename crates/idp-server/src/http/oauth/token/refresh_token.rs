//! `grant_type=refresh_token` (RFC 6749 6): rotates the token. A client that races with the same token gets the same
//! successor, sealed so that only that token opens it; a spent one ends the family.

use super::answer::{self, Answer};
use crate::http::oauth::client_authentication::ClientRequest;
use crate::http::request::ApiFailure;
use crate::random;
use crate::store::Policies;
use crate::store::grants::{LoadedGrant, Refreshed};
use idp_core::client::Client;
use idp_core::error::OAuthError;
use idp_core::grant::refresh_token::{RefreshDecision, RefreshRefusal, RefreshRequest};
use idp_core::grant::{Grant, Rotation};
use idp_core::key::SigningKey;
use idp_core::scope::Scope;
use idp_core::seal::{SealError, SealKey};
use idp_core::secret::{RefreshTagKey, RefreshToken};
use idp_core::time::UnixTime;
use std::sync::Arc;

/// A racer that loses reads again; the winner's answer is there by then.
const MOST_TRIES: usize = 3;

/// Rotates the presented token, or answers as its first use was answered.
///
/// # Errors
/// `invalid_grant`, `invalid_scope`, or a failure of ours.
pub async fn refresh(request: &ClientRequest) -> Result<Answer, ApiFailure> {
    let text = request.required("refresh_token", "refresh_token is missing.")?;
    let unknown = || OAuthError::from(RefreshRefusal::Unknown);
    let token = RefreshToken::parse(text, &request.app.seals().refresh_tag).ok_or_else(unknown)?;
    // Looked for first: a token is not spent for an answer that nobody can sign.
    let key = answer::signer(request)?;
    for _ in 0..MOST_TRIES {
        let presented = Presented::of(request, token.clone());
        let decide = move |loaded: &LoadedGrant| presented.decide(loaded);
        let store = &request.app.store;
        let found = store.refresh(token.grant(), token.user(), request.now, decide).await?;
        let Refreshed { loaded, decision, has_happened } = found.ok_or_else(unknown)?;
        match decision {
            Ok(_) if !has_happened => {}
            Ok(granted) => return answer_with(request, &key, &loaded, granted),
            Err(Refusal::Token(refusal)) => return Err(refuse(request, &loaded, refusal).await?.into()),
            Err(Refusal::Other(failure)) => return Err(failure),
        }
    }
    Err(ApiFailure::Unavailable)
}

/// What was presented, for the transaction that decides about it.
struct Presented {
    token: RefreshToken,
    client: Arc<Client>,
    scope: Option<String>,
    tag: RefreshTagKey,
    policies: Policies,
    now: UnixTime,
}

/// What the client gets.
struct Granted {
    scope: Scope,
    refresh_token: String,
}

/// Why it gets nothing.
enum Refusal {
    Token(RefreshRefusal),
    Other(ApiFailure),
}

impl Presented {
    fn of(request: &ClientRequest, token: RefreshToken) -> Self {
        Self {
            token,
            client: Arc::clone(&request.client),
            scope: request.param("scope").map(str::to_owned),
            tag: request.app.seals().refresh_tag.clone(),
            policies: *request.app.store.policies(),
            now: request.now,
        }
    }

    /// The answer, and what is to be stored for it.
    fn decide(&self, loaded: &LoadedGrant) -> (Result<Granted, Refusal>, Option<Rotation>) {
        match self.granted(loaded) {
            Ok((granted, rotation)) => (Ok(granted), rotation),
            Err(refusal) => (Err(refusal), None),
        }
    }

    fn granted(&self, loaded: &LoadedGrant) -> Result<(Granted, Option<Rotation>), Refusal> {
        let LoadedGrant { grant, session, user, .. } = loaded;
        let asked = RefreshRequest { token: &self.token, client: &self.client, session, user };
        let Policies { refresh, session: sessions, .. } = self.policies;
        let decision = grant.refresh(&asked, refresh, sessions, self.now).map_err(Refusal::Token)?;
        // A racer may ask for another part of the grant than the first.
        let scope = grant.scope_on_refresh(self.scope.as_deref())?;
        let (next, rotation) = match decision {
            RefreshDecision::SameSuccessor { sealed } => (successor(&self.token, &sealed)?, None),
            RefreshDecision::Rotate => self.rotated(grant)?,
        };
        Ok((Granted { scope, refresh_token: next }, rotation))
    }

    fn rotated(&self, grant: &Grant) -> Result<(String, Option<Rotation>), Refusal> {
        let state = grant.refresh.as_ref().ok_or(Refusal::Token(RefreshRefusal::Unknown))?;
        let next = RefreshToken::generate(grant.user, grant.id, &self.tag, &mut random::rng());
        let sealed = seal_key(&self.token)?.seal_json(&mut random::rng(), &next.expose(), b"")?;
        let rotation = state.rotate(next.hash(), sealed, self.now);
        Ok((next.expose().to_owned(), Some(rotation)))
    }
}

impl<E: Into<ApiFailure>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// The token that its first use was answered with.
fn successor(token: &RefreshToken, sealed: &str) -> Result<String, ApiFailure> {
    seal_key(token)?.open_json(sealed, b"").ok_or_else(|| {
        tracing::error!("a stored refresh token does not open");
        ApiFailure::Internal
    })
}

fn answer_with(
    request: &ClientRequest,
    key: &SigningKey,
    loaded: &LoadedGrant,
    granted: Granted,
) -> Result<Answer, ApiFailure> {
    let Granted { scope, refresh_token } = granted;
    let expires_at = answer::expiry(request, Some(loaded.grant.expires_at));
    let access_token =
        answer::person_token(request, key, &loaded.grant, &loaded.session, &scope, expires_at)?;
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
    if refusal == RefreshRefusal::Reused {
        let address = request.address_text();
        request.app.store.end_reused_family(&loaded.grant, address, request.now).await?;
    }
    Ok(refusal.into())
}
