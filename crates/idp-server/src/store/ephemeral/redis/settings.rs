//! What this Redis says about itself.

use super::{EphemeralError, RedisBackend};
use deadpool_redis::redis::{Value, cmd};
use std::sync::atomic::Ordering;

impl RedisBackend {
    /// Its version and its policy for full memory, in words.
    ///
    /// # Errors
    /// [`EphemeralError::Evicts`] when it would throw keys away.
    pub async fn describe(&self) -> Result<String, EphemeralError> {
        let server = self.info("server").await?;
        let version = field(&server, "redis_version").next().unwrap_or("of unknown version").to_owned();
        self.refuse_eviction().await?;
        Ok(format!("Redis {version} answers and evicts nothing"))
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
