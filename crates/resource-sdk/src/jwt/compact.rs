//! The compact serialisation: exactly three segments between dots, found without collecting them.
//! Decoding and checking the segments is left to the callers. RFC 7515 section 7.1.

use super::MAX_TOKEN_BYTES;

/// The three segments of a token, still encoded.
#[derive(Clone, Copy)]
pub(crate) struct CompactJws<'a> {
    pub(crate) header: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) signature: &'a str,
    /// What was signed: the header and the payload as they were sent, with the dot.
    pub(crate) signing_input: &'a str,
}

impl<'a> CompactJws<'a> {
    /// Cuts a token at its dots; nothing when it is too long, or has not three filled segments.
    pub(crate) fn parse(token: &'a str) -> Option<Self> {
        Self::parse_within(token, MAX_TOKEN_BYTES)
    }

    /// The same for a JWS that is no token and may be of another length.
    pub(crate) fn parse_within(token: &'a str, max_bytes: usize) -> Option<Self> {
        if token.len() > max_bytes {
            return None;
        }
        // The payload of a JWE would hold dots of its own: it is refused here as a fourth segment.
        let (signing_input, signature) = token.rsplit_once('.')?;
        let (header, payload) = signing_input.split_once('.')?;
        let filled = !header.is_empty() && !payload.is_empty() && !signature.is_empty();
        (filled && !payload.contains('.')).then_some(Self { header, payload, signature, signing_input })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j16_only_three_filled_segments_are_a_token() {
        assert!(CompactJws::parse("a.b.c").is_some());
        let dots = ".".repeat(1_000_000);
        let wide = "a.".repeat(4_000);
        for token in [
            "",
            ".",
            "..",
            "...",
            "a",
            "a.b",
            "a.b.",
            ".a.b",
            "a..b",
            "a.b.c.",
            ".a.b.c",
            "a.b.c.d",
            "a.b.c.d.e",
            &dots,
            &wide,
        ] {
            assert!(CompactJws::parse(token).is_none(), "{} bytes", token.len());
        }
    }

    #[test]
    fn j23_the_length_is_looked_at_first() {
        let fits = format!("a.b.{}", "c".repeat(MAX_TOKEN_BYTES - 4));
        assert!(CompactJws::parse(&fits).is_some());
        assert!(CompactJws::parse(&(fits + "c")).is_none());
    }
}
