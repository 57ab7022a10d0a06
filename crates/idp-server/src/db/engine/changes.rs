//! Learning that something was committed, by whichever process: so that a node hears of a revocation in
//! milliseconds without asking all the time. It says when to look and never what there is to see: a signal that
//! is lost costs the time until the next look, nothing more.
//!
//! SQLite: the file's `data_version` changes with every commit of another connection. PostgreSQL: the revoking
//! transaction notifies, and the server tells when it is committed.

use super::postgres::Server;
use super::{Backend, Db, DbError, sqlite};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sqlite::SqliteConnection;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::Notify;

/// The channel of PostgreSQL on which a transaction that revokes something tells of its commit.
pub const CHANNEL: &str = "idp_revocations";
/// How often the file is looked at: two microseconds of work.
const LOOK_AT_FILE: Duration = Duration::from_millis(4);
/// How often the socket to PostgreSQL is looked at, which asks the server nothing.
const LOOK_AT_SOCKET: Duration = Duration::from_millis(4);
/// Before a lost connection is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// A standing question whether there is something new. The thread behind it ends with it.
pub struct Changes(Arc<Notify>);

impl Changes {
    /// Waits for the next commit that may be worth a look.
    pub async fn next(&self) {
        self.0.notified().await;
    }
}

#[derive(QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    data_version: i64,
}

impl Db {
    /// Begins to watch for commits.
    ///
    /// # Errors
    /// [`DbError`] when the thread cannot be started.
    pub fn changes(&self) -> Result<Changes, DbError> {
        let notify = Arc::new(Notify::new());
        let heard = Arc::downgrade(&notify);
        let backend = self.backend.clone();
        let watch = move || match backend {
            Backend::Sqlite(path) => until_dropped(&heard, || watch_file(&path, &heard)),
            Backend::Postgres(server) => until_dropped(&heard, || listen(&server, &heard)),
        };
        let thread = std::thread::Builder::new().name("db-changes".into());
        thread.spawn(watch).map_err(DbError::unavailable)?;
        Ok(Changes(notify))
    }
}

fn until_dropped(heard: &Weak<Notify>, watch: impl Fn() -> Result<(), DbError>) {
    while heard.strong_count() > 0 {
        if let Err(error) = watch() {
            tracing::debug!(%error, "not told of commits for the moment");
            std::thread::sleep(PAUSE);
        }
    }
}

fn watch_file(path: &str, heard: &Weak<Notify>) -> Result<(), DbError> {
    let mut connection = sqlite::connect(path)?;
    let mut known = data_version(&mut connection)?;
    while let Some(notify) = heard.upgrade() {
        let version = data_version(&mut connection)?;
        if version != known {
            known = version;
            notify.notify_one();
        }
        drop(notify);
        std::thread::sleep(LOOK_AT_FILE);
    }
    Ok(())
}

fn data_version(connection: &mut SqliteConnection) -> Result<i64, DbError> {
    let row: DataVersion = diesel::sql_query("PRAGMA data_version").get_result(connection)?;
    Ok(row.data_version)
}

fn listen(server: &Server, heard: &Weak<Notify>) -> Result<(), DbError> {
    let mut connection = server.connect()?;
    connection.batch_execute(&format!("LISTEN {CHANNEL}"))?;
    // What was committed before we listened.
    if let Some(notify) = heard.upgrade() {
        notify.notify_one();
    }
    while let Some(notify) = heard.upgrade() {
        let told = connection.notifications_iter().collect::<QueryResult<Vec<_>>>()?;
        if !told.is_empty() {
            notify.notify_one();
        }
        drop(notify);
        std::thread::sleep(LOOK_AT_SOCKET);
    }
    Ok(())
}
