//! The database: two verbs, [`Db::read`] and [`Db::write`], each taking a blocking closure, and a file a
//! table with functions named for the question they answer. Nothing here knows HTTP or the clock.
//!
//! SQLite has one writer: `write` queues for it and begins IMMEDIATE, so that two transactions never find
//! out at commit that they collided. Commits are flushed to disk before they are acknowledged
//! (`synchronous = FULL`): a revocation that was confirmed must survive a power cut.

pub mod audit_events;
pub mod authorization_codes;
pub mod clients;
pub mod consents;
pub mod denied_tokens;
pub mod grants;
pub mod schema;
pub mod sessions;
pub mod signing_keys;
pub mod throttles;
pub mod users;

use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness as _, embed_migrations};
use std::path::Path;
use std::time::Duration;

/// The connection every function of this module takes.
pub type Connection = diesel::SqliteConnection;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");
const READERS: u32 = 4;
/// How long a request waits for a connection before it is told to come back.
const WAIT: Duration = Duration::from_secs(3);
const PRAGMAS: &str = "PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;";

/// What can go wrong below.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// No connection, a full disk, a lock that did not clear: trying later can help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The row exists already.
    #[error("it exists already")]
    Exists,
    /// A row that does not read back as what it should be.
    #[error("column {0} holds a value that does not read back")]
    Corrupt(&'static str),
}

impl From<diesel::result::Error> for DbError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error};
        match error {
            Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Self::Exists,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

/// A handle to the database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    readers: Pool<ConnectionManager<Connection>>,
    writer: Pool<ConnectionManager<Connection>>,
}

impl Db {
    /// Opens the SQLite file at `path`, which must exist, and brings its tables up to date.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when it cannot be opened or migrated.
    pub fn open(path: &Path) -> Result<Self, DbError> {
        let url = path.to_str().ok_or_else(|| DbError::Unavailable("the path is not UTF-8".into()))?;
        let db = Self { writer: pool(url, 1)?, readers: pool(url, READERS)? };
        db.migrate()?;
        Ok(db)
    }

    fn migrate(&self) -> Result<(), DbError> {
        let mut connection = self.writer.get().map_err(unavailable)?;
        connection.run_pending_migrations(MIGRATIONS).map(drop).map_err(unavailable)
    }

    /// Runs `question` on a reading connection.
    ///
    /// # Errors
    /// What `question` answers, or [`DbError::Unavailable`].
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let pool = self.readers.clone();
        blocking(move || question(&mut *pool.get().map_err(unavailable)?)).await
    }

    /// Runs `change` in a transaction of its own: all of it is stored, or on `Err` none.
    /// A refusal that must be stored is therefore an `Ok` value.
    ///
    /// # Errors
    /// What `change` answers, or [`DbError::Unavailable`].
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let pool = self.writer.clone();
        blocking(move || pool.get().map_err(unavailable)?.immediate_transaction(change)).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    tokio::task::spawn_blocking(work).await.map_err(unavailable)?
}

fn unavailable(error: impl std::fmt::Display) -> DbError {
    DbError::Unavailable(error.to_string())
}

fn pool(url: &str, size: u32) -> Result<Pool<ConnectionManager<Connection>>, DbError> {
    Pool::builder()
        .max_size(size)
        .test_on_check_out(false)
        .connection_timeout(WAIT)
        .connection_customizer(Box::new(Pragmas))
        .build(ConnectionManager::new(url))
        .map_err(unavailable)
}

#[derive(Debug)]
struct Pragmas;

impl CustomizeConnection<Connection, diesel::r2d2::Error> for Pragmas {
    fn on_acquire(&self, connection: &mut Connection) -> Result<(), diesel::r2d2::Error> {
        connection.batch_execute(PRAGMAS).map_err(diesel::r2d2::Error::QueryError)
    }
}

/// Reads a column back into its type.
pub(crate) fn parsed<T>(value: Option<T>, column: &'static str) -> Result<T, DbError> {
    value.ok_or(DbError::Corrupt(column))
}

/// Reads a JSON column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(
    text: &str,
    column: &'static str,
) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|_| DbError::Corrupt(column))
}

/// Writes a JSON column.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(
    value: &T,
    column: &'static str,
) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|_| DbError::Corrupt(column))
}

/// Reads a UUID column.
pub(crate) fn to_uuid(text: &str, column: &'static str) -> Result<uuid::Uuid, DbError> {
    text.parse().map_err(|_| DbError::Corrupt(column))
}

/// Reads the pair of columns that say when and why something ended.
pub(crate) fn to_ended(
    at: Option<i64>,
    cause: Option<&str>,
) -> Result<Option<idp_core::session::Ended>, DbError> {
    let Some(at) = at else {
        return Ok(None);
    };
    let cause = parsed(cause.and_then(idp_core::session::EndCause::parse), "ended_cause")?;
    Ok(Some(idp_core::session::Ended { at: idp_core::time::UnixTime(at), cause }))
}
