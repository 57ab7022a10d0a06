//! The one connection that all requests share, for every kind of Redis. It is taken from
//! its pool and kept, because taking one costs two round trips. When it breaks, another is taken in
//! the background. Requests wait for it no longer than they wait for an answer.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use deadpool_redis::{
    Config, Pool, PoolConfig, Runtime, cluster,
    redis::{
        Cmd, ErrorKind, RedisError, RedisResult, Value, aio::MultiplexedConnection,
        cluster_async::ClusterConnection, pipe,
    },
    sentinel::{self, SentinelServerType},
};
use futures_util::future::try_join_all;
use tokio::{runtime::Handle, sync::watch, time::sleep};

use super::{DenylistServers, DenylistStartError};

/// Pooled connections. One is used; the others are for a moment of change.
const POOL_SIZE: usize = 2;
/// The pause after an attempt that failed, however many requests wait.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(50);

/// Where connections come from.
enum Source {
    Single(Pool),
    Sentinel(sentinel::Pool),
    Cluster(cluster::Pool),
}

/// A connection that many requests use at once.
#[derive(Clone)]
enum Shared {
    Single(MultiplexedConnection),
    Cluster(ClusterConnection),
}

pub(super) struct Connections {
    source: Arc<Source>,
    current: watch::Sender<Option<Shared>>,
    is_connecting: Arc<AtomicBool>,
    runtime: Handle,
}

impl Connections {
    pub(super) fn start(servers: DenylistServers) -> Result<Self, DenylistStartError> {
        let runtime = Handle::try_current().map_err(|_| DenylistStartError::NoRuntime)?;
        let urls = servers.urls();
        let source = Arc::new(Source::new(servers).ok_or(DenylistStartError::Address(urls))?);
        let connections =
            Self { source, current: watch::Sender::default(), is_connecting: Arc::default(), runtime };
        connections.connect();
        Ok(connections)
    }

    /// Sends commands together and answers their values.
    pub(super) async fn ask(&self, commands: Vec<Cmd>) -> RedisResult<Vec<Value>> {
        let answers = self.connection().await?.ask(commands).await;
        if answers.as_ref().is_err_and(is_broken) {
            self.forget();
        }
        answers
    }

    /// Gives the connection up: the next request takes another.
    pub(super) fn forget(&self) {
        self.current.send_replace(None);
    }

    async fn connection(&self) -> RedisResult<Shared> {
        let known = self.current.borrow().clone();
        if let Some(connection) = known {
            return Ok(connection);
        }
        self.connect();
        let mut current = self.current.subscribe();
        let connected = current.wait_for(Option::is_some).await;
        connected.ok().and_then(|connection| connection.clone()).ok_or_else(unavailable)
    }

    /// Takes a connection in the background, once at a time: a request that gives up does not end it.
    fn connect(&self) {
        if self.is_connecting.swap(true, Ordering::AcqRel) {
            return;
        }
        let (source, current) = (Arc::clone(&self.source), self.current.clone());
        let is_connecting = Arc::clone(&self.is_connecting);
        self.runtime.spawn(async move {
            match source.take().await {
                Ok(connection) => drop(current.send_replace(Some(connection))),
                Err(kind) => {
                    tracing::debug!(?kind, "cannot connect to the denylist");
                    sleep(BETWEEN_ATTEMPTS).await;
                }
            }
            is_connecting.store(false, Ordering::Release);
        });
    }
}

impl Source {
    fn new(servers: DenylistServers) -> Option<Self> {
        let pool = Some(PoolConfig::new(POOL_SIZE));
        let runtime = Some(Runtime::Tokio1);
        match servers {
            DenylistServers::Single(url) => {
                let config = Config { pool, ..Config::from_url(url) };
                config.create_pool(runtime).ok().map(Self::Single)
            }
            DenylistServers::Sentinel { urls, master } => {
                let config = sentinel::Config::from_urls(urls, master, SentinelServerType::Master);
                let config = sentinel::Config { pool, ..config };
                config.create_pool(runtime).ok().map(Self::Sentinel)
            }
            DenylistServers::Cluster(urls) => {
                let config = cluster::Config { pool, ..cluster::Config::from_urls(urls) };
                config.create_pool(runtime).ok().map(Self::Cluster)
            }
        }
    }

    async fn take(&self) -> Result<Shared, &'static str> {
        let unreachable = "unreachable";
        match self {
            Self::Single(pool) => {
                pool.get().await.map(|taken| Shared::Single((*taken).clone())).map_err(|_| unreachable)
            }
            Self::Sentinel(pool) => {
                pool.get().await.map(|taken| Shared::Single((*taken).clone())).map_err(|_| unreachable)
            }
            Self::Cluster(pool) => {
                pool.get().await.map(|taken| Shared::Cluster((*taken).clone())).map_err(|_| unreachable)
            }
        }
    }
}

impl Shared {
    async fn ask(self, commands: Vec<Cmd>) -> RedisResult<Vec<Value>> {
        match self {
            Self::Single(mut connection) => {
                let mut pipeline = pipe();
                for command in commands {
                    pipeline.add_command(command);
                }
                pipeline.query_async(&mut connection).await
            }
            // The keys live on several nodes, which no pipeline spans: all are asked at once.
            Self::Cluster(connection) => {
                let ask = |command: Cmd| {
                    let mut connection = connection.clone();
                    async move { command.query_async::<Value>(&mut connection).await }
                };
                try_join_all(commands.into_iter().map(ask)).await
            }
        }
    }
}

fn is_broken(error: &RedisError) -> bool {
    error.is_io_error() || error.is_connection_dropped() || error.is_timeout()
}

fn unavailable() -> RedisError {
    RedisError::from((ErrorKind::Io, "no connection"))
}
