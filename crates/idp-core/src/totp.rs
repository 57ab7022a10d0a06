//! One-time codes of an authenticator app: six digits that change every 30 seconds (RFC 6238 with the parameters that every
//! app knows: HMAC-SHA-1, 6 digits, 30 seconds). What is kept of a used code, and that it is used once, is the store's; how
//! many may be tried is [`crate::throttle`]'s.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use rand_core::CryptoRngCore;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::time::{MAX_LEEWAY, UnixTime};

/// RFC 6238 5.2 recommends 30 seconds.
const STEP_SECONDS: i64 = 30;
/// Clocks of phones are off, and typing takes a while: the code before and the one after count as well (RFC 6238 5.2).
const STEPS_AROUND: i64 = 1;
/// 160 bits, the length that RFC 4226 4 recommends.
const SECRET_BYTES: usize = 20;
const DIGITS: usize = 6;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The most that a name in the address of a secret has, percent-encoded: the QR code must stay coarse enough for a phone
/// that looks at a phone.
const MAX_LABEL_BYTES: usize = 90;

/// What an authenticator app and the provider share.
#[derive(Clone)]
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// Six digits that were typed.
#[derive(Clone, Eq, PartialEq)]
pub struct TotpCode(Zeroizing<[u8; DIGITS]>);

/// An app that a person has added.
#[derive(Clone, Debug)]
pub struct TotpCredential {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// What the person calls it; may be empty.
    pub name: String,
    /// The secret, sealed.
    pub sealed_secret: String,
    /// The step of the newest code that was used. It and those before it are spent.
    pub last_step: i64,
    /// When it was added.
    pub created_at: UnixTime,
    /// When a sign-in last used it.
    pub last_used_at: Option<UnixTime>,
}

impl TotpCredential {
    /// Whether the code of `step` was not used yet (RFC 6238 5.2: a code counts once). A last step that no right clock can
    /// have reached by `now` was written by one that was ahead, and says nothing: the person would else be shut out until
    /// that time.
    #[must_use]
    pub fn is_unspent(&self, step: i64, now: UnixTime) -> bool {
        let furthest = step_at(now.plus(MAX_LEEWAY)).saturating_add(STEPS_AROUND);
        self.last_step < step || self.last_step > furthest
    }
}

impl TotpSecret {
    /// A new one.
    pub fn generate(rng: &mut (impl CryptoRngCore + ?Sized)) -> Self {
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        rng.fill_bytes(bytes.as_mut());
        Self(bytes)
    }

    /// In base32 without padding (RFC 4648 6), the spelling that apps take.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(SECRET_BYTES * 8 / 5));
        for chunk in self.0.chunks(5) {
            let bits = chunk.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
            for place in (0..8).rev() {
                let digit = usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0);
                text.push(ALPHABET.get(digit).map_or('A', |letter| char::from(*letter)));
            }
        }
        text
    }

    /// Reads what [`TotpSecret::base32`] writes, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != SECRET_BYTES * 8 / 5 {
            return None;
        }
        let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
        for (from, to) in text.as_bytes().chunks(8).zip(bytes.chunks_mut(5)) {
            let mut bits = 0_u64;
            for letter in from {
                let digit = ALPHABET.iter().position(|known| known == letter)?;
                bits = (bits << 5) | u64::try_from(digit).ok()?;
            }
            for (place, byte) in to.iter_mut().rev().enumerate() {
                *byte = u8::try_from((bits >> (place * 8)) & 255).ok()?;
            }
        }
        Some(Self(bytes))
    }

    /// The address by which an app takes it over: who made it, whose it is, and the secret. The parameters are the usual
    /// ones, which apps assume.
    #[must_use]
    pub fn otpauth_uri(&self, issuer: &str, account: &str) -> Zeroizing<String> {
        let (issuer, account) = (label(issuer), label(account));
        let secret = self.base32();
        Zeroizing::new(format!(
            "otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}",
            secret.as_str()
        ))
    }

    /// The code of a step (RFC 4226 5.3).
    #[must_use]
    pub fn code(&self, step: i64) -> TotpCode {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, self.0.as_ref());
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(tag.as_ref().last().copied().unwrap_or(0) & 15);
        let four = tag.as_ref().iter().skip(offset).take(4);
        let number = four.fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) & 0x7fff_ffff;
        let mut digits = Zeroizing::new([b'0'; DIGITS]);
        let mut rest = number;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        TotpCode(digits)
    }

    /// The step whose code this is, of those around `now`; `None` for a wrong code. Whether it was used before is not asked.
    #[must_use]
    pub fn step_of(&self, code: &TotpCode, now: UnixTime) -> Option<i64> {
        let here = step_at(now);
        let mut found = None;
        // All of them, so that the time taken tells nothing.
        for step in here.saturating_sub(STEPS_AROUND)..=here.saturating_add(STEPS_AROUND) {
            if verify_slices_are_equal(self.code(step).0.as_ref(), code.0.as_ref()).is_ok() {
                found = Some(step);
            }
        }
        found
    }
}

/// In base32. What is written is to be sealed.
impl Serialize for TotpSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.base32())
    }
}

impl<'de> Deserialize<'de> for TotpSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::parse(&text).ok_or_else(|| D::Error::custom("not the secret of an authenticator app"))
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TotpSecret(..)")
    }
}

