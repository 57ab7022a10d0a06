//! Sign-in names. One person has one canonical spelling, so that limits, uniqueness and look-ups
//! cannot be sidestepped by case, spaces or Unicode look-alike encodings.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// The longest sign-in name read, in bytes before folding.
pub const MAX_USERNAME_BYTES: usize = 256;

/// A sign-in name in canonical form: NFKC, lower case, no surrounding space, no control character.
#[derive(Clone, Eq, PartialEq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(String);

/// Not usable as a sign-in name.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("a sign-in name has 1 to 256 bytes, no control characters and no spaces inside")]
pub struct MalformedUsername;

impl Username {
    /// Folds what a person typed into the canonical spelling.
    ///
    /// # Errors
    /// [`MalformedUsername`] when nothing is left, it is too long, or it has white space, control or
    /// invisible formatting characters inside.
    pub fn parse(typed: &str) -> Result<Self, MalformedUsername> {
        if typed.len() > MAX_USERNAME_BYTES {
            return Err(MalformedUsername);
        }
        let folded = folded(typed.trim());
        let folded = folded.trim();
        if folded.is_empty() || !folded.chars().all(is_plain) {
            return Err(MalformedUsername);
        }
        Ok(Self(folded.to_owned()))
    }

    /// The canonical spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Without what tells spellings of one name apart: encodings, widths and capitals.
pub(crate) fn folded(text: &str) -> String {
    let composed: String = text.nfkc().collect();
    // Lower-casing can produce characters that compose again.
    composed.to_lowercase().nfkc().collect()
}

/// Neither white space nor an invisible character.
pub(crate) fn is_plain(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !is_invisible(c)
}

/// Zero-width and direction-changing characters: two names that look alike must not differ in these.
#[must_use]
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s83_every_alias_of_a_name_folds_to_one() {
        let name = Username::parse("alice@example.org").unwrap();
        for alias in [
            "Alice@Example.ORG",
            "  alice@example.org ",
            "\u{ff41}lice@example.org",
            "ALICE@EXAMPLE.ORG\u{a0}",
        ] {
            assert_eq!(Username::parse(alias).unwrap(), name, "{alias:?}");
        }
    }

    #[test]
    fn names_that_hide_something_are_refused() {
        for text in ["", "   ", "a b", "a\0b", "a\u{200b}b", "a\u{202e}b", &"x".repeat(257)] {
            assert!(Username::parse(text).is_err(), "{text:?}");
        }
    }
}
