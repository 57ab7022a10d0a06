//! The revocation feed of this node: what is void, kept in memory as it travels, and signed batches on their way to the
//! listeners. A batch is signed once however many listen; its bytes are shared. One run lasts as long as the process: its
//! monotonic clock is what listeners measure by. `task::feed` fills the feed from the log, `http::feed` hands it out.
//! docs/revocation-feed.md is the specification.

mod acknowledgements;
mod history;
mod listeners;

pub use self::acknowledgements::{AcknowledgementOutcome, Acknowledgements, Waiting};
use self::history::History;
pub use self::listeners::{Listener, Listeners, Moves, TooMany};

use crate::clock::{self, Stopwatch};
use actix_web::web::Bytes;
use arc_swap::ArcSwap;
use idp_core::client::ClientId;
use idp_core::key::SigningKey;
use idp_core::revocation::{Batch, Entry, Kind, Moment, Nonce, Revocation, Run, RunError};
use idp_core::time::UnixTime;
use idp_core::token::MintError;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::task::spawn_blocking;

/// A listener that is this many events behind is sent away, to come back with its number.
const BEHIND_AT_MOST: usize = 64;
/// A snapshot of more entries is signed on a thread of its own, so that no request waits for it.
const LARGE: usize = 256;

/// Everything that is void, as of one moment.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Complete up to here.
    pub number: i64,
    /// As of then; `None` before the first look.
    pub moment: Option<Moment>,
    /// What concerns a token that may still be accepted somewhere, in order.
    pub entries: Arc<Vec<Arc<Entry>>>,
}

/// The feed of one node.
pub struct Feed {
    issuer: String,
    run: Run,
    uptime: Stopwatch,
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
    moment: Moment,
    jws: Bytes,
    kid: String,
    number: i64,
}

impl Feed {
    /// The feed of the provider `issuer`, before it has looked at the log.
    #[must_use]
    pub fn new(issuer: &str, run: Run, listeners: Listeners) -> Self {
        Self {
            issuer: issuer.to_owned(),
            run,
            uptime: Stopwatch::start(),
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

    /// The present, to be asked for before the log is read: what was committed before it is in what is read.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment { uptime_ms: milliseconds(self.uptime.elapsed()), at_ms: clock::wall_ms() }
    }

    /// How long ago the node began to read the log as it is known here, in milliseconds; `None` if it never did.
    #[must_use]
    pub fn age_ms(&self) -> Option<i64> {
        let known = self.state().moment?;
        Some(self.moment().uptime_ms.saturating_sub(known.uptime_ms))
    }

    /// Says what the run's clock shows now that it has this nonce, as an event.
    ///
    /// # Errors
    /// Only if the anchor cannot be written as JSON.
    pub fn anchor(&self, nonce: &Nonce) -> Result<Bytes, RunError> {
        // Rounded up, as statements are rounded down: no reader thinks that less time passed than did.
        let uptime_ms = self.moment().uptime_ms.saturating_add(1);
        let jws = self.run.anchor(&self.issuer, nonce, uptime_ms)?;
        Ok(Bytes::from(format!("event: anchor\ndata: {jws}\n\n")))
    }

    /// Takes in what the log holds after the number known, up to `newest` and as of `moment`, and tells every listener:
    /// the news, or that there are none. A log that ends before what is known is an older one, from a backup: then
    /// `news` is all of it, and they are told from the start. What was void stays void.
    ///
    /// # Errors
    /// When the batch cannot be signed; then nothing is taken in.
    pub fn take_in(
        &self,
        newest: i64,
        news: Vec<Revocation>,
        moment: Moment,
        now: UnixTime,
        key: &SigningKey,
    ) -> Result<(), MintError> {
        let known = self.state();
        let from = if newest < known.number { 0 } else { known.number };
        let told = |revocation: &Revocation| Entry::of(revocation, &self.issuer, now).map(Arc::new);
        let entries: Vec<Arc<Entry>> = news.iter().filter_map(told).collect();
        let batch = Batch { run: self.run.id(), moment, from, to: newest, entries: &entries };
        let event = event(newest, &batch.sign(key, &self.issuer)?);
        let removed = news.iter().filter(|entry| entry.revoked.kind == Kind::Client);
        let removed: Vec<ClientId> =
            removed.filter_map(|entry| ClientId::parse(&entry.revoked.value).ok()).collect();
        let entries = known.entries_at(entries, now);
        // The history first: a listener that reads the new state finds the batch that led to it.
        self.history().add(from, newest, event.clone(), key.kid());
        self.state.store(Arc::new(State { number: newest, moment: Some(moment), entries }));
        // They are told of their own end, and of nothing after it.
        removed.iter().for_each(|client| self.listeners.send_away(client));
        self.tell(event);
        Ok(())
    }

    /// Tells every listener that this node cannot see the log: a comment, which proves nothing and keeps the line open.
    pub fn stalled(&self) {
        self.tell(Bytes::from_static(b": stalled\n\n"));
    }

    /// Ends every stream. For a server that stops.
    pub fn close(&self) {
        *self.events() = None;
    }

    /// Everything that is void, signed: at most once a heartbeat, however many ask. `None` before the first look.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub async fn snapshot(&self, key: &SigningKey) -> Result<Option<Bytes>, MintError> {
        Ok(self.signed_snapshot(key).await?.map(|snapshot| snapshot.jws))
    }

