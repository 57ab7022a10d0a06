//! The public key of a passkey. It comes as a COSE key in CTAP2's canonical form (WebAuthn 6.5.1), which leaves one spelling for
//! each kind of key that is asked for: what differs from that by a byte is none. So no CBOR has to be read.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use super::PasskeyError;
use crate::base64url;

/// EC2, ES256, P-256, and the head of x (RFC 9053 2.1, 7.1.1).
const ES256: &[u8] = &[0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
/// The head of y.
const ES256_Y: &[u8] = &[0x22, 0x58, 0x20];
/// OKP, EdDSA, Ed25519, and the head of x (RFC 9053 2.2, 7.2).
const EDDSA: &[u8] = &[0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21, 0x58, 0x20];
/// RSA, RS256, and the head of n up to its length (RFC 8230 4, RFC 8812 2).
const RS256: &[u8] = &[0xa4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20, 0x59];
/// e = 65537.
const RS256_E: &[u8] = &[0x21, 0x43, 0x01, 0x00, 0x01];
/// 2048 to 4096 bits.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// A key that verifies the signatures of one passkey.
#[derive(Clone, Eq, PartialEq)]
pub struct PasskeyPublicKey {
    key: Key,
    /// As the authenticator spelled it.
    cose: Vec<u8>,
}

#[derive(Clone, Eq, PartialEq)]
enum Key {
    /// An uncompressed point (SEC 1, 2.3.3).
    Es256(Vec<u8>),
    EdDsa(Vec<u8>),
    /// The modulus.
    Rs256(Vec<u8>),
}

impl PasskeyPublicKey {
    /// The kinds that are asked for, the most wanted first, by their numbers in the registry of COSE algorithms.
    pub const ALGORITHMS: [i16; 3] = [-8, -7, -257];

    /// The key at the beginning of `bytes`, and what follows it.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (key, rest) = es256(bytes).or_else(|| eddsa(bytes)).or_else(|| rs256(bytes))?;
        let cose = bytes.get(..bytes.len().checked_sub(rest.len())?)?.to_vec();
        Some((Self { key, cose }, rest))
    }

    /// Reads what [`PasskeyPublicKey::text`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = base64url::decode(text)?;
        let (key, rest) = Self::read(&bytes)?;
        rest.is_empty().then_some(key)
    }

    /// The COSE key as base64url text.
    #[must_use]
    pub fn text(&self) -> String {
        base64url::encode(&self.cose)
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PasskeyError> {
        let verified = match &self.key {
            Key::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Key::EdDsa(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature),
            Key::Rs256(n) => {
                let key = RsaPublicKeyComponents { n: n.as_slice(), e: &[1, 0, 1][..] };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        verified.map_err(|_| PasskeyError::Signature)
    }
}

impl fmt::Debug for PasskeyPublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

fn es256(bytes: &[u8]) -> Option<(Key, &[u8])> {
    let (x, rest) = bytes.strip_prefix(ES256)?.split_at_checked(32)?;
    let (y, rest) = rest.strip_prefix(ES256_Y)?.split_at_checked(32)?;
    Some((Key::Es256([&[4], x, y].concat()), rest))
}

fn eddsa(bytes: &[u8]) -> Option<(Key, &[u8])> {
    let (x, rest) = bytes.strip_prefix(EDDSA)?.split_at_checked(32)?;
    Some((Key::EdDsa(x.to_vec()), rest))
}

fn rs256(bytes: &[u8]) -> Option<(Key, &[u8])> {
    let (length, rest) = bytes.strip_prefix(RS256)?.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(*length));
    let (n, rest) = rest.split_at_checked(length).filter(|(n, _)| RSA_BYTES.contains(&n.len()))?;
    Some((Key::Rs256(n.to_vec()), rest.strip_prefix(RS256_E)?))
}
