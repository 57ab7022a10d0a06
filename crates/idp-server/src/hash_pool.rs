//! The threads that hash passwords. Argon2 is meant to be expensive, so the pool bounds what all guesses together
//! can cost: a fixed number of threads, each with one block of memory for as long as there is work, and a
//! queue of fixed length. Each caller says whose work it asks for, and the turns are shared out among these owners
//! (`idp_core::fair_queue`, docs/adr/0062). What a password and a hash are is `idp_core::password`.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use idp_core::{
    fair_queue::{FairQueue, Owner},
    password::{self, Block, Password, PasswordError, PasswordParams, Verified},
};
use tokio::sync::oneshot;

use crate::{
    clock::Stopwatch,
    config::PasswordConfig,
    metrics::{WorkFigures, WorkMetrics},
    random, spans,
};

/// Whose a computation is. Each has an owner: while others wait, no owner gets more turns than their share.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct WorkOf(Owner);

impl WorkOf {
    /// That of an operator at a command, who has the threads of their process to themselves.
    #[must_use]
    pub const fn operator() -> Self {
        Self(Owner { person: None, source: None })
    }

    /// That of the person, or of an attacker who tries their name, from this source. `None` for a source that many people
    /// share by the operator's word.
    #[must_use]
    pub const fn person(person: String, source: Option<String>) -> Self {
        Self(Owner { person: Some(person), source })
    }

    /// That of a visitor without an account, such as one who registers.
    #[must_use]
    pub const fn source(source: Option<String>) -> Self {
        Self(Owner { person: None, source })
    }
}

/// What a thread is given: its memory, to work in. `None` when the work made way for that of another owner.
type Job = Box<dyn FnOnce(Option<&mut Vec<Block>>) + Send>;
/// A job, and since when it waits.
type Waiting = (Stopwatch, Job);

/// Handle on the pool; clones share it, and the threads end when the last one is gone.
#[derive(Clone, Debug)]
pub struct HashPool {
    threads: Arc<Threads>,
    params: PasswordParams,
    /// How many threads there are, and how much may wait for one.
    count: usize,
    room: usize,
}

/// The threads' end of the queue, which they leave once this is dropped.
#[derive(Debug)]
struct Threads(Arc<Shared>);

impl Drop for Threads {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.arrived.notify_all();
    }
}

/// What the threads and those who ask share.
struct Shared {
    state: Mutex<State>,
    /// There is work, or never again.
    arrived: Condvar,
    metrics: WorkMetrics,
}

struct State {
    queue: FairQueue<Waiting>,
    is_over: bool,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl Shared {
    /// Never held while anything is computed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job; gives the memory back before it waits for one. `None` when every handle is gone.
    fn next(&self, memory: &mut Vec<Block>) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some((since, job)) = state.queue.pop() {
                drop(state);
                self.metrics.waited.observe(since.elapsed());
                return Some(job);
            }
            if state.is_over {
                return None;
            }
            *memory = Vec::new();
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Why no answer came out of the pool.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum HashPoolError {
    /// Every thread is at work and the queue is full, of others' work or of that of the same person or source. To be answered
    /// 503 with `Retry-After`.
    #[error("all hashing threads are busy and the queue is full")]
    Busy,
    /// The computation ended without a result.
    #[error("the computation failed")]
    Failed,
    /// The stored hash cannot be used.
    #[error(transparent)]
    Password(#[from] PasswordError),
}

impl HashPoolError {
    /// What to send in `Retry-After` with [`HashPoolError::Busy`], in seconds: a full queue is worked off
    /// in less.
    pub const RETRY_AFTER: u32 = 2;
}

impl HashPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the parameters are outside what argon2 defines, or no thread can be made.
    pub fn start(config: &PasswordConfig) -> io::Result<Self> {
        let params = config.params().map_err(io::Error::other)?;
        let threads = match config.hashing_threads {
            Some(threads) => threads,
            None => thread::available_parallelism()?.get(),
        };
        let room = config.hashing_queue;
        let state = Mutex::new(State { queue: FairQueue::new(room), is_over: false });
        let shared = Arc::new(Shared { state, arrived: Condvar::new(), metrics: WorkMetrics::default() });
        let handle = Arc::new(Threads(Arc::clone(&shared)));
        for number in 0..threads {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&shared))?;
        }
        Ok(Self { threads: handle, params, count: threads, room })
    }

