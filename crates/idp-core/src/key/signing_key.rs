//! One RSA signing key: made or read from PKCS#8 PEM, published as a JWK (RFC 7517), named by its
//! thumbprint (RFC 7638). The `rsa` crate reads and converts keys here; keys and signatures are made by
//! aws-lc ([`super::provider`]), in constant time and in a fraction of it (the private-key operations of `rsa` leak through
//! timing, RUSTSEC-2023-0071).

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use jsonwebtoken::{DecodingKey, EncodingKey};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BigUint, RsaPrivateKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::provider;
use crate::base64url;

/// Fewest bits of a modulus (RFC 7518 3.3).
pub const MIN_BITS: usize = 2048;
/// Most bits of a modulus: beyond it a signature takes longer than a request may.
pub const MAX_BITS: usize = 4096;
/// The public exponent of keys made here, and the smallest of keys read.
const MIN_EXPONENT: u64 = 65_537;
/// Largest public exponent of keys read: verifiers commonly stop at 33 bits.
const MAX_EXPONENT: u64 = 1 << 33;

/// Why a key was refused.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
pub enum KeyError {
    /// Not a whole number of bytes between `MIN_BITS` and `MAX_BITS`.
    #[error("an RSA key needs 2048 to 4096 bits, in whole bytes")]
    Size,
    /// The public exponent is even, smaller than 65537 or larger than 33 bits.
    #[error("an RSA key needs an odd public exponent from 65537 to 2^33")]
    Exponent,
    /// Not an unencrypted PKCS#8 PEM file with a sound RSA key of two primes.
    #[error("not a PKCS#8 PEM file with an RSA private key")]
    Malformed,
    /// Making the key failed.
    #[error("no RSA key could be generated")]
    Generation,
}

/// The public half of a signing key (RFC 7517, RFC 7518 6.3.1). Has no place for private members.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type: `RSA`.
    pub kty: String,
    /// Use: `sig`.
    #[serde(rename = "use")]
    pub use_: String,
    /// Algorithm: `RS256`.
    pub alg: String,
    /// Key id: the RFC 7638 thumbprint.
    pub kid: String,
    /// Modulus, base64url.
    pub n: String,
    /// Public exponent, base64url.
    pub e: String,
}

impl Jwk {
    fn new(n: &BigUint, e: &BigUint) -> Self {
        let n = base64url::encode(n.to_bytes_be());
        let e = base64url::encode(e.to_bytes_be());
        Self {
            kty: "RSA".to_owned(),
            use_: "sig".to_owned(),
            alg: "RS256".to_owned(),
            kid: thumbprint(&n, &e),
            n,
            e,
        }
    }
}

/// SHA-256 over the required members in alphabetical order (RFC 7638 3). Base64url needs no escapes.
pub(super) fn thumbprint(n: &str, e: &str) -> String {
    let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
    base64url::encode(digest(&SHA256, canonical.as_bytes()))
}

/// A private RSA key that is ready to sign. Cloning shares the key.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    jwk: Jwk,
    pkcs8_pem: Zeroizing<String>,
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// Keeps the entry in the provider's table alive.
    _parsed: Arc<KeyPair>,
}

impl SigningKey {
    /// A new key of 2048, 3072 or 4096 bits with exponent 65537. The library that will sign with it makes it, from its own
    /// source of randomness. Takes from a twentieth of a second to some seconds: call it away from request handling.
    ///
    /// # Errors
    /// [`KeyError::Size`] for a size that is not offered.
    pub fn generate(bits: usize) -> Result<Self, KeyError> {
        let size = match bits {
            2048 => KeySize::Rsa2048,
            3072 => KeySize::Rsa3072,
            4096 => KeySize::Rsa4096,
            _ => return Err(KeyError::Size),
        };
        loop {
            let made = KeyPair::generate(size).map_err(|_| KeyError::Generation)?;
            let der: Pkcs8V1Der<'_> = made.as_der().map_err(|_| KeyError::Generation)?;
            let key = RsaPrivateKey::from_pkcs8_der(der.as_ref()).map_err(|_| KeyError::Generation)?;
            let key = Self::new(&key)?;
            // One in 64 has a name that a command line would take for an option.
            if !key.kid().starts_with('-') {
                return Ok(key);
            }
        }
    }

