//! Redeeming an authorization code (RFC 6749 4.1.3, RFC 7636 4.6): once, by the client it was
//! issued to, with the same redirect URI and the verifier behind the challenge.

use crate::client::{Client, ClientId, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::pkce::CodeChallenge;
use crate::scope::Scope;
use crate::time::{MAX_LEEWAY, UnixTime};
use crate::user::scope_of;
use uuid::Uuid;

/// What a code stands for.
#[derive(Clone, Debug)]
pub struct AuthorizationCode {
    /// The grant it will open.
    pub grant: Uuid,
    /// Whom it was issued to.
    pub client_id: ClientId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Who signed in.
    pub user: Uuid,
    /// In which session.
    pub sid: Uuid,
    /// What was granted.
    pub scope: Scope,
    /// Claims promised at userinfo.
    pub claims: Vec<String>,
    /// For the ID token.
    pub nonce: Option<String>,
    /// What the verifier must meet.
    pub code_challenge: Option<CodeChallenge>,
    /// When the person last proved who they are.
    pub auth_time: UnixTime,
    /// The end of its short life.
    pub expires_at: UnixTime,
    /// When it was redeemed, if it was.
    pub redeemed_at: Option<UnixTime>,
}

/// What the client sent.
pub struct CodeRequest<'a> {
    /// The client, which has authenticated.
    pub client: &'a Client,
    /// `redirect_uri`.
    pub redirect_uri: Option<&'a str>,
    /// `code_verifier`.
    pub code_verifier: Option<&'a str>,
    /// Seconds a code lives.
    pub lifetime: i64,
}

/// A refusal, always `invalid_grant` outside.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum CodeRefusal {
    /// No such code, or another client's.
    #[error("unknown code")]
    Unknown,
    /// Past its life.
    #[error("expired code")]
    Expired,
    /// The registration was changed since, and no longer allows what the code stands for.
    #[error("the client may no longer have what the code stands for")]
    Withdrawn,
    /// Sent to another URI.
    #[error("redirect_uri differs from the authorization request")]
    RedirectUri,
    /// No, wrong or unexpected verifier.
    #[error("code_verifier does not meet the challenge")]
    Verifier,
    /// Redeemed before, and presented again with all that the first request proved. Either of the two may be an
    /// attacker, so the grant ends (RFC 6749 4.1.2).
    #[error("code presented a second time")]
    Reused {
        /// The grant to end.
        grant: Uuid,
    },
    /// Redeemed before, and presented again without the right verifier or redirect URI. Spent codes lie in histories,
    /// logs and `Referer` headers, and a confidential client vouches for any code that a browser brings it: so this
    /// ends nothing, and is worth an audit event (A4).
    #[error("spent code presented without its client, verifier or redirect_uri")]
    Replayed {
        /// The person whose code it was.
        user: Uuid,
        /// Their session.
        sid: Uuid,
    },
}

impl From<CodeRefusal> for OAuthError {
    fn from(refusal: CodeRefusal) -> Self {
        Self::new(ErrorCode::InvalidGrant, "The authorization code is not valid.")
            .because(refusal.to_string())
    }
}

impl AuthorizationCode {
    /// Decides whether `request` may redeem this code at `now`.
    ///
    /// # Errors
    /// [`CodeRefusal`]; `Reused` asks the caller to end the grant.
    pub fn redeem(&self, request: &CodeRequest<'_>, now: UnixTime) -> Result<(), CodeRefusal> {
        if self.client_id != request.client.id {
            return Err(match self.redeemed_at {
                Some(_) => CodeRefusal::Replayed { user: self.user, sid: self.sid },
                None => CodeRefusal::Unknown,
            });
        }
        let proof = self.check_proof(request);
        if self.redeemed_at.is_some() {
            return Err(match proof {
                Ok(()) => CodeRefusal::Reused { grant: self.grant },
                Err(_) => CodeRefusal::Replayed { user: self.user, sid: self.sid },
            });
        }
        // A1: a code of a clock that was ahead would live until the others have caught up.
        let left = self.expires_at.seconds_since(now);
        if left <= 0 || left > request.lifetime.saturating_add(MAX_LEEWAY) {
            return Err(CodeRefusal::Expired);
        }
        proof
    }

    /// Whether the client may still have what the code stands for, as it is registered when the code is redeemed.
    #[must_use]
    pub fn is_within_registration(&self, client: &Client) -> bool {
        let may_see =
            |claim: &String| scope_of(claim).is_some_and(|scope| client.metadata.scope.contains(scope));
        client.may_use(GrantType::AuthorizationCode)
            && client.redirect_uri(&self.redirect_uri).is_some()
            && (self.code_challenge.is_some() || !client.metadata.require_pkce)
            && self.scope.is_subset_of(&client.metadata.scope)
            && self.claims.iter().all(may_see)
    }

    /// What shows that the request comes from where the authorization request came from.
    fn check_proof(&self, request: &CodeRequest<'_>) -> Result<(), CodeRefusal> {
        if request.redirect_uri != Some(self.redirect_uri.as_str()) {
            return Err(CodeRefusal::RedirectUri);
        }
        if !self.verifier_fits(request.code_verifier) {
            return Err(CodeRefusal::Verifier);
        }
        Ok(())
    }

    /// RFC 9700 2.1.1: a verifier without a challenge is refused too, or PKCE could be stripped.
    fn verifier_fits(&self, verifier: Option<&str>) -> bool {
        match (&self.code_challenge, verifier) {
            (Some(challenge), Some(verifier)) => challenge.is_met_by(verifier),
            (None, None) => true,
            _ => false,
        }
    }
}
