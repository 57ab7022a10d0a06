//! `user add`.

use clap::Args;
use idp_core::{
    user::{AddressChange, StandardClaims},
    username::Username,
};
use serde_json::json;

use super::{
    address_flags::FirstAddresses,
    attribute_flags::AttributeFlags,
    claim_flags::{ClaimFlags, unfit},
    password::{Chosen, NewPassword},
};
use crate::{
    admin_api::{
        NoPath,
        users::{
            change::AddressStep,
            create::{CreateUser, NewAddress, NewUser},
        },
    },
    cli::{
        api::{Api, with},
        failure::Failure,
        output::Output,
        secret_input,
    },
    directory::DirectoryError,
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
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

pub(super) async fn run(arguments: Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let change = arguments.claims.change().map_err(DirectoryError::from)?;
    // Before the operator is asked for a password.
    let claims = change.clone().apply(StandardClaims::default()).map_err(DirectoryError::from)?;
    claims.checked().map_err(unfit)?;
    let attributes = arguments.attributes.members(api).await?;
    let chosen = if arguments.hashed { None } else { Some(arguments.password.choose()?) };
    let new = NewUser {
        username: arguments.username.as_str().to_owned(),
        claims: change.into_members(),
        addresses: arguments.addresses.changes().into_iter().map(new_address).collect(),
        password: chosen.as_ref().map(Chosen::text),
        temporary: chosen.as_ref().is_some_and(|chosen| chosen.is_temporary),
        password_hash: match arguments.hashed {
            true => Some(secret_input::first_line_of_stdin()?.to_string()),
            false => None,
        },
        attributes,
        disabled: false,
    };
    let made = api.call(with::<CreateUser>(NoPath::default(), new)).await?.body;
    let (id, username, until) = (made.user.id, made.user.username, made.password_expires_at);
    let sentences = chosen.as_ref().map(|chosen| chosen.sentences(until.as_ref())).unwrap_or_default();
    let text = format!("Added {username} ({id}){sentences}");
    let generated = chosen.as_ref().and_then(Chosen::generated);
    let value = json!({ "id": id, "username": username, "password": generated, "temporary_until": until });
    Ok(output.show(&text, &value)?)
}

fn new_address(change: AddressChange) -> NewAddress {
    let verified = matches!(change, AddressChange::Vouch(_));
    NewAddress { address: AddressStep::from(change).address, verified }
}
