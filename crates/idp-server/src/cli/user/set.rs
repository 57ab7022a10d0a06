//! `user set`: the username, the e-mail addresses, what sites are told, and whether two factors must be proven. It ends no
//! session.

use clap::Args;
use idp_core::username::Username;

use super::{
    Name,
    address_flags::AddressFlags,
    attribute_flags::{AttributeFlags, RemovedAttributes},
    claim_flags::{ClaimFlags, RemovedClaims},
    show,
};
use crate::{
    cli::{Context, failure::Failure},
    directory::{Administration, DirectoryError, users::UserChange},
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    name: Name,
    /// The new username; the id, which sites know the person by, stays
    #[arg(long = "username", value_name = "NAME", value_parser = Username::parse, allow_hyphen_values = true)]
    new_username: Option<Username>,
    #[command(flatten)]
    addresses: AddressFlags,
    #[command(flatten)]
    claims: ClaimFlags,
    #[command(flatten)]
    removed: RemovedClaims,
    #[command(flatten)]
    attributes: AttributeFlags,
    #[command(flatten)]
    removed_attributes: RemovedAttributes,
    /// They must prove two factors at every sign-in, whatever authentication.required asks of everybody
    #[arg(long)]
    require_second_factor: bool,
    /// They must prove what everybody must
    #[arg(long, conflicts_with = "require_second_factor")]
    no_require_second_factor: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let claims = arguments.claims.change().map_err(DirectoryError::from)?;
    let removed = arguments.removed.change().map_err(DirectoryError::from)?;
    let claims = claims.and(removed).map_err(DirectoryError::from)?;
    let attributes = arguments.attributes.and(arguments.removed_attributes).map_err(Failure::refused)?;
    let addresses = arguments.addresses.changes();
    let requires_second_factor = match (arguments.require_second_factor, arguments.no_require_second_factor) {
        (false, false) => None,
        (is_required, _) => Some(is_required),
    };
    let username = arguments.new_username;
    let change = UserChange { username, claims, addresses, attributes, requires_second_factor };
    if change.is_empty() {
        return Err(Failure::refused("nothing to change; see user set --help"));
    }
    let account = directory.change_user(&arguments.name.username, change, context.clock.now()).await?;
    show::show(&account, context)
}
