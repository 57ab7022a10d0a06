//! The one writer of a SQLite file. Transitions that wait while it works are run in one transaction, each but the first in
//! a savepoint of its own, and stored with one flush: a flush costs more than all that a transition does. Each is answered
//! for itself, and only once it is on disk.

use super::caller::{Caller, PATIENCE, answered, no_answer};
use super::connections::Connections;
use super::threads::{QUEUE, Queue, Threads, Turn};
use super::transaction::{self, Member};
use super::{Connection, DbError};
use crate::metrics::WorkFigures;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Transitions of one group at most: the first of them waits for the last.
const MOST: usize = 64;

/// The thread that writes; clones share it.
#[derive(Clone)]
pub(super) struct GroupWriter {
    thread: Arc<Threads<Member>>,
    connections: Arc<Connections>,
}

impl GroupWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the system has no thread left.
    pub(super) fn start(connections: Arc<Connections>) -> Result<Self, DbError> {
        let lent = Arc::clone(&connections);
        let thread = Threads::start("sqlite-writer", 1, QUEUE, move |jobs| work_off(jobs, &lent));
        Ok(Self { thread: Arc::new(thread.map_err(DbError::unavailable)?), connections })
    }

    /// Runs `change` when it is its turn, and answers once it is stored.
    ///
    /// # Errors
    /// What `change` answers; [`DbError::Busy`] when the queue is full, and [`DbError::TooSlow`] when no answer comes in
    /// time.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        turn: Turn,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let (answer, answers) = oneshot::channel();
        let caller = Caller::default();
        let decides = caller.clone();
        let member: Member = Box::new(move |connection| {
            // A caller that went away while waiting costs nothing more.
            let outcome = match connection {
                Ok(_) if answer.is_closed() => Err(no_answer()),
                Ok(connection) => transaction::within_group(connection, change, || decides.commit()),
                Err(error) => Err(error),
            };
            Box::new(move |stored| {
                let _ = answer.send(outcome.and_then(|value| stored.map(|()| value)));
            })
        });
        self.thread.submit(member, turn)?;
        answered(&caller, answers, PATIENCE).await
    }

    /// What the thread has done, and what waits for it.
    pub(super) fn figures(&self) -> WorkFigures {
        self.thread.figures()
    }

    /// Runs `work` on the thread of the caller, who has all the time it takes.
    ///
    /// # Errors
    /// What `work` answers, or [`DbError::Unavailable`] without a connection.
    pub(super) fn run_here<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.connections.lend(work)
    }
}

/// The life of the thread: until the queue is closed and empty.
fn work_off(jobs: &Queue<Member>, connections: &Connections) {
    while let Some(first) = jobs.next() {
        // After a panic the callers are told that there is no answer; the connection went with the group.
        let write = || jobs.measured(|| write_group(connections, first, || jobs.next_waiting()));
        let _ = catch_unwind(AssertUnwindSafe(write));
    }
}

fn write_group(connections: &Connections, first: Member, next: impl FnMut() -> Option<Member>) {
    let mut first = Some(first);
    let mut next = std::iter::from_fn(next).take(MOST.saturating_sub(1));
    let lent = connections.lend(|connection| {
        if let Some(first) = first.take() {
            transaction::group(connection, first, || next.next());
        }
        Ok(())
    });
    if let (Err(error), Some(first)) = (lent, first) {
        first(Err(error))(Ok(()));
    }
}
