//! The SQLite file: a few connections that read, one that writes.

use super::{Connection, DbError, migrations, transaction};
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{Error, ManageConnection, Pool, R2D2Connection as _};
use diesel::sqlite::SqliteConnection;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const READERS: u32 = 4;
/// How long a request waits for a connection before it is told to come back.
pub(super) const WAIT: Duration = Duration::from_secs(3);
const PRAGMAS: &str = "PRAGMA busy_timeout = 3000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;";

#[derive(Clone)]
pub(super) struct File {
    path: Arc<str>,
    readers: Pool<Opener>,
    writer: Pool<Opener>,
}

impl File {
    /// Opens the file and brings its tables up to date.
    pub(super) fn open(path: &Path) -> Result<Self, DbError> {
        let path = path.to_str().ok_or_else(|| DbError::Unavailable("the path is not UTF-8".into()))?;
        // Before the pools, which would try again for three seconds and log each failure.
        drop(Opener { path: path.to_owned() }.connect().map_err(DbError::connect)?);
        let file = Self { path: path.into(), writer: pool(path, 1)?, readers: pool(path, READERS)? };
        migrations::run(&mut *file.writer.get().map_err(DbError::connect)?)?;
        Ok(file)
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let file = self.clone();
        blocking(move || file.read_now(question)).await
    }

    pub(super) fn read_now<T>(
        &self,
        question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        question(&mut *self.readers.get().map_err(DbError::connect)?)
    }

    /// A connection outside the pools, for as long as its owner likes.
    pub(super) fn own_connection(&self) -> Result<SqliteConnection, DbError> {
        let mut connection = SqliteConnection::establish(&self.path).map_err(DbError::connect)?;
        connection.batch_execute(PRAGMAS)?;
        Ok(connection)
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Connection) -> Result<T, DbError> + Send + 'static,
    ) -> Result<T, DbError> {
        let pool = self.writer.clone();
        let alone = move || {
            let mut connection = pool.get().map_err(DbError::connect)?;
            transaction::alone(&mut connection, change, || Ok(()))
        };
        blocking(alone).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DbError> + Send + 'static,
) -> Result<T, DbError> {
    tokio::task::spawn_blocking(work).await.map_err(DbError::unavailable)?
}

fn pool(path: &str, size: u32) -> Result<Pool<Opener>, DbError> {
    Pool::builder()
        .max_size(size)
        .test_on_check_out(false)
        .connection_timeout(WAIT)
        .build(Opener { path: path.to_owned() })
        .map_err(DbError::connect)
}

/// Opens connections to one file.
struct Opener {
    path: String,
}

impl ManageConnection for Opener {
    type Connection = Connection;
    type Error = Error;

    fn connect(&self) -> Result<Connection, Error> {
        let mut connection = SqliteConnection::establish(&self.path).map_err(Error::ConnectionError)?;
        connection.batch_execute(PRAGMAS).map_err(Error::QueryError)?;
        Ok(Connection::Sqlite(connection))
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), Error> {
        connection.ping().map_err(Error::QueryError)
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        std::thread::panicking() || connection.is_broken()
    }
}
