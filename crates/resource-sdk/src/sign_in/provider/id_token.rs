//! The strict reading of an ID token, as a list of checks: it says who signed in, once, at the
//! callback, and is afterwards only a hint for signing out. Access tokens are the verifier's.
//! OpenID Connect Core sections 2, 3.1.3.6 and 3.1.3.7; RFC 8725.

use aws_lc_rs::{
    constant_time::verify_slices_are_equal,
    digest::{SHA256, digest},
};

use super::claim_checks::{self, MAX_MEMBERS, Recipient, WrongClaim, require, string};
use crate::{
    jwt::{
        CompactJws, decode, is_usable_kid,
        json::{Json, Object},
    },
    keys::{RsaVerifyingKey, Snapshot},
};

/// Why an ID token is not believed. The words name the check, never text of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IdTokenError {
    #[error("the ID token is malformed")]
    Malformed,
    #[error("the ID token is not encrypted for this site as it must be")]
    Encryption,
    #[error("the ID token's header is not that of an RS256 ID token")]
    Header,
    #[error("the provider's keys cannot verify the ID token")]
    Key,
    #[error("the ID token's signature does not verify")]
    Signature,
    #[error("the ID token's {0} is not as it must be")]
    Claim(&'static str),
}

impl From<WrongClaim> for IdTokenError {
    fn from(WrongClaim(name): WrongClaim) -> Self {
        Self::Claim(name)
    }
}

/// What the ID token must fit.
pub(crate) struct Expected<'a> {
    pub(crate) recipient: Recipient<'a>,
    pub(crate) nonce: &'a str,
    /// The access token that came along.
    pub(crate) access_token: &'a str,
}

/// What an ID token that passed says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct IdToken {
    pub(crate) subject: String,
    pub(crate) session_id: Option<String>,
}

/// Runs every check, the signature before any claim.
pub(crate) fn check(token: &str, keys: &Snapshot, expected: &Expected<'_>) -> Result<IdToken, IdTokenError> {
    let jws = CompactJws::parse(token).ok_or(IdTokenError::Malformed)?;
    let header = claim_checks::text(jws.header).ok_or(IdTokenError::Malformed)?;
    let kid = check_header(&header)?;
    let key = keys.find(&kid).map_err(|_| IdTokenError::Key)?;
    check_signature(&jws, key)?;

    let payload = claim_checks::text(jws.payload).ok_or(IdTokenError::Malformed)?;
    let claims = Object::parse(&payload, MAX_MEMBERS).map_err(|_| IdTokenError::Malformed)?;
    expected.recipient.check_issuer(&claims)?;
    expected.recipient.check_audience(&claims)?;
    check_authorized_party(&claims, expected)?;
    expected.recipient.check_times(&claims)?;
    check_nonce(&claims, expected)?;
    check_access_token_hash(&claims, expected)?;
    let subject = claim_checks::identifier(&claims, "sub")?.ok_or(IdTokenError::Claim("sub"))?;
    Ok(IdToken { subject, session_id: string(&claims, "sid")? })
}

/// RS256 and nothing else, no extension, no key that the token brings along. An access token, which
/// says `at+jwt`, is none (RFC 8725 section 3.11).
fn check_header(header: &str) -> Result<String, IdTokenError> {
    let header = Object::parse(header, MAX_MEMBERS).map_err(|_| IdTokenError::Malformed)?;
    let is_rs256 = header.get("alg").and_then(Json::string).as_deref() == Some("RS256");
    let is_id_token = match header.get("typ") {
        None => true,
        Some(typ) => typ.string().is_some_and(|typ| typ.eq_ignore_ascii_case("JWT")),
    };
    let is_foreign = header.has_any(&["crit", "b64", "jwk", "jku", "x5u", "x5c", "enc", "zip", "cty"]);
    let kid = header.get("kid").and_then(Json::string).filter(|kid| is_usable_kid(kid));
    match kid {
        Some(kid) if is_rs256 && is_id_token && !is_foreign => Ok(kid.into_owned()),
        _ => Err(IdTokenError::Header),
    }
}

fn check_signature(jws: &CompactJws<'_>, key: &RsaVerifyingKey) -> Result<(), IdTokenError> {
    let signature = decode(jws.signature).ok_or(IdTokenError::Malformed)?;
    let verifies = key.verifies(jws.signing_input.as_bytes(), &signature);
    if verifies { Ok(()) } else { Err(IdTokenError::Signature) }
}

fn check_authorized_party(claims: &Object<'_>, expected: &Expected<'_>) -> Result<(), WrongClaim> {
    let party = string(claims, "azp")?;
    require(party.is_none_or(|party| party == expected.recipient.client_id), "azp")
}

/// The one thing that ties the token to this sign-in in this browser.
fn check_nonce(claims: &Object<'_>, expected: &Expected<'_>) -> Result<(), WrongClaim> {
    let nonce = string(claims, "nonce")?.ok_or(WrongClaim("nonce"))?;
    let is_ours = verify_slices_are_equal(nonce.as_bytes(), expected.nonce.as_bytes()).is_ok();
    require(is_ours, "nonce")
}

/// Section 3.1.3.6: the left half of the SHA-256 of the access token that came along.
fn check_access_token_hash(claims: &Object<'_>, expected: &Expected<'_>) -> Result<(), WrongClaim> {
    let claimed = string(claims, "at_hash")?.and_then(|hash| decode(&hash));
    let hash = digest(&SHA256, expected.access_token.as_bytes());
    require(claimed.as_deref() == hash.as_ref().get(..16), "at_hash")
}
