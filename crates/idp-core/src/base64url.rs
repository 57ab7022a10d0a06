//! base64url without padding, in its one canonical spelling (RFC 4648 5, RFC 7515 2), and UUIDs in
//! that spelling. Everything that reads such text refuses padding, other alphabets and stray bits,
//! so that two different texts never name the same value.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

/// The canonical text for `bytes`.
pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of a canonical text; `None` for any other spelling.
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A canonical text of exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text)?.try_into().ok()
}

/// A UUID in 22 characters.
pub(crate) fn encode_uuid(id: Uuid) -> String {
    encode(id.as_bytes())
}

/// Reads what [`encode_uuid`] writes, and nothing else.
pub(crate) fn decode_uuid(text: &str) -> Option<Uuid> {
    decode_array(text).map(Uuid::from_bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn j15_non_canonical_base64url() {
        // 16 bytes leave four unused bits in the last character: of the 16 spellings one is ours.
        let text = encode_uuid(Uuid::from_u128(7));
        let stem = text.strip_suffix('w').unwrap();
        let accepted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            .chars()
            .filter(|last| decode_uuid(&format!("{stem}{last}")) == Some(Uuid::from_u128(7)))
            .count();
        assert_eq!(accepted, 1);
    }

    #[test]
    fn j14_padding_and_foreign_alphabets() {
        assert_eq!(decode("-_8"), Some(vec![0xfb, 0xff]));
        for text in ["-_8=", "+/8", "-_8 ", "-_8\n", " -_8", "-_8\0", "-\t_8"] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_readable_text_is_the_one_that_is_written(text in "[A-Za-z0-9_-]{0,40}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
