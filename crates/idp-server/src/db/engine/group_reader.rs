//! Reads that share a statement. Questions of one kind that wait for a thread at the same time are asked together, as a
//! batching loader does: to ask a server costs more than the rows that it answers. No question joins a statement that was
//! sent already, and no answer is kept, so each is as fresh as that of a read of its own (docs/adr/0036).

use super::caller::{Caller, PATIENCE, answered};
use super::connections::Connections;
use super::pool::Pool;
use super::threads::{QUEUE, Turn};
use super::{Connection, DbError};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Questions of one statement at most: the first of them waits for the last.
pub(super) const MOST: usize = 64;

/// The answers to a group, in the order of its questions: a row that does not read back fails its own question alone. An
/// error of the statement fails all.
pub type GroupAnswers<A> = Result<Vec<Result<A, DbError>>, DbError>;

type Load<K, A> = dyn Fn(&mut Connection, &[K]) -> GroupAnswers<A> + Send + Sync;

/// Asks questions of one kind, as they come, in groups.
pub struct GroupReader<K, A> {
    groups: Arc<Groups<K, A>>,
    pool: Pool,
}

struct Groups<K, A> {
    waiting: Mutex<Waiting<K, A>>,
    /// Questions of one group at most.
    most: usize,
    load: Box<Load<K, A>>,
}

struct Waiting<K, A> {
    questions: VecDeque<Question<K, A>>,
    /// Jobs in the queue of the pool. Each will take one group; together they take every question.
    jobs: usize,
}

struct Question<K, A> {
    key: K,
    answer: oneshot::Sender<Result<A, DbError>>,
}

impl<K: Send + 'static, A: Send + 'static> GroupReader<K, A> {
    /// Asks on the threads of `pool`, with `load`, at most so many questions at a time.
    pub(super) fn new(
        pool: Pool,
        most: usize,
        load: impl Fn(&mut Connection, &[K]) -> GroupAnswers<A> + Send + Sync + 'static,
    ) -> Self {
        let waiting = Mutex::new(Waiting { questions: VecDeque::new(), jobs: 0 });
        Self { groups: Arc::new(Groups { waiting, most, load: Box::new(load) }), pool }
    }

    /// Asks for `key`. The statement begins after this call, so that it sees all that was committed before.
    ///
    /// # Errors
    /// What the question is answered; [`DbError::Busy`] when too many wait, and [`DbError::TooSlow`] when no answer comes
    /// in time.
    pub async fn ask(&self, key: K) -> Result<A, DbError> {
        let answers = self.submit(key)?;
        answered(&Caller::default(), answers, PATIENCE).await
    }

    fn submit(&self, key: K) -> Result<oneshot::Receiver<Result<A, DbError>>, DbError> {
        let mut waiting = self.groups.waiting();
        if waiting.questions.len() >= QUEUE {
            return Err(DbError::Busy);
        }
        if waiting.questions.len() >= waiting.jobs.saturating_mul(self.groups.most) {
            let groups = Arc::clone(&self.groups);
            self.pool.submit_job(Turn::InOrder, move |connections| groups.ask_next(connections))?;
            waiting.jobs += 1;
        }
        let (answer, answers) = oneshot::channel();
        waiting.questions.push_back(Question { key, answer });
        Ok(answers)
    }
}

impl<K, A> Groups<K, A> {
    /// Asks the next group. After a panic its callers are told that there is no answer.
    fn ask_next(&self, connections: &Connections) {
        let (keys, answers): (Vec<K>, Vec<_>) = self.take().into_iter().unzip();
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

    /// The next group, without those whose caller went away while waiting.
    fn take(&self) -> Vec<(K, oneshot::Sender<Result<A, DbError>>)> {
        let mut waiting = self.waiting();
        waiting.jobs = waiting.jobs.saturating_sub(1);
        let count = waiting.questions.len().min(self.most);
        let group = waiting.questions.drain(..count);
        group.filter(|one| !one.answer.is_closed()).map(|one| (one.key, one.answer)).collect()
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<K, A>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::super::pool::tests::{Opened, hold, pool};
    use super::*;
    use std::sync::atomic::Ordering;
    use std::sync::mpsc;
    use tokio::task::JoinHandle;

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
        Story { reader: Arc::new(GroupReader::new(pool.clone(), most, load)), pool, groups, opened }
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
            let answers = keys.into_iter().map(|key| self.reader.submit(key).unwrap());
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

    #[tokio::test]
    async fn no_question_joins_a_statement_that_was_sent() {
        let (pool, _) = pool(2, 8);
        let (begun, has_begun) = mpsc::channel();
        let (go_on, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let load = move |_: &mut Connection, keys: &[i32]| {
            begun.send(keys.to_vec()).unwrap();
            if keys.contains(&1) {
                let _ = wait.lock().unwrap().recv();
            }
            Ok(keys.iter().map(|key| Ok(*key)).collect())
        };
        let reader = GroupReader::new(pool, MOST, load);
        let first = reader.submit(1).unwrap();
        assert_eq!(has_begun.recv().unwrap(), [1]);
        assert_eq!(reader.ask(2).await.unwrap(), 2, "by a statement of its own, before the first has ended");
        drop(go_on);
        assert_eq!(first.await.unwrap().unwrap(), 1);
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
