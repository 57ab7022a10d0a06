//! Recovery codes: what a person without the phone at hand types at the second step (look-up secrets, NIST SP
//! 800-63B 3.1.2). Ten at a time, shown once, each good once. That one was used is the store's to keep, and how many may be
//! tried is [`crate::throttle`]'s. They rest as [`crate::password`] hashes (ADR 49).

use crate::password::{Password, PasswordError};
use crate::time::UnixTime;
use rand_core::CryptoRngCore;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How many there are in a set.
pub const SET: usize = 10;
/// So few left are worth a warning.
pub const FEW: usize = 3;
/// Symbols of a code, of 5 random bits each: 50 bits.
const SYMBOLS: usize = 10;
/// A code is shown in groups of so many symbols.
const GROUP: usize = 5;
/// Crockford's alphabet: without I, L and O, which look like digits, and without U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// The most that is read of what was typed.
const MOST_TYPED: usize = 4 * SYMBOLS;

/// One code.
#[derive(Clone, Eq, PartialEq)]
pub struct RecoveryCode(Zeroizing<[u8; SYMBOLS]>);

/// A set of codes that are shown to their person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecoveryCodes {
    /// The name of the set.
    pub set: Uuid,
    codes: Vec<RecoveryCode>,
}

/// A code as it is stored.
#[derive(Clone, Debug)]
pub struct StoredRecoveryCode {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// The set that it was made in. A person has one set at most.
    pub set: Uuid,
    /// A PHC string. All of a set have one salt.
    pub hash: String,
    /// When the set was made.
    pub created_at: UnixTime,
    /// When a sign-in used it.
    pub used_at: Option<UnixTime>,
}

impl RecoveryCodes {
    /// A new set of this name.
    pub fn generate(set: Uuid, rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        Self { set, codes: (0..SET).map(|_| RecoveryCode::generate(rng)).collect() }
    }

    /// The codes as a person reads them.
    pub fn texts(&self) -> impl Iterator<Item = Zeroizing<String>> {
        self.codes.iter().map(RecoveryCode::text)
    }

    /// The codes as they are hashed.
    ///
    /// # Errors
    /// None that can happen: a code is as long as a password may be.
    pub fn as_passwords(&self) -> Result<Vec<Password>, PasswordError> {
        self.codes.iter().map(RecoveryCode::as_password).collect()
    }
}

impl RecoveryCode {
    fn generate(rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        let mut symbols = Zeroizing::new([0; SYMBOLS]);
        rng.fill_bytes(symbols.as_mut());
        for symbol in symbols.iter_mut() {
            // 256 is a multiple of 32: no symbol is more frequent than another.
            *symbol = ALPHABET.get(usize::from(*symbol & 31)).copied().unwrap_or(b'0');
        }
        Self(symbols)
    }

    /// Reads what was typed, in any case, with spaces and dashes anywhere. O is read as 0, I and L as 1: no code has these
    /// letters. An input method for Chinese or Japanese types wide letters and digits of its own.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut symbols = Zeroizing::new([0; SYMBOLS]);
        let mut places = symbols.iter_mut();
        let is_short = typed.chars().take(MOST_TYPED + 1).count() <= MOST_TYPED;
        for c in typed.chars().take(MOST_TYPED).map(narrow).filter(|c| !c.is_whitespace() && *c != '-') {
            let meant = match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let symbol = u8::try_from(meant).ok().filter(|symbol| ALPHABET.contains(symbol))?;
            *places.next()? = symbol;
        }
        (is_short && places.next().is_none()).then_some(Self(symbols))
    }

    /// In groups, as a person reads it.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(SYMBOLS + SYMBOLS / GROUP));
        for (place, symbol) in self.0.iter().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(*symbol));
        }
        text
    }

    /// As it is hashed: without the dash.
    ///
    /// # Errors
    /// None that can happen: a code is as long as a password may be.
    pub fn as_password(&self) -> Result<Password, PasswordError> {
        let symbols = self.0.iter().map(|symbol| char::from(*symbol));
        Password::typed(Zeroizing::new(symbols.collect()))
    }
}

/// The ASCII character that a wide one stands for (Unicode, Halfwidth and Fullwidth Forms).
fn narrow(c: char) -> char {
    let wide = matches!(c, '\u{FF01}'..='\u{FF5E}');
    char::from_u32(u32::from(c) - 0xFEE0 * u32::from(wide)).unwrap_or(c)
}

impl StoredRecoveryCode {
    /// How many of these were not used yet.
    #[must_use]
    pub fn left_of(codes: &[Self]) -> usize {
        codes.iter().filter(|code| code.used_at.is_none()).count()
    }
}

/// As text. What is written is to be sealed.
impl Serialize for RecoveryCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}

impl<'de> Deserialize<'de> for RecoveryCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::parse(&text).ok_or_else(|| D::Error::custom("not a recovery code"))
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::BTreeSet;

    fn made() -> RecoveryCodes {
        RecoveryCodes::generate(Uuid::nil(), &mut rand_core::OsRng)
    }

    fn spelled(typed: &str) -> Option<String> {
        RecoveryCode::parse(typed).map(|code| code.text().to_string())
    }

    #[test]
    fn a_set_has_ten_codes_of_fifty_bits_that_read_back() {
        let made = made();
        let texts: BTreeSet<String> = made.texts().map(|text| text.to_string()).collect();
        assert_eq!(texts.len(), SET);
        for text in &texts {
            assert_eq!((text.len(), text.find('-')), (SYMBOLS + 1, Some(GROUP)), "{text}");
            assert!(text.bytes().all(|byte| byte == b'-' || ALPHABET.contains(&byte)), "{text}");
            assert_eq!(spelled(text).as_deref(), Some(text.as_str()));
        }
        let symbols: BTreeSet<u8> =
            (0..100).flat_map(|_| self::made().codes).flat_map(|code| *code.0).collect();
        assert_eq!(symbols.len(), ALPHABET.len(), "every symbol comes");
    }

    #[test]
    fn what_people_type_is_read_whatever_case_and_look_alikes_it_has() {
        for typed in [
            "0123A-BCD11",
            "0123abcd11",
            " o123a bcdil ",
            "O123A - BCDIl",
            "０１２３ａ－ｂｃｄｌｉ",
            "0-1-2-3-a-b-c-d-1-1",
        ] {
            assert_eq!(spelled(typed).as_deref(), Some("0123A-BCD11"), "{typed}");
        }
        let long = format!("{}0123ABCD11", " ".repeat(50));
        for typed in
            ["", "0123ABCD1", "0123ABCD111", "0123ABCDU1", "123456", "0123ABCD1é", &long, &"0".repeat(5000)]
        {
            assert_eq!(spelled(typed), None, "{typed}");
        }
    }

    #[test]
    fn s111_a_set_is_written_and_read_for_sealing_and_never_by_debug() {
        let made = made();
        let written = serde_json::to_string(&made).unwrap();
        let read: RecoveryCodes = serde_json::from_str(&written).unwrap();
        assert!(read.texts().eq(made.texts()));
        assert!(serde_json::from_str::<RecoveryCode>("\"A\"").is_err());
        for text in made.texts() {
            assert!(!format!("{made:?}").contains(text.as_str()));
        }
    }

    #[test]
    fn the_dash_is_not_part_of_what_is_hashed() {
        let code = RecoveryCode::parse("0123A-BCD11").unwrap();
        assert_eq!(code.as_password().unwrap().expose(), "0123ABCD11");
    }
}
