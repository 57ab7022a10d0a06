//! What the provider has taken back, learnt of as it happens: one connection per process carries
//! signed, numbered statements, from which an exact set is kept in memory. A verifier looks names up
//! in it and never waits. How one statement changes what is held is in `reader`, how fresh that is
//! in `proof`, the connection in `follower`, the requests in `provider`.

mod acknowledgements;
mod anchor;
mod back_off;
mod batch;
mod cause;
mod event_stream;
mod feed_error;
mod follower;
mod listeners;
mod names;
mod options;
mod proof;
mod provider;
mod random;
mod reader;
mod renewal;
mod set;
mod snapshot_file;
mod suspension;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{runtime::Handle, task::AbortHandle, time::Instant};

#[cfg(feature = "sign-in")]
pub(crate) use self::listeners::SignInNames;
#[cfg(feature = "test-kit")]
pub(crate) use self::names::written as wire_name;
pub use self::{batch::BatchError, feed_error::FeedError, options::FeedOptions};
use self::{follower::Follower, listeners::Listeners, provider::Provider, reader::Reader, reader::View};
use crate::{
    claims::AccessToken,
    error::VerifyError,
    http,
    keys::{Keys, StartError},
};

/// The revocations of one provider, kept current in the background. Clones share one connection,
/// which ends with the last of them (and of the verifiers that use them).
///
/// ```no_run
/// # use std::time::Duration;
/// use resource_sdk::{FeedOptions, Freshness, KeyOptions, RemoteKeys, RevocationFeed, Verifier};
///
/// # fn start(secret: &str) -> Result<Verifier, Box<dyn std::error::Error>> {
/// let keys = RemoteKeys::start("https://idp.example", KeyOptions::default())?;
/// let feed = RevocationFeed::start(keys.clone(), "site-a", secret, FeedOptions::default())?;
/// let verifier = Verifier::builder("https://idp.example", "https://api.example")
///     .freshness(Freshness::Feed { within: Duration::from_secs(3) })
///     .feed(feed)
///     .build(keys)?;
/// # Ok(verifier)
/// # }
/// ```
#[derive(Clone)]
pub struct RevocationFeed(Arc<Inner>);

struct Inner {
    keys: Keys,
    shared: Arc<Shared>,
    provider: Arc<Provider>,
    introspects_when_stale: bool,
    heartbeat: Duration,
    tasks: Vec<AbortHandle>,
}

/// What verifiers and the connection both touch.
struct Shared {
    view: ArcSwap<View>,
    listeners: Listeners,
    health: Mutex<Health>,
}

#[derive(Clone, Debug, Default)]
struct Health {
    is_connected: bool,
    connections: u64,
    last_error: Option<FeedError>,
}

/// How the feed is doing, for a page or a metric.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FeedStatus {
    /// Whether statements are coming in.
    pub is_connected: bool,
    /// How often a connection was made.
    pub connections: u64,
    /// Everything up to this number of the provider's is honoured. It goes back when the provider was
    /// restored from a backup; nothing is forgotten then.
    pub number: u64,
    /// How many names are held as revoked.
    pub entries: usize,
    /// At most so old is what is known, nothing missing; nothing without a proof.
    pub staleness: Option<Duration>,
    /// What went wrong last, if anything has since the last connection that worked.
    pub last_error: Option<FeedError>,
}

impl RevocationFeed {
    /// Begins to follow the feed of the issuer whose keys these are, as this client, and returns at
    /// once. The address is in the metadata (`revocation_feed_endpoint`), or is
    /// `<issuer>/revocations`. While the provider cannot be reached, nothing is proven and the task
    /// comes back again and again.
    ///
    /// With a snapshot file, what it holds is read before this returns.
    ///
    /// # Errors
    /// When the issuer is not an acceptable address, or outside a tokio runtime.
    pub fn start(
        keys: impl Into<Keys>,
        client_id: &str,
        client_secret: &str,
        options: FeedOptions,
    ) -> Result<Self, StartError> {
        let keys = keys.into();
        let runtime = Handle::try_current().map_err(|_| StartError::NoRuntime)?;
        let provider = Arc::new(Provider::new(keys.issuer(), client_id, client_secret)?);
        let reader = Reader::new(keys.issuer(), Instant::now(), options.max_entries);
        let shared = Arc::new(Shared::new(reader.view()));
        let (introspects_when_stale, heartbeat) = (options.introspects_when_stale, options.heartbeat);

        let mut tasks = Vec::new();
        let acknowledgements =
            acknowledgements::start(&runtime, &provider, options.longest_pause, &mut tasks);
        let file = options.snapshot_file.clone();
        let context = follower::Context { keys: keys.clone(), provider: Arc::clone(&provider), options };
        let mut follower = Follower::new(context, Arc::clone(&shared), reader, acknowledgements);
        if let Some(path) = file {
            follower.keep_in(path, &runtime, &mut tasks);
        }
        tasks.push(runtime.spawn(follower.follow()).abort_handle());
        Ok(Self(Arc::new(Inner { keys, shared, provider, introspects_when_stale, heartbeat, tasks })))
    }

