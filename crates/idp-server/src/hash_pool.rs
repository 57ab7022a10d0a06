//! The threads that hash passwords. Argon2 is meant to be expensive, so the pool bounds what all guesses together
//! can cost: a fixed number of threads, each with one block of memory for as long as there is work, and a
//! queue of fixed length. What a password and a hash are is `idp_core::password`.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

use idp_core::password::{self, Block, Password, PasswordError, PasswordParams, Verified};
use tokio::sync::oneshot;

use crate::{config::PasswordConfig, random};

/// What a thread is given: its memory, to work in.
type Job = Box<dyn FnOnce(&mut Vec<Block>) + Send>;

/// Handle on the pool; clones share it, and the threads end when the last one is gone.
#[derive(Clone, Debug)]
pub struct HashPool {
    queue: SyncSender<Job>,
    params: PasswordParams,
}

/// Why no answer came out of the pool.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
pub enum HashPoolError {
    /// Every thread is at work and the queue is full. To be answered 503 with `Retry-After`.
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
        let (queue, jobs) = sync_channel(config.hashing_queue);
        let jobs = Arc::new(Mutex::new(jobs));
        for number in 0..threads {
            let jobs = Arc::clone(&jobs);
            thread::Builder::new().name(format!("hash-{number}")).spawn(move || work(&jobs))?;
        }
        Ok(Self { queue, params })
    }

    /// Hashes a new password into a PHC string.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] at once when there is no room, never by waiting for it.
    pub async fn hash(&self, password: Password) -> Result<String, HashPoolError> {
        let params = self.params;
        self.run(move |memory| password::hash(&password, &params, &mut random::rng(), memory))
            .await?
            .map_err(HashPoolError::from)
    }

    /// Compares a password with the PHC string of an account.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] at once when there is no room, never by waiting for it.
    pub async fn verify(&self, password: Password, phc: String) -> Result<Verified, HashPoolError> {
        let params = self.params;
        self.run(move |memory| password::verify(&password, &phc, &params, memory))
            .await?
            .map_err(HashPoolError::from)
    }

    /// Hashes several secrets under one salt into PHC strings, in the same order.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] at once when there is no room, never by waiting for it.
    pub async fn hash_all(&self, secrets: Vec<Password>) -> Result<Vec<String>, HashPoolError> {
        let params = self.params;
        self.run(move |memory| password::hash_all(&secrets, &params, &mut random::rng(), memory))
            .await?
            .map_err(HashPoolError::from)
    }

    /// The place of a secret among those that [`HashPool::hash_all`] made in one call.
    ///
    /// # Errors
    /// [`HashPoolError::Busy`] at once when there is no room, never by waiting for it.
    pub async fn find(&self, secret: Password, stored: Vec<String>) -> Result<Option<usize>, HashPoolError> {
        let params = self.params;
        self.run(move |memory| password::find(&secret, &stored, &params, memory))
            .await?
            .map_err(HashPoolError::from)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, HashPoolError> {
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move |memory| {
            // A caller that went away while waiting costs nothing more.
            if !answer.is_closed() {
                let _ = answer.send(work(memory));
            }
        });
        self.queue.try_send(job).map_err(|_| HashPoolError::Busy)?;
        answered.await.map_err(|_| HashPoolError::Failed)
    }
}

/// How far these threads stand back from those that answer requests: 0 is not at all, 19 is for idle processors only. A
/// thread of 5 gets a quarter of a processor that another one wants as well (`nice(2)`).
const NICENESS: i32 = 5;

/// The life of one thread: until every handle is gone.
fn work(jobs: &Mutex<Receiver<Job>>) {
    // On Linux this is about the calling thread. Where it is refused, others wait longer beside a storm of guesses.
    let _ = rustix::process::setpriority_process(None, NICENESS);
    let mut memory = Vec::new();
    while let Some(job) = next(jobs, &mut memory) {
        if catch_unwind(AssertUnwindSafe(|| job(&mut memory))).is_err() {
            // The caller sees `Failed`; what was half computed is not used again.
            memory = Vec::new();
        }
    }
}

