//! `user set`: the username, the e-mail addresses, what sites are told, and whether two factors must be proven. It ends no
//! session.

use clap::Args;
use idp_core::username::Username;

use super::{
    Name,
    address_flags::AddressFlags,
    attribute_flags::{AttributeFlags, RemovedAttributes},
    claim_flags::{ClaimFlags, RemovedClaims},
    show::account,
};
use crate::{
    admin_api::users::change::{AddressStep, UpdateUser, UserPatch},
    cli::{
        api::{Api, with},
        failure::Failure,
        output::{Output, lines},
    },
    directory::DirectoryError,
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
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

pub(super) async fn run(arguments: Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let claims = arguments.claims.change().map_err(DirectoryError::from)?;
    let removed = arguments.removed.change().map_err(DirectoryError::from)?;
    let claims = claims.and(removed).map_err(DirectoryError::from)?;
    let attributes = arguments.attributes.and(arguments.removed_attributes)?.members(api).await?;
    let is_said = arguments.require_second_factor || arguments.no_require_second_factor;
    let patch = UserPatch {
        username: arguments.new_username.map(|name| name.as_str().to_owned()),
        claims: (!claims.is_empty()).then(|| claims.into_members()),
        address_changes: arguments.addresses.changes().into_iter().map(AddressStep::from).collect(),
        attributes: (!attributes.is_empty()).then_some(attributes),
        second_factor_required: is_said.then_some(arguments.require_second_factor),
    };
    if patch.is_empty() {
        return Err(Failure::refused("nothing to change; see user set --help"));
    }
    let person = arguments.name.find(api).await?;
    let user = api.call(with::<UpdateUser>(person.path(), patch)).await?.body;
    let value = account(&user, api).await?;
    Ok(output.show(&lines(&value), &value)?)
}
