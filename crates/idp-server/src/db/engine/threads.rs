//! A fixed number of threads behind a queue of fixed length.

use super::DbError;
use super::caller::no_answer;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// Jobs that wait for a thread; each more is told at once to come back. Worked off well within the patience of a caller.
pub(super) const QUEUE: usize = 1024;

/// Threads that work off one queue of jobs. They are joined when this goes.
pub(super) struct Threads<J> {
    queue: Option<SyncSender<J>>,
    handles: Vec<JoinHandle<()>>,
}

impl<J: Send + 'static> Threads<J> {
    /// Starts `count` threads called `name`. Each does `work_off` for as long as the queue lasts.
    pub(super) fn start(
        name: &str,
        count: usize,
        queue: usize,
        work_off: impl Fn(&Mutex<Receiver<J>>) + Clone + Send + 'static,
    ) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(queue);
        let jobs = Arc::new(Mutex::new(jobs));
        let start = |number| {
            let (jobs, work_off) = (Arc::clone(&jobs), work_off.clone());
            thread::Builder::new().name(format!("{name}-{number}")).spawn(move || work_off(&jobs))
        };
        let handles = (0..count).map(start).collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(queue), handles })
    }

    /// Adds a job.
    ///
    /// # Errors
    /// [`DbError::Busy`] when the queue is full.
    pub(super) fn submit(&self, job: J) -> Result<(), DbError> {
        let queue = self.queue.as_ref().ok_or_else(no_answer)?;
        queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => DbError::Busy,
            TrySendError::Disconnected(_) => no_answer(),
        })
    }
}

impl<J> Drop for Threads<J> {
    fn drop(&mut self) {
        drop(self.queue.take());
        // The last handle may go with a job, on one of the threads.
        let here = thread::current().id();
        for thread in self.handles.drain(..).filter(|handle| handle.thread().id() != here) {
            let _ = thread.join();
        }
    }
}
