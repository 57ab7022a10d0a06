//! `config check`: the configuration in force, where each value comes from, and what is wrong with it or with what it names. Makes and
//! changes nothing, so that it can run before a restart. `config show`: the configuration of an installation, or of the node of a server
//! elsewhere that answers.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    api::{Api, ServerFlags, on},
    checks::{Finding, Outcome, look_at_start, worst},
    failure::Failure,
    output::{Output, value},
};
use crate::{
    admin_api::{
        NoPath,
        settings::{GetSettings, Setting},
    },
    clock::Clock,
    config::{ConfigError, Loaded, warnings},
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
    let found = look_at_start(&loaded.config, &Clock::System).await.findings;
    // That the server runs is worth a word before a restart.
    let is_note = |finding: &&Finding| {
        matches!(finding.outcome, Outcome::Note(_)) || (finding.check == "listen" && !finding.is_fault())
    };
    let notes = found.iter().filter(is_note);
    warnings.extend(notes.map(Finding::words));
    let redis =
        found.iter().find(|finding| finding.check == "redis" && !finding.is_fault()).map(Finding::words);
    let values = loaded.values().map_err(ConfigError::from)?;
    let mut lines = loaded.lines().map_err(ConfigError::from)?;
    lines.push(match &loaded.file {
        Some(file) => format!("# read from {}", file.display()),
        None => "# no configuration file".to_owned(),
    });
    lines.extend(warnings.iter().map(|warning| format!("# note: {warning}")));
    lines.extend(redis.iter().map(|found| format!("# {found}")));
    let faults: Vec<&Failure> = found.iter().filter_map(Finding::as_fault).collect();
    let words: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.extend(words.is_empty().then(|| "# ok".to_owned()));
    let value = json!({
        "ok": words.is_empty(), "faults": words, "file": loaded.file, "notes": warnings, "redis": redis, "values": values,
    });
    output.show(&lines.join("\n"), &value)?;
    worst(faults, words.join("\n")).map_or(Ok(()), Err)
}
