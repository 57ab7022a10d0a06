//! `user set-password`.

use clap::Args;
use serde_json::json;

use super::{Confirmed, NewPassword};
use crate::{
    cli::{Context, failure::Failure, output::maybe_at},
    directory::Administration,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    whom: Confirmed,
    #[command(flatten)]
    password: NewPassword,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    // Before the operator is asked for a password.
    directory.user(&arguments.whom.name.username).await?;
    let consequence = "all of that ends, and the password that they have is good no more";
    arguments.whom.ask(consequence, context, directory).await?;
    let username = arguments.whom.name.username;
    let chosen = arguments.password.choose()?;
    let (password, now) = (chosen.password.clone(), context.clock.now());
    let until = match chosen.is_temporary {
        true => Some(directory.set_temporary_password(&username, password, now).await?),
        false => directory.set_password(&username, password, now).await.map(|()| None)?,
    };
    let (username, sentences) = (username.as_str(), chosen.sentences(until));
    let text = format!("{username} has a new password and is signed out everywhere{sentences}");
    let value =
        json!({ "username": username, "password": chosen.generated(), "temporary_until": maybe_at(until) });
    Ok(context.output.show(&text, &value)?)
}