/// The next job; gives the memory back before it waits for one. `None` when every handle is gone.
fn next(jobs: &Mutex<Receiver<Job>>, memory: &mut Vec<Block>) -> Option<Job> {
    // The lock is held while waiting for a job and never while working on one.
    let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
    jobs.try_recv().ok().or_else(|| {
        *memory = Vec::new();
        jobs.recv().ok()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]

    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use futures_util::future::join_all;

    use super::*;

    const THREADS: usize = 2;
    const QUEUE: usize = 3;

    fn pool() -> HashPool {
        HashPool::start(&PasswordConfig {
            memory_kib: 64,
            iterations: 1,
            hashing_threads: Some(THREADS),
            hashing_queue: QUEUE,
            ..PasswordConfig::default()
        })
        .unwrap()
    }

    fn secret(text: &str) -> Password {
        Password::typed(text.to_owned().into()).unwrap()
    }

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let pool = pool();
        let phc = pool.hash(secret("correct horse")).await.unwrap();
        assert!(pool.verify(secret("correct horse"), phc.clone()).await.unwrap().ok);
        assert!(!pool.verify(secret("battery staple"), phc).await.unwrap().ok);
    }

    #[tokio::test]
    async fn s80_nobody_has_any_password() {
        let pool = pool();
        let dummy = password::dummy_phc(&pool.params).unwrap();
        assert!(!pool.verify(secret(" "), dummy.clone()).await.is_ok_and(|verified| verified.ok));
        assert!(!pool.verify(secret("correct horse"), dummy).await.unwrap().ok);
    }

    /// With every thread held and the queue full, one more is turned away at once; when the threads are let go,
    /// everything that was accepted is answered.
    #[tokio::test]
    async fn s100_overflow_is_answered_busy_and_never_waits() {
        let pool = pool();
        let (started, has_started) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let released = Arc::new(Mutex::new(released));
        let hold = || {
            let (pool, started, released) = (pool.clone(), started.clone(), Arc::clone(&released));
            tokio::spawn(async move {
                pool.run(move |_| {
                    started.send(()).unwrap();
                    released.lock().unwrap().recv().unwrap();
                })
                .await
            })
        };
        let mut accepted: Vec<_> = (0..THREADS).map(|_| hold()).collect();
        tokio::task::yield_now().await;
        for _ in 0..THREADS {
            has_started.recv().unwrap();
        }
        accepted.extend((0..QUEUE).map(|_| hold()));
        tokio::task::yield_now().await;
        assert_eq!(pool.hash(secret("x")).await, Err(HashPoolError::Busy));
        for _ in 0..THREADS + QUEUE {
            release.send(()).unwrap();
        }
        for outcome in join_all(accepted).await {
            assert_eq!(outcome.unwrap(), Ok(()));
        }
        assert!(pool.hash(secret("x")).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn s100_never_more_at_work_than_threads() {
        let pool = pool();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let tries = (0..300).map(|_| {
            let (pool, now, most) = (pool.clone(), Arc::clone(&now), Arc::clone(&most));
            tokio::spawn(async move {
                pool.run(move |_| {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    now.fetch_sub(1, Ordering::SeqCst);
                })
                .await
            })
        });
        let outcomes = join_all(tries).await;
        assert!(outcomes.iter().any(|outcome| matches!(outcome, Ok(Ok(())))));
        assert!(most.load(Ordering::SeqCst) <= THREADS);
    }

    #[tokio::test]
    async fn s115_a_panic_ends_one_job_and_no_thread() {
        let pool = pool();
        for _ in 0..3 * THREADS {
            let outcome = pool.run(|_| -> () { panic!("on purpose") }).await;
            assert_eq!(outcome, Err(HashPoolError::Failed));
        }
        assert!(pool.hash(secret("x")).await.is_ok());
    }
}
