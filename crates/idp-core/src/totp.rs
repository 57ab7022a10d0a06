//! One-time codes of an authenticator app: six digits that change every 30 seconds (RFC 6238 with the parameters that every
//! app knows: HMAC-SHA-1, 6 digits, 30 seconds). Apps that people bring from another provider may have others
//! ([`parameters`]). What is kept of a used code, and that it is used once, is the store's; how many may be tried is
//! [`crate::throttle`]'s.

pub mod parameters;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use rand_core::CryptoRngCore;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::time::{MAX_LEEWAY, UnixTime};
use parameters::Parameters;

/// RFC 6238 5.2 recommends 30 seconds.
const STEP_SECONDS: i64 = 30;
/// Clocks of phones are off, and typing takes a while: the code before and the one after count as well (RFC 6238 5.2).
const STEPS_AROUND: i64 = 1;
/// 160 bits, the length that RFC 4226 4 recommends.
const SECRET_BYTES: usize = 20;
/// What a secret of another provider may have: 80 bits were usual once.
const BROUGHT_BYTES: std::ops::RangeInclusive<usize> = 10..=128;
const DIGITS: usize = 6;
/// The most digits that an app shows.
const MOST_DIGITS: usize = 8;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The most that a name in the address of a secret has, percent-encoded: the QR code must stay coarse enough for a phone
/// that looks at a phone.
const MAX_LABEL_BYTES: usize = 90;

/// What an authenticator app and the provider share.
#[derive(Clone)]
pub struct TotpSecret {
    bytes: Zeroizing<Vec<u8>>,
    parameters: Parameters,
}

/// The digits that were typed.
#[derive(Clone, Eq, PartialEq)]
pub struct TotpCode(Zeroizing<String>);

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
        let mut bytes = Zeroizing::new(vec![0; SECRET_BYTES]);
        rng.fill_bytes(&mut bytes);
        Self { bytes, parameters: Parameters::default() }
    }

    /// One that another provider made. `None` where it has less than 80 bits or more than 1024.
    #[must_use]
    pub fn brought(bytes: Vec<u8>, parameters: Parameters) -> Option<Self> {
        BROUGHT_BYTES.contains(&bytes.len()).then(|| Self { bytes: Zeroizing::new(bytes), parameters })
    }

    /// The same in base32 (RFC 4648 6), with the spaces and in the case that people see it in.
    #[must_use]
    pub fn brought_in_base32(text: &str, parameters: Parameters) -> Option<Self> {
        let letters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '='));
        let letters: Zeroizing<String> = Zeroizing::new(letters.map(|c| c.to_ascii_uppercase()).collect());
        Self::brought(decoded(&letters)?, parameters)
    }

    /// How codes are made of it.
    #[must_use]
    pub const fn parameters(&self) -> Parameters {
        self.parameters
    }

    /// In base32 without padding (RFC 4648 6), the spelling that apps take.
    #[must_use]
    pub fn base32(&self) -> Zeroizing<String> {
        encoded(&self.bytes)
    }

    /// Reads what [`TotpSecret::base32`] writes of one that was made here, and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = decoded(text).filter(|bytes| bytes.len() == SECRET_BYTES)?;
        Self::brought(bytes, Parameters::default())
    }

    /// In one line: the secret, and the parameters where they are not the usual ones.
    fn stored(&self) -> Zeroizing<String> {
        let secret = self.base32();
        match self.parameters == Parameters::default() {
            true => secret,
            false => Zeroizing::new(format!("{} {}", secret.as_str(), self.parameters)),
        }
    }

    /// Reads what [`TotpSecret::stored`] writes.
    fn read(text: &str) -> Option<Self> {
        let (secret, parameters) = text.split_once(' ').map_or((text, None), |(one, two)| (one, Some(two)));
        let parameters = parameters.map_or(Some(Parameters::default()), Parameters::parse)?;
        Self::brought(decoded(secret)?, parameters)
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

    /// The code that an app shows at this time.
    #[must_use]
    pub fn code_at(&self, now: UnixTime) -> TotpCode {
        self.code(now.as_secs().div_euclid(self.parameters.period()))
    }

    /// The code of a step (RFC 4226 5.3).
    #[must_use]
    pub fn code(&self, step: i64) -> TotpCode {
        let key = hmac::Key::new(self.parameters.algorithm().hmac(), &self.bytes);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let offset = usize::from(tag.as_ref().last().copied().unwrap_or(0) & 15);
        let four = tag.as_ref().iter().skip(offset).take(4);
        let number = four.fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) & 0x7fff_ffff;
        let digits = self.parameters.digits();
        let shown = 10_u32.checked_pow(u32::try_from(digits).unwrap_or(0)).unwrap_or(u32::MAX);
        TotpCode(Zeroizing::new(format!("{:0digits$}", number % shown)))
    }

    /// The step whose code this is, of those around `now`; `None` for a wrong code. Whether it was used before is not asked.
    ///
    /// Steps of an app whose codes last longer or shorter are told by the one of 30 seconds in which they begin. So of two
    /// of its codes the later one is never before the earlier one, and one that is not here yet is no further ahead than
    /// one of any app.
    #[must_use]
    pub fn step_of(&self, code: &TotpCode, now: UnixTime) -> Option<i64> {
        let period = self.parameters.period();
        let at = |seconds: i64| now.as_secs().saturating_add(seconds).div_euclid(period);
        let around = STEPS_AROUND.saturating_mul(STEP_SECONDS);
        let mut found = None;
        // All of them, so that the time taken tells nothing.
        for step in at(around.saturating_neg())..=at(around) {
            if verify_slices_are_equal(self.code(step).0.as_bytes(), code.0.as_bytes()).is_ok() {
                found = Some(step_at(UnixTime(step.saturating_mul(period))));
            }
        }
        found
    }
}

