//! Where a command runs: on a server elsewhere by the administration API, on the database at hand by the same operations, or on this
//! machine alone.

use super::{
    Command, Context, administrator,
    api::{Api, ServerFlags},
    attribute, audit, backup, client, config, declared, explain,
    failure::Failure,
    feed, group, import, keys, login, logout_delivery, mail, master_key, migrate,
    output::Output,
    password, restore, role, serve, user, whoami,
};
use crate::{
    clock::Clock,
    config::{LogConfig, LogFilter},
    log,
};

impl Command {
    /// Where it runs, of those that are operations of the administration API.
    const fn place(&self) -> Option<&ServerFlags> {
        Some(match self {
            Self::User(command) => &command.place,
            Self::Client(command) => &command.place,
            Self::Group(command) => &command.place,
            Self::Role(command) => &command.place,
            Self::Attribute(command) => &command.place,
            Self::Keys(command) => &command.place,
            Self::Mail(command) => &command.place,
            Self::LogoutDelivery(command) => &command.place,
            Self::Feed(command) => &command.place,
            Self::Config(command) => &command.place,
            Self::Audit(command) => &command.place,
            Self::Whoami(command) => &command.place,
            Self::Plan(command) => &command.place,
            Self::Apply(command) => &command.place,
            Self::Export(command) => &command.place,
            Self::Explain(command) => &command.place,
            Self::Login(command) | Self::Logout(command) => &command.place,
            _ => return None,
        })
    }

    /// The same, when that is a server elsewhere.
    pub(super) fn place_elsewhere(&self) -> Option<ServerFlags> {
        self.place().filter(|place| place.server.is_some()).cloned()
    }

    /// Why it works on this machine alone, where it does.
    const fn only_here(&self) -> Option<&'static str> {
        match self {
            Self::Keys(command) => command.only_here(),
            Self::Mail(command) => command.only_here(),
            Self::Audit(command) => command.only_here(),
            Self::Config(command) => command.only_here(),
            _ => None,
        }
    }

    /// Runs it there. No configuration counts: that is of a provider, and this one may have none.
    pub(super) async fn run_elsewhere(self, place: ServerFlags, output: Output) -> Result<(), Failure> {
        log::start(&LogConfig { filter: LogFilter::WARN, ..LogConfig::default() }, None)?;
        if let Some(why) = self.only_here() {
            return Err(Failure::refused(why));
        }
        let clock = Clock::System;
        match self {
            Self::Login(command) => login::log_in(&command, &clock, output).await,
            Self::Logout(command) => login::log_out(&command, output).await,
            command => {
                let api = Api::There(Box::new(place.server(&clock).await?));
                command.administer(&api, &clock, output).await
            }
        }
    }

    /// Runs it on this machine.
    pub(super) async fn run_here(self, context: Context) -> Result<(), Failure> {
        if let Some(place) = self.place() {
            place.require_none()?;
        }
        match self {
            Self::Serve => serve::run(context).await,
            Self::Migrate => migrate::run(&context),
            Self::Import(arguments) => import::run(arguments, &context).await,
            Self::Administrator(command) => administrator::run(command, &context).await,
            Self::Password(command) => password::run(command, &context).await,
            Self::Backup(command) => backup::run(command, &context).await,
            Self::Restore(arguments) => restore::run(arguments, &context).await,
            Self::Login(_) | Self::Logout(_) => Err(Failure::refused("name a server with --server")),
            command => command.administer_here(&context).await,
        }
    }

    /// What the operator of this machine alone does, and else what the administration API does, on the database at hand.
    async fn administer_here(self, context: &Context) -> Result<(), Failure> {
        if let Self::Keys(command) = &self
            && let Some(confirmation) = command.reset()
        {
            return keys::reset(confirmation, context).await;
        }
        if let Self::Keys(command) = &self
            && let Some(command) = command.master()
        {
            return master_key::run(command, context).await;
        }
        if let Self::Mail(command) = &self
            && let Some(test) = command.test()
        {
            return mail::test(test, context).await;
        }
        if let Self::Audit(command) = &self
            && let Some(check) = command.check()
        {
            return audit::check(check, context).await;
        }
        let opened = context.open().await?;
        self.administer(&Api::here(&opened, context), &context.clock, context.output).await
    }

    /// Does it by operations of the administration API, wherever that is.
    async fn administer(self, api: &Api<'_>, clock: &Clock, output: Output) -> Result<(), Failure> {
        match self {
            Self::User(command) => user::run(command, api, output).await,
            Self::Client(command) => client::run(command, api, output).await,
            Self::Group(command) => group::run(command, api, output).await,
            Self::Role(command) => role::run(command, api, output).await,
            Self::Attribute(command) => attribute::run(command, api, output).await,
            Self::Keys(command) => keys::run(command, api, output).await,
            Self::Mail(command) => mail::run(command, api, output).await,
            Self::LogoutDelivery(command) => logout_delivery::run(command, api, output).await,
            Self::Feed(command) => feed::run(command, api, output).await,
            Self::Config(command) => config::run(command, api, output).await,
            Self::Audit(command) => audit::run(command, api, output).await,
            Self::Whoami(_) => whoami::run(api, output).await,
            Self::Explain(command) => explain::run(command, api, output).await,
            Self::Plan(command) => declared::plan(&command, api, clock.now(), output).await,
            Self::Apply(command) => declared::apply(&command, api, clock.now(), output).await,
            Self::Export(_) => declared::export(api, clock.now()).await,
            _ => Err(Failure::refused("this is done on the machine of the server alone")),
        }
    }
}
