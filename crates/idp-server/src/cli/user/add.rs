//! `user add`.

use clap::Args;
use idp_core::{user::StandardClaims, username::Username};
use serde_json::json;

use super::{NewPassword, claim_flags::ClaimFlags};
use crate::{
    cli::{Context, failure::Failure},
    directory::{Directory, DirectoryError, users::NewUser},
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The sign-in name
    #[arg(value_parser = Username::parse, allow_hyphen_values = true)]
    username: Username,
    #[command(flatten)]
    claims: ClaimFlags,
    #[command(flatten)]
    password: NewPassword,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Directory<'_>,
) -> Result<(), Failure> {
    let change = arguments.claims.change().map_err(DirectoryError::from)?;
    let claims = change.apply(StandardClaims::default()).map_err(DirectoryError::from)?;
    // Before the operator is asked for a password.
    let claims = claims.checked().map_err(DirectoryError::from)?;
    let chosen = arguments.password.choose()?;
    let new = NewUser { username: arguments.username, claims, password: chosen.password.clone() };
    let user = directory.add_user(new, context.clock.now()).await?;
    let (id, username) = (user.id, user.username.as_str());
    let text = format!("Added {username} ({id}){}", chosen.sentence());
    let value = json!({ "id": id, "username": username, "password": chosen.generated() });
    Ok(context.output.show(&text, &value)?)
}
