//! Transactions under locks. SQLite begins IMMEDIATE, so that two never find out at commit that they collided. PostgreSQL
//! takes advisory locks with its first statements and releases them once the commit is visible to all; under READ
//! COMMITTED the statements after a lock see everything that was committed before it. So there is nothing to
//! serialize, and no transaction is ever tried twice (docs/adr/0032).

use super::locks::Locks;
use super::{Connection, DbError};
use crate::fault;
use diesel::connection::{AnsiTransactionManager as Ansi, SimpleConnection as _, TransactionManager as _};
use diesel::result::QueryResult;
use std::num::NonZeroU32;

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
    while !is_broken(connection)
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
            // What cannot be taken back alone goes with all of the group.
            Manager::rollback_transaction(connection)
                .inspect_err(|_| Manager::transaction_manager_status_mut(connection).set_in_error())?;
            Err(refusal)
        }
    }
}

/// Whether a transaction has begun. One that broke has, and its commit says so.
fn is_open(connection: &mut Connection) -> bool {
    !matches!(depth(connection), Ok(None))
}

/// Whether the transaction broke. What Diesel calls a broken manager is any open transaction as well.
fn is_broken(connection: &mut Connection) -> bool {
    depth(connection).is_err()
}

fn depth(connection: &mut Connection) -> QueryResult<Option<NonZeroU32>> {
    Manager::transaction_manager_status_mut(connection).transaction_depth()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::sqlite;
    use super::*;
    use diesel::sql_types::BigInt;
    use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
    use std::sync::mpsc;

    /// What a member does: adds its number, and then answers so.
    type Then = fn(&mut Connection) -> Result<(), DbError>;

    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }

    fn well(_: &mut Connection) -> Result<(), DbError> {
        Ok(())
    }

    fn refused(_: &mut Connection) -> Result<(), DbError> {
        Err(DbError::Busy)
    }

    /// As SQLite itself does when the disk is full.
    fn gives_up_everything(connection: &mut Connection) -> Result<(), DbError> {
        connection.batch_execute("ROLLBACK")?;
        Err(DbError::Busy)
    }

    /// Runs a group of these. Answers what happened, in its order, and which numbers are stored.
    fn run(members: &[Then]) -> (Vec<String>, Vec<i64>) {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let mut connection = Connection::Sqlite(sqlite::connect(path).unwrap());
        connection.batch_execute("CREATE TABLE numbers (number INTEGER)").unwrap();
        let (tell, told) = mpsc::channel();
        let member = |(number, then): (usize, &Then)| -> Member {
            let (tell, then) = (tell.clone(), *then);
            Box::new(move |lent| {
                let change = |connection: &mut Connection| {
                    connection.batch_execute(&format!("INSERT INTO numbers VALUES ({number})"))?;
                    then(connection)
                };
                let outcome = within_group(lent.unwrap(), change, || Ok(()));
                tell.send(format!("{number} ran")).unwrap();
                Box::new(move |stored| {
                    let answer = if outcome.and(stored).is_ok() { "stored" } else { "failed" };
                    tell.send(format!("{number} {answer}")).unwrap();
                })
            })
        };
        let mut waiting = members.iter().enumerate().map(member).collect::<Vec<_>>().into_iter();
        let first = waiting.next().unwrap();
        group(&mut connection, first, || waiting.next());
        let left = waiting.len();
        drop((waiting, tell));
        let mut reader = sqlite::connect(path).unwrap();
        let stored: Vec<Number> = sql_query("SELECT number FROM numbers").load(&mut reader).unwrap();
        let left = (0..left).map(|_| "left for the next group".to_owned());
        (told.into_iter().chain(left).collect(), stored.into_iter().map(|row| row.number).collect())
    }

    #[test]
    fn those_who_wait_share_a_flush_and_are_answered_after_it() {
        let (happened, stored) = run(&[well, well, well]);
        assert_eq!(happened, ["0 ran", "1 ran", "2 ran", "0 stored", "1 stored", "2 stored"]);
        assert_eq!(stored, [0, 1, 2]);
    }

    #[test]
    fn who_refuses_takes_back_their_own_work_alone() {
        let (happened, stored) = run(&[well, refused, well]);
        assert_eq!(happened, ["0 ran", "1 ran", "2 ran", "0 stored", "1 failed", "2 stored"]);
        assert_eq!(stored, [0, 2]);
        let (happened, stored) = run(&[refused, well]);
        assert_eq!(happened, ["0 ran", "1 ran", "0 failed", "1 stored"]);
        assert_eq!(stored, [1]);
    }

    #[test]
    fn where_the_database_gave_up_everything_all_are_told_so() {
        let (happened, stored) = run(&[well, gives_up_everything, well]);
        assert_eq!(happened, ["0 ran", "1 ran", "0 failed", "1 failed", "left for the next group"]);
        assert_eq!(stored, [0; 0]);
        let (happened, stored) = run(&[gives_up_everything, well]);
        assert_eq!(happened, ["0 ran", "0 failed", "left for the next group"]);
        assert_eq!(stored, [0; 0]);
    }
}
