//! Transactions under locks. SQLite begins IMMEDIATE, so that two never find out at commit that they collided. PostgreSQL
//! takes advisory locks with its first statements and releases them once the commit is visible to all; under READ
//! COMMITTED the statements after a lock see everything that was committed before it. So there is nothing to
//! serialize, and no transaction is ever tried twice (docs/adr/0032).

use super::locks::Locks;
use super::{Connection, DbError};
use crate::fault;
use diesel::connection::{AnsiTransactionManager as Ansi, SimpleConnection as _, TransactionManager as _};
use diesel::result::QueryResult;

type Manager = <Connection as diesel::Connection>::TransactionManager;

/// Runs `change` under `locks`; stores all of it if it answers `Ok` and `may_commit` still says so, and none otherwise.
pub(super) fn locked<T>(
    connection: &mut Connection,
    locks: &Locks,
    change: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    may_commit: impl FnOnce() -> Result<(), DbError>,
) -> Result<T, DbError> {
    begin(connection, &locks.begin())?;
    let answer = change(connection).and_then(|value| may_commit().map(|()| value));
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

/// Tells a member of a group what became of the group.
pub(super) type Settle = Box<dyn FnOnce(Result<(), DbError>) + Send>;
/// A member of a group: runs [`within_group`] on the connection.
pub(super) type Member = Box<dyn FnOnce(Result<&mut Connection, DbError>) -> Settle + Send>;

/// Runs members one after the other and stores what they did with one flush. `next` gives one more for as long as there is
/// one to take along. A member that refuses takes back its own work alone; where the database gave up the whole
/// transaction, all are told so.
pub(super) fn group(connection: &mut Connection, first: Member, mut next: impl FnMut() -> Option<Member>) {
    let mut settling = vec![first(Ok(connection))];
    while !Manager::is_broken_transaction_manager(connection)
        && let Some(member) = next()
    {
        settling.push(member(Ok(connection)));
    }
    let stored = if is_open(connection) { end(connection, Ok(())) } else { Ok(()) };
    for settle in settling {
        settle(stored.clone());
    }
}

/// Runs `change` within the transaction of a group. What it refuses, or `may_commit` does, is taken back. The first one
/// begins the transaction, and needs no savepoint: before it there is nothing to keep.
pub(super) fn within_group<T>(
    connection: &mut Connection,
    change: impl FnOnce(&mut Connection) -> Result<T, DbError>,
    may_commit: impl FnOnce() -> Result<(), DbError>,
) -> Result<T, DbError> {
    let is_first = !is_open(connection);
    if is_first {
        begin(connection, "")?;
    } else {
        Manager::begin_transaction(connection)?;
    }
    match change(connection).and_then(|value| may_commit().map(|()| value)) {
        Ok(value) if is_first => Ok(value),
        Ok(value) => Manager::commit_transaction(connection).map(|()| value).map_err(DbError::from),
        Err(refusal) => {
            Manager::rollback_transaction(connection)?;
            Err(refusal)
        }
    }
}

/// Whether a transaction has begun. One that broke has, and its commit says so.
fn is_open(connection: &mut Connection) -> bool {
    !matches!(Manager::transaction_manager_status_mut(connection).transaction_depth(), Ok(None))
}
