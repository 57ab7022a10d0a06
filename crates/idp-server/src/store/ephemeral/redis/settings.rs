//! What this Redis says about itself.

use super::{EphemeralError, RedisBackend};
use deadpool_redis::redis::{Value, cmd};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::Ordering;

/// What a Redis says about itself.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct RedisReport {
    /// Its version; none where it does not say.
    pub version: Option<String>,
    /// Whether it writes what it holds to disk, as a log or as snapshots; none where it does not say.
    pub persists: Option<bool>,
    /// Whether the last writing failed.
    pub fails_to_persist: bool,
    /// Its clock, in milliseconds since 1970; none in a Cluster, which has many.
    pub now_ms: Option<i64>,
}

impl fmt::Display for RedisReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = self.version.as_deref().unwrap_or("of unknown version");
        write!(f, "Redis {version} answers and evicts nothing")
    }
}

impl RedisBackend {
    /// Its version, whether it keeps what it is told, and its clock.
    ///
    /// # Errors
    /// [`EphemeralError::Evicts`] when it would throw keys away.
    pub async fn describe(&self) -> Result<RedisReport, EphemeralError> {
        let server = self.info("server").await?;
        self.refuse_eviction().await?;
        let persistence = self.info("persistence").await.unwrap_or_default();
        let has = |name, word| field(&persistence, name).any(|value| value == word);
        // Without snapshots the time of the last one is that of the start, and they count changes for ever: who saves says so.
        let saves = self.setting("save").await;
        let persists = saves.map(|saves| !saves.is_empty() || has("aof_enabled", "1"));
        let fails_to_persist = has("rdb_last_bgsave_status", "err") || has("aof_last_write_status", "err");
        let now_ms = if self.is_cluster { None } else { self.now_ms().await.ok() };
        let version = field(&server, "redis_version").next().map(str::to_owned);
        Ok(RedisReport { version, persists, fails_to_persist, now_ms })
    }

    async fn now_ms(&self) -> Result<i64, EphemeralError> {
        let command = cmd("TIME");
        let (seconds, microseconds): (i64, i64) = self
            .connection
            .ask(("TIME", None), async |multiplexed| command.query_async(multiplexed).await)
            .await?;
        Ok(seconds.saturating_mul(1000).saturating_add(microseconds / 1000))
    }

    /// A setting of the server; none where it may not be asked for, as with many providers of Redis.
    async fn setting(&self, name: &str) -> Option<String> {
        if self.is_cluster {
            return None;
        }
        let mut command = cmd("CONFIG");
        command.arg("GET").arg(name);
        let asked = self
            .connection
            .ask(("CONFIG GET", None), async |multiplexed| command.query_async(multiplexed).await)
            .await;
        let pairs: BTreeMap<String, String> = asked.ok()?;
        pairs.get(name).cloned()
    }

    /// S50: when memory is full, a denylist entry must not be what goes.
    pub(super) async fn refuse_eviction(&self) -> Result<(), EphemeralError> {
        let memory = match self.info("memory").await {
            Ok(memory) => memory,
            Err(EphemeralError::Unavailable(why)) if why.contains("NOPERM") => {
                tracing::warn!("Redis does not let us ask for its maxmemory-policy; it must be noeviction");
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let other =
            field(&memory, "maxmemory_policy").find(|policy| *policy != "noeviction").map(str::to_owned);
        self.evicts.store(other.is_some(), Ordering::Relaxed);
        other.map_or(Ok(()), |policy| Err(EphemeralError::Evicts(policy)))
    }

    /// A section of INFO; of every server of a Cluster.
    async fn info(&self, section: &str) -> Result<String, EphemeralError> {
        let mut command = cmd("INFO");
        command.arg(section);
        let value: Value = self
            .connection
            .ask(("INFO", None), async |multiplexed| command.query_async(multiplexed).await)
            .await?;
        let mut text = String::new();
        collect(&value, &mut text);
        Ok(text)
    }
}

fn field<'a>(info: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    info.lines().filter_map(move |line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

/// One server answers with a text, a Cluster with a map from servers to texts.
fn collect(value: &Value, text: &mut String) {
    match value {
        Value::BulkString(bytes) => text.push_str(&String::from_utf8_lossy(bytes)),
        Value::SimpleString(line) | Value::VerbatimString { text: line, .. } => text.push_str(line),
        Value::Map(pairs) => pairs.iter().for_each(|(_, value)| collect(value, text)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, text)),
        _ => {}
    }
    text.push('\n');
}
