//! `plan`, `apply` and `export`: attributes, roles, groups and clients as files declare them. What a file says of a thing is all of it: a
//! member that is not there has the value that it has in a thing that is made without it. So each difference is drift, and is
//! named. Everything is done by operations of the administration API, here or on a server elsewhere (ADR 72).

pub(super) mod apply;
mod difference;
mod export;
mod file;
pub(super) mod plan;
pub(super) mod present;

use std::path::PathBuf;

use clap::Args;
use idp_core::time::UnixTime;

use super::{
    api::{Api, ServerFlags},
    confirmation::Confirmation,
    failure::Failure,
    output::Output,
};
use file::Declared;
use plan::Plan;
use present::Present;

#[derive(Args, Debug)]
pub(super) struct PlanCommand {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(flatten)]
    files: Files,
    /// Fails when anything is otherwise than the files say
    #[arg(long)]
    check: bool,
}

#[derive(Args, Debug)]
pub(super) struct ApplyCommand {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    confirmation: Confirmation,
}

#[derive(Args, Debug)]
pub(super) struct ExportCommand {
    #[command(flatten)]
    pub(super) place: ServerFlags,
}

#[derive(Args, Debug)]
struct Files {
    /// A file, or a folder whose .toml files are read in the order of their names
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Removes attributes, roles, groups, clients and secrets that the files do not name
    #[arg(long)]
    prune: bool,
}

impl Files {
    async fn plan(&self, api: &Api<'_>, now: UnixTime) -> Result<(Plan, Present), Failure> {
        let declared = Declared::read(&self.files)?;
        let present = Present::look(api, !declared.attributes.is_empty()).await?;
        Ok((Plan::of(declared, &present, self.prune, now)?, present))
    }
}

pub(super) async fn plan(
    command: &PlanCommand,
    api: &Api<'_>,
    now: UnixTime,
    output: Output,
) -> Result<(), Failure> {
    let (plan, _) = command.files.plan(api, now).await?;
    output.show(&plan.sentences(), &plan.value())?;
    match command.check && !plan.is_empty() {
        true => Err(Failure::refused("what is there is otherwise than the files say")),
        false => Ok(()),
    }
}

pub(super) async fn apply(
    command: &ApplyCommand,
    api: &Api<'_>,
    now: UnixTime,
    output: Output,
) -> Result<(), Failure> {
    let (plan, present) = command.files.plan(api, now).await?;
    if plan.ends_something() {
        let (confirmation, effect) = (command.confirmation, plan.sentences());
        confirmation.ask(async || Ok(effect)).await?;
    }
    apply::run(&plan, &present, api).await?;
    Ok(output.show(&plan.sentences(), &plan.value())?)
}

pub(super) async fn export(api: &Api<'_>, now: UnixTime) -> Result<(), Failure> {
    let present = Present::look(api, false).await?;
    Ok(export::write(&present, now)?)
}
