//! Encrypted ID tokens: the signed token, whole, inside a JWE for the client's key (a nested JWT: sign
//! first, then encrypt). One algorithm each, RSA-OAEP-256 and A256GCM. Only the client
//! can read them; this provider cannot. RFC 7516 section 5.1;
//! RFC 7518 sections 4.3 and 5.3; RFC 7519 section 5.2.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rand_core::CryptoRngCore;
use serde::Serialize;
use zeroize::Zeroizing;

use super::ID_TOKEN_TYPE;
use crate::base64url;
use crate::key::encryption_key::{EncryptionAlgorithm, EncryptionKey};

/// How the token itself is encrypted (`enc`): AES-256-GCM.
pub const CONTENT_ENCRYPTION: &str = "A256GCM";
const CONTENT_KEY_BYTES: usize = 32;

/// Encrypting failed; only a broken cryptographic library does that.
#[derive(Debug, Clone, Copy, Eq, PartialEq, thiserror::Error)]
#[error("the token could not be encrypted")]
pub struct EncryptError;

/// Exactly these members, in this order.
#[derive(Serialize)]
struct Header<'a> {
    alg: EncryptionAlgorithm,
    enc: &'static str,
    typ: &'static str,
    /// RFC 7519 section 5.2: what is inside is a JWT again.
    cty: &'static str,
    kid: &'a str,
}

/// Encrypts a signed token for the holder of `recipient`, in the compact serialisation.
///
/// # Errors
/// [`EncryptError`].
pub fn encrypt_signed_token(
    signed: &str,
    recipient: &EncryptionKey,
    rng: &mut (impl CryptoRngCore + ?Sized),
) -> Result<String, EncryptError> {
    let header = Header {
        alg: EncryptionAlgorithm::RsaOaep256,
        enc: CONTENT_ENCRYPTION,
        typ: ID_TOKEN_TYPE,
        cty: ID_TOKEN_TYPE,
        kid: recipient.kid(),
    };
    let header = base64url::encode(serde_json::to_vec(&header).map_err(|_| EncryptError)?);
    let mut content_key = Zeroizing::new([0; CONTENT_KEY_BYTES]);
    rng.fill_bytes(content_key.as_mut_slice());
    let mut iv = [0; NONCE_LEN];
    rng.fill_bytes(&mut iv);
    let wrapped_key = recipient.wrap(content_key.as_slice()).map_err(|_| EncryptError)?;
    let (ciphertext, tag) = encrypt(signed, content_key.as_slice(), iv, &header)?;
    let parts = [wrapped_key, iv.to_vec(), ciphertext, tag].map(base64url::encode);
    Ok(format!("{header}.{}", parts.join(".")))
}

/// RFC 7516 section 5.1 steps 14 and 15: the encoded header is authenticated along.
fn encrypt(
    text: &str,
    key: &[u8],
    iv: [u8; NONCE_LEN],
    header: &str,
) -> Result<(Vec<u8>, Vec<u8>), EncryptError> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).map_err(|_| EncryptError)?);
    let mut body = text.as_bytes().to_vec();
    let nonce = Nonce::assume_unique_for_key(iv);
    let tag = key
        .seal_in_place_separate_tag(nonce, Aad::from(header.as_bytes()), &mut body)
        .map_err(|_| EncryptError)?;
    Ok((body, tag.as_ref().to_vec()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::key::encryption_key::sample;
    use rand_core::OsRng;
    use rsa::Oaep;
    use rsa::sha2::Sha256;
    use serde_json::{Value, json};

    #[test]
    fn m16_an_independent_implementation_unwraps_the_key() {
        let (private, recipient) = sample::pair();
        let jwe = encrypt_signed_token("a.b.c", &recipient, &mut OsRng).unwrap();
        let parts: Vec<&str> = jwe.split('.').collect();
        let [header, wrapped, iv, ciphertext, tag] = parts.as_slice() else { panic!("{jwe}") };
        let expected = json!({
            "alg": "RSA-OAEP-256", "enc": "A256GCM", "typ": "JWT", "cty": "JWT", "kid": recipient.kid(),
        });
        let decoded: Value = serde_json::from_slice(&base64url::decode(header).unwrap()).unwrap();
        assert_eq!(decoded, expected);

        // RustCrypto's OAEP on the one side, aws-lc's on the other.
        let wrapped = base64url::decode(wrapped).unwrap();
        let content_key = private.decrypt(Oaep::new::<Sha256>(), &wrapped).unwrap();
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &content_key).unwrap());
        let mut body = [base64url::decode(ciphertext).unwrap(), base64url::decode(tag).unwrap()].concat();
        let nonce = Nonce::try_assume_unique_for_key(&base64url::decode(iv).unwrap()).unwrap();
        let plain = key.open_in_place(nonce, Aad::from(header.as_bytes()), &mut body).unwrap();
        assert_eq!(plain, b"a.b.c");
    }

    #[test]
    fn m16_no_two_tokens_share_a_key_or_a_nonce() {
        let (_, recipient) = sample::pair();
        let parts = |jwe: &str| jwe.split('.').map(str::to_owned).collect::<Vec<_>>();
        let [one, other] =
            [0; 2].map(|_| parts(&encrypt_signed_token("a.b.c", &recipient, &mut OsRng).unwrap()));
        assert_eq!(one[0], other[0]);
        for segment in 1..5 {
            assert_ne!(one[segment], other[segment], "segment {segment}");
        }
    }
}
