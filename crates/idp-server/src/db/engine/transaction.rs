//! Exclusive transactions: one writes at a time. SQLite begins IMMEDIATE, so that two never find out at commit that they
//! collided. PostgreSQL takes an advisory lock as the first statement and releases it once the commit is visible to all;
//! under READ COMMITTED the statements after the lock see everything that was committed before it. So there is nothing to
//! serialize, and no transaction is ever tried twice (docs/adr/0016).

use super::{Connection, DbError};
use crate::fault;
use diesel::connection::{AnsiTransactionManager as Ansi, SimpleConnection as _, TransactionManager as _};
use diesel::result::QueryResult;

type Manager = <Connection as diesel::Connection>::TransactionManager;

/// The isolation is said, since an administrator may have set another one for the whole server. The number is ours:
/// "idp" and 1, in the space of locks of this one database.
const BEGIN_EXCLUSIVE: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock(26972001)";
/// For background work: as long as it takes, beside the writers.
const BEGIN_CONCURRENT: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = 0; \
    SET LOCAL idle_in_transaction_session_timeout = 0";

/// Runs `change`; stores all of it if it answers `Ok` and `may_commit` still says so, and none otherwise.
pub(super) fn exclusive<T>(
    connection: &mut Connection,
    change: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    may_commit: impl FnOnce() -> Result<(), DbError>,
) -> Result<T, DbError> {
    begin(connection, BEGIN_EXCLUSIVE)?;
    let answer = change(connection).and_then(|value| may_commit().map(|()| value));
    end(connection, answer)
}

/// The same beside the writers, where the database can.
pub(super) fn concurrent<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, DbError>,
) -> Result<T, DbError> {
    begin(connection, BEGIN_CONCURRENT)?;
    let answer = work(connection);
    end(connection, answer)
}

fn begin(connection: &mut Connection, on_server: &str) -> QueryResult<()> {
    match connection {
        Connection::Sqlite(file) => Ansi::begin_transaction_sql(file, "BEGIN IMMEDIATE"),
        // A lock that was not given in time leaves the transaction begun.
        Connection::Postgres(server) => Ansi::begin_transaction_sql(server, on_server).inspect_err(|_| {
            let _ = server.batch_execute("ROLLBACK");
        }),
    }
}

fn end<T>(connection: &mut Connection, answer: Result<T, DbError>) -> Result<T, DbError> {
    match answer {
        Ok(value) => {
            fault::point("db.before_commit");
            Manager::commit_transaction(connection)?;
            fault::point("db.after_commit");
            Ok(value)
        }
        Err(refusal) => {
            // Without a connection there is nothing to take back: the server has done it.
            Manager::rollback_transaction(connection).or_else(|error| match refusal {
                DbError::Lost(_) => Ok(()),
                _ => Err(error),
            })?;
            Err(refusal)
        }
    }
}
