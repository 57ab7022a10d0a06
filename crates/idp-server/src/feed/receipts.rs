//! Receipts on their way to the database. A sign-out makes every process of every site confirm at once: they are
//! gathered and written together, since each commit is a flush to disk and only one writes at a time.

use super::Instance;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Receipts that may wait; beyond that sites are asked to come again.
const WAITING: usize = 20_000;
/// How long a site waits for its receipt to be written.
const PATIENCE: Duration = Duration::from_millis(2_500);

/// An instance refuses everything up to a number.
#[derive(Debug)]
pub struct Receipt {
    /// Which.
    pub instance: Instance,
    /// Up to there.
    pub number: i64,
    /// Since when it is known, in milliseconds.
    pub received_ms: i64,
    outcome: oneshot::Sender<Outcome>,
}

/// What became of a receipt.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub enum Outcome {
    /// It is in the database.
    Kept,
    /// The number was not given yet.
    NotGiven,
    /// It could not be written.
    NotKept,
}

/// The way from the endpoint to whoever writes.
pub struct Receipts {
    sender: mpsc::Sender<Receipt>,
    receiver: Mutex<Option<mpsc::Receiver<Receipt>>>,
}

impl Default for Receipts {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { sender, receiver: Mutex::new(Some(receiver)) }
    }
}

impl Receipts {
    /// Hands a receipt in and waits until it is written.
    pub async fn hand_in(&self, instance: Instance, number: i64, received_ms: i64) -> Outcome {
        let (outcome, answer) = oneshot::channel();
        if self.sender.try_send(Receipt { instance, number, received_ms, outcome }).is_err() {
            return Outcome::NotKept;
        }
        match timeout(PATIENCE, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) | Err(_) => Outcome::NotKept,
        }
    }

    /// The end at which they are taken out, for the one who writes; `None` when somebody has it already.
    pub fn collect(&self) -> Option<mpsc::Receiver<Receipt>> {
        self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Receipt {
    /// Tells the site what became of it in a log whose last number is `newest`.
    pub fn answer_by(self, newest: i64) {
        let outcome = if self.number <= newest { Outcome::Kept } else { Outcome::NotGiven };
        self.answer(outcome);
    }

    /// Tells the site. It may have gone meanwhile.
    pub fn answer(self, outcome: Outcome) {
        let _ = self.outcome.send(outcome);
    }
}
