//! The PostgreSQL server. However it fails, each request has its answer in time: a server that refuses is not asked
//! twice, and one that says nothing at all is given up (`pool`).

use super::connections::Connections;
use super::error::STATEMENT_LIMIT;
use super::pool::Pool;
use super::{Backend, Connection, Db, DbError, migrations};
use crate::config::DatabaseUrl;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use std::sync::Arc;

/// How many writers of this node stand in line for the lock of all writers: the one who has it, and the next, who begins
/// the moment it is free. More would take connections from the readers.
const WRITERS: usize = 2;

/// Brings the tables up to date, and has as many threads as connections: the writers, and the readers.
pub(super) fn open(url: &DatabaseUrl, connections: u32) -> Result<Db, DbError> {
    migrations::run(&mut Connection::Postgres(connect(url)?))?;
    let threads = usize::try_from(connections).map_err(DbError::unavailable)?;
    let server = url.clone();
    let connections = Arc::new(Connections::new(move || connect(&server).map(Connection::Postgres)));
    let for_writers = WRITERS.min(threads.saturating_sub(1)).max(1);
    let writers = Pool::start("postgres-writer", for_writers, Arc::clone(&connections))?;
    let readers = match threads.saturating_sub(for_writers) {
        // A single connection serves both.
        0 => writers.clone(),
        for_readers => Pool::start("postgres-reader", for_readers, connections)?,
    };
    Ok(Db { backend: Backend::Postgres(url.clone()), readers, writers })
}

/// A connection outside the pools.
pub(super) fn connect(url: &DatabaseUrl) -> Result<PgConnection, DbError> {
    let mut connection = PgConnection::establish(&url.for_libpq()).map_err(DbError::connect)?;
    connection.batch_execute(&session())?;
    Ok(connection)
}

/// The settings of a session.
fn session() -> String {
    let limit = STATEMENT_LIMIT.as_millis();
    format!(
        "SET lock_timeout = {limit}; SET statement_timeout = {limit}; \
         SET idle_in_transaction_session_timeout = 5000"
    )
}
