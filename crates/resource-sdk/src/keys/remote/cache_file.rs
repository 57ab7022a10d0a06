//! The last good key set on disk, for a start while the provider is away: one private file that is
//! replaced atomically and remembers whose keys it holds and when they were confirmed. It is read
//! by the same strict parser as the network's answer.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Deserialize, Serialize};

use super::schedule::HARD_STALE;
use crate::keys::{KeySet, jwks::MAX_JWKS_BYTES};

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
        let contents: Contents = serde_json::from_slice(&read_private(&self.path)?)?;
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
        let mut draft = self.path.clone().into_os_string();
        draft.push(format!(".{}.new", std::process::id()));
        let draft = PathBuf::from(draft);
        let written = write_private(&draft, &serde_json::to_vec(&contents)?)
            .and_then(|()| fs::rename(&draft, &self.path));
        if written.is_err() {
            let _left_behind = fs::remove_file(&draft);
        }
        written
    }
}

/// Reads a file of bounded size that nobody else can have written.
fn read_private(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o022 != 0 {
            return Err(io::Error::other("the file can be written by others"));
        }
    }
    let mut contents = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut contents)?;
    Ok(contents)
}

/// Writes a new file that only its owner can read, down to the disk.
fn write_private(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

#[cfg(test)]
#[path = "cache_file_tests.rs"]
mod tests;
