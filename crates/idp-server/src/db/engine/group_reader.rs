//! Reads that share a statement. Questions of one kind that wait for a thread at the same time are asked together, as a
//! batching loader does: to ask a server costs more than the rows that it answers. No question joins a statement that was
//! sent already, and no answer is kept, so each is as fresh as that of a read of its own (docs/adr/0036).

use super::caller::{Caller, PATIENCE, answered};
use super::connections::Connections;
use super::pool::Pool;
use super::threads::{QUEUE, Turn};
use super::{Connection, DbError};
use crate::clock::Stopwatch;
use crate::metrics::DatabaseFaults;
use crate::spans;
use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// The answers to a group, in the order of its questions: a row that does not read back fails its own question alone. An
/// error of the statement fails all.
pub type GroupAnswers<A> = Result<Vec<Result<A, DbError>>, DbError>;

type Load<K, A> = dyn Fn(&mut Connection, &[K]) -> GroupAnswers<A> + Send + Sync;

/// Asks questions of one kind, as they come, in groups.
pub struct GroupReader<K, A> {
    groups: Arc<Groups<K, A>>,
    pool: Pool,
    faults: DatabaseFaults,
    /// Whose answers these are, and what asks for them, for traces.
    names: (&'static str, &'static str),
}

struct Groups<K, A> {
    waiting: Mutex<Waiting<K, A>>,
    limits: GroupLimits,
    load: Box<Load<K, A>>,
}

/// How groups form.
#[derive(Copy, Clone)]
pub(super) struct GroupLimits {
    /// Questions of one group at most: the first of them waits for the last.
    pub most: usize,
    /// How long a group has the server for itself, so that those who come meanwhile gather. A server that is near answers
    /// within this, and one thread serves all. Where it is far, or a group hangs, the next one goes beside it.
    pub head_start: Duration,
}

struct Waiting<K, A> {
    questions: VecDeque<Question<K, A>>,
    /// Jobs in the queue of the pool. Each will take one group.
    jobs: usize,
    /// Groups that are being asked, and since when the latest is.
    asking: usize,
    since: Stopwatch,
}

struct Question<K, A> {
    key: K,
    answer: oneshot::Sender<Result<A, DbError>>,
}

type Answers<A> = oneshot::Receiver<Result<A, DbError>>;

impl<K: Send + 'static, A: Send + 'static> GroupReader<K, A> {
    /// Asks on the threads of `pool`, with `load`, in groups of these limits. The database is called `system`, and what it does not
    /// answer counts in `faults`.
    pub(super) fn new(
        pool: Pool,
        limits: GroupLimits,
        (system, faults): (&'static str, DatabaseFaults),
        load: impl Fn(&mut Connection, &[K]) -> GroupAnswers<A> + Send + Sync + 'static,
    ) -> Self {
        let (questions, since) = (VecDeque::new(), Stopwatch::start());
        let waiting = Mutex::new(Waiting { questions, jobs: 0, asking: 0, since });
        let names = (system, spans::name_of(&load));
        Self { groups: Arc::new(Groups { waiting, limits, load: Box::new(load) }), pool, faults, names }
    }

    /// Asks for `key`. The statement begins after this call, so that it sees all that was committed before.
    ///
    /// # Errors
    /// What the question is answered; [`DbError::Busy`] when too many wait, and [`DbError::TooSlow`] when no answer comes
    /// in time.
    pub async fn ask(&self, key: K) -> Result<A, DbError> {
        let (system, asked) = self.names;
        let span = spans::sql(system, "group read", asked);
        let answer = spans::within(span, DbError::word, self.answer(key)).await;
        answer.inspect_err(|error| self.faults.add(error.word()))
    }

    async fn answer(&self, key: K) -> Result<A, DbError> {
        let (answers, is_taken) = self.submit(key)?;
        let caller = Caller::default();
        let mut answering = pin!(answered(&caller, answers, PATIENCE));
        if !is_taken {
            match timeout(self.groups.limits.head_start, answering.as_mut()).await {
                Ok(answer) => return answer,
                Err(_) => self.groups.add_job(&self.pool, &mut self.groups.waiting())?,
            }
        }
        answering.await
    }

    /// Answers with whether a job will take it: otherwise it gathers with others behind a group that has just begun.
    fn submit(&self, key: K) -> Result<(Answers<A>, bool), DbError> {
        let groups = &self.groups;
        let mut waiting = groups.waiting();
        if waiting.questions.len() >= QUEUE {
            return Err(DbError::Busy);
        }
        let (answer, answers) = oneshot::channel();
        waiting.questions.push_back(Question { key, answer });
        let gathers = waiting.asking > 0 && waiting.since.elapsed() < groups.limits.head_start;
        if gathers {
            return Ok((answers, false));
        }
        let added = groups.add_job(&self.pool, &mut waiting);
        added.inspect_err(|_| drop(waiting.questions.pop_back()))?;
        Ok((answers, true))
    }
}

impl<K: Send + 'static, A: Send + 'static> Groups<K, A> {
    /// Adds a job when the jobs in the queue do not take all that waits.
    fn add_job(self: &Arc<Self>, pool: &Pool, waiting: &mut Waiting<K, A>) -> Result<(), DbError> {
        if waiting.questions.len() <= waiting.jobs.saturating_mul(self.limits.most) {
            return Ok(());
        }
        let (groups, of) = (Arc::clone(self), pool.clone());
        pool.submit_job(Turn::InOrder, move |connections| groups.ask_next(connections, of))?;
        waiting.jobs += 1;
        Ok(())
    }

