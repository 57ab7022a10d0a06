//! A bounded pool: a fixed number of threads that run statements, a queue of fixed length before them, and the
//! connections that they share. Diesel blocks the thread that waits for the database, so it gets threads of its own: a
//! database that does not answer then holds up these and nothing else (docs/adr/0021).

use super::caller::{Caller, PATIENCE, answered};
use super::connections::Connections;
use super::threads::{QUEUE, Queue, Threads, Turn};
use super::{Connection, DbError};
use crate::metrics::WorkFigures;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce() + Send>;

/// Threads and connections; clones share them. The threads are joined when the last clone goes.
#[derive(Clone)]
pub(super) struct Pool {
    threads: Arc<Threads<Job>>,
    connections: Arc<Connections>,
    patience: Duration,
}

impl Pool {
    /// Starts so many threads called `name`.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the system has no thread left.
    pub(super) fn start(name: &str, threads: usize, connections: Arc<Connections>) -> Result<Self, DbError> {
        let threads = Threads::start(name, threads, QUEUE, work_off).map_err(DbError::unavailable)?;
        Ok(Self { threads: Arc::new(threads), connections, patience: PATIENCE })
    }

    /// Runs `work` on one of the threads, with a connection.
    ///
    /// # Errors
    /// What `work` answers; [`DbError::Busy`] when the queue is full, and [`DbError::TooSlow`] when no answer comes in
    /// time, be it for this statement or for those before it.
    pub(super) async fn run_in_turn<T: Send + 'static>(
        &self,
        turn: Turn,
        work: impl FnOnce(&mut Connection, &Caller) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let caller = Caller::default();
        let answer = self.submit(caller.clone(), turn, work)?;
        answered(&caller, answer, self.patience).await
    }

    /// What the threads have done, and what waits for one.
    pub(super) fn figures(&self) -> WorkFigures {
        self.threads.figures()
    }

    /// Whether it has the same threads.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.threads, &other.threads)
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

    fn submit<T: Send + 'static>(
        &self,
        caller: Caller,
        turn: Turn,
        work: impl FnOnce(&mut Connection, &Caller) -> Result<T, DbError> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, DbError>>, DbError> {
        let (answer, answered) = oneshot::channel();
        let job = move |connections: &Connections| {
            // A caller that went away while waiting costs nothing more.
            if !answer.is_closed() {
                let _ = answer.send(connections.lend(|connection| work(connection, &caller)));
            }
        };
        self.submit_job(turn, job)?;
        Ok(answered)
    }

    /// Adds a job that answers whom it will.
    ///
    /// # Errors
    /// [`DbError::Busy`] when the queue is full.
    pub(super) fn submit_job(
        &self,
        turn: Turn,
        job: impl FnOnce(&Connections) + Send + 'static,
    ) -> Result<(), DbError> {
        let connections = Arc::clone(&self.connections);
        self.threads.submit(Box::new(move || job(&connections)), turn)
    }
}

