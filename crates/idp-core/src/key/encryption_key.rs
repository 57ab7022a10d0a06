//! A client's public RSA key that its ID tokens are encrypted for: read from a JWK (RFC 7517) or from
//! PEM, held to the limits of our own keys, and used for RSA-OAEP-256 alone (RFC 7518 section 4.3).

use std::fmt;

use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey, PublicKeyComponents,
};
use rsa::pkcs8::DecodePublicKey;
use rsa::traits::PublicKeyParts;
use rsa::{BigUint, RsaPublicKey};
use serde::{Deserialize, Serialize};

use super::KeyError;
use super::signing_key::{check_exponent, check_size, thumbprint};
use crate::base64url;

/// Members of a JWK that only a private key has.
const PRIVATE_MEMBERS: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];
/// The longest `kid` of a client that is kept, in characters.
const MAX_KID: usize = 128;

/// How the content key is encrypted (`alg`). RSA-OAEP with SHA-1, RSA1_5 and direct encryption are not
/// offered.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub enum EncryptionAlgorithm {
    /// RSAES OAEP with SHA-256 and MGF1 with SHA-256.
    #[serde(rename = "RSA-OAEP-256")]
    RsaOaep256,
}

impl EncryptionAlgorithm {
    /// The `alg` value.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RsaOaep256 => "RSA-OAEP-256",
        }
    }
}

/// Why a key cannot be registered.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum UnfitEncryptionKey {
    /// Neither a JWK nor a public key in PEM.
    #[error("not an RSA public key as a JWK or as PEM (BEGIN PUBLIC KEY)")]
    Malformed,
    /// A private key was given, which must stay where it is.
    #[error("this is a private key: register the public half alone, and consider this key known")]
    Private,
    /// The JWK is for something else.
    #[error("the JWK must be for use \"enc\" with alg \"RSA-OAEP-256\"")]
    Purpose,
    /// `kid` is not 1 to 128 visible ASCII characters.
    #[error("the kid must have 1 to 128 visible ASCII characters")]
    KeyId,
    /// Too small, too large, or with an odd exponent.
    #[error(transparent)]
    Strength(#[from] KeyError),
}

/// A key that ID tokens are encrypted for, written and read as a public JWK.
#[derive(Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(into = "PublicJwk", try_from = "PublicJwk")]
pub struct EncryptionKey {
    kid: String,
    n: Vec<u8>,
    e: Vec<u8>,
}

/// The form that is stored and shown; it has no private members.
#[derive(Clone, Serialize, Deserialize)]
struct PublicJwk {
    kty: String,
    #[serde(rename = "use")]
    use_: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    n: String,
    e: String,
}

impl EncryptionKey {
    /// Reads a JWK, or a public key in PEM. Without a `kid` the key is named by its thumbprint (RFC 7638).
    ///
    /// # Errors
    /// [`UnfitEncryptionKey`] says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, UnfitEncryptionKey> {
        let text = text.trim();
        if text.starts_with('{') { Self::from_jwk(text) } else { Self::from_pem(text) }
    }

    fn from_jwk(json: &str) -> Result<Self, UnfitEncryptionKey> {
        let value: serde_json::Value =
            serde_json::from_str(json).map_err(|_| UnfitEncryptionKey::Malformed)?;
        if PRIVATE_MEMBERS.iter().any(|member| value.get(member).is_some()) {
            return Err(UnfitEncryptionKey::Private);
        }
        let jwk: PublicJwk = serde_json::from_value(value).map_err(|_| UnfitEncryptionKey::Malformed)?;
        Self::try_from(jwk)
    }

    fn from_pem(pem: &str) -> Result<Self, UnfitEncryptionKey> {
        if pem.contains("PRIVATE KEY") {
            return Err(UnfitEncryptionKey::Private);
        }
        let key = RsaPublicKey::from_public_key_pem(pem).map_err(|_| UnfitEncryptionKey::Malformed)?;
        Self::checked(None, key.n(), key.e())
    }

    fn checked(kid: Option<String>, n: &BigUint, e: &BigUint) -> Result<Self, UnfitEncryptionKey> {
        check_size(n.bits())?;
        check_exponent(e)?;
        let is_odd = n.to_bytes_le().first().is_some_and(|low| low & 1 == 1);
        let (n, e) = (n.to_bytes_be(), e.to_bytes_be());
        let kid = kid.unwrap_or_else(|| thumbprint(&base64url::encode(&n), &base64url::encode(&e)));
        if !(1..=MAX_KID).contains(&kid.len()) || !kid.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(UnfitEncryptionKey::KeyId);
        }
        let key = Self { kid, n, e };
        // aws-lc has further demands: a key that it refuses must fail here and not when a person signs in.
        if is_odd && key.wrap(&[0; 32]).is_ok() { Ok(key) } else { Err(UnfitEncryptionKey::Malformed) }
    }

    /// The key's name in headers.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Encrypts a content key. OAEP's seed is drawn inside aws-lc, which offers no other way.
    pub(crate) fn wrap(&self, content_key: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let components = PublicKeyComponents { n: &self.n, e: &self.e };
        let key: PublicEncryptingKey = components.try_into()?;
        let key = OaepPublicEncryptingKey::new(key)?;
        let mut wrapped = vec![0; key.ciphertext_size()];
        let length = key.encrypt(&OAEP_SHA256_MGF1SHA256, content_key, &mut wrapped, None)?.len();
        wrapped.truncate(length);
        Ok(wrapped)
    }
}