    async fn signed_snapshot(&self, key: &SigningKey) -> Result<Option<Snapshot>, MintError> {
        let mut kept = self.snapshot.lock().await;
        let state = self.state();
        let Some(moment) = state.moment else {
            return Ok(None);
        };
        let is_of_state = |snapshot: &Snapshot| snapshot.number == state.number && snapshot.moment == moment;
        if kept.as_ref().is_none_or(|snapshot| !is_of_state(snapshot) || snapshot.kid != key.kid()) {
            *kept = Some(self.sign_snapshot(state, moment, key).await?);
        }
        Ok(kept.clone())
    }

    async fn sign_snapshot(
        &self,
        state: Arc<State>,
        moment: Moment,
        key: &SigningKey,
    ) -> Result<Snapshot, MintError> {
        let by = Signer { key: key.clone(), issuer: self.issuer.clone(), run: self.run.id().to_owned() };
        if state.entries.len() <= LARGE {
            return by.sign(&state, moment);
        }
        let (its_state, its_signer) = (Arc::clone(&state), by.clone());
        let signed = spawn_blocking(move || its_signer.sign(&its_state, moment)).await;
        // Only a server that stops gives up a thread: then it is signed here.
        signed.unwrap_or_else(|_| by.sign(&state, moment))
    }

    /// The snapshot that was signed last, and what came since: in a burst no listener waits for a new one.
    async fn kept_snapshot(&self, key: &SigningKey) -> Option<Vec<Bytes>> {
        let snapshot = self.snapshot.lock().await.clone().filter(|snapshot| snapshot.kid == key.kid())?;
        let since = self.history().after(snapshot.number)?;
        Some([vec![snapshot.event()], since].concat())
    }

    /// What a listener that knows everything up to `after` has to be told first, and all that comes then. `None` when the
    /// server stops, or has not looked at the log yet.
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
        let snapshot = self.signed_snapshot(key).await?;
        Ok(snapshot.map(|snapshot| (vec![snapshot.event()], receiver)))
    }

    fn tell(&self, event: Bytes) {
        if let Some(events) = self.events().as_ref() {
            // It fails only when there is no listener to tell.
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
    fn entries_at(&self, news: Vec<Arc<Entry>>, now: UnixTime) -> Arc<Vec<Arc<Entry>>> {
        if news.is_empty() && self.entries.iter().all(|entry| now < entry.expires_at()) {
            return Arc::clone(&self.entries);
        }
        let all = self.entries.iter().cloned().chain(news);
        Arc::new(all.filter(|entry| now < entry.expires_at()).collect())
    }
}

/// What signs a snapshot, on whichever thread.
#[derive(Clone)]
struct Signer {
    key: SigningKey,
    issuer: String,
    run: String,
}

impl Signer {
    fn sign(&self, state: &State, moment: Moment) -> Result<Snapshot, MintError> {
        let batch = Batch { run: &self.run, moment, from: 0, to: state.number, entries: &state.entries };
        let jws = Bytes::from(batch.sign(&self.key, &self.issuer)?);
        Ok(Snapshot { moment, jws, kid: self.key.kid().to_owned(), number: state.number })
    }
}

impl Snapshot {
    fn event(&self) -> Bytes {
        event(self.number, std::str::from_utf8(&self.jws).unwrap_or_default())
    }
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// An event as it travels (WHATWG HTML, server-sent events).
fn event(number: i64, jws: &str) -> Bytes {
    Bytes::from(format!("id: {number}\nevent: revocations\ndata: {jws}\n\n"))
}
