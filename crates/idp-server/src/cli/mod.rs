//! The command line: what can be said, and one file for each thing that can be done. Secrets never arrive as flags
//! (`secret_input`); exit codes are listed in [`failure`].

mod administrator;
mod api;
mod attribute;
mod audit;
mod backup;
mod checks;
mod client;
mod config;
mod confirmation;
mod console;
mod context;
mod declared;
#[cfg(feature = "demo")]
mod demo;
mod dispatch;
mod doctor;
mod explain;
pub mod failure;
mod feed;
mod group;
mod healthcheck;
mod import;
mod keys;
mod login;
mod logout_delivery;
mod mail;
mod master_key;
mod migrate;
pub mod operations;
mod output;
mod password;
mod restore;
mod role;
mod secret_input;
mod serve;
mod shell_files;
mod user;
mod version;
mod whoami;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use self::{
    context::{Context, Opened},
    failure::Failure,
    output::Output,
};
use crate::{
    clock::Clock,
    config::{Config, Inputs, Loaded, LogConfig, LogFilter, load},
    directory::Caller,
    log,
    traces::{Traces, TracesError},
};

/// What `--help` calls the flags that are not the command's own.
const GENERAL: &str = "Options of every command";

/// Single sign-on for sites on unrelated domains: an OAuth 2 and OpenID Connect provider.
#[derive(Parser, Debug)]
#[command(name = "idp-server", version = version::line(), arg_required_else_help = true, propagate_version = true)]
#[command(after_help = "Exit codes: 0 done, 1 failed, 2 bad command line, 3 bad configuration, 4 refused.")]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Command,
}

/// Flags that every command takes; `--help` lists them apart from those of the command.
#[derive(Args, Debug)]
#[command(next_help_heading = GENERAL)]
struct Settings {
    /// The configuration file [default: $IDP_CONFIG, else ./idp.toml when it is there]
    #[arg(long, global = true, value_name = "PATH")]
    config: Option<PathBuf>,
    /// Sets one key of the configuration, such as token.access=10m; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
    /// Prints JSON for scripts
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Shows the whole thing: a provider and two sites, a person, and where to click
    #[cfg(feature = "demo")]
    Demo(demo::Arguments),
    /// Runs the provider
    Serve,
    /// Creates the database or brings it up to date
    Migrate,
    /// People who can sign in
    User(user::Command),
    /// Takes people over from another system, with their passwords; of a Keycloak realm also roles, groups and clients. On the
    /// database at hand alone
    Import(import::Arguments),
    /// The way in for administrators. On the database at hand alone
    #[command(subcommand)]
    Administrator(administrator::Command),
    /// Sites that people sign in to
    Client(client::Command),
    /// Groups of people, who have their roles
    Group(group::Command),
    /// What people are, for sites and for the provider itself
    Role(role::Command),
    /// What is kept of people beside the standard claims
    Attribute(attribute::Command),
    /// Shows what `apply` would do
    Plan(declared::PlanCommand),
    /// Makes attributes, roles, groups and clients as files declare them; twice does nothing more than once
    Apply(declared::ApplyCommand),
    /// Writes attributes, roles, groups and clients as a file that declares them
    Export(declared::ExportCommand),
    /// What happened, and whether the log of it is as it was
    Audit(audit::Command),
    /// Shows who administers, and what they may do
    Whoami(whoami::Command),
    /// Signs you in at a server elsewhere, by browser, until `logout`
    Login(login::Command),
    /// Ends what `login` began
    Logout(login::Command),
    /// Passwords that people may choose
    #[command(subcommand)]
    Password(password::Command),
    /// Keys that sign tokens
    Keys(keys::Command),
    /// Letters to people
    Mail(mail::Command),
    /// What sites are told of sessions that ended
    LogoutDelivery(logout_delivery::Command),
    /// Copies of everything, encrypted. On the database at hand alone
    #[command(subcommand)]
    Backup(backup::Command),
    /// Fills an empty installation with a backup, and signs everybody out. On the database at hand alone
    Restore(restore::Arguments),
    /// The revocation feed
    Feed(feed::Command),
    /// The configuration
    Config(config::Command),
    /// Looks for what is wrong with this node and what it needs, and says how to mend it: configuration, files, clock, keys, certificates,
    /// database, Redis, mail, sites, the proxy, and a sign-in from end to end. Runs on the machine of a node
    Doctor(doctor::Arguments),
    /// Asks the node of this machine whether it lives, for container runtimes: prints one line, and ends with 0 or 1
    Healthcheck(healthcheck::Arguments),
    /// Says what a token, a session, a person, a client or a key is, whether it is good, and if not, what ended it and who was told
    Explain(explain::Command),
    /// Prints what a shell needs to complete commands and flags
    Completions(shell_files::Completions),
    /// Prints the manual page, or writes the pages of all commands into a folder
    Man(shell_files::Man),
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// [`Failure`] says why not, and which exit code that is.
    pub async fn run(self) -> Result<(), Failure> {
        #[cfg(feature = "demo")]
        if let Command::Demo(arguments) = self.command {
            return demo::run(arguments, self.settings.set).await;
        }
        match &self.command {
            Command::Completions(command) => return command.run(),
            Command::Man(command) => return command.run(),
            _ => {}
        }
        let output = Output::new(self.settings.json);
        let loaded = self.settings.load();
        if let Some(place) = self.command.place_elsewhere() {
            return self.command.run_elsewhere(place, output).await;
        }
        if let Command::Config(command) = &self.command
            && command.is_check()
        {
            return config::check(command, loaded, output).await;
        }
        if let Command::Healthcheck(arguments) = &self.command {
            return healthcheck::run(arguments, loaded, output).await;
        }
        if let Command::Doctor(arguments) = self.command {
            return doctor::run(arguments, loaded, output).await;
        }
        let loaded = loaded?;
        let traces = traces_of(&self.command, &loaded.config).map_err(anyhow::Error::from)?;
        log::start(&log_of(&self.command, &loaded.config), traces.as_ref())?;
        if let Some(note) = loaded.ignored_variables_note() {
            tracing::info!("{note}");
        }
        let Loaded { config, origins, .. } = loaded;
        let caller = Caller::console(&console::account());
        let context = Context { config, origins, output, clock: Clock::System, caller, traces };
        self.command.run_here(context).await
    }
}

impl Settings {
    fn load(&self) -> Result<Loaded, crate::config::ConfigError> {
        load(&Inputs::of_process(self.config.clone(), self.set.clone()))
    }
}

/// The server logs as configured; a short command says what it did and logs only what went wrong.
fn log_of(command: &Command, config: &Config) -> LogConfig {
    match command {
        Command::Serve => config.log.clone(),
        _ => LogConfig { filter: LogFilter::WARN, ..config.log.clone() },
    }
}

/// A short command is no part of a trace.
fn traces_of(command: &Command, config: &Config) -> Result<Option<Traces>, TracesError> {
    match command {
        Command::Serve => Traces::start(&config.traces, &config.storage.mounted_secrets),
        _ => Ok(None),
    }
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write KEY=VALUE, such as token.access=10m")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests;
