//! Reading back tokens that this provider signed: at introspection, userinfo, revocation, and as `id_token_hint`. It
//! accepts exactly what [`super::mint`] writes: RS256, one of our keys, the exact `typ`, no other header member (so no
//! `crit`, RFC 7515 4.1.11), our issuer. Whether a token was revoked is left to the server.

use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto::verify;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{ACCESS_TOKEN_TYPE, AccessTokenClaims, ID_TOKEN_TYPE, IdTokenClaims};
use crate::base64url;
use crate::key::KeyRing;
use crate::time::UnixTime;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN_BYTES: usize = 8 * 1024;

/// What to do with a token that has expired.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum ExpiryRule {
    /// Refuse it, `leeway` seconds late.
    Enforce {
        /// Allowance for nodes whose clocks disagree, in seconds.
        leeway: i64,
    },
    /// Accept it: a client that gives back an old token is still heard (RFC 7009 2.2).
    AcceptExpired,
}

/// Why a token is not one of ours, or no longer valid. For the log only: every caller gets the same answer.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum ReadError {
    /// Not three canonical base64url segments, or too long.
    #[error("not a compact JWS")]
    Malformed,
    /// The header is not one that we write for this kind of token.
    #[error("the header is not ours")]
    Header,
    /// The key is not, or no longer, published.
    #[error("the key is unknown")]
    UnknownKey,
    /// The signature is wrong.
    #[error("the signature is wrong")]
    Signature,
    /// The claims are not those that we write for this kind of token.
    #[error("the claims are not ours")]
    Claims,
    /// Another issuer, or this one under a former name.
    #[error("the issuer is another")]
    Issuer,
    /// It was made in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// It has expired.
    #[error("the token has expired")]
    Expired,
}

/// Reads an access token of ours.
///
/// # Errors
/// When it is none, or `expiry` refuses it.
pub fn read_access_token(
    token: &str,
    keys: &KeyRing,
    issuer: &str,
    now: UnixTime,
    expiry: ExpiryRule,
) -> Result<AccessTokenClaims, ReadError> {
    let claims: AccessTokenClaims = read_signed(token, ACCESS_TOKEN_TYPE, keys, now)?;
    check_issuer(&claims.iss, issuer)?;
    check_time(claims.iat, claims.exp, now, expiry)?;
    Ok(claims)
}

/// Reads an ID token of ours that comes back as a hint. One that has expired is still a hint, as long
/// as its key is published (OpenID Connect RP-Initiated Logout 2). Which client it was made for is
/// the caller's to compare.
///
/// # Errors
/// When it is none.
pub fn read_id_token_hint(
    token: &str,
    keys: &KeyRing,
    issuer: &str,
    now: UnixTime,
) -> Result<IdTokenClaims, ReadError> {
    let claims: IdTokenClaims = read_signed(token, ID_TOKEN_TYPE, keys, now)?;
    check_issuer(&claims.iss, issuer)?;
    check_time(claims.iat, claims.exp, now, ExpiryRule::AcceptExpired)?;
    Ok(claims)
}

/// No claim is read before the signature was verified.
fn read_signed<C: DeserializeOwned>(
    token: &str,
    typ: &str,
    keys: &KeyRing,
    now: UnixTime,
) -> Result<C, ReadError> {
    let parts = Parts::split(token)?;
    parts.verify(&parts.kid(typ)?, keys, now)?;
    serde_json::from_slice(&parts.payload).map_err(|_| ReadError::Claims)
}

/// A compact JWS whose segments are canonical base64url (RFC 7515 3.1).
pub(super) struct Parts<'a> {
    pub(super) header: Vec<u8>,
    pub(super) payload: Vec<u8>,
    message: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    pub(super) fn split(token: &'a str) -> Result<Self, ReadError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(ReadError::Malformed);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(ReadError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(ReadError::Malformed)?;
        Ok(Self {
            header: base64url::decode(header).ok_or(ReadError::Malformed)?,
            // A further dot is no base64url, so four segments end here.
            payload: base64url::decode(payload).ok_or(ReadError::Malformed)?,
            message,
            signature: base64url::decode(signature).map(|_| signature).ok_or(ReadError::Malformed)?,
        })
    }

    /// That the key of ours with this name signed it.
    pub(super) fn verify(&self, kid: &str, keys: &KeyRing, now: UnixTime) -> Result<(), ReadError> {
        let key = keys.verifier(kid, now).ok_or(ReadError::UnknownKey)?;
        let genuine = verify(self.signature, self.message.as_bytes(), key.decoding_key(), Algorithm::RS256);
        if matches!(genuine, Ok(true)) { Ok(()) } else { Err(ReadError::Signature) }
    }

    fn kid(&self, typ: &str) -> Result<String, ReadError> {
        let header: Header = serde_json::from_slice(&self.header).map_err(|_| ReadError::Header)?;
        let ours = header.alg == "RS256" && header.typ == typ;
        ours.then_some(header.kid).ok_or(ReadError::Header)
    }
}

/// Exactly what [`super::mint`] writes; a repeated or a further member is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

fn check_issuer(claimed: &str, issuer: &str) -> Result<(), ReadError> {
    (claimed == issuer).then_some(()).ok_or(ReadError::Issuer)
}

fn check_time(iat: UnixTime, exp: UnixTime, now: UnixTime, expiry: ExpiryRule) -> Result<(), ReadError> {
    if iat.is_ahead_of(now) {
        return Err(ReadError::NotYetValid);
    }
    match expiry {
        // RFC 7519 4.1.4: "on or after" the time in `exp` it is not accepted.
        ExpiryRule::Enforce { leeway } if now >= exp.plus(leeway) => Err(ReadError::Expired),
        ExpiryRule::Enforce { .. } | ExpiryRule::AcceptExpired => Ok(()),
    }
}

#[cfg(test)]
mod tests;