    /// Asks the next group. After a panic its callers are told that there is no answer.
    fn ask_next(self: &Arc<Self>, connections: &Connections, pool: Pool) {
        let (keys, answers): (Vec<K>, Vec<_>) = self.take().into_iter().unzip();
        let _asking = Asking { groups: self, pool };
        if keys.is_empty() {
            return;
        }
        match connections.lend(|connection| (self.load)(connection, &keys)) {
            Ok(found) => {
                for (answer, found) in answers.into_iter().zip(found) {
                    let _ = answer.send(found);
                }
            }
            Err(error) => {
                for answer in answers {
                    let _ = answer.send(Err(error.clone()));
                }
            }
        }
    }

    /// The next group, which is asked from now on, without those whose caller went away while waiting.
    fn take(&self) -> Vec<(K, oneshot::Sender<Result<A, DbError>>)> {
        let mut waiting = self.waiting();
        waiting.jobs = waiting.jobs.saturating_sub(1);
        waiting.asking += 1;
        waiting.since = Stopwatch::start();
        let count = waiting.questions.len().min(self.limits.most);
        let group = waiting.questions.drain(..count);
        group.filter(|one| !one.answer.is_closed()).map(|one| (one.key, one.answer)).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<K, A>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A group that is being asked. When it ends, also by a panic, what gathered meanwhile is next.
struct Asking<'a, K: Send + 'static, A: Send + 'static> {
    groups: &'a Arc<Groups<K, A>>,
    pool: Pool,
}

impl<K: Send + 'static, A: Send + 'static> Drop for Asking<'_, K, A> {
    fn drop(&mut self) {
        let mut waiting = self.groups.waiting();
        waiting.asking = waiting.asking.saturating_sub(1);
        // In a full queue there are jobs enough.
        let _ = self.groups.add_job(&self.pool, &mut waiting);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::super::error::faults;
    use super::super::pool::tests::{Opened, hold, pool};
    use super::*;
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;
    use tokio::task::JoinHandle;

    const MOST: usize = 64;
    const HEAD_START: Duration = Duration::from_millis(1);

    /// A reader over one thread, with the groups that it was given.
    struct Story {
        reader: Arc<GroupReader<i32, i32>>,
        pool: Pool,
        groups: mpsc::Receiver<Vec<i32>>,
        opened: Opened,
    }

    /// Answers each number with ten times as much. What fails the statement, the thread and one row:
    const ERROR: i32 = -1;
    const PANIC: i32 = -2;
    const LOST: i32 = -3;
    const CORRUPT: i32 = -4;

    fn story(most: usize) -> Story {
        let ((pool, opened), (tell, groups)) = (pool(1, 8), mpsc::channel());
        let load = move |_: &mut Connection, keys: &[i32]| {
            tell.send(keys.to_vec()).unwrap();
            assert!(!keys.contains(&PANIC), "on purpose");
            if keys.contains(&ERROR) {
                return Err(DbError::Refused("no".into()));
            }
            if keys.contains(&LOST) {
                return Err(DbError::Lost("gone".into()));
            }
            let answer =
                |key: &i32| if *key == CORRUPT { Err(DbError::Corrupt("row")) } else { Ok(key * 10) };
            Ok(keys.iter().map(answer).collect())
        };
        let limits = GroupLimits { most, head_start: HEAD_START };
        Story {
            reader: Arc::new(GroupReader::new(pool.clone(), limits, ("sqlite", faults()), load)),
            pool,
            groups,
            opened,
        }
    }

    type Asked = JoinHandle<Result<i32, DbError>>;

    impl Story {
        /// Asks for all of them while the thread is at work.
        async fn ask_together(&self, keys: impl IntoIterator<Item = i32>) -> Vec<Result<i32, DbError>> {
            let held = hold(&self.pool).await;
            let asked = self.ask(keys);
            held.let_go().await;
            let mut answers = Vec::new();
            for one in asked {
                answers.push(one.await.unwrap());
            }
            answers
        }

        /// They wait when this returns.
        fn ask(&self, keys: impl IntoIterator<Item = i32>) -> Vec<Asked> {
            let answers = keys.into_iter().map(|key| self.reader.submit(key).unwrap().0);
            let wait = |answers| async move { answered(&Caller::default(), answers, PATIENCE).await };
            answers.map(|answers| tokio::spawn(wait(answers))).collect()
        }

        fn groups(&self) -> Vec<Vec<i32>> {
            self.groups.try_iter().collect()
        }
    }

    #[tokio::test]
    async fn what_waits_at_the_same_time_is_asked_together_and_each_is_answered_for_itself() {
        let story = story(MOST);
        let answers = story.ask_together(1..=5).await;
        assert_eq!(answers.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [10, 20, 30, 40, 50]);
        assert_eq!(story.reader.ask(6).await.unwrap(), 60);
        assert_eq!(story.groups(), [vec![1, 2, 3, 4, 5], vec![6]]);
    }

    #[tokio::test]
    async fn a_group_has_its_limit_and_the_rest_follow_in_order() {
        let story = story(2);
        assert_eq!(story.ask_together(1..=5).await.len(), 5);
        assert_eq!(story.groups(), [vec![1, 2], vec![3, 4], vec![5]]);
    }

    /// A reader over two threads, with the groups that it was given. A group with a 1 waits for the sender to go.
    fn with_two_threads(
        head_start: Duration,
    ) -> (GroupReader<i32, i32>, mpsc::Receiver<Vec<i32>>, mpsc::Sender<()>) {
        let ((pool, _), (begun, groups), (go_on, wait)) = (pool(2, 8), mpsc::channel(), mpsc::channel());
        let wait: Mutex<mpsc::Receiver<()>> = Mutex::new(wait);
        let load = move |_: &mut Connection, keys: &[i32]| {
            begun.send(keys.to_vec()).unwrap();
            if keys.contains(&1) {
                let _ = wait.lock().unwrap().recv();
            }
            Ok(keys.iter().map(|key| Ok(*key)).collect())
        };
        (
            GroupReader::new(pool, GroupLimits { most: MOST, head_start }, ("sqlite", faults()), load),
            groups,
            go_on,
        )
    }

    #[tokio::test]
    async fn no_question_joins_a_statement_that_was_sent_nor_waits_for_one_that_hangs() {
        let (reader, groups, go_on) = with_two_threads(HEAD_START);
        let (first, _) = reader.submit(1).unwrap();
        assert_eq!(groups.recv().unwrap(), [1]);
        assert_eq!(reader.ask(2).await.unwrap(), 2, "by a statement of its own, before the first has ended");
        drop(go_on);
        assert_eq!(first.await.unwrap().unwrap(), 1);
    }

    #[tokio::test]
    async fn what_comes_while_a_group_has_its_head_start_gathers_and_is_the_next() {
        let (reader, groups, go_on) = with_two_threads(Duration::from_secs(3600));
        let (first, _) = reader.submit(1).unwrap();
        assert_eq!(groups.recv().unwrap(), [1]);
        let gathered = [2, 3, 4].map(|key| reader.submit(key).unwrap());
        assert!(gathered.iter().all(|(_, is_taken)| !is_taken), "though a thread is idle");
        drop(go_on);
        assert_eq!(first.await.unwrap().unwrap(), 1);
        assert_eq!(groups.recv().unwrap(), [2, 3, 4]);
        for (answers, _) in gathered {
            answers.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn s105_more_than_the_queue_takes_are_answered_at_once() {
        let story = story(MOST * 2);
        let held = hold(&story.pool).await;
        let asked = story.ask(0..i32::try_from(QUEUE).unwrap());
        assert!(matches!(story.reader.ask(1).await, Err(DbError::Busy)));
        held.let_go().await;
        for answer in asked {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(story.reader.ask(1).await.unwrap(), 10);
    }

    #[tokio::test]
    async fn s105_a_full_pool_is_told_as_well_and_leaves_nothing_behind() {
        let story = story(1);
        let held = hold(&story.pool).await;
        let asked = story.ask(1..=8);
        assert!(matches!(story.reader.ask(9).await, Err(DbError::Busy)));
        held.let_go().await;
        for answer in asked {
            answer.await.unwrap().unwrap();
        }
        assert_eq!(story.reader.ask(10).await.unwrap(), 100);
        assert!(!story.groups().contains(&vec![9]));
    }

    #[tokio::test]
    async fn an_error_of_the_statement_reaches_all_and_a_bad_row_its_own_question() {
        let story = story(MOST);
        for answer in story.ask_together([1, ERROR, 2]).await {
            assert!(matches!(answer, Err(DbError::Refused(_))), "{answer:?}");
        }
        let answers = story.ask_together([1, CORRUPT, 2]).await;
        assert!(matches!(answers[..], [Ok(10), Err(DbError::Corrupt("row")), Ok(20)]), "{answers:?}");
        assert_eq!(story.opened.load(Ordering::SeqCst), 1, "neither costs the connection");
    }

    #[tokio::test]
    async fn a_panic_costs_its_group_the_answer_and_the_pool_a_connection() {
        let story = story(2);
        let answers = story.ask_together([1, PANIC, 2]).await;
        let is_away = |answer: &Result<i32, DbError>| matches!(answer, Err(DbError::Unavailable(_)));
        assert!(is_away(&answers[0]) && is_away(&answers[1]), "{answers:?}");
        assert!(matches!(answers[2], Ok(20)), "the next group");
        assert_eq!(story.opened.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn s105_a_lost_connection_is_told_to_all_and_replaced() {
        let story = story(MOST);
        for answer in story.ask_together([1, LOST]).await {
            assert!(matches!(answer, Err(DbError::Lost(_))), "{answer:?}");
        }
        assert_eq!(story.reader.ask(1).await.unwrap(), 10);
        assert_eq!(story.opened.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_caller_that_went_away_costs_nothing() {
        let story = story(MOST);
        let held = hold(&story.pool).await;
        drop(story.reader.submit(1).unwrap());
        let asked = story.ask([2]);
        drop(story.reader.submit(3).unwrap());
        held.let_go().await;
        for answer in asked {
            assert_eq!(answer.await.unwrap().unwrap(), 20);
        }
        let held = hold(&story.pool).await;
        drop(story.reader.submit(4).unwrap());
        held.let_go().await;
        assert_eq!(story.reader.ask(5).await.unwrap(), 50);
        assert_eq!(story.groups(), [vec![2], vec![5]]);
    }
}