    /// Reads an unencrypted PKCS#8 PEM file.
    ///
    /// # Errors
    /// When it is no such file, or the key is of a size or exponent that is refused.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem).map_err(|_| KeyError::Malformed)?;
        Self::new(&key)
    }

    fn new(key: &RsaPrivateKey) -> Result<Self, KeyError> {
        check_size(key.n().bits())?;
        check_exponent(key.e())?;
        if key.primes().len() != 2 {
            return Err(KeyError::Malformed);
        }
        let der = key.to_pkcs1_der().map_err(|_| KeyError::Malformed)?;
        let parsed = provider::parse(der.as_bytes()).map_err(|_| KeyError::Malformed)?;
        Ok(Self(Arc::new(Inner {
            jwk: Jwk::new(key.n(), key.e()),
            pkcs8_pem: key.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Malformed)?,
            encoding: EncodingKey::from_rsa_der(der.as_bytes()),
            decoding: DecodingKey::from_rsa_raw_components(&key.n().to_bytes_be(), &key.e().to_bytes_be()),
            _parsed: parsed,
        })))
    }

    /// The private key as PKCS#8 PEM, for the store. Seal it before it rests anywhere.
    #[must_use]
    pub fn to_pkcs8_pem(&self) -> Zeroizing<String> {
        self.0.pkcs8_pem.clone()
    }

    /// What is published of this key.
    #[must_use]
    pub fn public_jwk(&self) -> &Jwk {
        &self.0.jwk
    }

    /// The name of this key in headers and the JWKS.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.0.jwk.kid
    }

    /// The private half, for `jsonwebtoken`.
    #[must_use]
    pub fn encoding_key(&self) -> &EncodingKey {
        &self.0.encoding
    }

    /// The public half, for `jsonwebtoken`.
    #[must_use]
    pub fn decoding_key(&self) -> &DecodingKey {
        &self.0.decoding
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid())
    }
}

pub(super) fn check_size(bits: usize) -> Result<(), KeyError> {
    let fits = (MIN_BITS..=MAX_BITS).contains(&bits) && bits.is_multiple_of(8);
    fits.then_some(()).ok_or(KeyError::Size)
}

pub(super) fn check_exponent(e: &BigUint) -> Result<(), KeyError> {
    let odd = e.to_bytes_le().first().is_some_and(|low| low & 1 == 1);
    let in_range = *e >= BigUint::from(MIN_EXPONENT) && *e <= BigUint::from(MAX_EXPONENT);
    (odd && in_range).then_some(()).ok_or(KeyError::Exponent)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::key::sample;
    use rand_core::OsRng;

    #[test]
    fn s112_kid_is_the_rfc_7638_thumbprint() {
        // The example of RFC 7638 3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        assert_eq!(thumbprint(n, "AQAB"), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        let jwk = sample::key(0).public_jwk().clone();
        assert_eq!(jwk.kid, thumbprint(&jwk.n, &jwk.e));
    }

    #[test]
    fn a_key_survives_pem() {
        let key = sample::key(0);
        let read = SigningKey::from_pkcs8_pem(&key.to_pkcs8_pem()).unwrap();
        assert_eq!(read.public_jwk(), key.public_jwk());
        assert!(key.to_pkcs8_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    }

    #[test]
    fn s31_the_public_face_has_no_private_member() {
        let json = serde_json::to_value(sample::key(0).public_jwk()).unwrap();
        let members: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert_eq!(json.get("e").unwrap(), "AQAB");
        assert_eq!(json.get("n").unwrap().as_str().unwrap().len(), 342);
    }

    #[test]
    fn s111_a_key_shows_only_its_name() {
        let key = sample::key(0);
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.kid()));
    }

    #[test]
    fn sizes_and_exponents_that_verifiers_refuse_are_not_made_or_read() {
        for bits in [0, 512, 1024, 2047, 2049, 2560, 4104, 8192, 16_384] {
            assert_eq!(SigningKey::generate(bits).unwrap_err(), KeyError::Size, "{bits}");
        }
        let short = RsaPrivateKey::new(&mut OsRng, 1024).unwrap();
        let short = short.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(SigningKey::from_pkcs8_pem(&short).unwrap_err(), KeyError::Size);
        let three = RsaPrivateKey::new_with_exp(&mut OsRng, 2048, &BigUint::from(3u8)).unwrap();
        let three = three.to_pkcs8_pem(LineEnding::LF).unwrap();
        assert_eq!(SigningKey::from_pkcs8_pem(&three).unwrap_err(), KeyError::Exponent);
        for pem in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert_eq!(SigningKey::from_pkcs8_pem(pem).unwrap_err(), KeyError::Malformed);
        }
    }
}
