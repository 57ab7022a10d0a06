//! Authorization codes (RFC 6749 4.1.2, 4.1.3; RFC 7636 4.6). A code carries what it stands for, sealed, and is stored
//! nowhere. It is redeemed once, by the client it was issued to, with the same redirect URI and the verifier behind the
//! challenge: it names the grant that it opens, and there is one grant of that name.

use crate::authentication::{Acr, Proofs};
use crate::base64url;
use crate::client::{Client, ClientId, GrantType};
use crate::error::{ErrorCode, OAuthError};
use crate::pkce::CodeChallenge;
use crate::scope::Scope;
use crate::seal::{SealError, SealKey};
use crate::time::{MAX_LEEWAY, UnixTime};
use crate::user::scope_of;
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

/// The first part of a code, before the dot: programs that look for secrets in public places know it by this.
const PREFIX: &str = "ac.";
/// Random bytes by which each code has a key of its own. One key for all would be worn out after 2^32 codes, which a busy
/// installation issues within a year.
const SALT_BYTES: usize = 16;

/// Seals codes: all nodes of an installation have the same one.
pub struct CodeSealKey(Zeroizing<[u8; 32]>);

impl CodeSealKey {
    /// A key of these bytes, which must be secret.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*key))
    }

    fn of_code(&self, salt: &[u8; SALT_BYTES]) -> Result<SealKey, SealError> {
        let secret = Zeroizing::new([self.0.as_slice(), salt].concat());
        SealKey::from_secret(&secret, "authorization code")
    }
}

/// What a code stands for. In JSON its names are short, since a code travels in an address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuthorizationCode {
    /// The grant that redeeming it opens.
    #[serde(rename = "g")]
    pub grant: Uuid,
    /// Whom it was issued to.
    #[serde(rename = "c")]
    pub client_id: ClientId,
    /// Where it was sent.
    #[serde(rename = "r")]
    pub redirect_uri: String,
    /// Who signed in.
    #[serde(rename = "u")]
    pub user: Uuid,
    /// In which session.
    #[serde(rename = "s")]
    pub sid: Uuid,
    /// What was granted.
    #[serde(rename = "p")]
    pub scope: Scope,
    /// Claims promised at userinfo.
    #[serde(rename = "m", default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<String>,
    /// For the ID token.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// What the verifier must meet.
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub code_challenge: Option<CodeChallenge>,
    /// What the person last proved who they are with, and when.
    #[serde(rename = "f")]
    pub proofs: Proofs,
    /// The class of that sign-in.
    #[serde(rename = "l")]
    pub acr: Acr,
    /// The end of its short life.
    #[serde(rename = "e")]
    pub expires_at: UnixTime,
    /// The `traceparent` (W3C Trace Context) of the request that it was issued at, where that was traced: nothing hangs on it.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
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
    /// Not a code of ours, or another client's.
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
    Reused,
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
            .counted_as(refusal.word())
    }
}

impl CodeRefusal {
    /// Each of them, the last of no person and no session.
    pub const EVERY: [Self; 7] = [
        Self::Unknown,
        Self::Expired,
        Self::Withdrawn,
        Self::RedirectUri,
        Self::Verifier,
        Self::Reused,
        Self::Replayed { user: Uuid::nil(), sid: Uuid::nil() },
    ];

    /// The word under which it is counted.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unknown => "code_unknown",
            Self::Expired => "code_expired",
            Self::Withdrawn => "client_changed",
            Self::RedirectUri => "redirect_uri_differs",
            Self::Verifier => "code_verifier_wrong",
            Self::Reused => "code_reused",
            Self::Replayed { .. } => "code_replayed",
        }
    }
}

impl AuthorizationCode {
    /// The code itself: `ac.`, a salt and the sealed rest, some 500 characters.
    ///
    /// # Errors
    /// When the cryptographic library refuses.
    pub fn seal(
        &self,
        key: &CodeSealKey,
        rng: &mut (impl CryptoRngCore + ?Sized),
    ) -> Result<Zeroizing<String>, SealError> {
        let mut salt = [0; SALT_BYTES];
        rng.fill_bytes(&mut salt);
        let sealed = Zeroizing::new(key.of_code(&salt)?.seal_json(rng, self, &[])?);
        Ok(Zeroizing::new(format!("{PREFIX}{}.{}", base64url::encode(salt), sealed.as_str())))
    }

