//! The background task that follows one provider's feed: connects, reads statements off the stream,
//! hands them to the reader and publishes what verifiers see. A statement that is not believed is
//! passed over; a connection that proves nothing new is given up and made anew.

use std::{collections::BTreeSet, convert::Infallible, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    runtime::Handle,
    select,
    task::{AbortHandle, spawn_blocking},
    time::{Instant, sleep, timeout_at},
};

use super::{
    Shared,
    acknowledgements::Acknowledgements,
    anchor::{Anchor, Challenge},
    back_off::BackOff,
    batch::{Batch, BatchError},
    event_stream::Event,
    feed_error::FeedError,
    options::FeedOptions,
    provider::{Connection, Failure, Provider},
    random,
    reader::{ApplyError, Reader},
    renewal::Renewal,
    snapshot_file::{self, SnapshotWriter},
};
use crate::{error::VerifyError, http, keys::Keys};

/// Heartbeats that may be missing before a connection is given up.
pub(super) const SILENT_HEARTBEATS: u32 = 3;
/// How long one event may take from its first byte to its last.
const EVENT_TIME_LIMIT: Duration = Duration::from_secs(30);
/// How long after its last proof a reader resumes by its number. Later it begins anew: a provider
/// whose database was restored meanwhile gives the same numbers to other entries.
const RESUME_WITHIN: Duration = Duration::from_secs(5 * 60);
/// At least this long between two refreshes of the keys that a statement asks for.
const BETWEEN_REFRESHES: Duration = Duration::from_secs(1);
/// Statements of more bytes are verified beside the runtime.
const LARGE: usize = 64 * 1024;

/// What a follower works with.
pub(super) struct Context {
    pub(super) keys: Keys,
    pub(super) provider: Arc<Provider>,
    pub(super) options: FeedOptions,
}

pub(super) struct Follower {
    context: Context,
    shared: Arc<Shared>,
    reader: Reader,
    acknowledgements: Acknowledgements,
    snapshot_writer: Option<SnapshotWriter>,
    /// Every key that was ever void: an attacker who has its private half keeps it after the entry expired.
    revoked_keys: BTreeSet<String>,
    refreshed_at: Option<Instant>,
    connected_at: Option<Instant>,
    back_off: BackOff,
}

impl Follower {
    pub(super) fn new(
        context: Context,
        shared: Arc<Shared>,
        reader: Reader,
        acknowledgements: Acknowledgements,
    ) -> Self {
        let back_off = BackOff::new(context.options.longest_pause);
        Self {
            context,
            shared,
            reader,
            acknowledgements,
            snapshot_writer: None,
            revoked_keys: BTreeSet::new(),
            refreshed_at: None,
            connected_at: None,
            back_off,
        }
    }

    /// Takes what an earlier process kept in this file, and keeps what comes from now on.
    pub(super) fn keep_in(&mut self, path: PathBuf, runtime: &Handle, tasks: &mut Vec<AbortHandle>) {
        let Context { keys, provider, options } = &self.context;
        snapshot_file::load(&path, keys, &mut self.reader, options.max_bytes(), options.clock.now());
        let context = (Arc::clone(provider), keys.clone(), options.max_bytes());
        self.snapshot_writer = Some(SnapshotWriter::start(path, context, runtime, tasks));
        self.publish();
    }

    /// Connects again and again, until aborted.
    pub(super) async fn follow(mut self) {
        loop {
            let Err(Failure { error, retry_after }) = self.listen().await;
            tracing::warn!(%error, "the revocation feed is interrupted");
            self.shared.failed(error);
            if self.connected_at.take().is_some_and(|at| at.elapsed() > self.context.options.longest_pause) {
                self.back_off.succeeded();
            }
            sleep(self.back_off.failed(random::fraction(), retry_after)).await;
        }
    }