/// The life of a thread: until the queue is closed and empty.
fn work_off(jobs: &Queue<Job>) {
    while let Some(job) = jobs.next() {
        // After a panic the caller is told that there is no answer; the connection went with the job.
        let _ = catch_unwind(AssertUnwindSafe(|| jobs.measured(job)));
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use diesel::{Connection as _, IntoSql as _, RunQueryDsl as _, SqliteConnection};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;

    /// How many connections were opened.
    pub type Opened = Arc<AtomicUsize>;

    /// A pool of connections to databases in memory.
    pub fn pool(threads: usize, queue: usize) -> (Pool, Opened) {
        let opened = Opened::default();
        let counted = Arc::clone(&opened);
        let connections = Connections::new(move || {
            counted.fetch_add(1, Ordering::SeqCst);
            SqliteConnection::establish(":memory:").map(Connection::Sqlite).map_err(DbError::unavailable)
        });
        let threads = Arc::new(Threads::start("test", threads, queue, work_off).unwrap());
        (Pool { threads, connections: Arc::new(connections), patience: PATIENCE }, opened)
    }

    impl Pool {
        /// Runs `work` in its order.
        pub async fn run<T: Send + 'static>(
            &self,
            work: impl FnOnce(&mut Connection, &Caller) -> Result<T, DbError> + Send + 'static,
        ) -> Result<T, DbError> {
            self.run_in_turn(Turn::InOrder, work).await
        }
    }

    fn one(connection: &mut Connection) -> Result<i32, DbError> {
        Ok(diesel::select(1_i32.into_sql::<diesel::sql_types::Integer>()).get_result(connection)?)
    }

    /// Work that holds a thread until the sender goes, and has said that it began.
    pub struct Held {
        go_on: Option<mpsc::Sender<()>>,
        answer: tokio::task::JoinHandle<Result<(), DbError>>,
    }

    impl Held {
        /// Lets it end, and waits until it has.
        pub async fn let_go(mut self) {
            drop(self.go_on.take());
            self.answer.await.unwrap().unwrap();
        }
    }

    pub async fn hold(pool: &Pool) -> Held {
        let (go_on, wait) = mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let pool = pool.clone();
        let work = move |_: &mut Connection, _: &Caller| {
            begun.send(()).unwrap();
            let _ = wait.recv();
            Ok(())
        };
        let answer = tokio::spawn(async move { pool.run(work).await });
        has_begun.await.unwrap();
        Held { go_on: Some(go_on), answer }
    }

    #[tokio::test]
    async fn s105_a_full_queue_is_answered_at_once_and_takes_more_when_it_is_worked_off() {
        let (pool, _) = pool(1, 2);
        let held = hold(&pool).await;
        let mut waiting = Vec::new();
        for _ in 0..2 {
            waiting.push(
                pool.submit(Caller::default(), Turn::InOrder, |connection, _| one(connection)).unwrap(),
            );
        }
        assert!(matches!(pool.run(|connection, _| one(connection)).await, Err(DbError::Busy)));
        let WorkFigures { metrics, threads, waiting: in_queue, limit } = pool.figures();
        assert_eq!((metrics.busy(), metrics.refused.get()), (1, 1));
        assert_eq!((threads, in_queue, limit), (1, 2, 2));
        held.let_go().await;
        for answer in waiting {
            assert_eq!(answer.await.unwrap().unwrap(), 1);
        }
        assert_eq!(pool.run(|connection, _| one(connection)).await.unwrap(), 1);
        assert_eq!((pool.figures().waiting, metrics.waited.count()), (0, 4));
    }

    #[tokio::test]
    async fn s105_slow_work_holds_up_one_thread_and_no_other() {
        let (pool, _) = pool(2, 8);
        let held = hold(&pool).await;
        for _ in 0..5 {
            assert_eq!(pool.run(|connection, _| one(connection)).await.unwrap(), 1);
        }
        held.let_go().await;
    }

    #[tokio::test]
    async fn s105_a_caller_who_waited_too_long_is_answered_and_nothing_is_committed() {
        let pool = Pool { patience: Duration::from_millis(20), ..pool(1, 8).0 };
        let (go_on, wait) = mpsc::channel::<()>();
        let (committed, was_committed) = mpsc::channel();
        let work = move |_: &mut Connection, caller: &Caller| {
            let _ = wait.recv();
            committed.send(caller.commit().is_ok()).unwrap();
            Ok(())
        };
        assert!(matches!(pool.run(work).await, Err(DbError::TooSlow(_))));
        drop(go_on);
        assert!(!was_committed.recv().unwrap());
    }

    #[tokio::test]
    async fn s105_a_lost_connection_is_replaced_and_so_are_those_that_lay_idle() {
        let (pool, opened) = pool(2, 8);
        let held = hold(&pool).await;
        pool.run(|connection, _| one(connection)).await.unwrap();
        held.let_go().await;
        assert_eq!(opened.load(Ordering::SeqCst), 2);
        let lost = pool.run(|_, _| Err::<(), _>(DbError::Lost("gone".into()))).await;
        assert!(matches!(lost, Err(DbError::Lost(_))));
        assert_eq!(pool.run(|connection, _| one(connection)).await.unwrap(), 1);
        assert_eq!(opened.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn s105_a_connection_with_an_open_transaction_is_not_used_again() {
        let (pool, opened) = pool(1, 8);
        let left_open = |connection: &mut Connection, _: &Caller| {
            Ok(diesel::connection::AnsiTransactionManager::begin_transaction_sql(
                match connection {
                    Connection::Sqlite(file) => file,
                    Connection::Postgres(_) => panic!("a file"),
                },
                "BEGIN",
            )?)
        };
        pool.run(left_open).await.unwrap();
        pool.run(|connection, _| one(connection)).await.unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_panic_costs_its_caller_an_answer_and_the_pool_a_connection() {
        let (pool, opened) = pool(1, 8);
        let panics = |_: &mut Connection, _: &Caller| -> Result<(), DbError> { panic!("on purpose") };
        assert!(matches!(pool.run(panics).await, Err(DbError::Unavailable(_))));
        assert_eq!(pool.run(|connection, _| one(connection)).await.unwrap(), 1);
        assert_eq!(opened.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn the_threads_have_ended_when_the_last_handle_is_gone() {
        let (pool, _) = pool(3, 8);
        let running = Arc::new(());
        for _ in 0..3 {
            let running = Arc::clone(&running);
            // No caller waits for the answers.
            let work = move |_: &mut Connection, _: &Caller| {
                thread::sleep(Duration::from_millis(200));
                drop(running);
                Ok(())
            };
            std::mem::forget(pool.submit(Caller::default(), Turn::InOrder, work).unwrap());
        }
        let other = pool.clone();
        drop(pool);
        assert_eq!(Arc::strong_count(&running), 4, "a handle is left");
        drop(other);
        assert_eq!(Arc::strong_count(&running), 1, "all work was done and every thread joined");
    }

    #[tokio::test]
    async fn the_last_handle_may_go_on_a_thread_of_the_pool() {
        let (pool, _) = pool(1, 8);
        let inner = pool.clone();
        let (done, is_done) = oneshot::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let work = move |_: &mut Connection, _: &Caller| {
            let _ = wait.recv();
            drop(inner);
            done.send(()).unwrap();
            Ok(())
        };
        let answer = pool.submit(Caller::default(), Turn::InOrder, work).unwrap();
        drop(pool);
        drop(go_on);
        is_done.await.unwrap();
        drop(answer);
    }
}
