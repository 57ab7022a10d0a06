//! The small form in which values lie in cookies. A signed token is taken out of its base64url, which sealing
//! would encode a second time. Texts are compressed together, so that what the tokens of one sign-in have in
//! common is stored once. Signatures, which do not compress, follow. RFC 7515 section 7.1; RFC 1951.
//!
//! Length could tell of compressed secrets (CRIME) if an attacker chose text beside them again and again.
//! These texts come from the provider alone, and each sign-in or refresh has new secrets.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};
use zeroize::Zeroizing;

use crate::jwt::{CompactJws, decode};

/// Of zlib's levels: texts are short, and a sign-in or refresh compresses once.
const LEVEL: u8 = 9;
/// More text than any cookie holds.
const MAX_TEXT_BYTES: usize = 32 * 1024;
const LENGTH_BYTES: usize = 2;
const ABSENT: u16 = u16::MAX;

/// A value that has a small form.
pub(crate) trait Packed: Sized {
    fn write(&self, writer: &mut Writer);
    /// Nothing when the octets are not of this form.
    fn read(reader: &mut Reader) -> Option<Self>;
}

/// The octets of a value; nothing when one of its parts is too long.
pub(crate) fn pack(value: &impl Packed) -> Option<Zeroizing<Vec<u8>>> {
    let mut writer = Writer::default();
    value.write(&mut writer);
    if writer.is_too_long {
        return None;
    }
    let text = Zeroizing::new(compress_to_vec(&writer.text, LEVEL));
    let length = u16::try_from(text.len()).ok()?.to_be_bytes();
    Some(Zeroizing::new([length.as_slice(), &text, &writer.signatures].concat()))
}

/// Octets of a text as it would lie in a packed value.
pub(crate) fn compressed_len(text: &str) -> usize {
    compress_to_vec(text.as_bytes(), LEVEL).len()
}

/// The value that these octets are the form of.
pub(crate) fn unpack<T: Packed>(octets: &[u8]) -> Option<T> {
    let (length, rest) = octets.split_first_chunk::<LENGTH_BYTES>()?;
    let (text, signatures) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    let text = decompress_to_vec_with_limit(text, MAX_TEXT_BYTES).ok()?;
    let mut reader =
        Reader { text: Zeroizing::new(text), at: 0, signatures: signatures.to_vec(), signed_at: 0 };
    let value = T::read(&mut reader)?;
    let is_at_end = reader.at == reader.text.len() && reader.signed_at == reader.signatures.len();
    is_at_end.then_some(value)
}

/// Takes the parts of a value, in order.
#[derive(Default)]
pub(crate) struct Writer {
    text: Zeroizing<Vec<u8>>,
    signatures: Vec<u8>,
    is_too_long: bool,
}

impl Writer {
    pub(crate) fn text(&mut self, part: Option<&str>) {
        self.octets(part.map(str::as_bytes));
    }

    pub(crate) fn number(&mut self, number: i64) {
        self.text.extend_from_slice(&number.to_be_bytes());
    }

    /// A token: signed ones without their base64url, any other as it is.
    pub(crate) fn token(&mut self, token: Option<&str>) {
        let signed = token.and_then(SignedParts::of);
        self.octets(signed.as_ref().map(|parts| parts.header.as_slice()));
        match signed {
            Some(parts) => {
                self.octets(Some(&parts.payload));
                push(&mut self.signatures, &parts.signature, &mut self.is_too_long);
            }
            None => self.text(token),
        }
    }

    pub(crate) fn octets(&mut self, part: Option<&[u8]>) {
        match part {
            Some(octets) => push(&mut self.text, octets, &mut self.is_too_long),
            None => self.text.extend_from_slice(&ABSENT.to_be_bytes()),
        }
    }
}

fn push(to: &mut Vec<u8>, octets: &[u8], is_too_long: &mut bool) {
    match u16::try_from(octets.len()) {
        Ok(length) if length != ABSENT => {
            to.extend_from_slice(&length.to_be_bytes());
            to.extend_from_slice(octets);
        }
        _ => *is_too_long = true,
    }
}

