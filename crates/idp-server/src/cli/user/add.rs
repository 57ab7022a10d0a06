//! `user add`.

use clap::Args;
use idp_core::{
    user::{StandardClaims, UserStatus},
    username::Username,
};
use serde_json::json;

use super::{Chosen, NewPassword, address_flags::FirstAddresses, claim_flags::ClaimFlags};
use crate::{
    cli::{Context, failure::Failure, secret_input},
    directory::{
        Directory, DirectoryError,
        users::{FirstPassword, NewUser},
    },
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The name that they go by and sign in with; it may be their e-mail address
    #[arg(value_parser = Username::parse, allow_hyphen_values = true)]
    username: Username,
    #[command(flatten)]
    addresses: FirstAddresses,
    #[command(flatten)]
    claims: ClaimFlags,
    #[command(flatten)]
    password: NewPassword,
    /// Reads the hash that another system made from standard input, instead of asking for a password
    #[arg(long, conflicts_with = "generate")]
    hashed: bool,
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
    let chosen = if arguments.hashed { None } else { Some(arguments.password.choose()?) };
    let password = match &chosen {
        Some(chosen) => FirstPassword::Typed(chosen.password.clone()),
        None => FirstPassword::Hashed(secret_input::first_line_of_stdin()?.to_string()),
    };
    let (username, addresses) = (arguments.username, arguments.addresses.changes());
    let new = NewUser { username, claims, addresses, password, status: UserStatus::Active };
    let user = directory.add_user(new, context.clock.now()).await?.user;
    let (id, username) = (user.id, user.username.as_str());
    let text =
        format!("Added {username} ({id}){}", chosen.as_ref().map(Chosen::sentence).unwrap_or_default());
    let generated = chosen.as_ref().and_then(Chosen::generated);
    let value = json!({ "id": id, "username": username, "password": generated });
    Ok(context.output.show(&text, &value)?)
}
