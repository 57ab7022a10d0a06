//! `config check`: the configuration in force, where each value comes from, and what is wrong with it or with what it names. Makes and
//! changes nothing, so that it can run before a restart. `config show`: the configuration of an installation, or of the node of a server
//! elsewhere that answers.

mod check;

pub(super) use check::no_restart_mends;

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    api::{Api, ServerFlags, on},
    failure::Failure,
    output::{Output, value},
};
use crate::{
    admin_api::{
        NoPath,
        settings::{GetSettings, Setting},
    },
    clock::Clock,
    config::{ConfigError, Loaded, RedisConfig, warnings},
};

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Prints the configuration in force and says whether it can be used. Of this machine alone
    Check,
    /// Prints the configuration of the installation, or of the node that answers, and where each value comes from
    Show,
}

/// Why the configuration of a server elsewhere is not checked.
const CHECK_IS_HERE: &str = "config check reads the configuration of the machine that it runs on; config show asks a server for its own";

impl Command {
    /// Why it works on this machine alone, where it does.
    pub(super) const fn only_here(&self) -> Option<&'static str> {
        match self.what {
            What::Check => Some(CHECK_IS_HERE),
            What::Show => None,
        }
    }

    /// Whether it is about the configuration alone, and there need be no installation.
    pub(super) const fn is_check(&self) -> bool {
        matches!(self.what, What::Check)
    }
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    if command.is_check() {
        return Err(Failure::refused(CHECK_IS_HERE));
    }
    let settings = api.call(on::<GetSettings>(NoPath::default())).await?.body;
    let mut lines: Vec<String> = settings.items.iter().map(line).collect();
    lines.extend(settings.notes.iter().map(|note| format!("# note: {note}")));
    Ok(output.show(&lines.join("\n"), &value(&settings)?)?)
}

fn line(setting: &Setting) -> String {
    let Setting { key, value, origin, file } = setting;
    let from = file.as_deref().unwrap_or(origin);
    if value.is_null() { format!("{key} is not set  # {from}") } else { format!("{key} = {value}  # {from}") }
}

pub(super) async fn check(
    command: &Command,
    loaded: Result<Loaded, ConfigError>,
    output: Output,
) -> Result<(), Failure> {
    command.place.require_none()?;
    let loaded = loaded?;
    let mut warnings = warnings(&loaded.config);
    warnings.extend(loaded.ignored_variables_note());
    let found = check::look(&loaded.config, &Clock::System).await;
    warnings.extend(found.notes);
    let values = loaded.values().map_err(ConfigError::from)?;
    let mut lines = loaded.lines().map_err(ConfigError::from)?;
    lines.push(match &loaded.file {
        Some(file) => format!("# read from {}", file.display()),
        None => "# no configuration file".to_owned(),
    });
    lines.extend(warnings.iter().map(|warning| format!("# note: {warning}")));
    lines.extend(found.redis.iter().map(|found| format!("# {found}")));
    let faults: Vec<String> = found.faults.iter().map(ToString::to_string).collect();
    lines.extend(faults.is_empty().then(|| "# ok".to_owned()));
    let value = json!({
        "ok": faults.is_empty(), "faults": faults, "file": loaded.file, "notes": warnings, "redis": found.redis, "values": values,
    });
    output.show(&lines.join("\n"), &value)?;
    check::worst(found.faults).map_or(Ok(()), Err)
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
