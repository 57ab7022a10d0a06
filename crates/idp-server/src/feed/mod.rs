//! The revocation feed of this node: what is void, kept in memory, and signed batches on their way to whoever listens.
//! A batch is signed once however many listen; its bytes are shared. `task::feed` fills it from the log,
//! `http::revocations` hands it out. docs/revocation-feed.md is the specification.

mod acknowledgements;
mod history;
mod listeners;

pub use self::acknowledgements::{Acknowledgements, Outcome, Waiting};
use self::history::History;
pub use self::listeners::{Listener, Listeners, Moves, TooMany};

use actix_web::web::Bytes;
use arc_swap::ArcSwap;
use idp_core::client::ClientId;
use idp_core::key::SigningKey;
use idp_core::revocation::{Batch, Kind, Revocation};
use idp_core::time::UnixTime;
use idp_core::token::MintError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;
use tokio::task::spawn_blocking;

/// A listener that is this many events behind is sent away, to come back with its number.
const BEHIND_AT_MOST: usize = 64;
/// A snapshot of more entries is signed on a thread of its own, so that nobody's request waits for it.
const LARGE: usize = 256;

/// Everything that is void, as of one moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Complete up to here.
    pub number: i64,
    /// As of then (ms); 0 before the first look.
    pub at_ms: i64,
    /// What concerns a token that may still be accepted somewhere, in order.
    pub entries: Arc<Vec<Arc<Revocation>>>,
}

/// The feed of one node.
pub struct Feed {
    issuer: String,
    state: ArcSwap<State>,
    events: Mutex<Option<broadcast::Sender<Bytes>>>,
    history: Mutex<History>,
    snapshot: tokio::sync::Mutex<Option<Snapshot>>,
    /// Who listens.
    pub listeners: Listeners,
    /// What they confirm.
    pub acknowledgements: Acknowledgements,
}

/// A signed snapshot, good until there is news or a heartbeat.
#[derive(Clone)]
struct Snapshot {
    at_ms: i64,
    jws: Bytes,
    kid: String,
    number: i64,
}

impl Feed {
    /// The feed of the provider `issuer`, before it has looked at the log.
    #[must_use]
    pub fn new(issuer: &str, listeners: Listeners) -> Self {
        Self {
            issuer: issuer.to_owned(),
            state: ArcSwap::default(),
            events: Mutex::new(Some(broadcast::Sender::new(BEHIND_AT_MOST))),
            history: Mutex::default(),
            snapshot: tokio::sync::Mutex::default(),
            listeners,
            acknowledgements: Acknowledgements::default(),
        }
    }

    /// What is known.
    #[must_use]
    pub fn state(&self) -> Arc<State> {
        self.state.load_full()
    }

    /// Takes in what the log holds after the number known, up to `newest` and as of `at_ms`, and tells everybody: the
    /// news, or that there are none. A log that ends before what is known is an older one, from a backup: then
    /// `news` is all of it, and everybody is told from the start. What was void stays void.
    ///
    /// # Errors
    /// When the batch cannot be signed; then nothing is taken in.
    pub fn take_in(
        &self,
        newest: i64,
        news: Vec<Revocation>,
        at_ms: i64,
        now: UnixTime,
        key: &SigningKey,
    ) -> Result<(), MintError> {
        let known = self.state();
        // Time does not stand still for readers, even if this machine's clock does.
        let at_ms = at_ms.max(known.at_ms + 1);
        let from = if newest < known.number { 0 } else { known.number };
        let batch = Batch { from, to: newest, at_ms, entries: &news };
        let event = event(newest, &batch.sign(key, &self.issuer)?);
        let removed = news.iter().filter(|entry| entry.revoked.kind == Kind::Client);
        let removed: Vec<ClientId> =
            removed.filter_map(|entry| ClientId::parse(&entry.revoked.value).ok()).collect();
        let entries = known.entries_at(news, now);
        // The history first: whoever reads the new state finds the batch that led to it.
        self.history().add(from, newest, event.clone(), key.kid());
        self.state.store(Arc::new(State { number: newest, at_ms, entries }));
        // They are told of their own end, and of nothing after it.
        removed.iter().for_each(|client| self.listeners.send_away(client));
        self.tell(event);
        Ok(())
    }

    /// Tells everybody that this node cannot see the log: a comment, which proves nothing and keeps the line open.
    pub fn stalled(&self) {
        self.tell(Bytes::from_static(b": stalled\n\n"));
    }