    /// One connection, and those that renew its anchor, until one fails.
    async fn listen(&mut self) -> Result<Infallible, Failure> {
        self.reader.connecting(Instant::now());
        let mut connection = self.connect().await?;
        let mut proven_at = Instant::now();
        self.connected_at = Some(proven_at);
        let (provider, shared) = (Arc::clone(&self.context.provider), Arc::clone(&self.shared));
        let mut renewal = Renewal::new(provider, shared, self.context.options.max_bytes(), proven_at);
        loop {
            let piece = select! {
                piece = self.next_piece(&mut connection, proven_at) => piece?,
                renewed = renewal.outcome() => {
                    if let Some(renewed) = use_renewed(renewed, &mut renewal)? {
                        connection = renewed;
                    }
                    continue;
                }
            };
            let received_at = Instant::now();
            if self.reader.has_slept(received_at) {
                return Err(FeedError::Suspended.into());
            }
            self.reader.received_data(received_at);
            for event in connection.events.push(piece.as_ref()).map_err(|_| FeedError::TooLarge)? {
                if self.take(event, &connection.challenge, received_at).await? {
                    proven_at = Instant::now();
                }
            }
            renewal.lag(self.reader.is_steadily_late(), received_at);
        }
    }

    /// Where it cannot be reached it may have moved.
    async fn connect(&self) -> Result<Connection, Failure> {
        let max_bytes = self.context.options.max_bytes();
        let connected = self.context.provider.connect(self.resume_after(), max_bytes).await;
        if connected.is_err() {
            self.context.provider.forget_addresses();
        }
        connected
    }

    fn resume_after(&self) -> u64 {
        let staleness = self.shared.view.load().staleness(Instant::now());
        let is_recent = staleness.is_some_and(|staleness| staleness <= RESUME_WITHIN);
        if is_recent { self.reader.number() } else { 0 }
    }

    /// The next octets. Comments keep a connection alive for proxies alone: they prove nothing.
    async fn next_piece(
        &self,
        connection: &mut Connection,
        proven_at: Instant,
    ) -> Result<impl AsRef<[u8]> + use<>, Failure> {
        let silence = self.context.options.heartbeat * SILENT_HEARTBEATS;
        let deadline = if connection.events.is_amid_event() {
            (Instant::now() + silence).min(proven_at + EVENT_TIME_LIMIT.max(silence))
        } else {
            proven_at + silence
        };
        let piece = timeout_at(deadline, connection.stream.chunk()).await.map_err(|_| FeedError::Silent)?;
        Ok(piece.map_err(http::transport_error)?.ok_or(FeedError::Ended)?)
    }

    /// Takes one event; answers whether it proves more than was proven.
    async fn take(
        &mut self,
        event: Event,
        challenge: &Challenge,
        received_at: Instant,
    ) -> Result<bool, Failure> {
        match event {
            Event::Anchor(jws) => {
                match Anchor::verify(&jws, self.context.keys.issuer(), challenge) {
                    Some(anchor) => self.reader.anchored(anchor),
                    None => self.pass_over(FeedError::Anchor),
                }
                Ok(false)
            }
            Event::Statement(jws) => self.take_statement(jws, received_at).await,
        }
    }

    async fn take_statement(&mut self, jws: String, received_at: Instant) -> Result<bool, Failure> {
        let (jws, batch) = match self.verify(jws).await {
            (jws, Ok(batch)) => (jws, batch),
            (_, Err(error)) => {
                self.pass_over(error.into());
                return Ok(false);
            }
        };
        let proves_more = self.apply(&batch, received_at).await?;
        self.shared.connected();
        if let Some(snapshot_writer) = &mut self.snapshot_writer {
            snapshot_writer.keep(&jws, &batch);
        }
        Ok(proves_more)
    }

    fn pass_over(&self, error: FeedError) {
        tracing::warn!(%error, "a statement of the revocation feed is passed over");
        self.shared.passed_over(error);
    }

    async fn apply(&mut self, batch: &Batch, received_at: Instant) -> Result<bool, Failure> {
        let mut outcome = self.change(batch, received_at);
        if outcome == Err(ApplyError::Gap) {
            self.catch_up().await?;
            outcome = self.change(batch, received_at);
        }
        outcome.map_err(|error| Failure::from(FeedError::from(error)))
    }

