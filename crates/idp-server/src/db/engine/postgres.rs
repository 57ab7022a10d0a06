//! The PostgreSQL server. However it fails, each request has its answer in time: a server that refuses is not asked
//! twice, and one that says nothing at all is given up (`pool`).

use super::connections::Connections;
use super::error::STATEMENT_LIMIT;
use super::pool::Pool;
use super::postgres_tls::TlsSockets;
use super::{Backend, Connection, Db, DbError, Writers, migrations};
use crate::config::DatabaseUrl;
use diesel::Connection as _;
use diesel::connection::SimpleConnection as _;
use diesel::pg::PgConnection;
use std::sync::Arc;

/// Brings the tables up to date, and has as many threads as connections: the writers, and the readers.
pub(super) fn open(url: &DatabaseUrl, connections: u32) -> Result<Db, DbError> {
    let server = Server::at(url)?;
    migrations::run(&mut Connection::Postgres(server.connect()?))?;
    let threads = usize::try_from(connections).map_err(DbError::unavailable)?;
    let opens = server.clone();
    let connections = Arc::new(Connections::new(move || opens.connect().map(Connection::Postgres)));
    // A writer may wait for the lock of a person, a reader for nothing: neither takes the threads of the other.
    let for_writers = threads.div_ceil(2);
    let writers = Pool::start("postgres-writer", for_writers, Arc::clone(&connections))?;
    let readers = match threads.saturating_sub(for_writers) {
        // A single connection serves both.
        0 => writers.clone(),
        for_readers => Pool::start("postgres-reader", for_readers, connections)?,
    };
    Ok(Db { backend: Backend::Postgres(server), readers, writers: Writers::Postgres(writers) })
}

/// Where the server is, and how connections to it are made.
#[derive(Clone)]
pub(super) struct Server {
    url: String,
    /// Behind these the connections are encrypted.
    _tls: Option<Arc<TlsSockets>>,
}

impl Server {
    /// The server that this URL names.
    ///
    /// # Errors
    /// [`DbError::Connect`] when TLS is asked for and a certificate cannot be read.
    fn at(url: &DatabaseUrl) -> Result<Self, DbError> {
        let Some(tls) = url.tls().map_err(DbError::connect)? else {
            return Ok(Self { url: url.for_libpq(), _tls: None });
        };
        let sockets = TlsSockets::open(&tls)?;
        Ok(Self { url: url.for_libpq_behind(&sockets.settings()), _tls: Some(Arc::new(sockets)) })
    }

    /// A connection outside the pools.
    pub(super) fn connect(&self) -> Result<PgConnection, DbError> {
        let mut connection = PgConnection::establish(&self.url).map_err(DbError::connect)?;
        connection.batch_execute(&session())?;
        Ok(connection)
    }
}

/// The settings of a session.
fn session() -> String {
    let limit = STATEMENT_LIMIT.as_millis();
    format!(
        "SET lock_timeout = {limit}; SET statement_timeout = {limit}; \
         SET idle_in_transaction_session_timeout = 5000"
    )
}
