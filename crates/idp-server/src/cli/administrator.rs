//! `administrator`: the way in for the first administrator, and the way back after the last one was lost (ADR 67).

use clap::Subcommand;
use serde_json::json;

use super::{Context, failure::Failure, output::at};
use crate::date::rfc3339;
use idp_core::administrator_link::LIFETIME;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Prints a link by which a person becomes an administrator; it is good once, for 24 hours
    Link,
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Link => link(context).await,
    }
}

async fn link(context: &Context) -> Result<(), Failure> {
    let (opened, now) = (context.open().await?, context.clock.now());
    let address = opened.administration(context).administrator_link(now).await?;
    let until = now.plus(LIFETIME);
    let text = format!(
        "{address}\n\nThe person who opens this link becomes an administrator, with the account that is signed in or with a new one.\n\
         It is good once, until {}.",
        rfc3339(until)
    );
    Ok(context.output.show(&text, &json!({ "link": address, "expires_at": at(until) }))?)
}
