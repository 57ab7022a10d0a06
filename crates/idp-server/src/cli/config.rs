//! `config check`: the configuration in force, where each value comes from, and what is wrong with it. Reads no data and
//! changes nothing, so that it can run before a restart. A Redis is asked for its version and its eviction policy.

use anyhow::Context as _;
use clap::Subcommand;
use serde_json::json;

use super::{failure::Failure, output::Output};
use crate::{
    config::{ConfigError, Loaded, RedisConfig, warnings},
    store::check_redis,
};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Prints the configuration in force and says whether it can be used
    Check,
}

pub(super) async fn run(
    Command::Check: Command,
    loaded: Result<Loaded, ConfigError>,
    output: Output,
) -> Result<(), Failure> {
    let loaded = loaded?;
    let mut warnings = warnings(&loaded.config);
    warnings.extend(loaded.ignored_variables_note());
    let redis = check_redis(&loaded.config).await.context(redis_setting(&loaded.config.redis))?;
    let values = loaded.values().map_err(ConfigError::from)?;
    let mut lines = loaded.lines().map_err(ConfigError::from)?;
    lines.push(match &loaded.file {
        Some(file) => format!("# read from {}", file.display()),
        None => "# no configuration file".to_owned(),
    });
    lines.extend(warnings.iter().map(|warning| format!("# note: {warning}")));
    lines.extend(redis.iter().map(|found| format!("# {found}")));
    lines.push("# ok".to_owned());
    let value =
        json!({ "ok": true, "file": loaded.file, "notes": warnings, "redis": redis, "values": values });
    Ok(output.show(&lines.join("\n"), &value)?)
}

/// The key that names the Redis, with its value.
fn redis_setting(redis: &RedisConfig) -> String {
    let (key, urls) = match (redis.sentinels.as_slice(), redis.cluster.as_slice()) {
        ([], []) => ("redis.url", redis.url.as_slice()),
        (sentinels, []) => ("redis.sentinels", sentinels),
        (_, cluster) => ("redis.cluster", cluster),
    };
    let urls: Vec<String> = urls.iter().map(ToString::to_string).collect();
    format!("{key} {}", urls.join(" "))
}
