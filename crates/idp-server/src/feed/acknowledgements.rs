//! Acknowledgements on their way to the database. A sign-out makes every instance of every site confirm at once: what
//! they say is gathered and written together, since each commit is a flush to disk.

use crate::store::feed_acknowledgements::Acknowledgement;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Acknowledgements that may wait; beyond that sites are asked to come again.
const WAITING: usize = 20_000;
/// How long a site waits for its acknowledgement to be written.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// An acknowledgement whose sender waits for what becomes of it.
#[derive(Debug)]
pub struct Waiting {
    /// What was said.
    pub said: Acknowledgement,
    outcome: oneshot::Sender<AcknowledgementOutcome>,
}

/// What became of an acknowledgement.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum AcknowledgementOutcome {
    /// It is in the database.
    Kept,
    /// The number was not given yet.
    NotGiven,
    /// It could not be written.
    NotKept,
}

/// The way from the endpoint to the task that writes.
pub struct Acknowledgements {
    sender: mpsc::Sender<Waiting>,
    receiver: Mutex<Option<mpsc::Receiver<Waiting>>>,
}

impl Default for Acknowledgements {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }
}

impl Acknowledgements {
    /// Hands one in and waits until it is written.
    pub async fn hand_in(&self, said: Acknowledgement) -> AcknowledgementOutcome {
        let (outcome, answer) = oneshot::channel();
        if self.sender.try_send(Waiting { said, outcome }).is_err() {
            return AcknowledgementOutcome::NotKept;
        }
        match timeout(PATIENCE, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => AcknowledgementOutcome::NotKept,
        }
    }

    /// The end at which they are taken out, for the task that writes; `None` when it was taken already.
    pub fn collect(&self) -> Option<mpsc::Receiver<Waiting>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Waiting {
    /// Tells the site what became of it in a log whose last number is `newest`.
    pub fn answer_by(self, newest: i64) {
        let outcome = if self.said.number <= newest {
            AcknowledgementOutcome::Kept
        } else {
            AcknowledgementOutcome::NotGiven
        };
        self.answer(outcome);
    }

    /// Tells the site. It may have gone meanwhile.
    pub fn answer(self, outcome: AcknowledgementOutcome) {
        let _ = self.outcome.send(outcome);
    }
}
