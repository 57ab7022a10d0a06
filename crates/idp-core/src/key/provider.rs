//! A `jsonwebtoken` provider that signs with keys which stay parsed. As shipped, the crate parses the
//! private key again for every token, which halves the rate. Here an encoding key still carries its
//! real DER, and the signer looks up the parsed key under the SHA-256 of that DER; what is not found,
//! and everything but RS256 signing, goes to the shipped aws-lc provider. So tokens come out the same,
//! only slower, should another provider have been installed first.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock, Weak};

use aws_lc_rs::digest::{SHA256, SHA256_OUTPUT_LEN, digest};
use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner};
use jsonwebtoken::errors::Result;
use jsonwebtoken::signature::{Error, Signer};
use jsonwebtoken::{Algorithm, AlgorithmFamily, EncodingKey};

type Fingerprint = [u8; SHA256_OUTPUT_LEN];

/// The parsed keys of the [`super::SigningKey`]s that are alive, by the hash of their DER.
static PARSED: LazyLock<RwLock<HashMap<Fingerprint, Weak<KeyPair>>>> = LazyLock::new(RwLock::default);

static PROVIDER: LazyLock<CryptoProvider> = LazyLock::new(|| CryptoProvider {
    signer_factory,
    verifier_factory: DEFAULT_PROVIDER.verifier_factory,
    key_utils: DEFAULT_PROVIDER.key_utils.clone(),
});

/// Makes this the provider of the process. Does nothing when another one is installed already, which then makes the
/// tokens.
pub fn install() {
    let _already_chosen = PROVIDER.install_default();
}

/// The parsed form of the private key `der`. All holders share it, and it is found for as long as there is one.
///
/// # Errors
/// When aws-lc refuses the key.
pub(super) fn parse(der: &[u8]) -> std::result::Result<Arc<KeyPair>, KeyRejected> {
    install();
    let mut table = PARSED.write().unwrap_or_else(PoisonError::into_inner);
    let fingerprint = fingerprint(der);
    if let Some(parsed) = table.get(&fingerprint).and_then(Weak::upgrade) {
        return Ok(parsed);
    }
    let parsed = Arc::new(KeyPair::from_der(der)?);
    table.retain(|_, key| key.strong_count() > 0);
    table.insert(fingerprint, Arc::downgrade(&parsed));
    Ok(parsed)
}

fn find(der: &[u8]) -> Option<Arc<KeyPair>> {
    let table = PARSED.read().unwrap_or_else(PoisonError::into_inner);
    table.get(&fingerprint(der)).and_then(Weak::upgrade)
}

fn fingerprint(der: &[u8]) -> Fingerprint {
    let mut fingerprint = [0; SHA256_OUTPUT_LEN];
    fingerprint.copy_from_slice(digest(&SHA256, der).as_ref());
    fingerprint
}

fn signer_factory(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    if *algorithm == Algorithm::RS256
        && key.family() == AlgorithmFamily::Rsa
        && let Some(parsed) = find(key.as_bytes())
    {
        return Ok(Box::new(ParsedRs256(parsed)));
    }
    (DEFAULT_PROVIDER.signer_factory)(algorithm, key)
}

struct ParsedRs256(Arc<KeyPair>);

impl Signer<Vec<u8>> for ParsedRs256 {
    #[allow(clippy::disallowed_methods, reason = "PKCS#1 v1.5 draws nothing; the argument is for PSS")]
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(Error::from_source)?;
        Ok(signature)
    }
}

impl JwtSigner for ParsedRs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::key::{SigningKey, sample};
    use jsonwebtoken::{Header, encode};

    fn signature(
        factory: fn(&Algorithm, &EncodingKey) -> Result<Box<dyn JwtSigner>>,
        key: &EncodingKey,
    ) -> Vec<u8> {
        factory(&Algorithm::RS256, key).unwrap().try_sign(b"message").unwrap()
    }

    #[test]
    fn a_parsed_key_signs_as_the_shipped_provider_does() {
        let key = sample::key(0);
        let parsed = signature(signer_factory, key.encoding_key());
        assert_eq!(parsed, signature(DEFAULT_PROVIDER.signer_factory, key.encoding_key()));
    }

    #[test]
    fn installing_twice_is_harmless_and_tokens_are_made() {
        install();
        install();
        let token = encode(&Header::new(Algorithm::RS256), &1, sample::key(0).encoding_key()).unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let verify = |key: &SigningKey| {
            jsonwebtoken::crypto::verify(signature, message.as_bytes(), key.decoding_key(), Algorithm::RS256)
        };
        assert!(verify(&sample::key(0)).unwrap());
        assert!(!verify(&sample::key(1)).unwrap());
    }

    #[test]
    fn a_key_without_a_holder_is_forgotten_but_still_signs() {
        let key = SigningKey::generate(2048).unwrap();
        let encoding = key.encoding_key().clone();
        assert!(find(encoding.as_bytes()).is_some());
        let parsed = signature(signer_factory, &encoding);
        drop(key);
        assert!(find(encoding.as_bytes()).is_none());
        assert_eq!(parsed, signature(signer_factory, &encoding));
    }

    #[test]
    fn a_key_that_was_read_twice_stays_parsed_until_the_last_copy_is_gone() {
        let first = SigningKey::generate(2048).unwrap();
        let encoding = first.encoding_key().clone();
        let second = SigningKey::from_pkcs8_pem(&first.to_pkcs8_pem()).unwrap();
        drop(second);
        assert!(find(encoding.as_bytes()).is_some());
        let third = SigningKey::from_pkcs8_pem(&first.to_pkcs8_pem()).unwrap();
        drop(first);
        assert!(find(encoding.as_bytes()).is_some());
        drop(third);
        assert!(find(encoding.as_bytes()).is_none());
    }

    #[test]
    fn a_key_of_another_family_is_not_taken_for_rsa() {
        let key = EncodingKey::from_secret(sample::key(0).encoding_key().as_bytes());
        assert!(signer_factory(&Algorithm::RS256, &key).is_err());
    }
}
