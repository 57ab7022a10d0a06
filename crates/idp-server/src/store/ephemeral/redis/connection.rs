//! The connection to Redis: a multiplexed one, shared by all requests and taken out of the pool for good, because
//! `pool.get` costs two round trips each time. When it fails, the next request opens another. Every wait has an end.

use super::EphemeralError;
use crate::clock::Stopwatch;
use crate::config::RedisTopology;
use crate::metrics::{RedisFault, RedisMetrics};
use crate::spans;
use arc_swap::ArcSwapOption;
use deadpool_redis::redis::aio::{ConnectionLike, MultiplexedConnection};
use deadpool_redis::redis::cluster_async::ClusterConnection;
use deadpool_redis::redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, Pipeline, RedisError, RedisFuture, RedisResult, Value,
};
use deadpool_redis::sentinel::{SentinelNodeConnectionInfo, SentinelServerType, TlsMode};
use deadpool_redis::{cluster, sentinel};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::sync::Mutex;
use url::Url;

/// How long one answer may take.
const ANSWER: Duration = Duration::from_millis(500);
/// How long a new connection may take.
const CONNECT: Duration = Duration::from_secs(1);
/// For how long no request tries again after that failed: it is told at once.
const PAUSE: Duration = Duration::from_millis(250);

/// A multiplexed connection; clones share it.
#[derive(Clone)]
pub enum Multiplexed {
    /// To one server.
    One(MultiplexedConnection),
    /// To all servers of a Cluster.
    Cluster(ClusterConnection),
}

impl ConnectionLike for Multiplexed {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(connection) => connection.req_packed_command(command),
            Self::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(connection) => connection.req_packed_commands(commands, offset, count),
            Self::Cluster(connection) => connection.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(connection) => connection.get_db(),
            Self::Cluster(connection) => connection.get_db(),
        }
    }
}

/// The way to one Redis.
pub struct Connection {
    pool: Pool,
    open: ArcSwapOption<Multiplexed>,
    /// One opens; the others wait for what comes of it. Holds the time since it failed, and why.
    opening: Mutex<Option<(Stopwatch, String)>>,
    threads: Threads,
    /// What was asked, and how that went.
    pub metrics: RedisMetrics,
}

impl Connection {
    /// Prepares the way to `topology`; connects to nothing yet.
    ///
    /// # Errors
    /// [`EphemeralError`] for a URL that the client does not take.
    pub fn new(topology: &RedisTopology) -> Result<Self, EphemeralError> {
        let threads = Threads::start()?;
        let pool = Pool::new(topology).map_err(|error| EphemeralError::from_redis(&error))?;
        let (open, opening) = (ArcSwapOption::empty(), Mutex::new(None));
        Ok(Self { pool, open, opening, threads, metrics: RedisMetrics::default() })
    }

    /// Asks something over the connection: a command, or the script of this name.
    ///
    /// # Errors
    /// [`EphemeralError`], at the latest after a second and a half.
    pub async fn ask<T>(
        &self,
        (command, script): (&'static str, Option<&'static str>),
        question: impl AsyncFnOnce(&mut Multiplexed) -> RedisResult<T>,
    ) -> Result<T, EphemeralError> {
        let span = spans::redis(command, script);
        spans::within(span, EphemeralError::word, self.answer(question)).await
    }

    async fn answer<T>(
        &self,
        question: impl AsyncFnOnce(&mut Multiplexed) -> RedisResult<T>,
    ) -> Result<T, EphemeralError> {
        let faults = &self.metrics.faults;
        let opened = self.multiplexed().await;
        let shared = opened.inspect_err(|_| faults.add(RedisFault::Unavailable))?;
        let mut multiplexed = Multiplexed::clone(&shared);
        let asked = Stopwatch::start();
        let answered = tokio::time::timeout(ANSWER, question(&mut multiplexed)).await;
        self.metrics.took.observe(asked.elapsed());
        let (fault, error) = match answered {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if is_an_answer(&error) => {
                let error = EphemeralError::from_redis(&error);
                let is_behind = matches!(error, EphemeralError::Behind);
                faults.add(if is_behind { RedisFault::Behind } else { RedisFault::Refused });
                return Err(error);
            }
            Ok(Err(error)) => (RedisFault::Unavailable, EphemeralError::from_redis(&error)),
            Err(_) => (RedisFault::Timeout, EphemeralError::Unavailable("no answer in time".to_owned())),
        };
        faults.add(fault);
        self.give_up(&shared);
        Err(error)
    }

    async fn multiplexed(&self) -> Result<Arc<Multiplexed>, EphemeralError> {
        if let Some(multiplexed) = self.open.load_full() {
            return Ok(multiplexed);
        }
        let mut failed = self.opening.lock().await;
        if let Some(multiplexed) = self.open.load_full() {
            return Ok(multiplexed);
        }
        if let Some((since, why)) = failed.as_ref().filter(|(since, _)| since.elapsed() < PAUSE) {
            tracing::trace!(?since, "Redis was tried just now");
            return Err(EphemeralError::Unavailable(why.clone()));
        }
        match self.connect().await {
            Ok(multiplexed) => {
                *failed = None;
                let multiplexed = Arc::new(multiplexed);
                self.open.store(Some(Arc::clone(&multiplexed)));
                Ok(multiplexed)
            }
            Err(error) => {
                *failed = Some((Stopwatch::start(), error.to_string()));
                Err(error)
            }
        }
    }