    /// Ends every stream. For a server that stops.
    pub fn close(&self) {
        *self.events() = None;
    }

    /// Everything that is void, signed: at most once a heartbeat, however many ask.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn snapshot(&self, key: &SigningKey) -> Result<Bytes, MintError> {
        Ok(self.signed_snapshot(key).await?.jws)
    }

    async fn signed_snapshot(&self, key: &SigningKey) -> Result<Snapshot, MintError> {
        let mut kept = self.snapshot.lock().await;
        let state = self.state();
        if let Some(snapshot) =
            kept.as_ref().filter(|snapshot| snapshot.at_ms == state.at_ms && snapshot.kid == key.kid())
        {
            return Ok(snapshot.clone());
        }
        let snapshot = state.sign(key, &self.issuer).await?;
        *kept = Some(snapshot.clone());
        Ok(snapshot)
    }

    /// The snapshot that was signed last, and what came since: in a burst nobody waits for a new one.
    async fn kept_snapshot(&self, key: &SigningKey) -> Option<Vec<Bytes>> {
        let snapshot = self.snapshot.lock().await.clone().filter(|snapshot| snapshot.kid == key.kid())?;
        let since = self.history().after(snapshot.number)?;
        Some([vec![snapshot.event()], since].concat())
    }

    /// What somebody who knows everything up to `after` has to be told first, and all that comes then. `None` when the
    /// server stops.
    ///
    /// # Errors
    /// When a snapshot is needed and cannot be signed.
    pub async fn listen(
        &self,
        after: Option<i64>,
        key: &SigningKey,
    ) -> Result<Option<(Vec<Bytes>, broadcast::Receiver<Bytes>)>, MintError> {
        // First the line, then the past: what happens in between is told twice rather than not at all.
        let Some(receiver) = self.events().as_ref().map(broadcast::Sender::subscribe) else {
            return Ok(None);
        };
        let missed = after.and_then(|number| self.history().after(number));
        if let Some(missed) = missed {
            return Ok(Some((missed, receiver)));
        }
        if let Some(kept) = self.kept_snapshot(key).await {
            return Ok(Some((kept, receiver)));
        }
        Ok(Some((vec![self.signed_snapshot(key).await?.event()], receiver)))
    }

    fn tell(&self, event: Bytes) {
        if let Some(events) = self.events().as_ref() {
            // Nobody listens: then nobody is told.
            let _ = events.send(event);
        }
    }

    fn events(&self) -> MutexGuard<'_, Option<broadcast::Sender<Bytes>>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is in force with `news` at `now`.
    fn entries_at(&self, news: Vec<Revocation>, now: UnixTime) -> Arc<Vec<Arc<Revocation>>> {
        if news.is_empty() && self.entries.iter().all(|entry| now < entry.expires_at) {
            return Arc::clone(&self.entries);
        }
        let all = self.entries.iter().cloned().chain(news.into_iter().map(Arc::new));
        Arc::new(all.filter(|entry| now < entry.expires_at).collect())
    }

    async fn sign(&self, key: &SigningKey, issuer: &str) -> Result<Snapshot, MintError> {
        if self.entries.len() <= LARGE {
            return self.sign_now(key, issuer);
        }
        let (state, by, of) = (self.clone(), key.clone(), issuer.to_owned());
        let signed = spawn_blocking(move || state.sign_now(&by, &of)).await;
        // Only a server that stops gives up a thread: then it is signed here.
        signed.unwrap_or_else(|_| self.sign_now(key, issuer))
    }

    fn sign_now(&self, key: &SigningKey, issuer: &str) -> Result<Snapshot, MintError> {
        let batch = Batch { from: 0, to: self.number, at_ms: self.at_ms, entries: &self.entries };
        let jws = Bytes::from(batch.sign(key, issuer)?);
        Ok(Snapshot { at_ms: self.at_ms, jws, kid: key.kid().to_owned(), number: self.number })
    }
}

impl Snapshot {
    fn event(&self) -> Bytes {
        event(self.number, std::str::from_utf8(&self.jws).unwrap_or_default())
    }
}

/// An event as it travels (WHATWG HTML, server-sent events).
fn event(number: i64, jws: &str) -> Bytes {
    Bytes::from(format!("id: {number}\nevent: revocations\ndata: {jws}\n\n"))
}
