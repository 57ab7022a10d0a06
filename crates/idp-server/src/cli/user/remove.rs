//! `user remove`: there is no way back, so it asks for a flag.

use clap::Args;
use serde_json::json;

use super::Name;
use crate::{
    cli::{Context, failure::Failure},
    directory::Administration,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    name: Name,
    /// Confirms that the account goes for good
    #[arg(long)]
    yes: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let username = &arguments.name.username;
    let name = username.as_str();
    if !arguments.yes {
        let user = directory.user(username).await?;
        return Err(Failure::refused(format!(
            "{name} ({}) would be signed out everywhere and removed for good; say --yes to do it, or keep the account \
             with user disable",
            user.id
        )));
    }
    let user = directory.remove_user(username, context.clock.now()).await?;
    let value = json!({ "id": user.id, "username": username, "removed": true });
    Ok(context.output.show(&format!("Removed {name} ({}), who is signed out everywhere", user.id), &value)?)
}