    async fn connect(&self) -> Result<Multiplexed, EphemeralError> {
        let pool = self.pool.clone();
        // The connection lives on its own thread, whichever worker happens to ask for it first.
        let connecting = self.threads.runtime()?.spawn(async move { pool.take().await });
        match tokio::time::timeout(CONNECT, connecting).await {
            Ok(Ok(outcome)) => outcome.map_err(EphemeralError::Unavailable),
            Ok(Err(error)) => Err(EphemeralError::Unavailable(error.to_string())),
            Err(_) => Err(EphemeralError::Unavailable("no connection in time".to_owned())),
        }
    }

    /// Gives this connection up, unless another has taken its place already.
    fn give_up(&self, multiplexed: &Arc<Multiplexed>) {
        if self.open.load().as_ref().is_some_and(|open| Arc::ptr_eq(open, multiplexed)) {
            self.open.store(None);
        }
    }
}

/// Whether it says something about the question. Everything else says that this server, or the way to it, is of no use
/// now: gone, loading, read-only since another server is the master.
fn is_an_answer(error: &RedisError) -> bool {
    use deadpool_redis::redis::{ErrorKind, ServerErrorKind as Server};
    match error.kind() {
        ErrorKind::Server(kind) => matches!(
            kind,
            Server::ResponseError | Server::NoScript | Server::CrossSlot | Server::NoPerm | Server::ExecAbort
        ),
        ErrorKind::Extension | ErrorKind::UnexpectedReturnType => true,
        _ => false,
    }
}

#[derive(Clone)]
enum Pool {
    Single(deadpool_redis::Pool),
    Sentinel(sentinel::Pool),
    Cluster(cluster::Pool),
}

impl Pool {
    fn new(topology: &RedisTopology) -> RedisResult<Self> {
        Ok(match topology {
            RedisTopology::Standalone(url) => {
                let waits = AsyncConnectionConfig::new()
                    .set_response_timeout(Some(ANSWER))
                    .set_connection_timeout(Some(CONNECT));
                let manager = deadpool_redis::Manager::new_with_config(info(url)?, waits)?;
                Self::Single(built(deadpool_redis::Pool::builder(manager).build())?)
            }
            RedisTopology::Sentinel { sentinels, master } => {
                let sentinels = sentinels.iter().map(info).collect::<RedisResult<Vec<_>>>()?;
                let manager = sentinel::Manager::new(
                    sentinels,
                    master.host_str().unwrap_or_default().to_owned(),
                    Some(server_of(master)?),
                    SentinelServerType::Master,
                )?;
                Self::Sentinel(built(sentinel::Pool::builder(manager).build())?)
            }
            RedisTopology::Cluster(urls) => {
                let servers = urls.iter().map(info).collect::<RedisResult<Vec<_>>>()?;
                let manager = cluster::Manager::new(servers, false)?;
                Self::Cluster(built(cluster::Pool::builder(manager).build())?)
            }
        })
    }

    /// A new connection, out of the pool for good.
    async fn take(&self) -> Result<Multiplexed, String> {
        fn words(error: impl std::fmt::Display) -> String {
            error.to_string()
        }
        match self {
            Self::Single(pool) => {
                Ok(Multiplexed::One(deadpool_redis::Connection::take(pool.get().await.map_err(words)?)))
            }
            Self::Sentinel(pool) => {
                Ok(Multiplexed::One(sentinel::Connection::take(pool.get().await.map_err(words)?)))
            }
            Self::Cluster(pool) => {
                Ok(Multiplexed::Cluster(cluster::Connection::take(pool.get().await.map_err(words)?)))
            }
        }
    }
}

fn info(url: &Url) -> RedisResult<ConnectionInfo> {
    Ok(Client::open(url.clone())?.get_connection_info().clone())
}

fn server_of(master: &Url) -> RedisResult<SentinelNodeConnectionInfo> {
    Ok(SentinelNodeConnectionInfo {
        tls_mode: (master.scheme() == "rediss").then_some(TlsMode::Secure),
        redis_connection_info: Some(info(master)?.redis_settings().clone().into()),
    })
}

fn built<P>(pool: Result<P, deadpool_redis::BuildError>) -> RedisResult<P> {
    pool.map_err(|error| RedisError::from(std::io::Error::other(error)))
}

/// The thread that the connections live on.
struct Threads(Option<Runtime>);

impl Threads {
    fn start() -> Result<Self, EphemeralError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("redis")
            .enable_all()
            .build()
            .map_err(|error| EphemeralError::Unavailable(error.to_string()))?;
        Ok(Self(Some(runtime)))
    }

    fn runtime(&self) -> Result<&Runtime, EphemeralError> {
        self.0.as_ref().ok_or_else(|| EphemeralError::Unavailable("stopping".to_owned()))
    }
}

impl Drop for Threads {
    /// A runtime may not be waited for on a thread of another.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
