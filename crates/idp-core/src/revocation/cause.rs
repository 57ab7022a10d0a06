//! Why something ended, readable only with the value that the entry names: a site that was shown a token of the session
//! tells its person, another listener cannot. HKDF (RFC 5869) with SHA-256, then AES-256-GCM (NIST SP 800-38D).

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};

use crate::base64url;
use crate::session::EndCause;

/// Keeps the keys apart from any others that are derived from the same values.
const PURPOSE: &[u8] = b"revocation-feed cause\0";
/// Every cause is padded to so many octets, so that its length does not tell which it is.
const LENGTH: usize = 32;

/// The cause of entry `number`, sealed under the value that it names. An entry's number is never given twice, so no
/// nonce serves twice under a key.
pub(super) fn sealed(issuer: &str, value: &str, number: i64, cause: EndCause) -> Result<String, Unspecified> {
    let mut text = format!("{:LENGTH$}", cause.as_str()).into_bytes();
    let tag =
        key(issuer, value)?.seal_in_place_separate_tag(nonce(number), Aad::empty(), text.as_mut_slice())?;
    text.extend_from_slice(tag.as_ref());
    Ok(base64url::encode(text))
}

fn key(issuer: &str, value: &str) -> Result<LessSafeKey, Unspecified> {
    let pseudorandom_key = Salt::new(HKDF_SHA256, &[]).extract(value.as_bytes());
    let info = [PURPOSE, issuer.as_bytes()];
    Ok(LessSafeKey::new(UnboundKey::from(pseudorandom_key.expand(&info, &AES_256_GCM)?)))
}

/// Four octets 0, then the number, big-endian.
fn nonce(number: i64) -> Nonce {
    let [a, b, c, d, e, f, g, h] = number.to_be_bytes();
    Nonce::assume_unique_for_key([0, 0, 0, 0, a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ISSUER: &str = "https://idp.example";

    fn opened(issuer: &str, value: &str, number: i64, sealed: &str) -> Option<String> {
        let mut octets = base64url::decode(sealed).unwrap();
        let key = key(issuer, value).unwrap();
        let text = key.open_in_place(nonce(number), Aad::empty(), &mut octets).ok()?;
        Some(std::str::from_utf8(text).unwrap().trim_end().to_owned())
    }

    #[test]
    fn a11_only_the_value_opens_a_cause_and_no_length_tells_it() {
        for cause in EndCause::ALL {
            let text = sealed(ISSUER, "session-1", 7, cause).unwrap();
            assert_eq!(text.len(), 64);
            assert_eq!(opened(ISSUER, "session-1", 7, &text).as_deref(), Some(cause.as_str()));
            assert_eq!(opened(ISSUER, "session-2", 7, &text), None);
            assert_eq!(opened(ISSUER, "session-1", 8, &text), None);
            assert_eq!(opened("https://other.example", "session-1", 7, &text), None);
        }
    }

    #[test]
    fn a11_the_same_cause_looks_different_in_each_entry() {
        let of = |value, number| sealed(ISSUER, value, number, EndCause::Kicked).unwrap();
        assert_ne!(of("session-1", 7), of("session-1", 8));
        assert_ne!(of("session-1", 7), of("session-2", 7));
    }
}
