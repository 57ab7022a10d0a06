//! Why something ended, in the provider's word. It travels sealed under the value that the entry names, so that only a
//! site that was shown such a token reads it. HKDF with SHA-256 (RFC 5869), AES-256-GCM; docs/revocation-feed.md,
//! section 4.

#[cfg(feature = "sign-in")]
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};

use crate::jwt::decode;

#[cfg(feature = "sign-in")]
const PURPOSE: &[u8] = b"revocation-feed cause\0";
/// 32 octets of text and the tag.
const LENGTH: usize = 48;

/// A cause as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SealedCause {
    number: u64,
    octets: [u8; LENGTH],
}

impl SealedCause {
    /// The cause of entry `number`; anything of another form is none.
    pub(super) fn parse(text: &str, number: u64) -> Option<Self> {
        Some(Self { number, octets: decode(text)?.try_into().ok()? })
    }

    /// The word, for a site that knows the value behind the entry's name.
    #[cfg(feature = "sign-in")]
    pub(super) fn open(&self, issuer: &str, value: &str) -> Option<Box<str>> {
        let mut octets = self.octets;
        let text = key(issuer, value)?.open_in_place(nonce(self.number), Aad::empty(), &mut octets).ok()?;
        readable(text)
    }
}

#[cfg(feature = "sign-in")]
fn key(issuer: &str, value: &str) -> Option<LessSafeKey> {
    let pseudorandom_key = Salt::new(HKDF_SHA256, &[]).extract(value.as_bytes());
    let info = [PURPOSE, issuer.as_bytes()];
    let derived = pseudorandom_key.expand(&info, &AES_256_GCM).ok()?;
    Some(LessSafeKey::new(UnboundKey::from(derived)))
}

/// Four octets 0, then the number, big-endian.
#[cfg(feature = "sign-in")]
fn nonce(number: u64) -> Nonce {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    Nonce::assume_unique_for_key([0, 0, 0, 0, a, b, c, d, e, f, g, h])
}

/// A short word, without the padding.
#[cfg(feature = "sign-in")]
fn readable(text: &[u8]) -> Option<Box<str>> {
    let word = std::str::from_utf8(text).ok()?.trim_end_matches(' ');
    let is_word = word.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_');
    (is_word && !word.is_empty()).then(|| word.into())
}
