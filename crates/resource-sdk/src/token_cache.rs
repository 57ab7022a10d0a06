//! Tokens whose signature was verified already, so that a client that sends the same one again
//! costs a hash and not an RSA operation. It remembers nothing about time: the verifier asks the
//! clock on every hit. An entry is found by the SHA-256 of the whole token and holds for one
//! generation of keys, so a key that is withdrawn takes its tokens along.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use moka::sync::Cache;

use crate::{claims::AccessToken, jwt::MAX_TOKEN_BYTES, keys::Snapshot};

type Fingerprint = [u8; 32];

/// A bounded memory of verified tokens.
#[derive(Clone)]
pub(crate) struct TokenCache(Cache<Fingerprint, Entry>);

#[derive(Clone)]
struct Entry {
    token: AccessToken,
    generation: u64,
}

impl TokenCache {
    /// Room for so many tokens; the least used go first.
    pub(crate) fn new(capacity: u64) -> Self {
        Self(Cache::new(capacity))
    }

    /// The place of a token under these keys.
    pub(crate) fn place(&self, keys: &Snapshot, token: &str) -> Option<Place<'_>> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let fingerprint = digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()?;
        Some(Place { cache: &self.0, fingerprint, generation: keys.generation() })
    }
}

impl fmt::Debug for TokenCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenCache").field("entries", &self.0.entry_count()).finish()
    }
}

/// Where one token is, or would be, remembered.
pub(crate) struct Place<'a> {
    cache: &'a Cache<Fingerprint, Entry>,
    fingerprint: Fingerprint,
    generation: u64,
}

impl Place<'_> {
    /// The token, if it was verified under the current keys.
    pub(crate) fn get(&self) -> Option<AccessToken> {
        let entry = self.cache.get(&self.fingerprint)?;
        (entry.generation == self.generation).then_some(entry.token)
    }

    /// Remembers a token that passed every check.
    pub(crate) fn insert(&self, token: &AccessToken) {
        let entry = Entry { token: token.clone(), generation: self.generation };
        self.cache.insert(self.fingerprint, entry);
    }
}
