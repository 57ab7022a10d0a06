//! A password as a person typed it, prepared so that the same keys mean the same password on every device: the
//! `OpaqueString` profile of PRECIS (RFC 8265 4.2). Any space is a space, and the spelling of a letter with marks is the
//! composed one (NFC). Nothing else is changed: case and width count, spaces stay, and no character is refused, since
//! a password that was once set must go on working.

use super::PasswordError;
use std::fmt;
use unicode_normalization::UnicodeNormalization as _;
use zeroize::Zeroizing;

/// The longest password, in bytes as typed. Longer ones are refused, never cut.
pub const MAX_BYTES: usize = 1024;
/// The most bytes that one byte becomes (UAX #15, table 6).
const MOST_GROWTH: usize = 3;

/// A password. It exists only prepared, so no door can compare another spelling than the one that was stored. Wiped from
/// memory when dropped.
#[derive(Clone)]
pub struct Password {
    prepared: Zeroizing<String>,
    /// What was typed, where that is another text: other systems may have hashed it.
    typed: Option<Zeroizing<String>>,
}

impl Password {
    /// What a person typed, of 1 to [`MAX_BYTES`] bytes.
    ///
    /// # Errors
    /// [`PasswordError::Length`] when it is empty or longer.
    pub fn typed(text: Zeroizing<String>) -> Result<Self, PasswordError> {
        if !(1..=MAX_BYTES).contains(&text.len()) {
            return Err(PasswordError::Length);
        }
        if text.is_ascii() {
            return Ok(Self { prepared: text, typed: None });
        }
        // Of its final size from the start: growing would leave a copy behind.
        let mut prepared = Zeroizing::new(String::with_capacity(text.len().saturating_mul(MOST_GROWTH)));
        prepared.extend(text.chars().map(plain_space).nfc());
        let typed = (*text != *prepared).then_some(text);
        Ok(Self { prepared, typed })
    }

    /// The prepared text.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.prepared
    }

    /// The prepared text, and what was typed if that is another.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.expose()).chain(self.typed.as_ref().map(|typed| typed.as_str()))
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// U+0020 for any other space, which is what Unicode has in the category Zs.
const fn plain_space(c: char) -> char {
    match c {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => ' ',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn typed(text: &str) -> Result<String, PasswordError> {
        Password::typed(Zeroizing::new(text.to_owned())).map(|password| password.expose().to_owned())
    }

    #[test]
    fn s86_the_same_keys_are_the_same_password_on_every_device() {
        for (one, other) in [
            ("cafe\u{301}", "caf\u{e9}"),
            // Two marks in either order, and Hangul by syllable or by letter.
            ("a\u{323}\u{302}", "a\u{302}\u{323}"),
            ("\u{1112}\u{1161}\u{11ab}", "\u{d55c}"),
            // The space that a Mac types with Option, and that of a Chinese keyboard.
            ("two\u{a0}words", "two words"),
            ("两\u{3000}词", "两 词"),
            ("\u{212b}ngstr\u{f6}m", "\u{c5}ngstro\u{308}m"),
        ] {
            assert_eq!(typed(one), typed(other), "{one:?}");
        }
    }

    #[test]
    fn s86_what_is_another_password_stays_another() {
        let different = [
            "fi",
            "ﬁ",
            "Straße",
            "STRASSE",
            "strasse",
            "ｆｕｌｌ",
            "full",
            "a b",
            "a  b",
            " a b",
            "ab",
            "nul\0inside",
            "nul",
            "\u{feff}bom",
            "bom",
            "a\tb",
            "👩‍👩‍👧‍👦",
            "👩👩👧👦",
            "i",
            "ı",
            "İ",
        ];
        let prepared: std::collections::BTreeSet<_> =
            different.iter().map(|password| typed(password).unwrap()).collect();
        assert_eq!(prepared.len(), different.len());
    }

    #[test]
    fn s86_1_to_1024_bytes_as_typed() {
        for (text, fits) in [
            (String::new(), false),
            ("x".to_owned(), true),
            ("x".repeat(1024), true),
            ("x".repeat(1025), false),
            ("🔑".repeat(256), true),
            ("🔑".repeat(257), false),
            // What becomes longer by being prepared is neither cut nor refused.
            ("\u{958}".repeat(341), true),
            ("\u{1d160}".repeat(256), true),
        ] {
            assert_eq!(typed(&text).is_ok(), fits, "{} bytes", text.len());
        }
        assert_eq!(typed(&"\u{958}".repeat(341)).unwrap().len(), 2046);
    }

    #[test]
    fn s111_a_password_that_is_printed_by_mistake_shows_nothing() {
        let password = Password::typed(Zeroizing::new("correct horse".to_owned())).unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }

    proptest! {
        #[test]
        fn preparing_twice_changes_nothing(text in "\\PC{1,200}") {
            if let Ok(once) = Password::typed(Zeroizing::new(text.clone())) {
                prop_assert!(once.expose().len() <= text.len() * MOST_GROWTH);
                if once.expose().len() <= MAX_BYTES {
                    prop_assert_eq!(typed(once.expose()).unwrap(), once.expose());
                }
            }
        }
    }
}
