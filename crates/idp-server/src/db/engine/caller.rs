//! Who waits for the database, and for how long.

use super::DbError;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// How long a caller waits for an answer, the queue included.
pub(super) const PATIENCE: Duration = Duration::from_millis(2800);

/// The caller who waits for a piece of work whose thread may be stuck: it is given up or committed, never both. Only what hangs in
/// the commit itself may have been stored although the caller was told that the database is away.
#[derive(Clone, Default)]
pub(super) struct Caller(Arc<AtomicU8>);

impl Caller {
    const WAITS: u8 = 0;
    const COMMITS: u8 = 1;
    const GAVE_UP: u8 = 2;

    /// Decides that the work is committed.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the caller has given up; then it must not be.
    pub(super) fn commit(&self) -> Result<(), DbError> {
        let given_up = |_| DbError::Unavailable("the caller has given up".into());
        self.decide(Self::COMMITS).map(drop).map_err(given_up)
    }

    fn give_up(&self) {
        let _ = self.decide(Self::GAVE_UP);
    }

    fn decide(&self, outcome: u8) -> Result<u8, u8> {
        self.0.compare_exchange(Self::WAITS, outcome, Ordering::SeqCst, Ordering::SeqCst)
    }
}

/// Waits for the answer of a piece of work; gives it up after `patience`.
///
/// # Errors
/// What the work answers, and [`DbError::TooSlow`] when no answer comes in time, be it for this statement or for those
/// before it.
pub(super) async fn answered<T>(
    caller: &Caller,
    answer: oneshot::Receiver<Result<T, DbError>>,
    patience: Duration,
) -> Result<T, DbError> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answer) => answer.map_err(|_| no_answer())?,
        Err(_) => {
            caller.give_up();
            Err(DbError::TooSlow(patience))
        }
    }
}

pub(super) fn no_answer() -> DbError {
    DbError::Unavailable("the work ended without an answer".into())
}
