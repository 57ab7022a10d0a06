//! Key pairs that sign what a test wants signed: RSA as the provider's, Ed25519 as that of a run of its feed.

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair, KeySize},
    signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};

pub(super) struct TestKey {
    pub(super) kid: String,
    pair: KeyPair,
}

impl TestKey {
    pub(super) fn generate(kid: &str) -> Self {
        Self { kid: kid.to_owned(), pair: KeyPair::generate(KeySize::Rsa2048).expect("a key") }
    }

    /// A compact JWS of these texts.
    #[allow(clippy::disallowed_methods, reason = "PKCS#1 v1.5 draws nothing; the interface asks for it")]
    pub(super) fn sign(&self, header: &str, payload: &str) -> String {
        let input = format!("{}.{}", BASE64URL.encode(header), BASE64URL.encode(payload));
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed =
            self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input.as_bytes(), &mut signature);
        signed.expect("a signature");
        format!("{input}.{}", BASE64URL.encode(signature))
    }

    pub(super) fn jwk(&self) -> Value {
        let modulus = BASE64URL.encode(self.pair.public_key().modulus().big_endian_without_leading_zero());
        let exponent = BASE64URL.encode(self.pair.public_key().exponent().big_endian_without_leading_zero());
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": modulus, "e": exponent})
    }
}

/// The key of a run of the feed.
pub(super) struct RunKey(Ed25519KeyPair);

impl RunKey {
    pub(super) fn generate() -> Self {
        Self(Ed25519KeyPair::generate().expect("a key"))
    }

    /// The public key, which names the run.
    pub(super) fn id(&self) -> String {
        BASE64URL.encode(self.0.public_key())
    }

    pub(super) fn sign(&self, input: &[u8]) -> Vec<u8> {
        self.0.sign(input).as_ref().to_vec()
    }
}
