//! The database: two verbs, [`Db::read`] and [`Db::write`], each taking a blocking closure, and one file for each table,
//! with functions named for the question they answer. Nothing here knows HTTP or the clock.
//!
//! One writer on both databases: `write` runs its closure alone, so that what it reads is still true when it commits, and
//! numbers drawn inside it are in the order of the commits. SQLite has the lock of its file for that, PostgreSQL an
//! advisory lock that every node takes first (`transaction`). A commit is on disk before it is acknowledged: a revocation
//! that was confirmed must survive a power cut.

pub mod audit_events;
pub mod authorization_codes;
pub mod bring_back;
mod changes;
pub mod clients;
pub mod clock;
mod connection;
mod connections;
pub mod consents;
pub mod counters;
pub mod denied_tokens;
pub mod devices;
mod error;
pub mod feed_acknowledgements;
pub mod grants;
pub mod logout_deliveries;
mod migrations;
pub mod nodes;
pub mod password_credentials;
mod pool;
mod postgres;
pub mod redis_continuity;
pub mod revocations;
pub mod schema;
pub mod sessions;
pub mod signing_keys;
pub mod sites;
mod sqlite;
pub mod throttles;
mod transaction;
pub mod users;

pub use changes::Changes;
pub use connection::AnyConnection as Connection;
pub use error::DbError;

use crate::config::DatabaseUrl;
use pool::Pool;
use std::path::Path;
use std::sync::Arc;

/// A handle to the database, cheap to clone.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
    readers: Pool,
    writers: Pool,
}

/// Which database, and where.
#[derive(Clone)]
enum Backend {
    /// The path of the file.
    Sqlite(Arc<str>),
    Postgres(DatabaseUrl),
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

    /// Runs `question` on a reading connection.
    ///
    /// # Errors
    /// What `question` answers; [`DbError::Busy`] or [`DbError::Unavailable`] when it could not be asked in time.
    pub async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        self.readers.run(|connection, _| question(connection)).await
    }

    /// Runs `change` alone, in a transaction of its own: all of it is stored, or on `Err` none.
    /// A refusal that must be stored is therefore an `Ok` value.
    ///
    /// # Errors
    /// What `change` answers; [`DbError::Busy`] or [`DbError::Unavailable`] when it could not be stored in time.
    pub async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        self.writers
            .run(|connection, caller| transaction::exclusive(connection, change, || caller.commit()))
            .await
    }

    /// Runs `work` in a transaction that no request waits for: it may take its time over many rows. On PostgreSQL it runs
    /// beside the writers, so it must decide nothing from what a writer could change meanwhile.
    ///
    /// # Errors
    /// What `work` answers; [`DbError::Busy`] or [`DbError::Unavailable`] when it could not begin.
    pub async fn background<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        self.writers.run_unhurried(|connection| transaction::concurrent(connection, work)).await
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

/// What an identifier that a request presents is looked up by. A secret that was pasted into its place must not stand in
/// clear in the statement log of a database server (A8).
pub(crate) fn identifier_hash(identifier: &str) -> String {
    use base64::Engine as _;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, identifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest)
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
