//! Keys, tokens of any shape, and a verifier to try them on.

use std::sync::LazyLock;

use aws_lc_rs::{rand::SystemRandom, rsa::KeyPair, signature};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use resource_sdk::{AccessToken, Freshness, KeySet, Keys, UnixTime, Verifier, VerifyError};
use rsa::{
    BigUint, RsaPrivateKey,
    pkcs8::EncodePrivateKey,
    traits::{PrivateKeyParts, PublicKeyParts},
};
use serde_json::{Value, json};

pub const ISSUER: &str = "https://idp.example";
pub const AUDIENCE: &str = "https://api.example";
pub const KID: &str = "our-key";
pub const NOW: i64 = 1_800_000_000;

/// The provider's key.
pub static KEY: LazyLock<TestKey> = LazyLock::new(|| TestKey::generate(KID, 2048));
/// A key that is not the provider's.
pub static FOREIGN: LazyLock<TestKey> = LazyLock::new(|| TestKey::generate("foreign-key", 2048));

pub struct TestKey {
    pub kid: String,
    pub private: RsaPrivateKey,
    signer: KeyPair,
}

impl TestKey {
    pub fn generate(kid: &str, bits: usize) -> Self {
        let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, bits).unwrap();
        let der = private.to_pkcs8_der().unwrap();
        let signer = KeyPair::from_pkcs8(der.as_bytes()).unwrap();
        Self { kid: kid.into(), private, signer }
    }

    pub fn sign(&self, message: &str) -> Vec<u8> {
        self.sign_as(&signature::RSA_PKCS1_SHA256, message)
    }

    pub fn sign_as(&self, how: &'static dyn signature::RsaEncoding, message: &str) -> Vec<u8> {
        let mut signature = vec![0; self.signer.public_modulus_len()];
        self.signer.sign(how, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
        signature
    }

    /// The bare private operation on an encoded message, which is not checked.
    pub fn sign_raw(&self, encoded: &[u8]) -> Vec<u8> {
        let signed = BigUint::from_bytes_be(encoded).modpow(self.private.d(), self.private.n());
        let mut signature = signed.to_bytes_be();
        signature.splice(0..0, vec![0; self.size() - signature.len()]);
        signature
    }

    /// Octets of the modulus.
    pub fn size(&self) -> usize {
        self.signer.public_modulus_len()
    }

    pub fn modulus(&self) -> Vec<u8> {
        self.private.n().to_bytes_be()
    }

    pub fn jwk(&self) -> Value {
        let e = b64(self.private.e().to_bytes_be());
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": b64(self.modulus()), "e": e})
    }

    /// A token of these exact texts, properly signed.
    pub fn token(&self, header: impl AsRef<[u8]>, payload: impl AsRef<[u8]>) -> String {
        self.token_of(&b64(header), &b64(payload))
    }

    /// A token of these exact segments, properly signed over them.
    pub fn token_of(&self, header: &str, payload: &str) -> String {
        let input = format!("{header}.{payload}");
        let signature = b64(self.sign(&input));
        format!("{input}.{signature}")
    }
}

pub fn b64(octets: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(octets)
}

pub fn now() -> UnixTime {
    UnixTime::from_secs(NOW)
}

pub fn jwks(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

pub fn key_set(keys: &[Value]) -> KeySet {
    KeySet::from_jwks(&jwks(keys)).unwrap()
}

/// A verifier of [`ISSUER`] and [`AUDIENCE`] with these keys.
pub fn verifier_with(keys: &[Value]) -> Verifier {
    Verifier::builder(ISSUER, AUDIENCE)
        .freshness(Freshness::Offline)
        .build(Keys::fixed(ISSUER, key_set(keys)))
        .unwrap()
}

pub fn verifier() -> Verifier {
    verifier_with(&[KEY.jwk()])
}

pub fn verify(token: &str) -> Result<AccessToken, VerifyError> {
    verifier().verify(token, now())
}

pub fn header() -> Value {
    json!({"typ": "at+jwt", "alg": "RS256", "kid": KID})
}

/// A person's claims, good for five minutes.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "client_id": "site-a", "scope": "read write",
        "jti": "token-1", "iat": NOW - 60, "exp": NOW + 300,
        "sid": "session-1", "auth_time": NOW - 600, "acr": "1", "amr": ["pwd"],
    })
}

pub fn good_token() -> String {
    token_with(|_| ())
}

/// A properly signed token after a change to its claims.
pub fn token_with(change: impl FnOnce(&mut Value)) -> String {
    let mut claims = claims();
    change(&mut claims);
    KEY.token(header().to_string(), claims.to_string())
}

/// A properly signed token with one claim set.
pub fn token_claiming(name: &str, value: impl Into<Value>) -> String {
    token_with(|claims| claims[name] = value.into())
}

/// A properly signed token without one claim.
pub fn token_without(name: &str) -> String {
    token_with(|claims| drop(claims.as_object_mut().unwrap().remove(name)))
}

/// A token with another header, properly signed.
pub fn token_under(header: impl AsRef<[u8]>) -> String {
    KEY.token(header, claims().to_string())
}

/// A token whose header has one more, or another, member.
pub fn token_headed(name: &str, value: impl Into<Value>) -> String {
    let mut header = header();
    header[name] = value.into();
    token_under(header.to_string())
}

#[track_caller]
pub fn assert_refused(token: &str) {
    let outcome = verify(token);
    assert!(outcome.is_err(), "accepted: {}", token.chars().take(300).collect::<String>());
}

#[track_caller]
pub fn assert_refused_as(token: &str, expected: VerifyError) {
    assert_eq!(verify(token).err(), Some(expected), "{}", token.chars().take(300).collect::<String>());
}