    /// Reads a code that [`AuthorizationCode::seal`] wrote; `None` for anything else.
    #[must_use]
    pub fn open(text: &str, key: &CodeSealKey) -> Option<Self> {
        let (salt, sealed) = text.strip_prefix(PREFIX)?.split_once('.')?;
        key.of_code(&base64url::decode_array(salt)?).ok()?.open_json(sealed, &[])
    }

    /// Decides whether `request` may redeem this code at `now`; `is_redeemed` says whether a request was earlier, which is
    /// whether there is a grant of its name.
    ///
    /// # Errors
    /// [`CodeRefusal`]; `Reused` asks the caller to end the grant.
    pub fn redeem(
        &self,
        request: &CodeRequest<'_>,
        is_redeemed: bool,
        now: UnixTime,
    ) -> Result<(), CodeRefusal> {
        let replayed = CodeRefusal::Replayed { user: self.user, sid: self.sid };
        if self.client_id != request.client.id {
            return Err(if is_redeemed { replayed } else { CodeRefusal::Unknown });
        }
        let proof = self.check_proof(request);
        if is_redeemed {
            return Err(proof.map_or(replayed, |()| CodeRefusal::Reused));
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::authentication::Factor;
    use rand_core::OsRng;

    fn code() -> AuthorizationCode {
        AuthorizationCode {
            grant: Uuid::from_u128(1 << 100),
            client_id: ClientId::parse("site-a").unwrap(),
            redirect_uri: "https://site-a.example/callback".to_owned(),
            user: Uuid::from_u128(2 << 100),
            sid: Uuid::from_u128(3 << 100),
            scope: Scope::parse("openid profile email").unwrap(),
            claims: vec!["email".to_owned()],
            nonce: Some("n\u{0}\n\u{1F600}".to_owned()),
            code_challenge: CodeChallenge::parse("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM").ok(),
            proofs: Proofs::of(Factor::Password, UnixTime(1_700_000_000)),
            acr: Acr::parse("1").unwrap(),
            expires_at: UnixTime(1_700_000_060),
            trace: None,
        }
    }

    fn key() -> CodeSealKey {
        CodeSealKey::new(&[7; 32])
    }

    #[test]
    fn a_code_says_what_it_stands_for_to_its_own_installation_only() {
        let sealed = code().seal(&key(), &mut OsRng).unwrap();
        assert_eq!(format!("{:?}", AuthorizationCode::open(&sealed, &key())), format!("{:?}", Some(code())));
        assert!(AuthorizationCode::open(&sealed, &CodeSealKey::new(&[8; 32])).is_none());
        assert_ne!(sealed, code().seal(&key(), &mut OsRng).unwrap());
    }

    #[test]
    fn a_code_is_short_enough_for_any_address() {
        let usual = AuthorizationCode { claims: vec![], nonce: Some("n".repeat(43)), ..code() };
        let longest = AuthorizationCode { nonce: Some("\u{1}".repeat(512)), ..code() };
        let length = |code: AuthorizationCode| code.seal(&key(), &mut OsRng).unwrap().len();
        assert!((400..600).contains(&length(usual.clone())), "{}", length(usual.clone()));
        let traced = AuthorizationCode { trace: Some("0".repeat(55)), ..usual };
        assert!(length(traced.clone()) < 700, "{}", length(traced));
        assert!(length(longest.clone()) < 5_000, "{}", length(longest));
    }

    #[test]
    fn s14_a_code_that_was_altered_is_not_read() {
        let sealed = code().seal(&key(), &mut OsRng).unwrap();
        let mut misses: Vec<String> =
            ["A", "=", " ", "\n", "\0", "."].iter().map(|end| format!("{}{end}", sealed.as_str())).collect();
        misses.extend([format!(" {}", sealed.as_str()), sealed.to_uppercase(), sealed.replacen('.', "", 1)]);
        misses.extend((0..sealed.len()).map(|end| sealed.get(..end).unwrap().to_owned()));
        misses.extend((0..sealed.len()).map(|at| {
            let other = if sealed.as_bytes().get(at) == Some(&b'A') { "B" } else { "A" };
            format!("{}{other}{}", sealed.get(..at).unwrap(), sealed.get(at + 1..).unwrap())
        }));
        for miss in misses {
            assert!(AuthorizationCode::open(&miss, &key()).is_none(), "{miss:?}");
        }
    }
}