impl TotpCode {
    /// Reads what was typed: six digits, with spaces or dashes between them as apps show them. An input method for Chinese
    /// or Japanese types its own wide digits.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut digits = Zeroizing::new([0; DIGITS]);
        let mut places = digits.iter_mut();
        for c in typed.chars().take(4 * DIGITS + 1).filter(|c| !c.is_whitespace() && *c != '-') {
            let wide = u32::from(c).checked_sub(0xFF10).filter(|digit| *digit < 10);
            let digit = c.to_digit(10).or(wide)?;
            *places.next()? = b'0' + u8::try_from(digit).ok()?;
        }
        let is_whole = places.next().is_none() && typed.chars().count() <= 4 * DIGITS;
        is_whole.then_some(Self(digits))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.0.as_ref()).unwrap_or_default()
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("TotpCode(..)")
    }
}

/// The step that `now` is in.
#[must_use]
pub fn step_at(now: UnixTime) -> i64 {
    now.as_secs().div_euclid(STEP_SECONDS)
}

/// Percent-encoded (RFC 3986 2.1), also the colon, which divides issuer and account; cut between two characters.
fn label(text: &str) -> String {
    let mut encoded = String::new();
    for c in text.chars() {
        let mut buffer = [0; 4];
        let next: String = match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '.' | '_' | '~' => c.to_string(),
            _ => c.encode_utf8(&mut buffer).bytes().map(|byte| format!("%{byte:02X}")).collect(),
        };
        if encoded.len() + next.len() > MAX_LABEL_BYTES {
            break;
        }
        encoded.push_str(&next);
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The secret of RFC 6238, appendix B, whose codes of six digits are the last six of its eight.
    fn of_the_rfc() -> TotpSecret {
        TotpSecret(Zeroizing::new(*b"12345678901234567890"))
    }

    fn credential(last_step: i64) -> TotpCredential {
        let (id, user) = (Uuid::nil(), Uuid::nil());
        let (name, sealed_secret) = (String::new(), String::new());
        TotpCredential {
            id,
            user,
            name,
            sealed_secret,
            last_step,
            created_at: UnixTime(0),
            last_used_at: None,
        }
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        for (at, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(of_the_rfc().code(step_at(UnixTime(at))).as_str(), code, "{at}");
        }
    }

    #[test]
    fn s83_a_code_counts_in_its_step_and_one_around_it() {
        let secret = of_the_rfc();
        let code = TotpCode::parse("081804").unwrap();
        let step = step_at(UnixTime(1_111_111_109));
        let begins = step * 30;
        for (at, counts) in [
            (begins - 31, false),
            (begins - 30, true),
            (begins, true),
            (begins + 59, true),
            (begins + 60, false),
        ] {
            assert_eq!(secret.step_of(&code, UnixTime(at)), counts.then_some(step), "{at}");
        }
    }

    #[test]
    fn s83_a_used_code_and_those_before_it_are_spent_and_a_clock_that_was_ahead_shuts_nobody_out() {
        let now = UnixTime(3_000);
        assert!(credential(99).is_unspent(100, now));
        assert!(!credential(100).is_unspent(100, now) && !credential(101).is_unspent(100, now));
        assert!(!credential(105).is_unspent(100, now), "clocks of nodes differ by so much");
        assert!(credential(106).is_unspent(100, now));
    }

    #[test]
    fn what_people_type_is_read_as_apps_and_input_methods_write_it() {
        for typed in ["081804", " 081 804 ", "081-804", "０８１８０４", "0 8 1 8 0 4"] {
            assert_eq!(TotpCode::parse(typed).unwrap().as_str(), "081804", "{typed}");
        }
        for typed in ["", "08180", "0818045", "08180a", "٠٨١٨٠٤", &" ".repeat(40), &"0".repeat(5000)] {
            assert_eq!(TotpCode::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_secret_is_spelled_in_one_way() {
        assert_eq!(of_the_rfc().base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let made = TotpSecret::generate(&mut rand_core::OsRng);
        assert_eq!(TotpSecret::parse(&made.base32()).unwrap().base32(), made.base32());
        for wrong in ["", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", "GEZDGNBV"]
        {
            assert!(TotpSecret::parse(wrong).is_none(), "{wrong}");
        }
        let written = serde_json::to_string(&made).unwrap();
        assert_eq!(serde_json::from_str::<TotpSecret>(&written).unwrap().base32(), made.base32());
        assert!(serde_json::from_str::<TotpSecret>("\"A\"").is_err());
        assert!(!format!("{made:?}{:?}", made.code(1)).contains(made.base32().as_str()));
    }

    #[test]
    fn s66_names_cannot_change_the_address_of_a_secret() {
        let uri = of_the_rfc().otpauth_uri("A&B: 山", "a:b?secret=X#\u{202E}");
        assert_eq!(
            uri.as_str(),
            "otpauth://totp/A%26B%3A%20%E5%B1%B1:a%3Ab%3Fsecret%3DX%23%E2%80%AE?secret=\
             GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=A%26B%3A%20%E5%B1%B1"
        );
        let long = of_the_rfc().otpauth_uri(&"山".repeat(500), &"字".repeat(500));
        assert!(long.len() < 340 && long.contains("%E5%B1%B1:"), "{}", long.as_str());
    }
}