/// In base32, with the parameters. What is written is to be sealed.
impl Serialize for TotpSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.stored())
    }
}

impl<'de> Deserialize<'de> for TotpSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::read(&text).ok_or_else(|| D::Error::custom("not the secret of an authenticator app"))
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
        Self::parse_of(typed, DIGITS)
    }

    /// The same of an app that shows so many digits.
    #[must_use]
    pub fn parse_of(typed: &str, digits: usize) -> Option<Self> {
        let mut code = Zeroizing::new(String::with_capacity(digits));
        for c in typed.chars().take(4 * digits + 1).filter(|c| !c.is_whitespace() && *c != '-') {
            let wide = u32::from(c).checked_sub(0xFF10).filter(|digit| *digit < 10);
            code.push(char::from_digit(c.to_digit(10).or(wide)?, 10)?);
        }
        (code.len() == digits && typed.chars().count() <= 4 * digits).then_some(Self(code))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
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

fn encoded(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(bytes.len().div_ceil(5) * 8));
    for chunk in bytes.chunks(5) {
        let mut five = [0_u8; 5];
        five.iter_mut().zip(chunk).for_each(|(to, from)| *to = *from);
        let bits = five.iter().fold(0_u64, |bits, byte| (bits << 8) | u64::from(*byte));
        for place in (0..8).rev().take((chunk.len() * 8).div_ceil(5)) {
            let digit = usize::try_from((bits >> (place * 5)) & 31).unwrap_or(0);
            text.push(ALPHABET.get(digit).map_or('A', |letter| char::from(*letter)));
        }
    }
    text
}

/// Reads what [`encoded`] writes, and nothing else: a secret has one spelling.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for letter in text.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == letter)?;
        bits = (bits << 5) | u32::try_from(digit).ok()?;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 255).ok()?);
            bits &= (1 << count) - 1;
        }
    }
    (*encoded(&bytes) == text).then_some(bytes)
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
        TotpSecret::brought(b"12345678901234567890".to_vec(), Parameters::default()).unwrap()
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