    /// What a verified statement changes is seen at once, even if it could not be taken as a whole.
    fn change(&mut self, batch: &Batch, received_at: Instant) -> Result<bool, ApplyError> {
        let before = self.reader.number();
        let outcome = self.reader.receive(batch, received_at, self.context.options.clock.now());
        self.shared.listeners.record(&batch.entries);
        self.publish();
        if !batch.entries.is_empty() {
            self.shared.listeners.notify();
        }
        if self.reader.number() > before {
            self.acknowledgements.send_replace(self.reader.number());
        }
        outcome
    }

    /// Fills a gap with a snapshot, which may come from another node and then proves nothing.
    async fn catch_up(&mut self) -> Result<(), Failure> {
        let jws = self.context.provider.snapshot(self.context.options.max_bytes()).await?;
        let (jws, batch) = self.verify(jws).await;
        let batch = batch?;
        self.change(&batch, Instant::now()).map_err(FeedError::from)?;
        if let Some(snapshot_writer) = &mut self.snapshot_writer {
            snapshot_writer.keep(&jws, &batch);
        }
        Ok(())
    }

    /// Verifies a statement; one under a key that is not known yet waits for the keys once.
    async fn verify(&mut self, jws: String) -> (String, Result<Batch, BatchError>) {
        let (jws, outcome) = self.verify_now(jws).await;
        let is_unknown = matches!(
            outcome,
            Err(BatchError::Signature(
                VerifyError::UnknownKey | VerifyError::KeysUnavailable | VerifyError::KeysStale
            ))
        );
        if is_unknown && self.refresh_keys().await { self.verify_now(jws).await } else { (jws, outcome) }
    }

    async fn verify_now(&self, jws: String) -> (String, Result<Batch, BatchError>) {
        let (keys, max_bytes) = (self.context.keys.clone(), self.context.options.max_bytes());
        let verify = move |jws: &str| Batch::verify(jws, keys.issuer(), &keys.snapshot(), max_bytes);
        if jws.len() <= LARGE {
            let outcome = verify(&jws);
            return (jws, outcome);
        }
        let verified = spawn_blocking(move || {
            let outcome = verify(&jws);
            (jws, outcome)
        });
        verified.await.unwrap_or_else(|_| (String::new(), Err(BatchError::Malformed)))
    }

    /// Has the keys fetched now; answers whether they were.
    async fn refresh_keys(&mut self) -> bool {
        let is_early = self.refreshed_at.is_some_and(|at| at.elapsed() < BETWEEN_REFRESHES);
        let Some(refresher) = self.context.keys.refresher().filter(|_| !is_early) else { return false };
        let seen = refresher.attempts();
        refresher.demand();
        self.refreshed_at = Some(Instant::now());
        refresher.wait_past(seen).await
    }

    /// Lets verifiers see what is held; a key that is void goes at once, and new ones are fetched.
    fn publish(&mut self) {
        let revoked_keys = self.reader.view().set().revoked_keys();
        self.reader.purge(self.context.options.clock.now(), Instant::now());
        self.shared.publish(self.reader.view());
        if revoked_keys.is_subset(&self.revoked_keys) {
            return;
        }
        self.revoked_keys.extend(revoked_keys);
        self.context.keys.revoke(self.revoked_keys.clone());
        if let Some(refresher) = self.context.keys.refresher() {
            refresher.demand();
        }
    }
}

/// The connection to read from now on; none when the one that is read has to do without another.
fn use_renewed(
    renewed: Result<Connection, Failure>,
    renewal: &mut Renewal,
) -> Result<Option<Connection>, Failure> {
    let now = Instant::now();
    match renewed {
        Ok(connection) => {
            renewal.succeeded(now);
            Ok(Some(connection))
        }
        Err(failure) if renewal.failed(now) => {
            tracing::debug!(error = %failure.error, "the revocation feed's anchor is not renewed yet");
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

impl From<ApplyError> for FeedError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Gap => Self::Gap,
            ApplyError::Overflow => Self::Full,
            ApplyError::Clocks => Self::Clocks,
        }
    }
}
