//! What entries are called: hashes of what they revoke, so that a listener can match the tokens that it was shown and
//! learns nothing of others. docs/revocation-feed.md, section 4.

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};

use crate::time::UnixTime;

const DOMAIN: &str = "revocation-feed name";

/// A name on the wire. Its kind and its issuer are in the hash.
pub(super) type Name = [u8; 16];

/// What a name is a hash of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Token,
    Grant,
    Session,
    Client,
    ClientAsSubject,
}

impl Kind {
    /// The word on the wire.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "jti",
            Self::Grant => "grant",
            Self::Session => "sid",
            Self::Client => "client_id",
            Self::ClientAsSubject => "client_sub",
        }
    }
}

/// The name of a value of this issuer's.
pub(super) fn name(issuer: &str, kind: Kind, value: &str) -> Name {
    hash(issuer, kind.as_str(), value)
}

/// The same as it is written, of any kind.
#[cfg(feature = "test-kit")]
pub(crate) fn written(issuer: &str, kind: &str, value: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(hash(issuer, kind, value))
}

fn hash(issuer: &str, kind: &str, value: &str) -> Name {
    let mut context = Context::new(&SHA256);
    for part in [DOMAIN, issuer, kind] {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    context.update(value.as_bytes());
    context.finish().as_ref().first_chunk().copied().unwrap_or_default()
}

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

/// Names that are void, in 24 octets each.
#[derive(Clone, Default)]
pub(super) struct Names(HashMap<Name, Cutoff>);

impl Names {
    /// Whether a token with this name was taken back.
    pub(super) fn concern(&self, name: &Name, issued_at: UnixTime) -> bool {
        self.0.get(name).is_some_and(|cutoff| cutoff.concerns(issued_at))
    }

    pub(super) fn contains(&self, name: &Name) -> bool {
        self.0.contains_key(name)
    }

    pub(super) fn add(&mut self, name: Name, cutoff: Cutoff) {
        let held = self.0.entry(name).or_insert(cutoff);
        *held = held.join(cutoff);
    }

    /// Makes room for so many more, as a snapshot brings at once.
    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }

    /// Adds what of the others is not over by `now`.
    pub(super) fn add_living(&mut self, others: &Self, now: UnixTime) {
        let living = others.0.iter().filter(|(_, cutoff)| !cutoff.has_ended(now));
        living.for_each(|(name, cutoff)| self.add(*name, *cutoff));
    }

    pub(super) fn has_ended(&self, now: UnixTime) -> bool {
        self.0.values().any(|cutoff| cutoff.has_ended(now))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}
