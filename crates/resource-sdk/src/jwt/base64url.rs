//! base64url without padding, in its one canonical spelling: no `=`, no line breaks, no characters
//! of the other alphabet and no stray bits at the end. RFC 7515 section 2; RFC 4648 section 3.5.

use base64::{
    Engine,
    alphabet::URL_SAFE,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const CANONICAL: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_allow_trailing_bits(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// The octets, or nothing when the text is not the canonical spelling of any.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    CANONICAL.decode(text).ok()
}

/// Longer than the signature of any key that is accepted (4096 bits), in whole groups of three octets.
const MAX_SIGNATURE_BYTES: usize = 513;

/// The octets of a signature, without an allocation for each token.
pub(crate) struct Signature {
    room: [u8; MAX_SIGNATURE_BYTES],
    length: usize,
}

impl Signature {
    /// Nothing when the text is not the canonical spelling of a signature.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let mut room = [0; MAX_SIGNATURE_BYTES];
        let length = CANONICAL.decode_slice(text, &mut room).ok()?;
        Some(Self { room, length })
    }

    pub(crate) fn octets(&self) -> &[u8] {
        self.room.get(..self.length).unwrap_or_default()
    }
}

/// The 16 octets that a text of 22 characters spells, as the provider's random names are.
#[cfg(feature = "feed")]
pub(crate) fn decode_16(text: &str) -> Option<[u8; 16]> {
    // The decoder wants room for whole groups of four characters.
    let mut room = [0; 18];
    match CANONICAL.decode_slice(text, &mut room) {
        Ok(16) => room.first_chunk().copied(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn j15_one_value_has_one_spelling(text in "[A-Za-z0-9_=+/ -]{0,12}") {
            if let Some(octets) = decode(&text) {
                prop_assert_eq!(CANONICAL.encode(octets), text);
            }
        }
    }

    #[test]
    fn j15_a_signature_is_read_as_any_other_segment() {
        for length in [0, 1, 2, 255, 256, 511, 512, 513] {
            let text = CANONICAL.encode(vec![0xa5; length]);
            assert_eq!(Signature::decode(&text).map(|signature| signature.octets().to_vec()), decode(&text));
        }
        assert!(Signature::decode(&CANONICAL.encode([0; 514])).is_none());
        assert!(Signature::decode("QR").is_none() && Signature::decode("QQ==").is_none());
    }

    #[test]
    fn j14_j15_other_spellings_are_refused() {
        assert_eq!(decode("QQ").unwrap(), b"A");
        for text in [
            "QR",
            "QQ=",
            "QQ==",
            "Q",
            "Q Q",
            "QQ\n",
            "QQ\0",
            "+QQ_",
            "/QQ_",
            "\u{feff}QQ",
            "\u{ff31}\u{ff31}",
        ] {
            assert!(decode(text).is_none(), "{text:?}");
        }
    }
}
