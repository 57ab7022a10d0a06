//! The e-mail addresses of a person.

use super::super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoQuery, Operation, Problem, Timestamp};
use super::create::NewAddress;
use super::{TAG, UserPath};
use crate::directory::users::UserChange;
use crate::directory::{Administration, DirectoryError};
use idp_core::administration::Permission;
use idp_core::mail_address::MailAddress;
use idp_core::time::UnixTime;
use idp_core::user::{Account, AddressChange, KnownAddress, UnfitAddress};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// An address of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Address {
    /// Its id.
    pub id: Uuid,
    /// The address.
    pub address: String,
    /// Since when it is known to be theirs; absent while they or an administrator only say so.
    pub verified_at: Option<Timestamp>,
    /// Whether it is the one that sites are told.
    pub primary: bool,
    /// When it was added.
    pub added_at: Timestamp,
}

/// The addresses of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Addresses {
    /// In the order in which they were added.
    pub items: Vec<Address>,
}

impl Body for Addresses {}

impl From<&KnownAddress> for Address {
    fn from(known: &KnownAddress) -> Self {
        Self {
            id: known.id,
            address: known.address.to_string(),
            verified_at: known.verified_at.map(Timestamp::from),
            primary: known.is_primary,
            added_at: known.added_at.into(),
        }
    }
}

impl From<Account> for Addresses {
    fn from(account: Account) -> Self {
        Self { items: account.addresses.iter().map(Address::from).collect() }
    }
}

/// Which address of which person.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct AddressPath {
    /// The id of the person.
    pub user: Uuid,
    /// The id of the address.
    pub address: Uuid,
}

async fn change(
    by: &Administration<'_>,
    path: &AddressPath,
    change: fn(MailAddress) -> AddressChange,
    now: UnixTime,
) -> Result<Addresses, Problem> {
    let before = by.person(path.user).await?;
    let known = before.addresses.iter().find(|known| known.id == path.address);
    let known = known.ok_or_else(|| Problem::not_found("the person has no such address"))?;
    let addresses = vec![change(known.address.clone())];
    let change = UserChange { addresses, ..UserChange::default() };
    let changed = by.change_account(before, change, now).await.map_err(refusal)?;
    Ok(changed.into())
}

/// The request alone is right; what the person has is in its way.
fn refusal(error: DirectoryError) -> Problem {
    use UnfitAddress as E;
    let DirectoryError::UnfitAddress(unfit) = error else { return error.into() };
    let (status, code) = match &unfit {
        E::Unknown(_) => (404, "not_found"),
        E::TooMany => (409, "too_many"),
        E::Primary(_) => (409, "primary_address"),
        E::StaysUsername(_) => (409, "address_is_username"),
        E::LastVerified(_) => (409, "last_verified_address"),
        E::NotVerified(_) | E::UsernameNotVerified(_) => (409, "address_not_verified"),
    };
    Problem::new(status, code, unfit.to_string())
}

/// Lists the addresses of a person.
pub struct ListAddresses;

impl Operation for ListAddresses {
    const ID: &'static str = "listUserAddresses";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{user}/addresses";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the addresses of a person";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Addresses;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Addresses>, Problem> {
        Ok(Answered::new(by.person(input.path.user).await?.into()))
    }
}

/// Adds an address, and tells the verified ones; takes what the person may as well.
pub struct AddAddress;

impl Operation for AddAddress {
    const ID: &'static str = "addUserAddress";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/addresses";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Adds an address, and tells the verified ones; takes what the person may as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageUsers];
    const REFUSALS: &'static [u16] = &[404, 409, 412];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NewAddress;
    type Answer = Addresses;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Addresses>, Problem> {
        let before = by.person(input.path.user).await?;
        let addresses = vec![input.body.read()?];
        let change = UserChange { addresses, ..UserChange::default() };
        let changed = by.change_account(before, change, now).await.map_err(refusal)?;
        Ok(Answered::new(changed.into()))
    }
}

/// Vouches that an address is the person's, who then signs in with it as well; takes what they may as well.
pub struct VerifyAddress;

impl Operation for VerifyAddress {
    const ID: &'static str = "verifyUserAddress";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/addresses/{address}/verify";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Vouches that an address is the person's, who then signs in with it as well; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageUsers];
    const REFUSALS: &'static [u16] = &[404, 409, 412];
    type Path = AddressPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Addresses;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Addresses>, Problem> {
        Ok(Answered::new(change(by, &input.path, AddressChange::Vouch, now).await?))
    }
}

/// Makes an address the one that sites are told; takes what the person may as well.
pub struct MakeAddressPrimary;

impl Operation for MakeAddressPrimary {
    const ID: &'static str = "makeUserAddressPrimary";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/addresses/{address}/make-primary";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Makes an address the one that sites are told; takes what the person may as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageUsers];
    const REFUSALS: &'static [u16] = &[404, 409, 412];
    type Path = AddressPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Addresses;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Addresses>, Problem> {
        Ok(Answered::new(change(by, &input.path, AddressChange::MakePrimary, now).await?))
    }
}

/// Removes an address; takes what the person may as well.
pub struct RemoveAddress;

impl Operation for RemoveAddress {
    const ID: &'static str = "removeUserAddress";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/users/{user}/addresses/{address}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Removes an address; takes what the person may as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageUsers];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409, 412];
    type Path = AddressPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        change(by, &input.path, AddressChange::Remove, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
