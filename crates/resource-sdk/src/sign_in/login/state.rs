//! What travels with a sign-in to the provider and back, in `state`: where the person wants to go, and which
//! browser began it, sealed. Nothing about one attempt lies in a cookie or in memory. So there may be any
//! number of them, and an answer that comes too late, twice or elsewhere still knows the way on.
//! RFC 6749 section 10.12; RFC 9700 section 4.7; OpenID Connect Core section 15.5.2.

use std::time::Duration;

use crate::{
    sign_in::browser::{
        packed::{self, Packed, Reader, Writer},
        seal::{Keys, SealError, Sealer},
        step_up::StepUp,
    },
    time::UnixTime,
};

/// Seconds for which an answer is taken: as long as a page of our provider goes on by itself.
const LIFETIME: i64 = 24 * 3600;
/// No state is taken for longer, whichever way the clocks of two nodes differ.
pub(crate) const TAKEN_FOR: Duration = Duration::from_secs(2 * LIFETIME.unsigned_abs());
/// Restarts are counted in one digit.
const MAX_RESTARTS: u8 = 9;

/// One attempt to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignInState {
    /// Never the same twice.
    pub(crate) id: [u8; 16],
    /// The browser that began it, by the tag of its binding.
    pub(crate) browser: [u8; 16],
    /// Where the person wants to go: a path, or the name of a long one.
    pub(crate) return_to: String,
    /// Begun with `prompt=none`: the person must not notice when it leads nowhere.
    pub(crate) is_silent: bool,
    /// How often the site began anew by itself before this.
    pub(crate) restarts: u8,
    /// What is demanded of it, and the form that waits for it.
    pub(crate) step_up: Option<StepUp>,
    pub(crate) begun_at: i64,
    /// The `traceparent` of its beginning, where that is traced: the end belongs to the same trace.
    pub(crate) trace: Option<String>,
}

/// How old an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Age {
    Open,
    /// It was begun too long ago.
    Overdue,
    /// It was begun by a clock that is far ahead.
    Ahead,
}

impl SignInState {
    /// The parameter `state`. The number of restarts can be read without the key; it is part of what is sealed.
    pub(crate) fn seal(&self, sealer: &Sealer) -> Result<String, SealError> {
        let restarts = self.restarts.min(MAX_RESTARTS);
        let octets = packed::pack(self).ok_or(SealError)?;
        Ok(format!("{restarts}{}", sealer.seal_octets(&place(restarts), &octets)?))
    }

    /// Reads a parameter `state`, and says under which keys it was sealed.
    pub(crate) fn open<'a>(sealer: &'a Sealer, text: &str) -> Option<(Self, &'a Keys)> {
        let restarts = restarts_of(text)?;
        let (octets, keys) = sealer.open_with_keys(&place(restarts), text.get(1..)?)?;
        let state: Self = packed::unpack(&octets)?;
        Some((Self { restarts, ..state }, keys))
    }

    pub(crate) fn age(&self, now: UnixTime) -> Age {
        match now.secs_since(UnixTime::from_secs(self.begun_at)) {
            age if age >= LIFETIME => Age::Overdue,
            age if age < -LIFETIME => Age::Ahead,
            _ => Age::Open,
        }
    }
}

/// What a `state` says of restarts, also one that does not open: two processes that cannot read each other's
/// must not send a browser to and fro for ever.
pub(crate) fn restarts_of(text: &str) -> Option<u8> {
    let digit = text.bytes().next().filter(u8::is_ascii_digit)?;
    Some(digit - b'0')
}

fn place(restarts: u8) -> String {
    format!("sign-in state {restarts}")
}

impl Packed for SignInState {
    fn write(&self, writer: &mut Writer) {
        writer.octets(Some(&self.id));
        writer.octets(Some(&self.browser));
        writer.text(Some(&self.return_to));
        writer.number(self.is_silent.into());
        writer.number(self.begun_at);
        writer.text(self.step_up.as_ref().map(StepUp::query).as_deref());
        writer.text(self.trace.as_deref());
    }

    fn read(reader: &mut Reader) -> Option<Self> {
        Some(Self {
            id: reader.octets()??.try_into().ok()?,
            browser: reader.octets()??.try_into().ok()?,
            return_to: reader.text()??,
            is_silent: reader.number()? != 0,
            begun_at: reader.number()?,
            step_up: reader.text()?.as_deref().and_then(StepUp::of_query),
            trace: reader.text()?,
            restarts: 0,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sign_in::browser::seal::CookieKey;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn sealer(octet: u8) -> Sealer {
        Sealer::new(&CookieKey::from_bytes([octet; 32]), &[], &[]).unwrap()
    }

    fn state(return_to: &str) -> SignInState {
        SignInState {
            id: [1; 16],
            browser: [2; 16],
            return_to: return_to.to_owned(),
            is_silent: true,
            restarts: 1,
            step_up: StepUp::of_query("max_age=60&acr_values=2"),
            begun_at: NOW.as_secs(),
            trace: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
        }
    }

    #[test]
    fn s33_a_state_opens_as_it_was_sealed_or_not_at_all() {
        let sealer = sealer(1);
        let text = state("/x").seal(&sealer).unwrap();
        assert_eq!(SignInState::open(&sealer, &text).unwrap().0, state("/x"));
        assert!(!text.contains("/x") && text.starts_with('1'));
        assert!(SignInState::open(&self::sealer(2), &text).is_none());
        for at in 0..text.len() {
            let mut octets = text.clone().into_bytes();
            octets[at] = if octets[at] == b'2' { b'3' } else { b'2' };
            let changed = String::from_utf8(octets).unwrap();
            assert!(SignInState::open(&sealer, &changed).is_none(), "octet {at}");
        }
        for wrong in ["", "1", "x", "\u{4e00}", "0AAAA", &text[1..], &format!("1{text}")] {
            assert!(SignInState::open(&sealer, wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn p3_an_answer_is_taken_for_a_day() {
        for (seconds, age) in [
            (0, Age::Open),
            (LIFETIME - 1, Age::Open),
            (LIFETIME, Age::Overdue),
            (-LIFETIME, Age::Open),
            (-LIFETIME - 1, Age::Ahead),
        ] {
            assert_eq!(state("/").age(NOW.plus_secs(seconds)), age, "{seconds}");
        }
    }

    #[test]
    fn s35_restarts_are_read_without_the_key() {
        for (text, restarts) in
            [("0AAAA", Some(0)), ("9", Some(9)), ("", None), ("x", None), ("\u{4e00}", None)]
        {
            assert_eq!(restarts_of(text), restarts, "{text}");
        }
        let often = SignInState { restarts: 200, ..state("/") }.seal(&sealer(1)).unwrap();
        assert_eq!(SignInState::open(&sealer(1), &often).unwrap().0.restarts, MAX_RESTARTS);
    }
}
