//! The last good key set on disk, for a start while the provider is away. It is one private file,
//! replaced atomically, that says whose keys it holds and when they were confirmed. It is read by
//! the same strict parser as the network's answer.

use std::{
    io,
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::schedule::HARD_STALE;
use crate::{
    keys::{KeySet, jwks::MAX_JWKS_BYTES},
    private_file,
};

/// A key set of the largest size, as a JSON string, and the two other members.
const MAX_FILE_BYTES: u64 = 3 * MAX_JWKS_BYTES as u64;

/// Where one issuer's keys are kept between two lives of a site.
#[derive(Clone, Debug)]
pub(super) struct CacheFile {
    path: PathBuf,
    issuer: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    issuer: String,
    /// Seconds since 1970 by the wall clock: it has to outlive the process.
    confirmed_at: u64,
    jwks: String,
}

impl CacheFile {
    pub(super) fn new(path: PathBuf, issuer: String) -> Self {
        Self { path, issuer }
    }

    /// The keys and the time since they were confirmed; nothing when the file is absent, another
    /// issuer's, writable by others, damaged, from the future, or too old.
    pub(super) fn load(&self, now: SystemTime) -> Option<(KeySet, Duration)> {
        match self.try_load(now) {
            Ok(loaded) => Some(loaded),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%error, "the cached keys cannot be used");
                None
            }
        }
    }

    fn try_load(&self, now: SystemTime) -> io::Result<(KeySet, Duration)> {
        let contents: Contents = serde_json::from_slice(&private_file::read(&self.path, MAX_FILE_BYTES)?)?;
        if contents.issuer != self.issuer {
            return Err(io::Error::other("they belong to another issuer"));
        }
        let confirmed_at = UNIX_EPOCH
            .checked_add(Duration::from_secs(contents.confirmed_at))
            .ok_or_else(|| io::Error::other("they have no sensible date"))?;
        let age = now.duration_since(confirmed_at).map_err(io::Error::other)?;
        if age >= HARD_STALE {
            return Err(io::Error::other("they are too old"));
        }
        let set = KeySet::from_jwks(contents.jwks.as_bytes()).map_err(io::Error::other)?;
        Ok((set, age))
    }

    /// Keeps a document that was accepted just now. A failure is logged: the site works without.
    pub(super) async fn store(&self, jwks: &[u8]) {
        let file = self.clone();
        let jwks = String::from_utf8_lossy(jwks).into_owned();
        let now = super::wall_clock();
        let stored = tokio::task::spawn_blocking(move || file.try_store(jwks, now)).await;
        if let Ok(Err(error)) = stored {
            tracing::warn!(%error, "cannot cache the provider's keys");
        }
    }

    fn try_store(&self, jwks: String, now: SystemTime) -> io::Result<()> {
        let confirmed_at = now.duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_secs();
        let contents = Contents { issuer: self.issuer.clone(), confirmed_at, jwks };
        private_file::replace(&self.path, &serde_json::to_vec(&contents)?)
    }
}

#[cfg(test)]
#[path = "cache_file_tests.rs"]
mod tests;
