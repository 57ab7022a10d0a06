//! `password check`: whether a password could be chosen here, and why not. Reads no data and keeps nothing.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Context, failure::Failure, secret_input};
use crate::directory::password_check::PasswordCheck;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Says whether a password could be chosen; asks for it, or reads it from standard input
    Check(Check),
}

#[derive(Args, Debug)]
pub(super) struct Check {
    /// A name of the person it is for, such as their sign-in name; may be repeated
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,
}

pub(super) async fn run(Command::Check(check): Command, context: &Context) -> Result<(), Failure> {
    let leaked = context.leaked_passwords()?;
    let password = secret_input::password()?;
    let names: Vec<&str> = check.name.iter().map(String::as_str).collect();
    PasswordCheck { config: &context.config, leaked: &leaked }.check(&password, &names).await?;
    Ok(context.output.show("This password can be chosen.", &json!({ "ok": true }))?)
}