    /// The most by which what is known here may lag behind the provider: what was taken back longer ago is
    /// refused, however the network delays. It rests on monotonic clocks alone, whose rates may differ by a
    /// thousandth; time for which the computer was suspended counts. Nothing when nothing was ever proven, or
    /// while something is in force that this version cannot honour. A heartbeat comes every second.
    #[must_use]
    pub fn staleness(&self) -> Option<Duration> {
        self.0.shared.view.load().staleness(Instant::now())
    }

    /// How the feed is doing.
    #[must_use]
    pub fn status(&self) -> FeedStatus {
        let health = self.0.shared.health();
        let view = self.0.shared.view.load();
        FeedStatus {
            is_connected: health.is_connected,
            connections: health.connections,
            number: view.number,
            entries: view.entries(),
            staleness: view.staleness(Instant::now()),
            last_error: health.last_error,
        }
    }

    /// Waits until what is known is at most three heartbeats old, for sites that would rather not start
    /// before; answers whether that was within `at_most`.
    pub async fn ready(&self, at_most: Duration) -> bool {
        let mut look_again = tokio::time::interval(Duration::from_millis(10));
        let is_proven = async {
            let is_fresh = |staleness| staleness <= self.0.heartbeat * follower::SILENT_HEARTBEATS;
            while !self.staleness().is_some_and(is_fresh) {
                look_again.tick().await;
            }
        };
        tokio::time::timeout(at_most, is_proven).await.is_ok()
    }

    /// The issuer whose revocations these are.
    #[must_use]
    pub fn issuer(&self) -> &str {
        self.0.keys.issuer()
    }

    /// Whether it was started with these keys.
    pub(crate) fn is_of(&self, keys: &Keys) -> bool {
        self.0.keys.is(keys)
    }

    /// Judges a token that passed every other check: one atomic load and a few look-ups by hash.
    pub(crate) fn check(&self, token: &AccessToken, within: Option<Duration>) -> Result<(), VerifyError> {
        self.0.shared.view.load().check(token, within)
    }

    /// Rings whenever the provider took something back.
    #[cfg(feature = "sign-in")]
    pub(crate) fn subscribe(&self) -> tokio::sync::watch::Receiver<()> {
        self.0.shared.listeners.subscribe()
    }

    /// Whether a sign-in was taken back, rather than one token of it or a key; the provider's word for
    /// why, or none that is known.
    #[cfg(feature = "sign-in")]
    pub(crate) fn end_cause(&self, sign_in: &SignInNames<'_>) -> Option<Option<Box<str>>> {
        let has_ended = self.0.shared.view.load().set().ends(sign_in);
        has_ended.then(|| self.0.shared.listeners.cause(self.issuer(), sign_in))
    }

    /// Whether this token is good according to the provider itself, where that was asked for.
    pub(crate) async fn introspect(&self, token: &str) -> Result<(), VerifyError> {
        if !self.0.introspects_when_stale {
            return Err(VerifyError::NotFresh);
        }
        // The metadata may have to be read as well: all of it within the time of one request.
        let asked = tokio::time::timeout(http::TIME_LIMIT, self.0.provider.introspect(token)).await;
        match asked.unwrap_or(Err(FeedError::Fetch(http::FetchError::Timeout))) {
            Ok(true) => Ok(()),
            Ok(false) => Err(VerifyError::Revoked),
            Err(error) => {
                tracing::debug!(%error, "cannot introspect");
                Err(VerifyError::NotFresh)
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl fmt::Debug for RevocationFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RevocationFeed").field("issuer", &self.issuer()).finish_non_exhaustive()
    }
}

impl Shared {
    fn new(view: View) -> Self {
        Self { view: ArcSwap::from_pointee(view), listeners: Listeners::default(), health: Mutex::default() }
    }

    fn publish(&self, view: View) {
        self.view.store(Arc::new(view));
    }

    fn connected(&self) {
        self.change_health(|health| {
            health.connections += u64::from(!health.is_connected);
            health.is_connected = true;
            health.last_error = None;
        });
    }

    fn failed(&self, error: FeedError) {
        self.change_health(|health| {
            health.is_connected = false;
            health.last_error = Some(error);
        });
    }

    fn passed_over(&self, error: FeedError) {
        self.change_health(|health| health.last_error = Some(error));
    }

    fn health(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change_health(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.health.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
