//! Authenticated encryption of small values that leave the process or rest in the database: sealed
//! form fields, refresh successors, private keys. A key works for one purpose only (HKDF-SHA256,
//! RFC 5869), and a value opens only under the associated data it was sealed with (AES-256-GCM,
//! NIST SP 800-38D).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use rand_core::CryptoRngCore;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use crate::base64url;

/// First byte of every sealed value; another layout would get another number.
const VERSION: u8 = 1;
/// Keeps keys derived here apart from keys that anything else derives from the same master key.
const SALT: &[u8] = b"idp-core seal 1";

/// Sealing failed: the value is larger than one message may be, or cannot be written as JSON.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("the value could not be sealed")]
pub struct SealError;

/// A key for one purpose. Random nonces bound its use to 2^32 values (NIST SP 800-38D 8.3): rotate
/// the master key long before.
pub struct SealKey(LessSafeKey);

impl SealKey {
    /// The key for `purpose` under the master key of the installation.
    ///
    /// # Errors
    /// Only if the cryptographic library refuses a key of the right length.
    pub fn from_master(master: &[u8; 32], purpose: &str) -> Result<Self, SealError> {
        Self::from_secret(master, purpose)
    }

    /// The key for `purpose` under any secret of at least 128 bits of entropy, such as the text of
    /// an opaque token. Passwords are no such secret.
    ///
    /// # Errors
    /// Only if the cryptographic library refuses a key of the right length.
    pub fn from_secret(secret: &[u8], purpose: &str) -> Result<Self, SealError> {
        let info = [purpose.as_bytes()];
        let pseudorandom_key = Salt::new(HKDF_SHA256, SALT).extract(secret);
        let derived = pseudorandom_key.expand(&info, &AES_256_GCM).map_err(|_| SealError)?;
        Ok(Self(LessSafeKey::new(UnboundKey::from(derived))))
    }

    /// Seals `plaintext` as base64url text, which opens under this key and the same `associated_data`.
    ///
    /// # Errors
    /// When the plaintext is larger than one AES-GCM message may be (64 GiB).
    pub fn seal(
        &self,
        rng: &mut (impl CryptoRngCore + ?Sized),
        plaintext: &[u8],
        associated_data: &[u8],
    ) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut body = plaintext.to_vec();
        let associated_data = with_version(associated_data);
        let tag = self
            .0
            .seal_in_place_separate_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(associated_data),
                &mut body,
            )
            .map_err(|_| SealError)?;
        Ok(base64url::encode([&[VERSION], nonce.as_slice(), &body, tag.as_ref()].concat()))
    }

    /// Opens what [`SealKey::seal`] made with the same associated data. `None` for anything else,
    /// without saying which part was wrong.
    #[must_use]
    pub fn open(&self, text: &str, associated_data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let sealed = base64url::decode(text)?;
        let (&VERSION, rest) = sealed.split_first()? else { return None };
        let (nonce, body) = rest.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut buffer = Zeroizing::new(body.to_vec());
        let associated_data = with_version(associated_data);
        let length = self.0.open_in_place(nonce, Aad::from(associated_data), &mut buffer).ok()?.len();
        buffer.truncate(length);
        Some(buffer)
    }

    /// Seals a value as JSON.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn seal_json<T: Serialize>(
        &self,
        rng: &mut (impl CryptoRngCore + ?Sized),
        value: &T,
        associated_data: &[u8],
    ) -> Result<String, SealError> {
        let json = Zeroizing::new(serde_json::to_vec(value).map_err(|_| SealError)?);
        self.seal(rng, &json, associated_data)
    }

    /// Opens what [`SealKey::seal_json`] made; `None` also when the JSON is of another shape.
    #[must_use]
    pub fn open_json<T: DeserializeOwned>(&self, text: &str, associated_data: &[u8]) -> Option<T> {
        let json = self.open(text, associated_data)?;
        serde_json::from_slice(&json).ok()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(redacted)")
    }
}

/// The version byte is authenticated with the rest.
fn with_version(associated_data: &[u8]) -> Vec<u8> {
    [&[VERSION], associated_data].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use rand_core::OsRng;

    fn key(purpose: &str) -> SealKey {
        SealKey::from_master(&[7; 32], purpose).unwrap()
    }

    #[test]
    fn a_value_opens_only_under_its_key_purpose_and_data() {
        let sealed = key("login form").seal(&mut OsRng, b"transaction", b"browser 1").unwrap();
        let open = |key: SealKey, data: &[u8]| key.open(&sealed, data).map(|value| value.to_vec());
        assert_eq!(open(key("login form"), b"browser 1"), Some(b"transaction".to_vec()));
        assert_eq!(open(key("login form"), b"browser 2"), None);
        assert_eq!(open(key("consent form"), b"browser 1"), None);
        assert_eq!(open(SealKey::from_master(&[8; 32], "login form").unwrap(), b"browser 1"), None);
    }

    #[test]
    fn the_same_value_never_looks_the_same() {
        let seal = || key("p").seal(&mut OsRng, b"value", b"").unwrap();
        assert_ne!(seal(), seal());
    }

    #[test]
    fn json_of_another_shape_does_not_open() {
        let sealed = key("p").seal_json(&mut OsRng, &("a", 1), b"").unwrap();
        assert_eq!(key("p").open_json::<(String, i64)>(&sealed, b""), Some(("a".to_owned(), 1)));
        assert_eq!(key("p").open_json::<Vec<i64>>(&sealed, b""), None);
    }

    #[test]
    fn a_value_of_another_version_does_not_open() {
        let sealed = key("p").seal(&mut OsRng, b"value", b"").unwrap();
        let mut bytes = base64url::decode(&sealed).unwrap();
        *bytes.first_mut().unwrap() = 2;
        assert!(key("p").open(&base64url::encode(bytes), b"").is_none());
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_and_what_was_altered_does_not(
            value in proptest::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
            bit in 0u8..8,
        ) {
            let sealed = key("p").seal(&mut OsRng, &value, b"data").unwrap();
            prop_assert_eq!(key("p").open(&sealed, b"data").unwrap().to_vec(), value);
            let mut bytes = base64url::decode(&sealed).unwrap();
            let at = at.index(bytes.len());
            *bytes.get_mut(at).unwrap() ^= 1 << bit;
            prop_assert!(key("p").open(&base64url::encode(&bytes), b"data").is_none());
            bytes.truncate(at);
            prop_assert!(key("p").open(&base64url::encode(bytes), b"data").is_none());
        }

        #[test]
        fn any_text_is_refused_without_panic(text in "\\PC{0,80}|[A-Za-z0-9_-]{0,120}") {
            prop_assert!(key("p").open(&text, b"").is_none());
        }
    }
}
