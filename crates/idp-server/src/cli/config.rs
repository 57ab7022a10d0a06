//! `config check`: what is in force, where each value comes from, and what is wrong with it. Reads no data and changes
//! nothing, so that it can run before a restart. A Redis is asked whether it answers and keeps what it is given.

use clap::Subcommand;
use serde_json::json;

use super::{failure::Failure, output::Output};
use crate::{
    config::{ConfigError, Loaded, warnings},
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
    let warnings = warnings(&loaded.config);
    let redis = check_redis(&loaded.config).await.map_err(anyhow::Error::from)?;
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
