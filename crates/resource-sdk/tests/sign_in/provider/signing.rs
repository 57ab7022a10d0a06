//! Its keys, and what they sign.

use super::{KID, Size};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey};
use rsa::{RsaPrivateKey, pkcs1::EncodeRsaPrivateKey, traits::PublicKeyParts};
use serde_json::{Value, json};
use std::sync::LazyLock;

pub(super) static KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut rand(), 2048).unwrap());
pub(super) static LARGE_KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut rand(), 4096).unwrap());
pub(super) static OTHER_KEY: LazyLock<RsaPrivateKey> =
    LazyLock::new(|| RsaPrivateKey::new(&mut rand(), 2048).unwrap());

fn rand() -> rsa::rand_core::OsRng {
    rsa::rand_core::OsRng
}

pub(super) fn signing_key(size: Size) -> &'static RsaPrivateKey {
    if size == Size::Rsa4096 { &LARGE_KEY } else { &KEY }
}

pub(super) fn rs256(header: &Value, claims: &Value, key: &RsaPrivateKey) -> String {
    let message = unsigned(header, claims);
    let der = key.to_pkcs1_der().unwrap();
    let key = EncodingKey::from_rsa_der(der.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::RS256).unwrap();
    format!("{message}.{signature}")
}

pub(super) fn unsigned(header: &Value, claims: &Value) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

pub(super) fn public_jwk(key: &RsaPrivateKey) -> Value {
    let encode = |octets: Vec<u8>| URL_SAFE_NO_PAD.encode(octets);
    json!({
        "kty": "RSA", "kid": KID, "alg": "RS256", "use": "sig",
        "n": encode(key.n().to_bytes_be()), "e": encode(key.e().to_bytes_be()),
    })
}
