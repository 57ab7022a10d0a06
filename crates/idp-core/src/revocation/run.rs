//! A run of a node's feed: one monotonic clock, and a key that lives as long. Every statement names its run and says what
//! the run's clock showed. A reader sends a nonce, and the run signs it with what its clock showed when it had it: an
//! anchor, by which the reader puts a bound on the age of every statement of this run without trusting any wall clock.
//! An anchor is a JWS (RFC 7515) under Ed25519 (RFC 8037), which costs a twentieth of an RSA signature: there is one for
//! each connection. The run's key vouches for times only, and only for those of statements that name it.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use rand_core::CryptoRngCore;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::base64url;

const ANCHOR_TYPE: &str = "revocations-anchor+jwt";
/// Characters of a nonce: at least 96 bits of base64url.
const NONCE_LENGTHS: std::ops::RangeInclusive<usize> = 16..=64;

/// What a reader sends with a request, new for each: 16 to 64 characters of base64url.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Nonce(String);

impl Nonce {
    /// Checks characters and length.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        (NONCE_LENGTHS.contains(&text.len()) && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
}

/// The cryptographic library refused a key of the right length, or JSON could not be written.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("no anchor of the revocation feed could be made")]
pub struct RunError;

/// The key of a run, and its name.
pub struct Run {
    pair: Ed25519KeyPair,
    id: String,
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Payload<'a> {
    iss: &'a str,
    nonce: &'a str,
    uptime: i64,
}

impl Run {
    /// A new run.
    ///
    /// # Errors
    /// Only if the cryptographic library refuses a key of the right length.
    pub fn generate(rng: &mut (impl CryptoRngCore + ?Sized)) -> Result<Self, RunError> {
        let mut seed = Zeroizing::new([0; 32]);
        rng.fill_bytes(seed.as_mut_slice());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| RunError)?;
        let id = base64url::encode(pair.public_key().as_ref());
        Ok(Self { pair, id })
    }

    /// Its name: the public key in base64url.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Says that the run had this nonce when its clock showed `uptime_ms`, as a compact JWS.
    ///
    /// # Errors
    /// Never with the types that are here: [`RunError`] when JSON cannot be written.
    pub fn anchor(&self, issuer: &str, nonce: &Nonce, uptime_ms: i64) -> Result<String, RunError> {
        let header = Header { typ: ANCHOR_TYPE, alg: "EdDSA", kid: &self.id };
        let payload = Payload { iss: issuer, nonce: &nonce.0, uptime: uptime_ms };
        let input = format!("{}.{}", encoded(&header)?, encoded(&payload)?);
        let signature = base64url::encode(self.pair.sign(input.as_bytes()));
        Ok(format!("{input}.{signature}"))
    }
}

fn encoded(part: &impl Serialize) -> Result<String, RunError> {
    serde_json::to_vec(part).map(base64url::encode).map_err(|_| RunError)
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Run").field(&self.id).finish()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use rand_core::OsRng;
    use serde_json::{Value, json};

    #[test]
    fn a2_an_anchor_is_a_jws_that_the_name_of_the_run_verifies() {
        let (run, other) = (Run::generate(&mut OsRng).unwrap(), Run::generate(&mut OsRng).unwrap());
        assert_ne!(run.id(), other.id());
        let nonce = Nonce::parse("AAAAAAAAAAAAAAAAAAAAAA").unwrap();
        let jws = run.anchor("https://idp.example", &nonce, 1234).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.required_spec_claims.clear();
        let decode = |run: &Run| {
            let key = DecodingKey::from_ed_components(run.id()).unwrap();
            jsonwebtoken::decode::<Value>(&jws, &key, &validation)
        };
        let read = decode(&run).unwrap();
        assert_eq!(read.header.typ.as_deref(), Some("revocations-anchor+jwt"));
        assert_eq!(read.header.kid.as_deref(), Some(run.id()));
        let expected =
            json!({ "iss": "https://idp.example", "nonce": "AAAAAAAAAAAAAAAAAAAAAA", "uptime": 1234 });
        assert_eq!(read.claims, expected);
        assert!(decode(&other).is_err());
    }

    #[test]
    fn other_texts_are_no_nonces() {
        for text in ["", "AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAA.", "AAAAAAAAAAAAAAAA=", &"A".repeat(65)] {
            assert_eq!(Nonce::parse(text), None, "{text}");
        }
        assert!(Nonce::parse(&"A".repeat(16)).is_some() && Nonce::parse(&"_".repeat(64)).is_some());
    }
}
