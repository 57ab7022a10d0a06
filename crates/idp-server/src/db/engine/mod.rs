//! The database beneath the tables: connections and the threads that use them, locks, transactions, migrations, TLS, and
//! what can go wrong. Nothing here knows a table.

mod caller;
mod changes;
pub mod clock;
mod connection;
mod connections;
mod error;
pub mod examination;
mod group_reader;
mod group_writer;
mod locks;
mod long_transactions;
mod migrations;
mod pool;
mod postgres;
mod postgres_tls;
mod sqlite;
mod threads;
mod transaction;
mod versions;
mod work;

pub use changes::{CHANNEL, Changes};
pub use connection::AnyConnection as Connection;
pub(super) use connection::on_either;
pub use error::DbError;
pub use group_reader::{GroupAnswers, GroupReader};
pub use locks::{Locks, lock_log};
pub use migrations::Tables;

use crate::config::DatabaseUrl;
use crate::metrics::{DatabaseFaults, PoolFigures};
use crate::spans::{self, Waiting};
use group_writer::GroupWriter;
use pool::Pool;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use threads::Turn;
use work::{Answer, Work, typed, work};

/// A handle to the database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    readers: Pool,
    /// For questions that are asked in groups.
    group_readers: Pool,
    writers: Writers,
    faults: DatabaseFaults,
}

/// Who writes.
#[derive(Clone)]
enum Writers {
    /// One after the other, in groups.
    Sqlite(GroupWriter),
    /// Side by side, under locks.
    Postgres(Pool),
}

/// Which database, and where.
#[derive(Clone)]
enum Backend {
    /// The path of the file.
    Sqlite(Arc<str>),
    Postgres(postgres::Server),
}

