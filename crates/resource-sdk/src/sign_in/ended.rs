//! The sign-ins that this process saw end, by sign-out or by another sign-in in the same browser, for
//! as long as an answer that was begun before can still be on its way: such an answer must not bring
//! them back, nor take away what came after. Ending them is `logout`'s and `callback`'s.
//! RFC 6265 section 5.3 (the last Set-Cookie to arrive wins).

use moka::sync::Cache;

use super::{renewal::HELD_AT_MOST, seal::sha256};

const MAX_KEPT: u64 = 10_000;

/// Sign-ins that ended lately, each known by a secret of its own, of which only the hash is kept.
pub(crate) struct Ended(Cache<[u8; 32], ()>);

impl Default for Ended {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(MAX_KEPT).time_to_live(HELD_AT_MOST).build())
    }
}

impl Ended {
    /// From now on, answers that were begun before set no cookie for it.
    pub(crate) fn note(&self, secret: &str) {
        self.0.insert(sha256(secret), ());
    }

    pub(crate) fn has(&self, secret: &str) -> bool {
        self.0.contains_key(&sha256(secret))
    }
}
