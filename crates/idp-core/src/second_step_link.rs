//! The link in a letter for a person who is asked for a second factor and does not have it at hand (ADR 59). It belongs
//! to one sign-in in one browser. There a button goes on; in any other browser it shows a code for the page that waits, since
//! letters are read on another device as often as not (OWASP ASVS 5.0 6.6.2). Whether one may be sent is a rule of
//! [`crate::authentication`]; that it counts once is the store's.

use crate::secret::{Secret, SecretHash};
use crate::time::UnixTime;
use aws_lc_rs::digest::{SHA256, digest};
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

/// Digits of a code: 26 bits. OWASP ASVS 5.0 6.5.4 asks for 20.
pub const DIGITS: usize = 8;
/// How many codes there are.
const CODES: u64 = 100_000_000;
/// A code is shown in groups of so many digits.
const GROUP: usize = 4;
/// The most that is read of what was typed.
const MOST_TYPED: usize = 4 * DIGITS;

/// A link that was sent, as it is stored.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct SecondStepLink {
    /// Whose it is.
    pub user: Uuid,
    /// The sign-in that it was sent for, by the id of the session that this would open.
    pub sign_in: Uuid,
    /// The hash of its secret.
    pub secret: SecretHash,
    /// A keyed hash of its code.
    pub code: String,
    /// The page that waits, sealed for its browser; `None` where that is too long to keep.
    pub way_back: Option<String>,
    /// Until when it is good.
    pub expires_at: UnixTime,
    /// Whether it was used.
    pub is_used: bool,
}

impl SecondStepLink {
    /// For how many seconds one is good (OWASP ASVS 5.0 6.5.5).
    pub const LIFETIME: i64 = 10 * 60;

    /// Whether its time is not over. One that a clock ahead has sent is good for nothing.
    #[must_use]
    pub fn is_live(&self, now: UnixTime) -> bool {
        now < self.expires_at && !self.expires_at.is_ahead_of(now.plus(Self::LIFETIME))
    }

    /// Whether it was sent for this sign-in, and still counts.
    #[must_use]
    pub fn is_for(&self, sign_in: Uuid, now: UnixTime) -> bool {
        self.sign_in == sign_in && self.is_live(now)
    }
}

/// The code of a link: what a browser shows that the link was not sent to.
#[derive(Clone, Eq, PartialEq)]
pub struct LinkCode(Zeroizing<[u8; DIGITS]>);

impl LinkCode {
    /// The code of the link with this secret. It says nothing of the secret, which has 256 bits.
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        let hashed = digest(&SHA256, format!("second step code\0{}", secret.expose()).as_bytes());
        // 2^64 is so much larger than the number of codes that no code is more frequent than another by what could be seen.
        let number =
            hashed.as_ref().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let mut left = number % CODES;
        let mut digits = Zeroizing::new([b'0'; DIGITS]);
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(left % 10).unwrap_or(0);
            left /= 10;
        }
        Self(digits)
    }

    /// Reads what was typed: eight digits, with spaces or dashes between them. An input method for Chinese or Japanese types its
    /// own wide digits.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut digits = Zeroizing::new([0; DIGITS]);
        let mut places = digits.iter_mut();
        for c in typed.chars().take(MOST_TYPED + 1).filter(|c| !c.is_whitespace() && *c != '-') {
            let wide = u32::from(c).checked_sub(0xFF10).filter(|digit| *digit < 10);
            let digit = c.to_digit(10).or(wide)?;
            *places.next()? = b'0' + u8::try_from(digit).ok()?;
        }
        let is_whole = places.next().is_none() && typed.chars().count() <= MOST_TYPED;
        is_whole.then_some(Self(digits))
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.0.as_ref()).unwrap_or_default()
    }

    /// In groups, as a person reads it.
    #[must_use]
    pub fn text(&self) -> Zeroizing<String> {
        let digits = self.as_str();
        let (first, last) = digits.split_at_checked(GROUP).unwrap_or((digits, ""));
        Zeroizing::new(format!("{first} {last}"))
    }
}

impl fmt::Debug for LinkCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("LinkCode(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::secret::SecretKind;
    use rand_core::OsRng;
    use std::collections::BTreeSet;

    fn link(sent: UnixTime) -> SecondStepLink {
        SecondStepLink {
            user: Uuid::nil(),
            sign_in: Uuid::from_u128(7),
            secret: Secret::generate(SecretKind::MailLink, &mut OsRng).hash(),
            code: String::new(),
            way_back: None,
            expires_at: sent.plus(SecondStepLink::LIFETIME),
            is_used: false,
        }
    }

    #[test]
    fn s82_a_link_is_good_for_ten_minutes_and_for_its_own_sign_in() {
        let sent = UnixTime(1_700_000_000);
        let link = link(sent);
        for (after, is_live) in [(0, true), (599, true), (600, false), (i64::MAX, false)] {
            assert_eq!(link.is_for(Uuid::from_u128(7), sent.plus(after)), is_live, "{after}");
        }
        assert!(!link.is_for(Uuid::from_u128(8), sent));
        // One of a clock that was ahead would outlive all others.
        assert!(!link.is_live(sent.plus(-121)) && link.is_live(sent.plus(-120)));
    }

    #[test]
    fn a_code_follows_from_its_link_and_is_read_as_people_type_it() {
        let secrets: Vec<Secret> =
            (0..100).map(|_| Secret::generate(SecretKind::MailLink, &mut OsRng)).collect();
        let codes: BTreeSet<String> =
            secrets.iter().map(|secret| LinkCode::of(secret).as_str().to_owned()).collect();
        assert!(codes.len() > 95 && codes.iter().all(|code| code.len() == DIGITS));
        let code = LinkCode::of(&secrets[0]);
        assert_eq!(LinkCode::parse(&code.text()), Some(code.clone()));
        assert_eq!(LinkCode::parse("12345678").unwrap().text().as_str(), "1234 5678");
        assert_eq!(LinkCode::parse(" １２３４-5678 "), LinkCode::parse("12345678"));
        for wrong in ["", "1234567", "123456789", "1234567a", &format!("12345678{}", " ".repeat(40))] {
            assert_eq!(LinkCode::parse(wrong), None, "{wrong:?}");
        }
        assert_eq!(format!("{code:?}"), "LinkCode(..)");
    }
}