/// The three segments of a signed token. The decoder takes canonical spellings alone, so that encoding
/// them gives the same token again.
struct SignedParts {
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl SignedParts {
    fn of(token: &str) -> Option<Self> {
        let jws = CompactJws::parse(token)?;
        Some(Self {
            header: decode(jws.header)?,
            payload: decode(jws.payload)?,
            signature: decode(jws.signature)?,
        })
    }
}

/// Gives the parts of a value back, in order.
pub(crate) struct Reader {
    text: Zeroizing<Vec<u8>>,
    at: usize,
    signatures: Vec<u8>,
    signed_at: usize,
}

impl Reader {
    pub(crate) fn text(&mut self) -> Option<Option<String>> {
        match self.octets()? {
            Some(octets) => String::from_utf8(octets.to_vec()).ok().map(Some),
            None => Some(None),
        }
    }

    pub(crate) fn number(&mut self) -> Option<i64> {
        let octets = self.text.get(self.at..)?.first_chunk()?;
        self.at += octets.len();
        Some(i64::from_be_bytes(*octets))
    }

    pub(crate) fn token(&mut self) -> Option<Option<String>> {
        let Some(header) = self.octets()?.map(|header| URL_SAFE_NO_PAD.encode(header)) else {
            return self.text();
        };
        let payload = self.octets()?.map(|payload| URL_SAFE_NO_PAD.encode(payload))?;
        let signature =
            take(&self.signatures, &mut self.signed_at)?.map(|octets| URL_SAFE_NO_PAD.encode(octets))?;
        Some(Some(format!("{header}.{payload}.{signature}")))
    }

    pub(crate) fn octets(&mut self) -> Option<Option<&[u8]>> {
        take(&self.text, &mut self.at)
    }
}

fn take<'a>(from: &'a [u8], at: &mut usize) -> Option<Option<&'a [u8]>> {
    let (length, rest) = from.get(*at..)?.split_first_chunk::<LENGTH_BYTES>()?;
    *at += LENGTH_BYTES;
    let length = u16::from_be_bytes(*length);
    if length == ABSENT {
        return Some(None);
    }
    let octets = rest.get(..length.into())?;
    *at += octets.len();
    Some(Some(octets))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, PartialEq)]
    struct Sample {
        name: Option<String>,
        token: Option<String>,
        at: i64,
        other: Option<String>,
    }

    impl Packed for Sample {
        fn write(&self, writer: &mut Writer) {
            writer.text(self.name.as_deref());
            writer.token(self.token.as_deref());
            writer.number(self.at);
            writer.token(self.other.as_deref());
        }

        fn read(reader: &mut Reader) -> Option<Self> {
            Some(Self {
                name: reader.text()?,
                token: reader.token()?,
                at: reader.number()?,
                other: reader.token()?,
            })
        }
    }

    fn text() -> impl Strategy<Value = Option<String>> {
        proptest::option::of(".{0,20}")
    }

    fn token() -> impl Strategy<Value = Option<String>> {
        proptest::option::of("[A-Za-z0-9_-]{1,12}\\.[A-Za-z0-9_-]{1,12}\\.[A-Za-z0-9_=-]{1,12}|.{0,12}")
    }

    proptest! {
        #[test]
        fn b5_a_packed_value_is_the_same_again(name in text(), token in token(), at in any::<i64>(), other in token()) {
            let sample = Sample { name, token, at, other };
            let packed = pack(&sample).unwrap();
            prop_assert_eq!(unpack::<Sample>(&packed), Some(sample));
        }

        #[test]
        fn b5_any_octets_are_read_without_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _read = unpack::<Sample>(&octets);
        }
    }

    #[test]
    fn b5_a_part_that_has_no_length_is_refused() {
        let sample = Sample { name: Some("x".repeat(70_000)), token: None, at: 0, other: None };
        assert!(pack(&sample).is_none());
    }
}
