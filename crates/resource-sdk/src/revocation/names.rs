//! Names of tokens, sessions, people and clients in little memory, and which tokens each concerns.
//! Two names are the same if they are octet for octet.

use std::collections::HashMap;

use crate::{jwt::decode_16, time::UnixTime};

/// Which tokens a name concerns, and for how long: seconds since 1970, which fit until 2106.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cutoff {
    issued_before: u32,
    expires_at: u32,
}

impl Cutoff {
    /// `None` concerns every token, whenever it was issued.
    pub(super) fn new(issued_before: Option<UnixTime>, expires_at: UnixTime) -> Self {
        Self { issued_before: issued_before.map_or(u32::MAX, seconds), expires_at: seconds(expires_at) }
    }

    pub(super) fn concerns(self, issued_at: UnixTime) -> bool {
        self.issued_before == u32::MAX || issued_at < UnixTime::from_secs(self.issued_before.into())
    }

    pub(super) fn has_ended(self, now: UnixTime) -> bool {
        UnixTime::from_secs(self.expires_at.into()) <= now
    }

    /// Both at once. A later cutoff also ends later, so nothing is refused that neither refuses.
    pub(super) fn join(self, other: Self) -> Self {
        Self {
            issued_before: self.issued_before.max(other.issued_before),
            expires_at: self.expires_at.max(other.expires_at),
        }
    }
}

fn seconds(time: UnixTime) -> u32 {
    u32::try_from(time.as_secs().max(0)).unwrap_or(u32::MAX)
}

/// A name in its most compact exact form. The two binary ones are spellings, each with one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    Uuid([u8; 16]),
    Base64([u8; 16]),
    Text(&'a str),
}

impl<'a> Name<'a> {
    pub(super) fn parse(text: &'a str) -> Self {
        match text.len() {
            22 => decode_16(text).map_or(Self::Text(text), Self::Base64),
            36 => parse_uuid(text).map_or(Self::Text(text), Self::Uuid),
            _ => Self::Text(text),
        }
    }
}

/// A UUID in its one canonical spelling, lower case with hyphens (RFC 9562 section 4).
fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let mut value = 0_u128;
    for (at, byte) in text.bytes().enumerate() {
        let is_hyphen = matches!(at, 8 | 13 | 18 | 23);
        let digit = match byte {
            b'-' if is_hyphen => continue,
            b'0'..=b'9' if !is_hyphen => byte - b'0',
            b'a'..=b'f' if !is_hyphen => byte - b'a' + 10,
            _ => return None,
        };
        value = (value << 4) | u128::from(digit);
    }
    (text.len() == 36).then(|| value.to_be_bytes())
}

/// The names of one kind. 16 octets and a cutoff are 24; a longer text costs what it is long.
#[derive(Clone, Default)]
pub(super) struct Names {
    uuids: HashMap<[u8; 16], Cutoff>,
    base64s: HashMap<[u8; 16], Cutoff>,
    texts: HashMap<Box<str>, Cutoff>,
}

impl Names {
    /// Whether a token with this name was taken back.
    pub(super) fn concern(&self, name: &str, issued_at: UnixTime) -> bool {
        if self.len() == 0 {
            return false;
        }
        self.get(Name::parse(name)).is_some_and(|cutoff| cutoff.concerns(issued_at))
    }

    pub(super) fn contains(&self, name: Name<'_>) -> bool {
        self.get(name).is_some()
    }

    fn get(&self, name: Name<'_>) -> Option<&Cutoff> {
        match name {
            Name::Uuid(octets) => self.uuids.get(&octets),
            Name::Base64(octets) => self.base64s.get(&octets),
            Name::Text(text) => self.texts.get(text),
        }
    }

    pub(super) fn add(&mut self, name: Name<'_>, cutoff: Cutoff) {
        let held = match name {
            Name::Uuid(octets) => self.uuids.entry(octets).or_insert(cutoff),
            Name::Base64(octets) => self.base64s.entry(octets).or_insert(cutoff),
            Name::Text(text) => self.texts.entry(text.into()).or_insert(cutoff),
        };
        *held = held.join(cutoff);
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (Name<'_>, Cutoff)> {
        let uuids = self.uuids.iter().map(|(octets, cutoff)| (Name::Uuid(*octets), *cutoff));
        let base64s = self.base64s.iter().map(|(octets, cutoff)| (Name::Base64(*octets), *cutoff));
        let texts = self.texts.iter().map(|(text, cutoff)| (Name::Text(text), *cutoff));
        uuids.chain(base64s).chain(texts)
    }

    pub(super) fn len(&self) -> usize {
        self.uuids.len() + self.base64s.len() + self.texts.len()
    }
}
