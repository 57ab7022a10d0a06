//! Changing a person, shutting them out and letting them in, and signing them out.

use super::super::member::{given, objects};
use super::super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoQuery, Operation, Problem};
use super::{TAG, User, UserPath, claims, username};
use crate::directory::Administration;
use crate::directory::users::UserChange;
use idp_core::administration::Permission;
use idp_core::mail_address::MailAddress;
use idp_core::time::UnixTime;
use idp_core::user::AddressChange;
use idp_core::user::attribute::AttributesChange;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// What to change of a person.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserPatch {
    /// The new username.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(min_length = 1, max_length = 256, nullable = false)]
    pub username: Option<String>,
    /// The claims to set, and, by `null`, to remove (RFC 7396).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Object, nullable = false)]
    pub claims: Option<Map<String, Value>>,
    /// What to do to their addresses, in this order, in one act with the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "objects")]
    #[schema(max_items = 50)]
    pub address_changes: Vec<AddressStep>,
    /// The values of attributes to set, and, by `null`, to remove (RFC 7396).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Object, nullable = false)]
    pub attributes: Option<Map<String, Value>>,
    /// Whether they must prove two factors, whatever the installation asks of everybody.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(nullable = false)]
    pub second_factor_required: Option<bool>,
}

impl Body for UserPatch {}

impl UserPatch {
    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { username, claims, address_changes, attributes, second_factor_required } = self;
        let is_some =
            |members: &Option<Map<String, Value>>| members.as_ref().is_some_and(|some| !some.is_empty());
        let has_members = is_some(claims) || is_some(attributes);
        username.is_none() && !has_members && address_changes.is_empty() && second_factor_required.is_none()
    }
}

/// What to do to an address.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AddressAct {
    /// Adds it; it is not verified.
    Add,
    /// Vouches that it is theirs, and adds it if need be.
    Verify,
    /// Makes it the one that sites are told.
    MakePrimary,
    /// Removes it.
    Remove,
}

/// One thing to do to one address.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressStep {
    /// What.
    pub act: AddressAct,
    /// To which.
    #[schema(min_length = 3, max_length = 254)]
    pub address: String,
}

impl From<AddressChange> for AddressStep {
    fn from(change: AddressChange) -> Self {
        let (act, address) = match change {
            AddressChange::Add(address) => (AddressAct::Add, address),
            AddressChange::Vouch(address) => (AddressAct::Verify, address),
            AddressChange::MakePrimary(address) => (AddressAct::MakePrimary, address),
            AddressChange::Remove(address) => (AddressAct::Remove, address),
        };
        Self { act, address: address.to_string() }
    }
}

impl AddressStep {
    fn read((place, step): (usize, &Self)) -> Result<AddressChange, Problem> {
        let address = MailAddress::parse(&step.address);
        let address =
            address.map_err(|error| Problem::member(&format!("address_changes/{place}/address"), error))?;
        Ok(match step.act {
            AddressAct::Add => AddressChange::Add(address),
            AddressAct::Verify => AddressChange::Vouch(address),
            AddressAct::MakePrimary => AddressChange::MakePrimary(address),
            AddressAct::Remove => AddressChange::Remove(address),
        })
    }
}

/// Changes a person; takes what they may as well.
pub struct UpdateUser;

impl Operation for UpdateUser {
    const ID: &'static str = "updateUser";
    const METHOD: Method = Method::Patch;
    const PATH: &'static str = "/users/{user}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Changes a person; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageUsers];
    const REFUSALS: &'static [u16] = &[404, 409];
    const IS_VERSIONED: bool = true;
    type Path = UserPath;
    type Query = NoQuery;
    type Body = UserPatch;
    type Answer = User;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<User>, Problem> {
        let before = by.person(input.path.user).await?;
        input.if_match.check(&User::from(before.clone()))?;
        let UserPatch {
            username: name,
            claims: members,
            address_changes,
            attributes,
            second_factor_required,
        } = input.body;
        let change = UserChange {
            username: name.as_deref().map(username).transpose()?,
            claims: members.map(claims).transpose()?.unwrap_or_default(),
            addresses: address_changes.iter().enumerate().map(AddressStep::read).collect::<Result<_, _>>()?,
            attributes: attributes.map(AttributesChange::merge).unwrap_or_default(),
            requires_second_factor: second_factor_required,
        };
        Ok(Answered::versioned(by.change_account(before, change, now).await?.into()))
    }
}

/// Removes a person for good, and signs them out everywhere; takes what they may as well.
pub struct DeleteUser;

impl Operation for DeleteUser {
    const ID: &'static str = "deleteUser";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/users/{user}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Removes a person for good, and signs them out everywhere; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers, Permission::ManageUsers];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409];
    const IS_VERSIONED: bool = true;
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let before = by.person(input.path.user).await?;
        input.if_match.check(&User::from(before.clone()))?;
        by.remove_account(before, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Shuts a person out, and signs them out everywhere; takes what they may as well.
pub struct DisableUser;

impl Operation for DisableUser {
    const ID: &'static str = "disableUser";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/disable";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Shuts a person out, and signs them out everywhere; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageUsers];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        by.disable_user(input.path.user, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Lets a person in again; takes what they may as well.
pub struct EnableUser;

impl Operation for EnableUser {
    const ID: &'static str = "enableUser";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/enable";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lets a person in again; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageUsers];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        by.enable_user(input.path.user, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Signs a person out everywhere; they may sign in again.
pub struct SignOutUser;

impl Operation for SignOutUser {
    const ID: &'static str = "signOutUser";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/sign-out";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Signs a person out everywhere; they may sign in again";
    const NEEDS: &'static [Permission] = &[Permission::ManageSessions];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        by.sign_out_user(input.path.user, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
