//! The PostgreSQL server: connections are made when they are needed and kept for the next who comes. Whatever is
//! wrong with the server, each request has its answer in time: those who find no connection free wait without
//! a thread, a server that refuses is not asked twice, and one that says nothing at all is given up.

use super::{Connection, DbError, migrations, transaction};
use crate::config::DatabaseUrl;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use diesel::r2d2::R2D2Connection as _;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for its answer, queues and all.
const PATIENCE: Duration = Duration::from_millis(2800);
/// How many of this node stand in line for the lock of the writers: the one who has it, and the next, who begins
/// the moment it is free. More would take connections from the readers.
const WRITERS: usize = 2;
/// How long a statement or a lock may take; shorter than our own patience, so that the server's word on what went wrong
/// arrives.
pub(super) const STATEMENT_LIMIT: Duration = Duration::from_millis(2500);

#[derive(Clone)]
pub(super) struct Server {
    url: DatabaseUrl,
    slots: Arc<Semaphore>,
    writers: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Server {
    /// Brings the tables up to date and is ready.
    pub(super) fn connect(url: &DatabaseUrl, connections: u32) -> Result<Self, DbError> {
        let slots = usize::try_from(connections).map_err(DbError::unavailable)?;
        let server = Self {
            url: url.clone(),
            slots: Arc::new(Semaphore::new(slots)),
            writers: Arc::new(Semaphore::new(WRITERS)),
            idle: Arc::default(),
        };
        migrations::run(&mut server.fresh()?)?;
        Ok(server)
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let server = self.clone();
        let lead = Lead::default();
        in_time(&lead.clone(), async {
            let slot = permit(&self.slots).await?;
            blocking(slot, move || {
                lead.still_wanted()?;
                server.read_now(question)
            })
            .await
        })
        .await
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let server = self.clone();
        let lead = Lead::default();
        in_time(&lead.clone(), async {
            let turn = permit(&self.writers).await?;
            let slot = permit(&self.slots).await?;
            blocking((turn, slot), move || {
                lead.still_wanted()?;
                server.on_a_connection(|connection| transaction::alone(connection, change, || lead.commit()))
            })
            .await
        })
        .await
    }

    pub(super) async fn tidy<T: Send + 'static>(
        &self,
        chore: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let server = self.clone();
        let slot = permit(&self.slots).await?;
        blocking(slot, move || server.on_a_connection(|connection| transaction::beside(connection, chore)))
            .await
    }

    pub(super) fn read_now<T>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.on_a_connection(question)
    }

    /// A connection that broke is thrown away, and with it all that were idle: they led to the same server.
    fn on_a_connection<T>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        let mut connection = match self.pop() {
            Some(idle) => idle,
            // A server that takes no more: one that was lent may have come back meanwhile.
            None => self.fresh().or_else(|refused| self.pop().ok_or(refused))?,
        };
        let answer = work(&mut connection);
        match &answer {
            Err(DbError::Lost(_)) => self.idle().clear(),
            _ if connection.is_broken() => {}
            _ => self.idle().push(connection),
        }
        answer
    }

    fn fresh(&self) -> Result<Connection, DbError> {
        self.own_connection().map(Connection::Postgres)
    }

    /// A connection beside those that are counted, for as long as its owner likes.
    pub(super) fn own_connection(&self) -> Result<PgConnection, DbError> {
        let mut connection = PgConnection::establish(&self.url.for_libpq()).map_err(DbError::connect)?;
        connection.batch_execute(&session())?;
        Ok(connection)
    }

    fn pop(&self) -> Option<Connection> {
        self.idle().pop()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The settings of a session.
fn session() -> String {
    let limit = STATEMENT_LIMIT.as_millis();
    format!(
        "SET lock_timeout = {limit}; SET statement_timeout = {limit}; \
         SET idle_in_transaction_session_timeout = 5000"
    )
}

async fn permit(of: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, DbError> {
    Arc::clone(of).acquire_owned().await.map_err(DbError::unavailable)
}

/// `held` is kept until `work` is done, even when nobody waits for it any more.
async fn blocking<T: Send + 'static>(
    held: impl Send + 'static,
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    let done = tokio::task::spawn_blocking(move || {
        let answer = work();
        drop(held);
        answer
    });
    done.await.map_err(DbError::unavailable)?
}

async fn in_time<T>(lead: &Lead, work: impl Future<Output = Result<T, DbError>>) -> Result<T, DbError> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(answer) => answer,
        Err(_) => {
            lead.give_up();
            Err(DbError::Unavailable("no answer in time".into()))
        }
    }
}

/// What becomes of a piece of work whose thread may be stuck: it is given up, or it is committed, never both. Only
/// what hangs in the commit itself may have been stored although it was answered that the database is away.
#[derive(Clone, Default)]
struct Lead(Arc<AtomicU8>);

impl Lead {
    const WANTED: u8 = 0;
    const COMMITS: u8 = 1;
    const GIVEN_UP: u8 = 2;

    fn still_wanted(&self) -> Result<(), DbError> {
        match self.0.load(Ordering::SeqCst) {
            Self::GIVEN_UP => Err(given_up()),
            _ => Ok(()),
        }
    }

    fn commit(&self) -> Result<(), DbError> {
        self.turn(Self::COMMITS).map(drop).map_err(|_| given_up())
    }

    fn give_up(&self) {
        let _ = self.turn(Self::GIVEN_UP);
    }

    fn turn(&self, to: u8) -> Result<u8, u8> {
        self.0.compare_exchange(Self::WANTED, to, Ordering::SeqCst, Ordering::SeqCst)
    }
}

fn given_up() -> DbError {
    DbError::Unavailable("nobody waits for it any more".into())
}
