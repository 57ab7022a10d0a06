//! Where the data of a story lives. The environment variable `STORY_BACKEND` chooses for a whole run, so that every story
//! runs on every backend: `sqlite` (the default), `postgres`, or `cluster`: two nodes over PostgreSQL and Redis.

use crate::postgres::PostgresServer;
use crate::redis::RedisServer;
use idp_server::config::{Config, DatabaseUrl, RedisUrl};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Databases and nodes behind a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Backend {
    /// A SQLite file in the folder of the provider.
    Sqlite,
    /// A database of its own on the PostgreSQL server of this process.
    Postgres,
    /// The same, ephemeral state in a Redis, and two nodes over both.
    Cluster,
}

impl Backend {
    /// The backend of this run.
    #[must_use]
    pub fn of_this_run() -> Self {
        match std::env::var("STORY_BACKEND").as_deref() {
            Err(_) | Ok("sqlite") => Self::Sqlite,
            Ok("postgres") => Self::Postgres,
            Ok("cluster") => Self::Cluster,
            Ok(other) => panic!("STORY_BACKEND is {other:?}; it may be sqlite, postgres or cluster"),
        }
    }

    /// Makes the databases for the provider of `folder`, or finds those it had before, and points `config` at them.
    pub fn provision(self, folder: &Path, config: &mut Config) {
        config.storage.data_dir = folder.join("data");
        if self != Self::Sqlite {
            let url = database_url(folder).unwrap_or_else(|| {
                let url = PostgresServer::shared().create_migrated_database();
                std::fs::write(note(folder), &url).unwrap();
                url
            });
            config.storage.database_url = Some(DatabaseUrl::from(url.as_str()));
            // Hundreds of providers share one server.
            config.storage.connections = 5;
        }
        if self == Self::Cluster {
            config.redis.url = Some(RedisUrl::from(&*redis_url(folder)));
        }
    }

    /// Whether refreshing a token writes to the database: with Redis it only reads.
    #[must_use]
    pub fn refreshes_in_sql() -> bool {
        Self::of_this_run() != Self::Cluster
    }

    /// Whether the run is on anything but SQLite, for a story about the file itself; prints why it is left out.
    #[must_use]
    pub fn is_not_a_file(why: &str) -> bool {
        let other = Self::of_this_run() != Self::Sqlite;
        if other {
            println!("left out: {why}");
        }
        other
    }
}

/// The URL of the database that goes with `folder`; none when it is the file in it.
#[must_use]
pub fn database_url(folder: &Path) -> Option<String> {
    std::fs::read_to_string(note(folder)).ok()
}

/// The settings by which another process finds the databases that go with `folder`, beside its data folder.
#[must_use]
pub fn settings(folder: &Path) -> Vec<String> {
    let database = database_url(folder).map(|url| format!("storage.database_url={url}"));
    let redis = std::fs::read_to_string(redis_note(folder)).ok().map(|url| format!("redis.url={url}"));
    database.into_iter().chain(redis).collect()
}

/// From now on [`settings`] leads other processes over `folder`, whose provider has stopped, to these servers, which are
/// the story's own.
pub fn point_at(folder: &Path, database_url: &str, redis_url: &str) {
    clear(folder);
    std::fs::write(note(folder), database_url).unwrap();
    std::fs::write(redis_note(folder), redis_url).unwrap();
}

/// From now on [`settings`] leads other processes over `folder` to this database.
pub fn use_database(folder: &Path, url: &str) {
    std::fs::write(note(folder), url).unwrap();
}

/// The Redis database that goes with `folder`: one of many on the server that the stories of this process share.
fn redis_url(folder: &Path) -> String {
    static USED: AtomicU32 = AtomicU32::new(0);
    std::fs::read_to_string(redis_note(folder)).unwrap_or_else(|_| {
        let url = format!("{}/{}", shared_redis().url(), USED.fetch_add(1, Ordering::SeqCst));
        std::fs::write(redis_note(folder), &url).unwrap();
        url
    })
}

fn shared_redis() -> &'static RedisServer {
    static SHARED: OnceLock<RedisServer> = OnceLock::new();
    SHARED.get_or_init(|| RedisServer::start_with(&["--databases", "10000"]))
}

/// Removes the database that goes with `folder`, if it is on a server.
pub fn clear(folder: &Path) {
    if let Some(url) = database_url(folder) {
        PostgresServer::shared().drop_database(&url);
    }
    if let Ok(url) = std::fs::read_to_string(redis_note(folder)) {
        shared_redis().cli(&["-n", url.rsplit('/').next().unwrap(), "FLUSHDB"]);
    }
}

/// Everything that is stored for the provider of `folder` but its master key: the files with their names, and its
/// database on a server.
#[must_use]
pub fn at_rest(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut stored = Vec::new();
    for entry in std::fs::read_dir(folder.join("data")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if name != "master.key" {
            // By another process: to close a file would give up the locks that SQLite has on it in this one.
            let read = std::process::Command::new("cat").arg(entry.path()).output().unwrap();
            assert!(read.status.success(), "{name}");
            stored.push((name, read.stdout));
        }
    }
    if let Some(url) = database_url(folder) {
        stored.push((url.clone(), crate::postgres::contents(&url).into_bytes()));
    }
    if let Ok(url) = std::fs::read_to_string(redis_note(folder)) {
        let database = url.rsplit('/').next().unwrap();
        stored.push((url.clone(), shared_redis().contents(database).into_bytes()));
    }
    stored
}

fn redis_note(folder: &Path) -> PathBuf {
    folder.join("redis_url")
}

fn note(folder: &Path) -> PathBuf {
    folder.join("database_url")
}
