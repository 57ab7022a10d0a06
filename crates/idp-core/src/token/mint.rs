//! Minting tokens: claims in, compact JWS out (RFC 7515 3.1), signed RS256 through `jsonwebtoken`. Deciding who gets
//! which token is left to the grants and the server.

use jsonwebtoken::{Algorithm, Header, encode};
use serde::Serialize;

use super::id_token::MAX_LIFETIME;
use super::{
    ACCESS_TOKEN_TYPE, AccessTokenClaims, ID_TOKEN_TYPE, IdTokenClaims, LOGOUT_TOKEN_TYPE, LogoutTokenClaims,
    REVOCATIONS_TYPE,
};
use crate::key::SigningKey;

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// An ID token that is valid for longer than [`MAX_LIFETIME`], or not at all.
    #[error("an ID token is valid for 1 to 600 seconds")]
    IdTokenLifetime,
    /// Signing failed.
    #[error("the token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// Signs an access token.
///
/// # Errors
/// When signing fails.
pub fn mint_access_token(key: &SigningKey, claims: &AccessTokenClaims) -> Result<String, MintError> {
    sign(key, ACCESS_TOKEN_TYPE, claims)
}

/// Signs an ID token.
///
/// # Errors
/// When the lifetime is not allowed, or signing fails.
pub fn mint_id_token(key: &SigningKey, claims: &IdTokenClaims) -> Result<String, MintError> {
    if !(1..=MAX_LIFETIME).contains(&claims.exp.seconds_since(claims.iat)) {
        return Err(MintError::IdTokenLifetime);
    }
    sign(key, ID_TOKEN_TYPE, claims)
}

/// Signs a logout token.
///
/// # Errors
/// When signing fails.
pub fn mint_logout_token(key: &SigningKey, claims: &LogoutTokenClaims) -> Result<String, MintError> {
    sign(key, LOGOUT_TOKEN_TYPE, claims)
}

/// Signs revocations on their way to the sites.
pub(crate) fn mint_revocations<T: Serialize>(key: &SigningKey, batch: &T) -> Result<String, MintError> {
    sign(key, REVOCATIONS_TYPE, batch)
}

fn sign<T: Serialize>(key: &SigningKey, typ: &str, claims: &T) -> Result<String, MintError> {
    Ok(encode(&header(key.kid(), typ), claims, key.encoding_key())?)
}

/// `typ`, `alg` and `kid`, never anything else.
pub(super) fn header(kid: &str, typ: &str) -> Header {
    Header { typ: Some(typ.to_owned()), kid: Some(kid.to_owned()), ..Header::new(Algorithm::RS256) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::base64url;
    use crate::key;
    use crate::token::{access_token, id_token};
    use serde_json::{Value, json};

    fn header_of(token: &str) -> Value {
        let header = token.split('.').next().unwrap();
        serde_json::from_slice(&base64url::decode(header).unwrap()).unwrap()
    }

    #[test]
    fn j24_each_kind_of_token_says_what_it_is() {
        let key = key::sample::key(0);
        let access = mint_access_token(&key, &access_token::sample::person()).unwrap();
        let expected = json!({ "typ": "at+jwt", "alg": "RS256", "kid": key.kid() });
        assert_eq!(header_of(&access), expected);
        let id = mint_id_token(&key, &id_token::sample::id_token()).unwrap();
        assert_eq!(header_of(&id), json!({ "typ": "JWT", "alg": "RS256", "kid": key.kid() }));
    }

    #[test]
    fn s30_an_id_token_lives_ten_minutes_at_most() {
        let sample = id_token::sample::id_token();
        for (lifetime, fits) in [(600, true), (1, true), (601, false), (0, false), (-1, false)] {
            let claims = IdTokenClaims { exp: sample.iat.plus(lifetime), ..sample.clone() };
            assert_eq!(mint_id_token(&key::sample::key(0), &claims).is_ok(), fits, "{lifetime}");
        }
    }
}
