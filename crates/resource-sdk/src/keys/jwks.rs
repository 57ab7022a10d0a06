//! Reading of a JWK Set document. A set that contradicts itself or leaks a secret is refused whole;
//! an entry that is merely of no use to us is passed over. RFC 7517 sections 4 and 5.

use std::{collections::HashMap, fmt};

use super::rsa_key::RsaVerifyingKey;
use crate::error::debug_in_words;
use crate::jwt::{
    decode, is_usable_kid,
    json::{Json, Object},
};

/// The largest key set document that is read, in bytes.
pub(crate) const MAX_JWKS_BYTES: usize = 64 * 1024;
const MAX_KEYS: usize = 20;
const MAX_MEMBERS: usize = 64;

/// Members that only a secret key has (RFC 7518 sections 6.3.2 and 6.4.1).
const SECRET_MEMBERS: &[&str] = &["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Keys of one provider that may verify RS256 signatures, by `kid`.
pub struct KeySet {
    by_kid: HashMap<String, RsaVerifyingKey>,
}

/// Why a whole document is refused.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JwksError {
    /// More than 64 KiB.
    #[error("the key set is larger than 64 KiB")]
    TooLarge,
    /// Not a strict JSON object with an array `keys`.
    #[error("the key set is not a JWK Set (RFC 7517 section 5)")]
    Malformed,
    /// More than 20 keys.
    #[error("the key set has more than 20 keys")]
    TooManyKeys,
    /// A symmetric key or a private member is being published.
    #[error("the key set publishes a secret key; the provider has to replace its keys")]
    PublishesSecret,
    /// Two RSA keys share one `kid`.
    #[error("two keys of the set have one kid")]
    DuplicateKid,
    /// No key that may verify RS256.
    #[error("the key set has no usable key: RSA of 2048 to 4096 bits, with a kid, for RS256 signatures")]
    NoUsableKey,
}

debug_in_words!(JwksError);

impl KeySet {
    /// Reads a JWK Set document.
    ///
    /// # Errors
    /// When the set as a whole is not to be trusted, or has no key for us.
    pub fn from_jwks(document: &[u8]) -> Result<Self, JwksError> {
        if document.len() > MAX_JWKS_BYTES {
            return Err(JwksError::TooLarge);
        }
        let entries = entries(document)?;
        if entries.len() > MAX_KEYS {
            return Err(JwksError::TooManyKeys);
        }
        // An entry that cannot even be read as an object is malformed, and ignored as such.
        let objects: Vec<_> = entries.into_iter().filter_map(|entry| entry.object(MAX_MEMBERS)).collect();
        if objects.iter().any(is_secret) {
            return Err(JwksError::PublishesSecret);
        }
        Self::from_public(&objects)
    }

    fn from_public(entries: &[Object<'_>]) -> Result<Self, JwksError> {
        let mut named: HashMap<String, Option<RsaVerifyingKey>> = HashMap::new();
        for entry in entries.iter().filter(|entry| is_rsa(entry)) {
            let Some(kid) = kid(entry) else { continue };
            if named.insert(kid, verifying_key(entry)).is_some() {
                return Err(JwksError::DuplicateKid);
            }
        }
        let usable = named.into_iter().filter_map(|(kid, key)| Some((kid, key?)));
        let by_kid: HashMap<_, _> = usable.collect();
        if by_kid.is_empty() { Err(JwksError::NoUsableKey) } else { Ok(Self { by_kid }) }
    }

    pub(crate) fn get(&self, kid: &str) -> Option<&RsaVerifyingKey> {
        self.by_kid.get(kid)
    }

    /// How many keys may verify.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_kid.len()
    }

    /// Always false: a set without a usable key is refused when it is read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_kid.is_empty()
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.by_kid).finish()
    }
}

fn entries(document: &[u8]) -> Result<Vec<Json<'_>>, JwksError> {
    let text = std::str::from_utf8(document).map_err(|_| JwksError::Malformed)?;
    let set = Object::parse(text, MAX_MEMBERS).map_err(|_| JwksError::Malformed)?;
    set.get("keys").and_then(Json::array).ok_or(JwksError::Malformed)
}

fn is_secret(entry: &Object<'_>) -> bool {
    has_text(entry, "kty", "oct") || entry.has_any(SECRET_MEMBERS)
}

fn is_rsa(entry: &Object<'_>) -> bool {
    has_text(entry, "kty", "RSA")
}

fn kid(entry: &Object<'_>) -> Option<String> {
    let kid = entry.get("kid")?.string()?;
    is_usable_kid(&kid).then(|| kid.into_owned())
}

/// The key of an RSA entry, if it is meant for verifying RS256 and sound.
fn verifying_key(entry: &Object<'_>) -> Option<RsaVerifyingKey> {
    let is_meant_for_us = absent_or_text(entry, "alg", "RS256")
        && absent_or_text(entry, "use", "sig")
        && allows_verifying(entry);
    if !is_meant_for_us {
        return None;
    }
    let modulus = decode(&entry.get("n")?.string()?)?;
    let exponent = decode(&entry.get("e")?.string()?)?;
    RsaVerifyingKey::new(&modulus, &exponent)
}

/// RFC 7517 section 4.3: a public key that signs or encrypts is none that verifies.
fn allows_verifying(entry: &Object<'_>) -> bool {
    match entry.get("key_ops") {
        None => true,
        Some(operations) => operations
            .strings()
            .is_some_and(|operations| operations.iter().any(|operation| operation == "verify")),
    }
}

fn has_text(entry: &Object<'_>, name: &str, text: &str) -> bool {
    entry.get(name).and_then(Json::string).as_deref() == Some(text)
}

fn absent_or_text(entry: &Object<'_>, name: &str, text: &str) -> bool {
    entry.get(name).is_none() || has_text(entry, name, text)
}
