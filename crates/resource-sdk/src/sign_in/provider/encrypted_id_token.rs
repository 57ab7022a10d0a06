//! Encrypted ID tokens: the site's private key, and the strict opening of a JWE that the provider made
//! for it. One algorithm each, no compression, no extension; every failure is answered the same.
//! What is inside is an ID token like any other, and checked like one. RFC 7516 section 5.2; RFC 7518
//! sections 4.3 and 5.3; RFC 7519 section 5.2; RFC 8725 sections 3.2 and 3.6.

use std::{fmt, sync::Arc};

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rsa::{OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, PrivateDecryptingKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::error::debug_in_words;
use crate::jwt::{
    MAX_TOKEN_BYTES, decode, is_usable_kid,
    json::{Json, Object},
};

/// A token of the usual limit takes a third more in base64url once again, and the wrapped key.
const MAX_ENCRYPTED_BYTES: usize = MAX_TOKEN_BYTES * 3 / 2;
const MAX_MEMBERS: usize = 32;
const CONTENT_KEY_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
const MAX_KEY_BITS: usize = 4096;
/// Members that would bring a key along, change the algorithm or inflate something.
const FOREIGN_MEMBERS: &[&str] = &[
    "crit", "zip", "b64", "jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "epk", "apu", "apv", "iv", "tag",
    "p2s", "p2c",
];

/// A private RSA key that ID tokens are encrypted for.
#[derive(Clone)]
pub struct DecryptionKey(Arc<OaepPrivateDecryptingKey>);

/// The text is not an unencrypted PKCS#8 PEM file with an RSA key of 2048 to 4096 bits.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the decryption key is not a PKCS#8 PEM file (BEGIN PRIVATE KEY) with an RSA key of 2048 to 4096 bits; make one with openssl genpkey -algorithm RSA"
)]
pub struct InvalidDecryptionKey;

debug_in_words!(InvalidDecryptionKey);

impl DecryptionKey {
    /// Reads an unencrypted PKCS#8 PEM file, as `openssl genpkey -algorithm RSA` writes it. Its public half
    /// is registered at the provider.
    ///
    /// # Errors
    /// [`InvalidDecryptionKey`].
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, InvalidDecryptionKey> {
        let body = pem.trim().strip_prefix("-----BEGIN PRIVATE KEY-----").ok_or(InvalidDecryptionKey)?;
        let body = body.strip_suffix("-----END PRIVATE KEY-----").ok_or(InvalidDecryptionKey)?;
        let base64: Zeroizing<String> = Zeroizing::new(body.split_ascii_whitespace().collect());
        let der = Zeroizing::new(STANDARD.decode(base64.as_bytes()).map_err(|_| InvalidDecryptionKey)?);
        let key = PrivateDecryptingKey::from_pkcs8(&der).map_err(|_| InvalidDecryptionKey)?;
        if key.key_size_bits() > MAX_KEY_BITS {
            return Err(InvalidDecryptionKey);
        }
        OaepPrivateDecryptingKey::new(key).map(Arc::new).map(Self).map_err(|_| InvalidDecryptionKey)
    }

    fn unwrap_content_key(&self, wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if wrapped.len() != self.0.key_size_bytes() {
            return None;
        }
        let mut buffer = Zeroizing::new(vec![0; self.0.min_output_size()]);
        let length = self.0.decrypt(&OAEP_SHA256_MGF1SHA256, wrapped, &mut buffer, None).ok()?.len();
        buffer.truncate(length);
        (length == CONTENT_KEY_BYTES).then_some(buffer)
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DecryptionKey(..)")
    }
}

/// The signed token inside; nothing if any part is not as it must be.
pub(crate) fn open(token: &str, keys: &[DecryptionKey]) -> Option<String> {
    let jwe = CompactJwe::parse(token)?;
    check_header(jwe.header)?;
    let wrapped = decode(jwe.wrapped_key)?;
    let content_key = keys.iter().find_map(|key| key.unwrap_content_key(&wrapped))?;
    let plain = open_content(&content_key, &jwe)?;
    String::from_utf8(plain).ok()
}

/// The five segments of a JWE, still encoded (RFC 7516 section 7.1).
struct CompactJwe<'a> {
    header: &'a str,
    wrapped_key: &'a str,
    iv: &'a str,
    ciphertext: &'a str,
    tag: &'a str,
}

impl<'a> CompactJwe<'a> {
    fn parse(token: &'a str) -> Option<Self> {
        if token.len() > MAX_ENCRYPTED_BYTES {
            return None;
        }
        let mut segments = token.split('.');
        let mut next = || segments.next().filter(|segment| !segment.is_empty());
        let jwe =
            Self { header: next()?, wrapped_key: next()?, iv: next()?, ciphertext: next()?, tag: next()? };
        segments.next().is_none().then_some(jwe)
    }
}

fn check_header(segment: &str) -> Option<()> {
    let octets = decode(segment)?;
    let header = Object::parse(std::str::from_utf8(&octets).ok()?, MAX_MEMBERS).ok()?;
    let is = |name: &str, value: &str| header.get(name).and_then(Json::string).as_deref() == Some(value);
    let has_sound_kid = match header.get("kid") {
        None => true,
        Some(kid) => kid.string().is_some_and(|kid| is_usable_kid(&kid)),
    };
    let is_nested = is("cty", "JWT") && (is("typ", "JWT") || !header.has_any(&["typ"]));
    let is_ours = is("alg", "RSA-OAEP-256") && is("enc", "A256GCM") && is_nested && has_sound_kid;
    (is_ours && !header.has_any(FOREIGN_MEMBERS)).then_some(())
}

/// The encoded header is authenticated along (RFC 7516 section 5.2 step 14).
fn open_content(key: &[u8], jwe: &CompactJwe<'_>) -> Option<Vec<u8>> {
    let (iv, tag) = (decode(jwe.iv)?, decode(jwe.tag)?);
    if iv.len() != NONCE_LEN || tag.len() != TAG_BYTES {
        return None;
    }
    let mut body = decode(jwe.ciphertext)?;
    body.extend_from_slice(&tag);
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(&iv).ok()?;
    let length = key.open_in_place(nonce, Aad::from(jwe.header.as_bytes()), &mut body).ok()?.len();
    body.truncate(length);
    Some(body)
}

#[cfg(test)]
#[path = "encrypted_id_token_tests.rs"]
mod tests;
