//! The last snapshot and what came since, on disk: one signed statement a line, exactly as the
//! provider sent it. A snapshot replaces the file, a batch is added at its end; when that has grown
//! too long, or another key signs, a new snapshot is fetched. Nothing in it is believed unless the
//! provider's keys verify it, so a damaged, foreign or half-written line is merely of no use.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    runtime::Handle,
    sync::mpsc::{self, error::TrySendError},
    task::AbortHandle,
    time::Instant,
};

use super::{
    batch::Batch,
    provider::{Failure, Provider},
    reader::Reader,
};
use crate::{keys::Keys, private_file, time::UnixTime};

/// Statements that may wait for the disk. A disk that is slower than that misses some, and the next
/// snapshot makes them good.
const WAITING: usize = 64;
/// Bytes of batches behind the snapshot, beside the snapshot's own size.
const FREE_GROWTH: usize = 256 * 1024;
/// At least this long between two snapshots that are fetched for the file's sake.
const BETWEEN_SNAPSHOTS: Duration = Duration::from_secs(60);

/// Where statements are handed in for keeping.
pub(super) struct SnapshotWriter {
    statements: mpsc::Sender<Statement>,
    last_kid: String,
}

struct Statement {
    jws: String,
    kid: String,
    is_snapshot: bool,
}

impl SnapshotWriter {
    pub(super) fn start(
        path: PathBuf,
        context: (Arc<Provider>, Keys, usize),
        runtime: &Handle,
        tasks: &mut Vec<AbortHandle>,
    ) -> Self {
        let (statements, waiting) = mpsc::channel(WAITING);
        let (provider, keys, max_bytes) = context;
        let store = Store { path, provider, keys, max_bytes, held: None, fetched_at: None };
        tasks.push(runtime.spawn(store.keep(waiting)).abort_handle());
        Self { statements, last_kid: String::new() }
    }

    /// Hands in a statement that was applied. A heartbeat is of interest only for its key.
    pub(super) fn keep(&mut self, jws: &str, batch: &Batch) {
        if batch.is_heartbeat() && batch.kid == self.last_kid {
            return;
        }
        self.last_kid.clone_from(&batch.kid);
        let is_snapshot = batch.is_snapshot();
        let statement = Statement { jws: jws.to_owned(), kid: batch.kid.clone(), is_snapshot };
        if let Err(TrySendError::Full(_)) = self.statements.try_send(statement) {
            // The next statement will carry another key than this and cause a snapshot.
            self.last_kid.clear();
        }
    }
}

/// The file and what is known of it.
struct Store {
    path: PathBuf,
    provider: Arc<Provider>,
    keys: Keys,
    max_bytes: usize,
    held: Option<Held>,
    fetched_at: Option<Instant>,
}

/// A file that begins with a snapshot of this process's own.
struct Held {
    kid: String,
    snapshot_bytes: usize,
    added_bytes: usize,
}

impl Store {
    async fn keep(mut self, mut waiting: mpsc::Receiver<Statement>) {
        while let Some(statement) = waiting.recv().await {
            if let Err(error) = self.take(statement).await {
                self.held = None;
                tracing::warn!(%error, "cannot keep what is revoked");
            }
        }
    }

    async fn take(&mut self, statement: Statement) -> io::Result<()> {
        if statement.is_snapshot {
            return self.replace(statement.jws, statement.kid).await;
        }
        let line = statement.jws + "\n";
        match &mut self.held {
            Some(held) if held.kid == statement.kid && held.has_room() => {
                held.added_bytes += line.len();
                let path = self.path.clone();
                on_disk(move || private_file::append(&path, line.as_bytes())).await
            }
            _ => self.begin_anew().await,
        }
    }

    async fn begin_anew(&mut self) -> io::Result<()> {
        if self.fetched_at.is_some_and(|at| at.elapsed() < BETWEEN_SNAPSHOTS) && self.held.is_none() {
            return Ok(());
        }
        self.fetched_at = Some(Instant::now());
        let fetched = self.provider.snapshot(self.max_bytes).await;
        let jws = fetched.map_err(|Failure { error, .. }| io::Error::other(error))?;
        let batch = Batch::verify(&jws, self.provider.issuer(), &self.keys.snapshot(), self.max_bytes);
        let batch = batch.map_err(io::Error::other)?;
        if !batch.is_snapshot() {
            return Err(io::Error::other("the provider sent no snapshot"));
        }
        self.replace(jws, batch.kid).await
    }

    async fn replace(&mut self, jws: String, kid: String) -> io::Result<()> {
        let line = jws + "\n";
        self.held = Some(Held { kid, snapshot_bytes: line.len(), added_bytes: 0 });
        let path = self.path.clone();
        on_disk(move || private_file::replace(&path, line.as_bytes())).await
    }
}

impl Held {
    fn has_room(&self) -> bool {
        self.added_bytes < self.snapshot_bytes + FREE_GROWTH
    }
}

async fn on_disk(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Reads a file that an earlier process left. What of it cannot be used is logged and left out.
pub(super) fn load(path: &Path, keys: &Keys, reader: &mut Reader, max_bytes: usize, now: UnixTime) {
    let limit = (max_bytes as u64).saturating_mul(3);
    let contents = match private_file::read(path, limit) {
        Ok(contents) => contents,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => return tracing::warn!(%error, "the kept revocations cannot be read"),
    };
    let contents = String::from_utf8_lossy(&contents);
    for (line, jws) in contents.lines().enumerate() {
        let batch = match Batch::verify(jws, keys.issuer(), &keys.snapshot(), max_bytes) {
            Ok(batch) => batch,
            Err(error) => {
                tracing::warn!(line, %error, "kept revocations are left out");
                continue;
            }
        };
        if reader.recall(&batch, now).is_err() {
            return tracing::warn!(line, "kept revocations are left out: some are missing before them");
        }
    }
}
