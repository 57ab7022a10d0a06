//! A fixed number of threads behind a queue of fixed length.

use super::DbError;
use super::caller::no_answer;
use crate::clock::Stopwatch;
use crate::metrics::{WorkFigures, WorkMetrics};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Jobs that wait for a thread; each more is told at once to come back. Worked off well within the patience of a caller.
pub(super) const QUEUE: usize = 1024;

/// Which job is next.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Turn {
    /// After those before it.
    InOrder,
    /// Before all that wait in order: what takes something back must not queue behind what hands something out.
    First,
}

/// Jobs that wait. One thread is woken for each, and takes it.
pub(super) struct Queue<J> {
    state: Mutex<State<J>>,
    arrived: Condvar,
    most: usize,
    metrics: WorkMetrics,
}

struct State<J> {
    first: VecDeque<Waiting<J>>,
    in_order: VecDeque<Waiting<J>>,
    is_closed: bool,
}

/// A job, and since when it waits.
type Waiting<J> = (Stopwatch, J);

impl<J> State<J> {
    fn len(&self) -> usize {
        self.first.len() + self.in_order.len()
    }

    fn take(&mut self) -> Option<Waiting<J>> {
        self.first.pop_front().or_else(|| self.in_order.pop_front())
    }
}

impl<J> Queue<J> {
    fn new(most: usize) -> Self {
        let state = State { first: VecDeque::new(), in_order: VecDeque::new(), is_closed: false };
        Self { state: Mutex::new(state), arrived: Condvar::new(), most, metrics: WorkMetrics::default() }
    }

    /// Runs `work`, and measures it.
    pub(super) fn measured<T>(&self, work: impl FnOnce() -> T) -> T {
        let since = Stopwatch::start();
        let _working = self.metrics.begin(|| since.elapsed());
        work()
    }

    /// Waits for a job; `None` once the queue is closed and empty.
    pub(super) fn next(&self) -> Option<J> {
        let mut state = self.state();
        loop {
            if let Some((since, job)) = state.take() {
                drop(state);
                self.metrics.waited.observe(since.elapsed());
                return Some(job);
            }
            if state.is_closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A job that waits already.
    pub(super) fn next_waiting(&self) -> Option<J> {
        let (since, job) = self.state().take()?;
        self.metrics.waited.observe(since.elapsed());
        Some(job)
    }

    fn add(&self, job: J, turn: Turn) -> Result<(), DbError> {
        let mut state = self.state();
        if state.is_closed {
            return Err(no_answer());
        }
        if state.len() >= self.most {
            self.metrics.refused.inc();
            return Err(DbError::Busy);
        }
        let waiting = (Stopwatch::start(), job);
        match turn {
            Turn::InOrder => state.in_order.push_back(waiting),
            Turn::First => state.first.push_back(waiting),
        }
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    fn close(&self) {
        self.state().is_closed = true;
        self.arrived.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads that work off one queue of jobs. They are joined when this goes.
pub(super) struct Threads<J> {
    queue: Arc<Queue<J>>,
    handles: Vec<JoinHandle<()>>,
}

impl<J: Send + 'static> Threads<J> {
    /// Starts `count` threads called `name`. Each does `work_off` for as long as the queue lasts.
    pub(super) fn start(
        name: &str,
        count: usize,
        queue: usize,
        work_off: impl Fn(&Queue<J>) + Clone + Send + 'static,
    ) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new(queue));
        let mut threads = Self { queue: Arc::clone(&queue), handles: Vec::new() };
        for number in 0..count {
            let (queue, work_off) = (Arc::clone(&queue), work_off.clone());
            let thread = thread::Builder::new().name(format!("{name}-{number}"));
            threads.handles.push(thread.spawn(move || work_off(&queue))?);
        }
        Ok(threads)
    }

    /// Adds a job.
    ///
    /// # Errors
    /// [`DbError::Busy`] when the queue is full.
    pub(super) fn submit(&self, job: J, turn: Turn) -> Result<(), DbError> {
        self.queue.add(job, turn)
    }

    /// What the threads have done, and what waits for one.
    pub(super) fn figures(&self) -> WorkFigures {
        let queue = &self.queue;
        let (metrics, waiting) = (queue.metrics.clone(), queue.state().len());
        WorkFigures { metrics, threads: self.handles.len(), waiting, limit: queue.most }
    }
}

impl<J> Drop for Threads<J> {
    fn drop(&mut self) {
        self.queue.close();
        // The last handle may go with a job, on one of the threads.
        let here = thread::current().id();
        for thread in self.handles.drain(..).filter(|handle| handle.thread().id() != here) {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_takes_something_back_comes_first_and_the_rest_in_order() {
        let queue = Queue::new(4);
        let jobs = [(1, Turn::InOrder), (2, Turn::InOrder), (3, Turn::First), (4, Turn::First)];
        for (job, turn) in jobs {
            queue.add(job, turn).unwrap();
        }
        let taken: Vec<i32> = std::iter::from_fn(|| queue.next_waiting()).collect();
        assert_eq!(taken, [3, 4, 1, 2]);
    }

    #[test]
    fn a_closed_queue_takes_nothing_and_is_worked_off() {
        let queue = Queue::new(1);
        queue.add(1, Turn::InOrder).unwrap();
        assert!(matches!(queue.add(2, Turn::First), Err(DbError::Busy)));
        queue.close();
        assert!(matches!(queue.add(2, Turn::InOrder), Err(DbError::Unavailable(_))));
        assert_eq!((queue.next(), queue.next()), (Some(1), None));
    }
}