impl Db {
    /// Opens the SQLite file at `path`, which must exist, and brings its tables up to date.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it cannot be opened or migrated, [`DbError::UnknownSchema`] when another version
    /// made its tables.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        sqlite::open(path)
    }

    /// Opens the database at `url` on a PostgreSQL server, with at most `connections` at a time, and brings its tables up
    /// to date.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the server does not answer or the database cannot be migrated,
    /// [`DbError::UnknownSchema`] when another version made its tables.
    pub fn connect(url: &DatabaseUrl, connections: u32) -> Result<Self, DbError> {
        postgres::open(url, connections)
    }

    /// The same through a pooler that lends its connections for a transaction at a time, such as PgBouncer in transaction
    /// mode. `direct` is the server itself, for what needs a session.
    ///
    /// # Errors
    /// As [`Db::connect`]; [`DbError::Connect`] when the pooler's connections do not limit how long a statement may take.
    pub fn connect_through_pooler(
        pooler: &DatabaseUrl,
        direct: &DatabaseUrl,
        connections: u32,
    ) -> Result<Self, DbError> {
        postgres::open_through_pooler(pooler, direct, connections)
    }

    /// Whether the database at `url` ever had tables; makes none. `url` is the server itself, and no pooler.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when the server does not answer.
    pub fn has_tables(url: &DatabaseUrl) -> Result<bool, DbError> {
        postgres::has_tables(url)
    }

    /// The newest migration that this version knows; `None` only if its name cannot be read.
    #[must_use]
    pub fn newest_migration() -> Option<String> {
        migrations::newest_known()
    }

    /// How the tables in the SQLite file at `path`, which must exist, stand to this version, and what `question` answers about them
    /// where this version knows them. Changes nothing.
    ///
    /// # Errors
    /// [`DbError::Connect`] when it cannot be opened, [`DbError::UnknownSchema`] when another version made its tables, and those of
    /// the question.
    pub fn inspect_file<T>(
        path: &Path,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<(Tables, Option<T>), DbError> {
        sqlite::inspect(path, question)
    }

    /// The same of the database at `url` on a PostgreSQL server. Through a pooler `direct` is the server itself; then both are asked.
    ///
    /// # Errors
    /// As [`Db::inspect_file`].
    pub fn inspect_server<T>(
        url: &DatabaseUrl,
        direct: Option<&DatabaseUrl>,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<(Tables, Option<T>), DbError> {
        match direct {
            Some(direct) => postgres::inspect(direct, Some(url), question),
            None => postgres::inspect(url, None, question),
        }
    }

    /// Runs `question` on a reading connection.
    ///
    /// # Errors
    /// What `question` answers; [`DbError::Busy`] or [`DbError::Unavailable`] when it could not be asked in time.
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let asked = spans::name_of(&question);
        typed(self.read_in_turn(Turn::InOrder, asked, work(question)).await)
    }

    /// The same before all that wait to be read: what was taken back must not be heard of behind what is handed out.
    ///
    /// # Errors
    /// As [`Db::read`].
    pub async fn read_first<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let asked = spans::name_of(&question);
        typed(self.read_in_turn(Turn::First, asked, work(question)).await)
    }

    async fn read_in_turn(&self, turn: Turn, asked: &'static str, question: Work) -> Result<Answer, DbError> {
        let span = spans::sql(self.kind(), "read", asked);
        let question = after_waiting(&span, question);
        self.noted(span, self.readers.run_in_turn(turn, |connection, _| question(connection))).await
    }

    /// A reader for questions of one kind. `load` answers all that it is given, on a server with one statement: it gets those
    /// that wait at the same time. On a file it gets one at a time, since to ask costs nothing there.
    pub fn group_reader<K: Send + 'static, A: Send + 'static>(
        &self,
        load: impl Fn(&mut Connection, &[K]) -> GroupAnswers<A> + Send + Sync + 'static,
    ) -> GroupReader<K, A> {
        let limits = match self.backend {
            Backend::Sqlite(_) => sqlite::GROUPS,
            Backend::Postgres(_) => postgres::GROUPS,
        };
        GroupReader::new(self.group_readers.clone(), limits, (self.kind(), self.faults.clone()), load)
    }

    /// Runs `change` under `locks`, as a transaction: all of it is stored, or on `Err` none. A refusal that must be stored is
    /// therefore an `Ok` value. Nothing that is locked is changed by others meanwhile.
    ///
    /// # Errors
    /// What `change` answers; [`DbError::Busy`] or [`DbError::Unavailable`] when it could not be stored in time.
    pub async fn write<T: Send + 'static>(
        &self,
        locks: Locks,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let asked = spans::name_of(&change);
        typed(self.write_in_turn(Turn::InOrder, asked, locks, work(change)).await)
    }

    /// The same by the name of the function that asks for it, where `change` is wrapped: traces have it.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_as<T: Send + 'static>(
        &self,
        asked: &'static str,
        locks: Locks,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        typed(self.write_in_turn(Turn::InOrder, asked, locks, work(change)).await)
    }

    /// The same before all that wait to be written: what takes something back must not queue behind what hands something
    /// out.
    ///
    /// # Errors
    /// As [`Db::write`].
    pub async fn write_first<T: Send + 'static>(
        &self,
        asked: &'static str,
        locks: Locks,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        typed(self.write_in_turn(Turn::First, asked, locks, work(change)).await)
    }

    async fn write_in_turn(
        &self,
        turn: Turn,
        asked: &'static str,
        locks: Locks,
        change: Work,
    ) -> Result<Answer, DbError> {
        let span = spans::sql(self.kind(), "write", asked);
        let change = after_waiting(&span, change);
        self.noted(span, async {
            match &self.writers {
                Writers::Sqlite(writer) => writer.write(turn, change).await,
                Writers::Postgres(writers) => {
                    writers
                        .run_in_turn(turn, move |connection, caller| {
                            transaction::locked(connection, &locks, change, || caller.commit())
                        })
                        .await
                }
            }
        })
        .await
    }

    /// Counts what was not carried out, and notes it in the span.
    async fn noted(
        &self,
        span: tracing::Span,
        work: impl Future<Output = Result<Answer, DbError>>,
    ) -> Result<Answer, DbError> {
        let outcome = spans::within(span, DbError::word, work).await;
        outcome.inspect_err(|error| self.faults.add(error.word()))
    }

    /// What was not carried out, by the word of its error.
    #[must_use]
    pub const fn faults(&self) -> &DatabaseFaults {
        &self.faults
    }

    /// The pools of connections, each once.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolFigures> {
        let mut pools = vec![PoolFigures { name: "reader", work: self.readers.figures() }];
        if !self.group_readers.is_same(&self.readers) {
            pools.push(PoolFigures { name: "group", work: self.group_readers.figures() });
        }
        match &self.writers {
            Writers::Sqlite(writer) => pools.push(PoolFigures { name: "writer", work: writer.figures() }),
            Writers::Postgres(writers) if writers.is_same(&self.readers) => {}
            Writers::Postgres(writers) => {
                pools.push(PoolFigures { name: "writer", work: writers.figures() });
            }
        }
        pools
    }

    /// `sqlite` or `postgresql`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.backend {
            Backend::Sqlite(_) => "sqlite",
            Backend::Postgres(_) => "postgresql",
        }
    }

    /// Runs `question` on the thread of the caller: for a start, before there are requests to keep waiting.
    ///
    /// # Errors
    /// What `question` answers, or [`DbError::Unavailable`].
    pub fn read_now<T>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.readers.run_here(question)
    }
}

/// The same work, which notes in the span how long it waited for a thread and for locks.
fn after_waiting(span: &tracing::Span, work: Work) -> Work {
    let waiting = Waiting::of(span);
    Box::new(move |connection| {
        waiting.is_over();
        work(connection)
    })
}
