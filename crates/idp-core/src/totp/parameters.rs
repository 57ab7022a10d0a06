//! How an authenticator app makes its codes (RFC 6238 1.2). Apps that are set up here have the usual parameters; those that
//! people bring from another provider may have others.

use super::{DIGITS, MOST_DIGITS, STEP_SECONDS};
use aws_lc_rs::hmac;
use std::fmt;
use std::ops::RangeInclusive;

/// How long a code may last, in seconds.
const PERIODS: RangeInclusive<i64> = 15..=300;

/// The hash function.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default)]
pub enum Algorithm {
    /// The usual one.
    #[default]
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-512.
    Sha512,
}

impl Algorithm {
    const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// By its name, such as `SHA256`, `SHA-256` or `HmacSHA256`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name: String = name.to_ascii_uppercase().chars().filter(|c| *c != '-').collect();
        let bare = name.strip_prefix("HMAC").unwrap_or(&name);
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == bare)
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    pub(super) fn hmac(self) -> hmac::Algorithm {
        match self {
            Self::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

/// All of it.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct Parameters {
    algorithm: Algorithm,
    digits: usize,
    period: i64,
}

impl Default for Parameters {
    /// HMAC-SHA-1, 6 digits, 30 seconds.
    fn default() -> Self {
        Self { algorithm: Algorithm::Sha1, digits: DIGITS, period: STEP_SECONDS }
    }
}

impl Parameters {
    /// Of an app whose codes have 6 to 8 digits and last 15 to 300 seconds.
    #[must_use]
    pub fn new(algorithm: Algorithm, digits: usize, period: i64) -> Option<Self> {
        let is_known = (DIGITS..=MOST_DIGITS).contains(&digits) && PERIODS.contains(&period);
        is_known.then_some(Self { algorithm, digits, period })
    }

    /// The hash function.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        self.algorithm
    }

    /// How many digits a code has.
    #[must_use]
    pub const fn digits(self) -> usize {
        self.digits
    }

    /// How many seconds a code lasts.
    #[must_use]
    pub const fn period(self) -> i64 {
        self.period
    }

    /// Reads what `Display` writes.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (algorithm, digits, period) = (parts.next()?, parts.next()?, parts.next()?);
        let read = Self::new(Algorithm::named(algorithm)?, digits.parse().ok()?, period.parse().ok()?)?;
        (read.to_string() == text).then_some(read)
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.algorithm.as_str(), self.digits, self.period)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{TotpCode, TotpSecret, step_at};
    use super::*;
    use crate::time::UnixTime;

    fn secret(key: &[u8], algorithm: Algorithm, digits: usize, period: i64) -> TotpSecret {
        TotpSecret::brought(key.to_vec(), Parameters::new(algorithm, digits, period).unwrap()).unwrap()
    }

    /// RFC 6238, appendix B.
    #[test]
    fn codes_of_eight_digits_and_of_other_hashes_are_those_of_the_rfc() {
        let long = b"1234567890123456789012345678901234567890123456789012345678901234";
        for (algorithm, bytes, codes) in [
            (Algorithm::Sha1, 20, ["94287082", "07081804", "14050471", "89005924", "69279037", "65353130"]),
            (Algorithm::Sha256, 32, ["46119246", "68084774", "67062674", "91819424", "90698825", "77737706"]),
            (Algorithm::Sha512, 64, ["90693936", "25091201", "99943326", "93441116", "38618901", "47863826"]),
        ] {
            let secret = secret(&long[..bytes], algorithm, 8, 30);
            let times = [59, 1_111_111_109, 1_111_111_111, 1_234_567_890, 2_000_000_000, 20_000_000_000];
            for (at, code) in times.into_iter().zip(codes) {
                assert_eq!(secret.code_at(UnixTime(at)).as_str(), code, "{algorithm:?} {at}");
            }
        }
    }

    #[test]
    fn s83_a_code_that_lasts_longer_or_shorter_counts_as_much_longer_as_any() {
        for period in [15, 30, 60, 45, 300] {
            let secret = secret(b"12345678901234567890", Algorithm::Sha1, 6, period);
            let begins = 900 * 1_000_000;
            let code = secret.code_at(UnixTime(begins));
            for (at, counts) in [
                (begins - 31, false),
                (begins - 30, true),
                (begins + period + 29, true),
                (begins + period + 30, false),
            ] {
                assert_eq!(secret.step_of(&code, UnixTime(at)).is_some(), counts, "{period} {at}");
            }
            // In the order of the codes, and no further ahead than one step of 30 seconds.
            let mut last = 0;
            for step in 0..100 {
                let at = UnixTime(begins + step * period);
                let found = secret.step_of(&secret.code_at(at), UnixTime(at.as_secs() - 30)).unwrap();
                assert!(found > last || (found == last && period < 30), "{period} {step}");
                assert!(found <= step_at(UnixTime(at.as_secs() - 30)) + 1);
                last = found;
            }
        }
    }

    #[test]
    fn parameters_and_secrets_of_other_lengths_are_kept_and_unfit_ones_are_none() {
        let odd = secret(b"0123456789abc", Algorithm::Sha512, 7, 45);
        let written = serde_json::to_string(&odd).unwrap();
        let read: TotpSecret = serde_json::from_str(&written).unwrap();
        assert_eq!((read.base32(), read.parameters()), (odd.base32(), odd.parameters()));
        assert_eq!(
            TotpSecret::brought_in_base32("gezd gnbv-gy3tqojq", Parameters::default())
                .unwrap()
                .base32()
                .as_str(),
            "GEZDGNBVGY3TQOJQ"
        );
        for (digits, period) in [(5, 30), (9, 30), (6, 14), (6, 301), (0, 0)] {
            assert_eq!(Parameters::new(Algorithm::Sha1, digits, period), None);
        }
        for wrong in [
            "GEZDGNBVGY3TQOJR2",
            "GEZDGNBVGY3TQOJ",
            "",
            "GEZDGNBVGY3TQOJQ SHA1 6",
            "GEZDGNBVGY3TQOJQ sha1 6 30",
        ] {
            assert!(serde_json::from_value::<TotpSecret>(wrong.into()).is_err(), "{wrong}");
        }
        assert!(TotpSecret::brought(vec![7; 9], Parameters::default()).is_none());
        assert!(TotpSecret::brought(vec![7; 129], Parameters::default()).is_none());
        assert_eq!(Algorithm::named("HmacSHA256"), Some(Algorithm::Sha256));
        assert_eq!(Algorithm::named("md5"), None);
        assert_eq!(TotpCode::parse_of("1234 5678", 8).unwrap().as_str(), "12345678");
        assert_eq!(TotpCode::parse_of("123456", 8), None);
    }
}
