//! `user add`.

use clap::Args;
use idp_core::{
    user::{StandardClaims, UserStatus},
    username::Username,
};
use serde_json::json;

use super::{
    Chosen, NewPassword, address_flags::FirstAddresses, attribute_flags::AttributeFlags,
    claim_flags::ClaimFlags,
};
use crate::{
    cli::{Context, failure::Failure, output::maybe_at, secret_input},
    directory::{
        Administration, DirectoryError,
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
    attributes: AttributeFlags,
    #[command(flatten)]
    password: NewPassword,
    /// Reads the hash that another system made from standard input, instead of asking for a password
    #[arg(long, conflicts_with_all = ["generate", "temporary"])]
    hashed: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let change = arguments.claims.change().map_err(DirectoryError::from)?;
    let claims = change.apply(StandardClaims::default()).map_err(DirectoryError::from)?;
    // Before the operator is asked for a password.
    let claims = claims.checked().map_err(DirectoryError::from)?;
    let chosen = if arguments.hashed { None } else { Some(arguments.password.choose()?) };
    let password = match &chosen {
        Some(chosen) if chosen.is_temporary => FirstPassword::Temporary(chosen.password.clone()),
        Some(chosen) => FirstPassword::Typed(chosen.password.clone()),
        None => FirstPassword::Hashed(secret_input::first_line_of_stdin()?.to_string()),
    };
    let (username, addresses) = (arguments.username, arguments.addresses.changes());
    let attributes = arguments.attributes.change();
    let new = NewUser { username, claims, addresses, attributes, password, status: UserStatus::Active };
    let now = context.clock.now();
    let user = directory.add_user(new, now).await?.user;
    let is_temporary = chosen.as_ref().is_some_and(|chosen| chosen.is_temporary);
    let until = is_temporary.then(|| directory.temporary_until(now));
    let (id, username) = (user.id, user.username.as_str());
    let sentences = chosen.as_ref().map(|chosen| chosen.sentences(until)).unwrap_or_default();
    let text = format!("Added {username} ({id}){sentences}");
    let generated = chosen.as_ref().and_then(Chosen::generated);
    let value =
        json!({ "id": id, "username": username, "password": generated, "temporary_until": maybe_at(until) });
    Ok(context.output.show(&text, &value)?)
}
