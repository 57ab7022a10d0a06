//! The PostgreSQL server. However it fails, each request has its answer in time: a server that refuses is not asked
//! twice, and one that says nothing at all is given up (`pool`).

use super::connections::Connections;
use super::error::{self, STATEMENT_LIMIT};
use super::group_reader::GroupLimits;
use super::pool::Pool;
use super::postgres_tls::TlsSockets;
use super::{Backend, Connection, Db, DbError, Tables, Writers, migrations};
use crate::config::DatabaseUrl;
use diesel::Connection as _;
use diesel::connection::{CacheSize, SimpleConnection as _};
use diesel::pg::PgConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl as _};
use std::sync::Arc;
use std::time::Duration;

/// Threads that ask for groups. Beside a server that is near, one of them does it all.
const GROUP_READERS: usize = 3;
pub(super) const GROUPS: GroupLimits = GroupLimits { most: 64, head_start: Duration::from_millis(1) };

/// Brings the tables up to date, and has as many threads as connections: the writers, and the readers.
pub(super) fn open(url: &DatabaseUrl, connections: u32) -> Result<Db, DbError> {
    let server = Server::at(url)?;
    migrations::run(&mut Connection::Postgres(server.connect()?))?;
    let opens = server.clone();
    with_threads(server, connections, move || opens.connect())
}

/// The same with the connections of a pooler; migrations and `LISTEN` go to the server itself.
pub(super) fn open_through_pooler(
    pooler: &DatabaseUrl,
    direct: &DatabaseUrl,
    connections: u32,
) -> Result<Db, DbError> {
    let named = |error: DbError| match error {
        DbError::Connect(words) => DbError::Connect(format!("storage.direct_url {direct}: {words}")),
        other => other,
    };
    let server = Server::at(direct).map_err(named)?;
    migrations::run(&mut Connection::Postgres(server.connect().map_err(named)?))?;
    let pooler = Server::at(pooler)?;
    check_defaults(&mut pooler.borrow_connection()?)?;
    with_threads(server, connections, move || pooler.borrow_connection())
}

/// Whether tables were ever made in the database. Makes none.
pub(super) fn has_tables(url: &DatabaseUrl) -> Result<bool, DbError> {
    migrations::has_tables(&mut Connection::Postgres(Server::at(url)?.connect()?))
}

/// How the tables stand, and what `question` answers about them where this version knows them. Changes nothing. `pooler` is asked as well, where
/// there is one.
pub(super) fn inspect<T>(
    url: &DatabaseUrl,
    pooler: Option<&DatabaseUrl>,
    question: impl FnOnce(&mut Connection) -> Result<T, DbError>,
) -> Result<(Tables, Option<T>), DbError> {
    let mut connection = Connection::Postgres(Server::at(url)?.connect()?);
    if let Some(pooler) = pooler {
        check_defaults(&mut Server::at(pooler)?.borrow_connection()?)?;
    }
    migrations::inspect_and(&mut connection, question)
}

fn with_threads(
    server: Server,
    connections: u32,
    open: impl Fn() -> Result<PgConnection, DbError> + Send + Sync + 'static,
) -> Result<Db, DbError> {
    let threads = usize::try_from(connections).map_err(DbError::unavailable)?;
    let connections = Arc::new(Connections::new(move || open().map(Connection::Postgres)));
    // A writer may wait for the lock of a person, a reader for nothing: neither takes the threads of the other.
    let for_writers = threads.div_ceil(2);
    let for_reading = threads.saturating_sub(for_writers);
    let for_groups = GROUP_READERS.min(for_reading / 2);
    let pool_or = |shared: &Pool, name: &str, threads: usize| match threads {
        0 => Ok(shared.clone()),
        _ => Pool::start(name, threads, Arc::clone(&connections)),
    };
    let writers = Pool::start("postgres-writer", for_writers, Arc::clone(&connections))?;
    // Where there are too few connections, one pool serves several purposes.
    let readers = pool_or(&writers, "postgres-reader", for_reading.saturating_sub(for_groups))?;
    let group_readers = pool_or(&readers, "postgres-groups", for_groups)?;
    let (writers, faults) = (Writers::Postgres(writers), error::faults());
    Ok(Db { backend: Backend::Postgres(server), readers, group_readers, writers, faults })
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
        connection.batch_execute(&LIMITS.map(|(name, limit)| format!("SET {name} = {limit}")).join("; "))?;
        Ok(connection)
    }

    /// A connection of a pooler, which may go to another session after each transaction: no statement is prepared
    /// for a later one, and no setting is made.
    fn borrow_connection(&self) -> Result<PgConnection, DbError> {
        let mut connection = PgConnection::establish(&self.url).map_err(DbError::connect)?;
        connection.set_prepared_statement_cache_size(CacheSize::Disabled);
        Ok(connection)
    }
}

/// Settings of every session, in milliseconds.
const LIMITS: [(&str, u128); 3] = [
    ("lock_timeout", STATEMENT_LIMIT.as_millis()),
    ("statement_timeout", STATEMENT_LIMIT.as_millis()),
    ("idle_in_transaction_session_timeout", 5000),
];

/// Sees that the sessions behind a pooler begin with [`LIMITS`] or less: they cannot be made through it.
fn check_defaults(connection: &mut PgConnection) -> Result<(), DbError> {
    #[derive(QueryableByName)]
    struct Limit {
        #[diesel(sql_type = BigInt)]
        ms: i64,
    }
    for (name, most) in LIMITS {
        let asked = format!("SELECT CAST(setting AS BIGINT) AS ms FROM pg_settings WHERE name = '{name}'");
        let limit: Limit = diesel::sql_query(asked).get_result(connection)?;
        if !u128::try_from(limit.ms).is_ok_and(|ms| (1..=most).contains(&ms)) {
            return Err(DbError::Connect(format!(
                "{name} is {} ms behind the pooler and must be between 1 and {most}: ALTER ROLE ... SET {name} = {most}, \
                 and let the pooler connect anew",
                limit.ms
            )));
        }
    }
    Ok(())
}
