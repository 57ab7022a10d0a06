//! Reading of the `Authorization` header: at most one, scheme without case, one space, one token68.
//! RFC 6750 section 2.1; RFC 9110 sections 11.2 and 11.4.

use crate::MAX_TOKEN_BYTES;

/// More than one header, or a bearer credential that is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MalformedAuthorization;

/// The bearer token among these header values; nothing when there is none or another scheme's.
pub(super) fn bearer_token<'a>(
    mut values: impl Iterator<Item = &'a [u8]>,
) -> Result<Option<&'a str>, MalformedAuthorization> {
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(MalformedAuthorization);
    }
    let value = std::str::from_utf8(value).map_err(|_| MalformedAuthorization)?;
    let (scheme, credentials) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return if value.is_ascii() { Ok(None) } else { Err(MalformedAuthorization) };
    }
    if is_token68(credentials) { Ok(Some(credentials)) } else { Err(MalformedAuthorization) }
}

/// `b64token` of RFC 6750 section 2.1. A longer one than any token is left to the verifier, which
/// refuses it as a bad token.
fn is_token68(text: &str) -> bool {
    let unpadded = text.trim_end_matches('=');
    let within = unpadded.as_bytes().get(..MAX_TOKEN_BYTES).unwrap_or(unpadded.as_bytes());
    !unpadded.is_empty() && within.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(values: &[&'static [u8]]) -> Result<Option<&'static str>, MalformedAuthorization> {
        bearer_token(values.iter().copied())
    }

    #[test]
    fn j46_one_scheme_one_space_one_token() {
        for value in ["Bearer x.y.z", "bearer x.y.z", "BEARER x.y.z", "bEaReR x.y.z"] {
            assert_eq!(read(&[value.as_bytes()]), Ok(Some("x.y.z")), "{value}");
        }
        assert_eq!(read(&[]), Ok(None));
        for other in ["Basic eDp5", "Basic", "", "DPoP x", "Bearerx y", "Digest a=b, c=d"] {
            assert_eq!(read(&[other.as_bytes()]), Ok(None), "{other}");
        }
    }

    #[test]
    fn j46_everything_else_is_malformed() {
        for value in [
            &b"Bearer"[..],
            b"Bearer ",
            b"Bearer  x",
            b"Bearer x ",
            b"Bearer a b",
            b"Bearer\tx",
            b"Bearer a,b",
            b"Bearer a, Bearer b",
            b"Bearer \"x\"",
            b"Bearer =",
            b"Bearer x=y",
            b"Bearer x\0",
            "Bearer \u{e9}".as_bytes(),
            b"Bearer \xff",
            b"\xff",
            "B\u{e9}arer x".as_bytes(),
        ] {
            let expected = if value == b"Bearer\tx" { Ok(None) } else { Err(MalformedAuthorization) };
            assert_eq!(read(&[value]), expected, "{value:?}");
        }
        assert_eq!(read(&[b"Bearer x", b"Bearer x"]), Err(MalformedAuthorization));
        assert_eq!(read(&[b"Basic x", b"Bearer x"]), Err(MalformedAuthorization));
    }

    proptest! {
        #[test]
        fn j51_any_octets_are_read_without_panic(value in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _outcome = bearer_token([&value[..]].into_iter());
        }

        #[test]
        fn j51_what_is_taken_is_the_rest_of_the_value(rest in "[ -~]{0,20}") {
            let value = format!("Bearer {rest}");
            if let Ok(Some(token)) = bearer_token([value.as_bytes()].into_iter()) {
                prop_assert_eq!(token, rest);
            }
        }
    }
}
