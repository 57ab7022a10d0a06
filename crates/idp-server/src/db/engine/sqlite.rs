//! The SQLite file: one thread that writes and a few that read. The writer's connection is its own, since SQLite
//! empties the cache of a connection whenever another one has written.

use super::connections::Connections;
use super::error::{BUSY_TIMEOUT, LOCK_LIMIT, LOCKED};
use super::group_reader::GroupLimits;
use super::group_writer::GroupWriter;
use super::pool::Pool;
use super::{Backend, Connection, Db, DbError, Tables, Writers, error, migrations};
use crate::clock::Stopwatch;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::sqlite::SqliteConnection;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

const READERS: usize = 4;
/// Each question by itself: to ask costs nothing here.
pub(super) const GROUPS: GroupLimits = GroupLimits { most: 1, head_start: Duration::ZERO };
/// What follows [`BUSY_TIMEOUT`].
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA cache_size = -8000;";

const ONCE_MORE: Duration = Duration::from_millis(10);

/// Opens the file, which must exist, and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Db, DbError> {
    let path = utf8(path)?;
    let connections = || {
        let path = Arc::clone(&path);
        Arc::new(Connections::new(move || connect(&path).map(Connection::Sqlite)))
    };
    let writer = GroupWriter::start(connections())?;
    writer.run_here(migrations::run)?;
    let readers = Pool::start("sqlite-reader", READERS, connections())?;
    let group_readers = readers.clone();
    let (writers, faults) = (Writers::Sqlite(writer), error::faults());
    Ok(Db { backend: Backend::Sqlite(path), readers, group_readers, writers, faults })
}

/// How the tables stand, and what `question` answers about them where this version knows them. Makes nothing.
pub(super) fn inspect<T>(
    path: &Path,
    question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
) -> Result<(Tables, Option<T>), DbError> {
    migrations::inspect_and(&mut Connection::Sqlite(connect(&utf8(path)?)?), question)
}

fn utf8(path: &Path) -> Result<Arc<str>, DbError> {
    Ok(path.to_str().ok_or_else(|| DbError::Unavailable("the path is not UTF-8".into()))?.into())
}

/// A connection outside the pools.
pub(super) fn connect(path: &str) -> Result<SqliteConnection, DbError> {
    let mut connection = SqliteConnection::establish(&uri(path)).map_err(DbError::connect)?;
    connection.batch_execute(BUSY_TIMEOUT).map_err(DbError::connect)?;
    // The first statement that reads the file: what is no database is found here.
    let waited = Stopwatch::start();
    loop {
        match connection.batch_execute(PRAGMAS) {
            // Of a new file the first connection decides how it is written, and here SQLite does not wait for it by itself.
            Err(error) if error.to_string().contains(LOCKED) && waited.elapsed() < LOCK_LIMIT => {
                thread::sleep(ONCE_MORE);
            }
            done => break done.map_err(DbError::connect)?,
        }
    }
    Ok(connection)
}

/// As a URI (<https://sqlite.org/uri.html>) for the mode: a file that was taken away under a running server must not be
/// replaced by an empty one.
fn uri(path: &str) -> String {
    let escaped = path.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let authority = if path.starts_with('/') { "//" } else { "" };
    format!("file:{authority}{escaped}?mode=rw")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_that_is_not_there_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idp.db");
        assert!(connect(file.to_str().unwrap()).is_err());
        assert!(!file.exists());
    }

    #[test]
    fn what_is_no_database_cannot_be_opened_and_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("idp.db");
        for content in ["a letter, and not a short one, to someone who keeps databases", "{\"a\": 1}"] {
            std::fs::write(&file, content).unwrap();
            let refused = open(&file).map(drop).unwrap_err();
            assert!(matches!(refused, DbError::Connect(_)), "{refused}");
            assert_eq!(std::fs::read_to_string(&file).unwrap(), content);
        }
    }

    /// Two first starts, by two processes: one makes the tables, and the others find them.
    #[test]
    fn a_new_file_may_be_opened_by_several_at_once() {
        let folder = tempfile::tempdir().unwrap();
        for round in 0..5 {
            let file = folder.path().join(format!("{round}.db"));
            std::fs::write(&file, "").unwrap();
            let together = std::sync::Barrier::new(4);
            thread::scope(|threads| {
                let open_it = || {
                    together.wait();
                    open(&file).map(drop)
                };
                let opened: Vec<_> = (0..4).map(|_| threads.spawn(open_it)).collect();
                for opening in opened {
                    opening.join().unwrap().unwrap();
                }
            });
        }
    }

    #[test]
    fn a_file_is_opened_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["idp.db", "what?mode=memory", "100%41", "a#b", "with space", "file:x"] {
            let file = folder.path().join(name);
            std::fs::write(&file, "").unwrap();
            open(&file).unwrap();
            assert!(std::fs::metadata(&file).unwrap().len() > 0, "{name}");
        }
    }
}