    /// What the threads have done, and what waits for one.
    #[must_use]
    pub fn figures(&self) -> WorkFigures {
        let shared = &self.threads.0;
        let waiting = shared.lock().queue.len();
        WorkFigures { metrics: shared.metrics.clone(), threads: self.count, waiting, limit: self.room }
    }

    /// Hashes a new password into a PHC string.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] when there is no room, or it is needed for others.
    pub async fn hash(&self, of: &WorkOf, password: Password) -> Result<String, HashPoolError> {
        let params = self.params;
        self.run("hash password", of, 1, move |memory| {
            password::hash(&password, &params, &mut random::rng(), memory)
        })
        .await?
        .map_err(HashPoolError::from)
    }

    /// Compares a password with the PHC string of an account.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] when there is no room, or it is needed for others.
    pub async fn verify(
        &self,
        of: &WorkOf,
        password: Password,
        phc: String,
    ) -> Result<Verified, HashPoolError> {
        let params = self.params;
        self.run("verify password", of, 1, move |memory| password::verify(&password, &phc, &params, memory))
            .await?
            .map_err(HashPoolError::from)
    }

    /// Hashes several secrets under one salt into PHC strings, in the same order.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] when there is no room, or it is needed for others.
    pub async fn hash_all(&self, of: &WorkOf, secrets: Vec<Password>) -> Result<Vec<String>, HashPoolError> {
        let (params, cost) = (self.params, u64::try_from(secrets.len()).unwrap_or(u64::MAX));
        self.run("hash codes", of, cost, move |memory| {
            password::hash_all(&secrets, &params, &mut random::rng(), memory)
        })
        .await?
        .map_err(HashPoolError::from)
    }

    /// The place of a secret among those that [`HashPool::hash_all`] made in one call.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] when there is no room, or it is needed for others.
    pub async fn find(
        &self,
        of: &WorkOf,
        secret: Password,
        stored: Vec<String>,
    ) -> Result<Option<usize>, HashPoolError> {
        let params = self.params;
        self.run("find code", of, 1, move |memory| password::find(&secret, &stored, &params, memory))
            .await?
            .map_err(HashPoolError::from)
    }

    async fn run<T: Send + 'static>(
        &self,
        operation: &'static str,
        of: &WorkOf,
        cost: u64,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, HashPoolError> {
        let (answer, answered) = oneshot::channel();
        let span = spans::hashing(operation);
        let waiting = spans::Waiting::of(&span);
        let job: Job = Box::new(move |memory| {
            waiting.is_over();
            let Some(memory) = memory else {
                let _ = answer.send(Err(HashPoolError::Busy));
                return;
            };
            // A caller that went away while waiting costs nothing more.
            if !answer.is_closed() {
                let _ = answer.send(Ok(work(memory)));
            }
        });
        let shared = &self.threads.0;
        let pushed = shared.lock().queue.push(of.0.clone(), cost, (Stopwatch::start(), job));
        if !matches!(pushed, Ok(None)) {
            shared.metrics.refused.inc();
        }
        if let Some((_, evicted)) = pushed.map_err(|_| HashPoolError::Busy)? {
            evicted(None);
        }
        shared.arrived.notify_one();
        answered.await.map_err(|_| HashPoolError::Failed)?
    }
}

/// How far these threads stand back from those that answer requests: 0 is not at all, 19 is for idle processors only. A
/// thread of 5 gets a quarter of a processor that another one wants as well (`nice(2)`).
const NICENESS: i32 = 5;

/// The life of one thread: until every handle is gone.
fn work(shared: &Shared) {
    // On Linux this is about the calling thread. Where it is refused, others wait longer beside a storm of guesses.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = Vec::new();
    while let Some(job) = shared.next(&mut memory) {
        let since = Stopwatch::start();
        let _working = shared.metrics.begin(|| since.elapsed());
        if catch_unwind(AssertUnwindSafe(|| job(Some(&mut memory)))).is_err() {
            // The caller sees `Failed`; what was half computed is not used again.
            memory = Vec::new();
        }
    }
}

#[cfg(test)]
#[path = "hash_pool_tests.rs"]
mod tests;
