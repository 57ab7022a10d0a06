//! `user set-password`.

use clap::Args;
use serde_json::json;

use super::{Name, NewPassword};
use crate::{
    cli::{Context, failure::Failure},
    directory::Directory,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    password: NewPassword,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Directory<'_>,
) -> Result<(), Failure> {
    let username = arguments.name.username;
    // Before the operator is asked for a password.
    directory.user(&username).await?;
    let chosen = arguments.password.choose()?;
    directory.set_password(&username, chosen.password.clone(), context.clock.now()).await?;
    let username = username.as_str();
    let text = format!("{username} has a new password and is signed out everywhere{}", chosen.sentence());
    Ok(context.output.show(&text, &json!({ "username": username, "password": chosen.generated() }))?)
}
