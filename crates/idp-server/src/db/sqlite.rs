//! The SQLite file: one thread that writes and a few that read. The writer's connection is its own, since SQLite
//! empties the cache of a connection whenever another one has written.

use super::connections::Connections;
use super::pool::Pool;
use super::{Backend, Connection, Db, DbError, migrations};
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::sqlite::SqliteConnection;
use std::path::Path;
use std::sync::Arc;

const READERS: usize = 4;
/// `busy_timeout` (milliseconds) is for other processes: shorter than the patience of the pool, so that SQLite's word on
/// what went wrong arrives.
const PRAGMAS: &str = "PRAGMA busy_timeout = 2500; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;";

/// Opens the file, which must exist, and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Db, DbError> {
    let path: Arc<str> =
        path.to_str().ok_or_else(|| DbError::Unavailable("the path is not UTF-8".into()))?.into();
    let connections = || {
        let path = Arc::clone(&path);
        Arc::new(Connections::new(move || connect(&path).map(Connection::Sqlite)))
    };
    let writers = Pool::start("sqlite-writer", 1, connections())?;
    writers.run_here(migrations::run)?;
    let readers = Pool::start("sqlite-reader", READERS, connections())?;
    Ok(Db { backend: Backend::Sqlite(path), readers, writers })
}

/// A connection outside the pools.
pub(super) fn connect(path: &str) -> Result<SqliteConnection, DbError> {
    let mut connection = SqliteConnection::establish(path).map_err(DbError::unavailable)?;
    connection.batch_execute(PRAGMAS)?;
    Ok(connection)
}
