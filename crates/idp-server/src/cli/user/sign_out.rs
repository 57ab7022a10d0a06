//! `user sign-out`: ends what one person, or everybody, has open. Nobody is shut out.

use clap::Args;
use idp_core::{session::EndCause, username::Username};
use serde_json::json;

use super::find;
use crate::{
    cli::{Context, failure::Failure},
    db::audit_events::About,
    installation::Installation,
    store::revoke::{Target, revoke},
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The sign-in name
    #[arg(value_parser = Username::parse, required_unless_present = "all", conflicts_with = "all")]
    username: Option<Username>,
    /// Everybody, as after an old copy of the database was restored
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let (target, user) = match &arguments.username {
        Some(username) => {
            let user = find(username, installation).await?;
            (Target::User(user.id), Some(user.id))
        }
        None => (Target::Everybody, None),
    };
    let about = About { user, ..About::default() };
    revoke(&installation.db, target, EndCause::Administrator, about, context.clock.now()).await?;
    let username = arguments.username.as_ref().map(Username::as_str);
    let text = match username {
        Some(username) => format!("{username} is signed out everywhere"),
        None => "Everybody is signed out everywhere".to_owned(),
    };
    let value = json!({ "username": username, "all": arguments.all, "signed_out": true });
    Ok(context.output.show(&text, &value)?)
}