impl TryFrom<PublicJwk> for EncryptionKey {
    type Error = UnfitEncryptionKey;

    fn try_from(jwk: PublicJwk) -> Result<Self, UnfitEncryptionKey> {
        let is_for_us = jwk.use_.is_none_or(|use_| use_ == "enc")
            && jwk.alg.is_none_or(|alg| alg == EncryptionAlgorithm::RsaOaep256.as_str());
        if jwk.kty != "RSA" || !is_for_us {
            return Err(UnfitEncryptionKey::Purpose);
        }
        let number = |text: &str| base64url::decode(text).map(|bytes| BigUint::from_bytes_be(&bytes));
        let (Some(n), Some(e)) = (number(&jwk.n), number(&jwk.e)) else {
            return Err(UnfitEncryptionKey::Malformed);
        };
        Self::checked(jwk.kid, &n, &e)
    }
}

impl From<EncryptionKey> for PublicJwk {
    fn from(key: EncryptionKey) -> Self {
        Self {
            kty: "RSA".to_owned(),
            use_: Some("enc".to_owned()),
            alg: Some(EncryptionAlgorithm::RsaOaep256.as_str().to_owned()),
            kid: Some(key.kid),
            n: base64url::encode(key.n),
            e: base64url::encode(key.e),
        }
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncryptionKey({})", self.kid)
    }
}

#[cfg(test)]
pub(crate) mod sample {
    //! A client's key pair for tests, made once a process.
    #![allow(clippy::unwrap_used)]
    use std::sync::LazyLock;

    use rand_core::OsRng;
    use rsa::RsaPrivateKey;
    use rsa::pkcs8::{EncodePublicKey, LineEnding};

    use super::EncryptionKey;

    static PRIVATE: LazyLock<RsaPrivateKey> = LazyLock::new(|| RsaPrivateKey::new(&mut OsRng, 2048).unwrap());

    /// The private key, and the public half as a client registers it.
    pub(crate) fn pair() -> (RsaPrivateKey, EncryptionKey) {
        (PRIVATE.clone(), EncryptionKey::parse(&pem()).unwrap())
    }

    /// The public half as PEM.
    pub(crate) fn pem() -> String {
        PRIVATE.to_public_key().to_public_key_pem(LineEnding::LF).unwrap()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use rsa::pkcs8::{EncodePrivateKey, LineEnding};
    use serde_json::{Value, json};

    fn jwk() -> Value {
        serde_json::to_value(sample::pair().1).unwrap()
    }

    fn with(member: &str, value: Value) -> String {
        let mut jwk = jwk();
        jwk[member] = value;
        jwk.to_string()
    }

    #[test]
    fn m16_a_key_reads_the_same_as_pem_and_as_jwk() {
        let (_, from_pem) = sample::pair();
        assert_eq!(EncryptionKey::parse(&jwk().to_string()).unwrap(), from_pem);
        let named = EncryptionKey::parse(&with("kid", json!("mine-1"))).unwrap();
        assert_eq!(named.kid(), "mine-1");
        let bare = json!({ "kty": "RSA", "n": jwk()["n"], "e": jwk()["e"] }).to_string();
        assert_eq!(EncryptionKey::parse(&bare).unwrap(), from_pem);
    }

    #[test]
    fn m16_a_private_key_is_not_registered() {
        let pem = sample::pair().0.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(EncryptionKey::parse(&pem), Err(UnfitEncryptionKey::Private));
        for member in PRIVATE_MEMBERS {
            assert_eq!(EncryptionKey::parse(&with(member, json!("AA"))), Err(UnfitEncryptionKey::Private));
        }
    }

    #[test]
    fn m16_keys_that_are_weak_or_for_something_else_are_refused() {
        let small = base64url::encode([0xFF; 128]);
        let even = base64url::encode([0xFE; 256]);
        let huge = base64url::encode([0xFF; 1024]);
        for (member, value) in [
            ("use", json!("sig")),
            ("alg", json!("RSA-OAEP")),
            ("alg", json!("RSA1_5")),
            ("kty", json!("oct")),
            ("kid", json!("")),
            ("kid", json!("a b")),
            ("kid", json!("k".repeat(129))),
            ("n", json!(small)),
            ("n", json!(even)),
            ("n", json!(huge)),
            ("n", json!("")),
            ("n", json!("=")),
            ("e", json!("Aw")),
            ("e", json!("AQAC")),
        ] {
            assert!(EncryptionKey::parse(&with(member, value.clone())).is_err(), "{member}: {value}");
        }
        for text in ["", "{", "{}", "[]", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
            assert_eq!(EncryptionKey::parse(text), Err(UnfitEncryptionKey::Malformed), "{text:?}");
        }
    }
}
