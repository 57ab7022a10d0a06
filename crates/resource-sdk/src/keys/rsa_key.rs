//! One RSA public key, parsed once and used for RS256 only. The limits: 2048 to 4096 bits, odd
//! modulus, odd exponent from 65537 below 2^33. RFC 7518 sections 3.3 and 6.3.1.

use std::fmt;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};

const MIN_MODULUS_BITS: usize = 2048;
const MAX_MODULUS_BITS: usize = 4096;
const MIN_EXPONENT: u64 = 65_537;
const MAX_EXPONENT: u64 = 1 << 33;

/// A key that can verify RS256 signatures and nothing else.
pub(crate) struct RsaVerifyingKey {
    key: ParsedPublicKey,
    modulus_octets: usize,
}

impl RsaVerifyingKey {
    /// A key from big-endian modulus and exponent without leading zeros, or nothing if weak or odd.
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        if !is_sound_modulus(modulus) || !is_sound_exponent(exponent) {
            return None;
        }
        let components = RsaPublicKeyComponents { n: modulus, e: exponent };
        let key = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).ok()?;
        Some(Self { key, modulus_octets: modulus.len() })
    }

    /// Whether `signature` is this key's over `message`. RFC 8017 section 8.2.2: it is exactly as
    /// long as the modulus.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        signature.len() == self.modulus_octets && self.key.verify_sig(message, signature).is_ok()
    }
}

impl fmt::Debug for RsaVerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RSA-{}", self.modulus_octets * 8)
    }
}

fn is_sound_modulus(modulus: &[u8]) -> bool {
    let (Some(first), Some(last)) = (modulus.first(), modulus.last()) else {
        return false;
    };
    let bits = (modulus.len() * 8).saturating_sub(first.leading_zeros() as usize);
    let is_canonical = *first != 0;
    let is_odd = last & 1 == 1;
    is_canonical && is_odd && (MIN_MODULUS_BITS..=MAX_MODULUS_BITS).contains(&bits)
}

fn is_sound_exponent(exponent: &[u8]) -> bool {
    let is_canonical = exponent.first().is_some_and(|first| *first != 0);
    if !is_canonical || exponent.len() > 5 {
        return false;
    }
    let value = exponent.iter().fold(0, |value, octet| (value << 8) | u64::from(*octet));
    value % 2 == 1 && (MIN_EXPONENT..=MAX_EXPONENT).contains(&value)
}
