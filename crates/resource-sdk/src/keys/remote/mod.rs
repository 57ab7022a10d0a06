//! Keys that follow the provider: fetched through discovery, refreshed ahead of expiry, kept while
//! the provider is away, given up after an hour without confirmation. Timing is in `schedule`, the
//! loop in `task`, the requests in `source`. OpenID Connect Core section 10.1.1.

mod cache_file;
pub(crate) mod discovery;
mod schedule;
mod source;
mod task;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{runtime::Handle, task::AbortHandle, time::Instant};

use self::{cache_file::CacheFile, schedule::TIME_TO_LIVE, source::HttpSource, task::Shared};
use super::{JwksError, Keys};
use crate::{
    error::{debug_in_words, shown},
    http::{self, FetchError},
};

/// How long a request whose token names an unknown key may wait for a refresh.
const WAIT_FOR_REFRESH: Duration = http::TIME_LIMIT;

/// The keys of one provider, kept current in the background. Clones share one task, which ends
/// with the last of them (and of the verifiers that use them).
#[derive(Clone, Debug)]
pub struct RemoteKeys(Keys);

/// What may be configured about the fetching of keys.
#[derive(Clone, Debug)]
#[must_use]
pub struct KeyOptions {
    time_to_live: Duration,
    cache_file: Option<PathBuf>,
}

impl Default for KeyOptions {
    fn default() -> Self {
        Self { time_to_live: TIME_TO_LIVE, cache_file: None }
    }
}

impl KeyOptions {
    /// How long fetched keys count as current: 10 minutes unless set, between 1 second and that.
    pub fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.time_to_live = time_to_live.clamp(Duration::from_secs(1), TIME_TO_LIVE);
        self
    }

    /// Keeps the last good key set in this file, so that a site which restarts while the provider
    /// is away can verify at once. The file is private to its owner and replaced atomically.
    pub fn cache_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.cache_file = Some(path.into());
        self
    }
}

/// Why the fetching of keys could not even begin. An absent provider is no such reason.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The issuer is not an `https` address (or `http` on this machine) without query or fragment.
    #[error(
        "the issuer {} is not an address that keys may be fetched from; give https://host[:port][/path] (http on \
         this machine alone), without user name, query and fragment", shown(.0)
    )]
    Issuer(String),
    /// Client id and secret do not fit into an HTTP header.
    #[error("client id and secret cannot be sent in an HTTP header; use those that the provider gave")]
    Credentials,
    /// There is no tokio runtime to run the background task on.
    #[error(
        "called outside a tokio runtime; call it in an async function, such as one under #[actix_web::main]"
    )]
    NoRuntime,
    /// The HTTP client could not be made.
    #[error(
        "cannot make an HTTP client; are the system's CA certificates installed (Debian: ca-certificates)?"
    )]
    Client(#[source] reqwest::Error),
}

/// Why one attempt to fetch the keys failed.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFetchError {
    /// A document could not be fetched.
    #[error("the provider's keys or metadata cannot be fetched: {0}")]
    Fetch(FetchError),
    /// The metadata document is not what OpenID Connect Discovery describes.
    #[error(
        "<issuer>/.well-known/openid-configuration is not an OpenID provider's metadata; is the issuer right?"
    )]
    Metadata,
    /// The metadata belongs to another issuer than the configured one.
    #[error(
        "the metadata names another issuer; configure the issuer exactly as the document writes it (a final slash counts)"
    )]
    IssuerMismatch,
    /// The metadata sends us to a key set that is not protected by TLS.
    #[error("jwks_uri in the metadata is not an https address; the provider has to change it")]
    InsecureJwksUri,
    /// The key set was refused.
    #[error("{0}")]
    KeySet(JwksError),
    /// The background task is gone, with its runtime.
    #[error(
        "the task that fetches keys has ended with its runtime; keep the runtime of RemoteKeys::start alive"
    )]
    Ended,
}

debug_in_words!(StartError, KeyFetchError);

impl From<FetchError> for KeyFetchError {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}

impl From<JwksError> for KeyFetchError {
    fn from(error: JwksError) -> Self {
        Self::KeySet(error)
    }
}

impl RemoteKeys {
    /// Begins to fetch the keys of `issuer` in the background and returns at once. While the
    /// provider cannot be reached, verification answers `KeysUnavailable` and the task retries.
    ///
    /// # Errors
    /// When the issuer is not an acceptable address, or outside a tokio runtime.
    pub fn start(issuer: impl Into<String>, options: KeyOptions) -> Result<Self, StartError> {
        let issuer = issuer.into();
        let metadata = discovery::metadata_url(&issuer).ok_or_else(|| StartError::Issuer(issuer.clone()))?;
        let runtime = Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        let client = http::client().map_err(StartError::Client)?;
        let source = HttpSource::new(client, issuer.clone(), metadata);
        let cache = options.cache_file.map(|path| CacheFile::new(path, issuer.clone()));

        let shared = Arc::new(Shared::new(Instant::now(), options.time_to_live));
        if let Some(cache) = &cache {
            shared.load_from(cache, wall_clock());
        }
        let task = runtime.spawn(task::keep_current(Arc::clone(&shared), source, cache));
        let refresher = Refresher { shared: Arc::clone(&shared), task: task.abort_handle() };
        Ok(Self(Keys::remote(issuer, shared.keys(), refresher)))
    }

    /// The handle for building verifiers.
    #[must_use]
    pub fn keys(&self) -> Keys {
        self.0.clone()
    }

    /// Waits for the first attempt to end; for sites that would rather not start without keys.
    ///
    /// # Errors
    /// Why the last attempt failed. The task goes on trying.
    pub async fn ready(&self) -> Result<(), KeyFetchError> {
        match self.0.refresher() {
            Some(refresher) => refresher.shared.first_outcome().await,
            None => Ok(()),
        }
    }
}

impl From<RemoteKeys> for Keys {
    fn from(remote: RemoteKeys) -> Self {
        remote.0
    }
}

/// The line from the verifiers to the background task, which it takes down with it.
pub(crate) struct Refresher {
    shared: Arc<Shared>,
    task: AbortHandle,
}

impl Refresher {
    pub(super) fn report_unknown_kid(&self) -> bool {
        self.shared.ask(Instant::now())
    }

    /// Asks for a refresh regardless of the cool-down. Only for what the provider itself gave us
    /// reason to ask: clients must not be able to cause it.
    #[cfg(feature = "feed")]
    pub(crate) fn demand(&self) {
        self.shared.demand();
    }

    /// Waits, for a bounded time, until a demanded attempt has ended after the first `seen`.
    #[cfg(feature = "feed")]
    pub(crate) async fn wait_past(&self, seen: u64) -> bool {
        self.shared.wait_past(seen, WAIT_FOR_REFRESH).await
    }

    /// How many attempts have ended. Take it before verifying, see [`wait`](Self::wait).
    pub(crate) fn attempts(&self) -> u64 {
        self.shared.attempts()
    }

    /// Waits, for a bounded time, for the attempt that is under way. Answers whether one has ended
    /// since `seen`, so that looking for the key again makes sense.
    pub(crate) async fn wait(&self, seen: u64) -> bool {
        let is_coming = self.report_unknown_kid();
        if self.attempts() != seen {
            return true;
        }
        is_coming && self.shared.wait_past(seen, WAIT_FOR_REFRESH).await
    }
}

impl Drop for Refresher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Only for the age of a file, which may be older than this process.
#[allow(clippy::disallowed_methods, reason = "a file outlives the process and its monotonic clock")]
fn wall_clock() -> SystemTime {
    SystemTime::now()
}
