//! Tokens, codes and cookies, which their holder shows.

use super::{Explanation, Kind};
use crate::directory::{Administration, DirectoryError};
use crate::store::token_state::Uncounted;
use idp_core::grant::refresh_token::RefreshDecision;
use idp_core::revocation::Revoked;
use idp_core::secret::{Secret, SecretKind};
use idp_core::time::UnixTime;
use idp_core::token::{
    ACCESS_TOKEN_TYPE, AccessTokenClaims, ExpiryRule, Glance, ID_TOKEN_TYPE, LOGOUT_TOKEN_TYPE, ReadError,
    read_access_token,
};
use uuid::Uuid;

/// What refresh tokens and codes begin with.
const REFRESH_TOKEN: &str = "rt.";
const CODE: &str = "ac.";
/// Parts of a JWE in compact form (RFC 7516 3.1).
const PARTS_OF_JWE: usize = 5;

impl Administration<'_> {
    /// What it is, if it is anything that is shown by its holder.
    pub(super) async fn explain_token(
        &self,
        text: &str,
        now: UnixTime,
    ) -> Result<Option<Explanation>, DirectoryError> {
        if text.starts_with(REFRESH_TOKEN) {
            return self.explain_refresh_token(text, now).await.map(Some);
        }
        if text.starts_with(CODE) {
            return self.explain_code(text, now).await.map(Some);
        }
        if let Some(kind) = SecretKind::ALL.into_iter().find(|kind| Secret::parse(*kind, text).is_some()) {
            return self.explain_secret(kind, text, now).await.map(Some);
        }
        match Glance::of(text) {
            Ok(glance) => self.explain_signed(text, &glance, now).await.map(Some),
            Err(_) if text.split('.').count() == PARTS_OF_JWE && text.starts_with("eyJ") => {
                let reason = "it is encrypted for its client, such as an ID token may be: what is in it can be read there alone";
                Ok(Some(Explanation {
                    reasons: vec![reason.to_owned()],
                    ..Explanation::of(Kind::OtherToken)
                }))
            }
            Err(_) if text.starts_with("eyJ") => {
                let reason = "it looks like a signed token and is none: cut off, or garbled on its way";
                Ok(Some(Explanation::void(Kind::OtherToken, reason)))
            }
            Err(_) => Ok(None),
        }
    }

    async fn explain_signed(
        &self,
        text: &str,
        glance: &Glance<'_>,
        now: UnixTime,
    ) -> Result<Explanation, DirectoryError> {
        let kind = match glance.header("typ") {
            Some(ACCESS_TOKEN_TYPE) => Kind::AccessToken,
            Some(ID_TOKEN_TYPE) => Kind::IdToken,
            Some(LOGOUT_TOKEN_TYPE) => Kind::LogoutToken,
            _ => Kind::OtherToken,
        };
        let ring = self.signing_keys().await?;
        if let Err(error) = glance.verify(&ring, now) {
            return Ok(not_ours(kind, glance, self.config.issuer.url.as_str(), error));
        }
        let mut explanation = Explanation::of(kind);
        add_claims(&mut explanation, glance);
        match kind {
            Kind::AccessToken => {
                let issuer = self.config.issuer.url.as_str();
                let read = read_access_token(text, &ring, issuer, now, ExpiryRule::AcceptExpired);
                match read {
                    Ok(claims) => self.judge_access_token(&mut explanation, &claims, now).await?,
                    Err(error) => refuse(&mut explanation, error),
                }
            }
            _ => self.judge_statement(&mut explanation, glance, now).await?,
        }
        Ok(explanation)
    }

    /// As userinfo and introspection judge it.
    async fn judge_access_token(
        &self,
        explanation: &mut Explanation,
        claims: &AccessTokenClaims,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let judged = self.store.judge_token(claims, now).await?;
        explanation.is_good = Some(judged.is_ok() && now < claims.exp);
        let refusal = judged.err();
        explanation.reasons.extend(refusal.map(|refusal| refusal.to_string()));
        // We wrote the expiry by this very clock: no leeway (RFC 7662 2.2), and as well a second reason.
        if now >= claims.exp && refusal != Some(Uncounted::Expired) {
            explanation.reasons.push(Uncounted::Expired.to_string());
        }
        let mut named = vec![Revoked::token(&claims.jti.to_string())];
        if let Some(id) = claims.jti.grant() {
            explanation.fact("grant", id);
            named.extend([Revoked::grant(id), Revoked::grant_tokens(id, claims.jti.epoch())]);
            if let Some(grant) = self.store.grant_by_id(id).await? {
                explanation.ended = grant.ended;
            }
        }
        if explanation.is_good == Some(false) {
            let from = explanation.ended.map_or(claims.iat, |ended| ended.at);
            let entry = self.store.revocation_naming(named, from).await?;
            explanation.revocation = entry.map(|entry| entry.number);
        }
        match claims.person.as_ref().and_then(|person| person.sid.parse().ok()) {
            Some(sid) => self.add_session(explanation, sid, now).await.map(drop),
            None => Ok(()),
        }
    }

    /// An ID token or a logout token states something of a moment; it counts until it expires, whatever happens to the session.
    async fn judge_statement(
        &self,
        explanation: &mut Explanation,
        glance: &Glance<'_>,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let is_ours = glance.claim("iss") == Some(self.config.issuer.url.as_str());
        let is_over = glance.time("exp").is_none_or(|exp| now >= exp);
        if !is_ours {
            refuse(explanation, ReadError::Issuer);
        } else if is_over {
            refuse(explanation, ReadError::Expired);
        } else {
            explanation.is_good = Some(true);
        }
        match glance.claim("sid").and_then(|sid| sid.parse::<Uuid>().ok()) {
            Some(sid) => {
                if !self.add_session(explanation, sid, now).await? {
                    explanation.reasons.push("nothing is known of its session any more".to_owned());
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// As the token endpoint judges it; but to ask is not to use it, so that a spent one ends nothing.
    async fn explain_refresh_token(&self, text: &str, now: UnixTime) -> Result<Explanation, DirectoryError> {
        let kind = Kind::RefreshToken;
        let Some(token) = self.seals.load().refresh_token(text) else {
            let reason =
                "it was not made here under a master key that is still here, or it was altered or cut off";
            return Ok(Explanation::void(kind, reason));
        };
        let mut explanation = Explanation::of(kind);
        explanation.fact("grant", token.grant());
        let Some(grant) = self.store.grant_by_id(token.grant()).await? else {
            explanation.is_good = Some(false);
            explanation.fact("user", token.user());
            explanation.reasons.push("it was made here, and its grant is forgotten: it ended long ago, or its person or client was removed".to_owned());
            return Ok(explanation);
        };
        explanation.fact("client", &grant.client_id);
        explanation.fact("scope", &grant.scope);
        explanation.fact("sid", grant.sid);
        explanation.time("created_at", grant.created_at);
        explanation.time("expires_at", grant.expires_at);
        explanation.ended = grant.ended;
        match self.store.client(grant.client_id.clone()).await? {
            None => {
                explanation.is_good = Some(false);
                explanation.reasons.push("its client is not registered any more".to_owned());
            }
            Some(client) => {
                let rules = self.config.sign_in_rules();
                let judged = self.store.judge_refresh_token(&token, &client, rules, now).await?;
                explanation.is_good = Some(matches!(
                    &judged,
                    Some((_, Ok(RefreshDecision::Rotate | RefreshDecision::SameSuccessor { .. })))
                ));
                explanation.reasons.extend(match judged {
                    Some((_, Ok(RefreshDecision::SameSuccessor { .. }))) => Some(
                        "it was replaced moments ago, and still gets the answer with its successor"
                            .to_owned(),
                    ),
                    Some((_, Err(refusal))) => Some(refusal.to_string()),
                    Some((_, Ok(RefreshDecision::Rotate))) => None,
                    None => Some("its grant is gone".to_owned()),
                });
            }
        }
        if let Some(ended) = grant.ended {
            let named = vec![Revoked::grant(grant.id), Revoked::session(grant.sid)];
            let entry = self.store.revocation_naming(named, ended.at).await?;
            explanation.revocation = entry.map(|entry| entry.number);
        }
        self.add_session(&mut explanation, grant.sid, now).await?;
        Ok(explanation)
    }

    async fn explain_code(&self, text: &str, now: UnixTime) -> Result<Explanation, DirectoryError> {
        let Some(code) = self.seals.load().authorization_code(text) else {
            let reason =
                "it was not made here under a master key that is still here, or it was altered or cut off";
            return Ok(Explanation::void(Kind::AuthorizationCode, reason));
        };
        let mut explanation = Explanation::of(Kind::AuthorizationCode);
        explanation.fact("client", &code.client_id);
        explanation.fact("scope", &code.scope);
        explanation.fact("sid", code.sid);
        explanation.time("expires_at", code.expires_at);
        let redeemed = self.store.grant_by_id(code.grant).await?;
        if let Some(grant) = &redeemed {
            explanation.time("redeemed_at", grant.created_at);
            explanation.reasons.push("it was redeemed, which can be done once".to_owned());
            explanation.ended = grant.ended;
        }
        if now >= code.expires_at {
            explanation.reasons.push("it has expired".to_owned());
        }
        let is_known = self.add_session(&mut explanation, code.sid, now).await?;
        if !is_known || (redeemed.is_none() && explanation.ended.is_some()) {
            explanation.reasons.push("the session that it was issued in is over".to_owned());
        }
        explanation.is_good = Some(explanation.reasons.is_empty());
        Ok(explanation)
    }

    /// Of most secrets no more is known than what they are for.
    async fn explain_secret(
        &self,
        kind: SecretKind,
        text: &str,
        now: UnixTime,
    ) -> Result<Explanation, DirectoryError> {
        let what = match kind {
            SecretKind::Session => {
                let secret = Secret::parse(kind, text);
                let sid = match &secret {
                    Some(secret) => self.store.sid_of_cookie(secret).await?,
                    None => None,
                };
                let Some(sid) = sid else {
                    let reason = "it is no cookie of a session that is known here, or of one whose person signed in again since";
                    return Ok(Explanation::void(Kind::SessionCookie, reason));
                };
                let explanation = self.explain_session(sid, now).await?;
                return Ok(match explanation {
                    Some(explanation) => Explanation { kind: Kind::SessionCookie, ..explanation },
                    None => Explanation::void(Kind::SessionCookie, "its session is forgotten"),
                });
            }
            SecretKind::Browser => "binds a sign-in under way to a browser",
            SecretKind::Device => "tells one browser of a person from another",
            SecretKind::ClientSecret => {
                "is what a client authenticates with; if others may have seen it, replace it (client secret add)"
            }
            SecretKind::MailLink => "is out of a link in a letter; whoever has it can open that link",
        };
        let reason = format!("it {what}; nothing more is told of it");
        Ok(Explanation { reasons: vec![reason], ..Explanation::of(Kind::Secret) })
    }
}

fn refuse(explanation: &mut Explanation, error: ReadError) {
    explanation.is_good = Some(false);
    explanation.reasons.push(error.to_string());
}

/// One that no key of ours signed. What it says of itself may be made up: no more of it is shown than who is said to have made it.
fn not_ours(kind: Kind, glance: &Glance<'_>, issuer: &str, error: ReadError) -> Explanation {
    let claimed = glance.claim("iss").unwrap_or("nobody");
    let reason = match error {
        ReadError::Signature => "its signature is wrong: it is forged, or was altered".to_owned(),
        _ if claimed != issuer => "another issuer made it, by what it says of itself".to_owned(),
        _ => "it names this issuer, and a key that is none of its own, or none any more: it is forged, older than the keys are kept, or of a key that was given up".to_owned(),
    };
    let mut explanation = Explanation::void(kind, reason);
    explanation.fact("claimed_issuer", shortened(claimed));
    explanation.fact("claimed_key", shortened(glance.header("kid").unwrap_or("none")));
    explanation
}

fn shortened(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(200).collect()
}

/// The claims that say whose it is and for whom; none of a person's profile.
fn add_claims(explanation: &mut Explanation, glance: &Glance<'_>) {
    for (name, claim) in [
        ("issuer", "iss"),
        ("subject", "sub"),
        ("client", "client_id"),
        ("scope", "scope"),
        ("sid", "sid"),
        ("token_id", "jti"),
    ] {
        if let Some(value) = glance.claim(claim) {
            explanation.fact(name, value);
        }
    }
    explanation.facts.extend(glance.claims.get("aud").map(|aud| ("audience", aud.to_string())));
    explanation.facts.extend(glance.header("kid").map(|kid| ("key", kid.to_owned())));
    for (name, claim) in [("issued_at", "iat"), ("expires_at", "exp"), ("authenticated_at", "auth_time")] {
        if let Some(at) = glance.time(claim) {
            explanation.time(name, at);
        }
    }
}
