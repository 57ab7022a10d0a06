//! People: who they are, how they sign in, where they are signed in, what sites have of them, and what they may.

pub mod addresses;
pub mod change;
pub mod create;
pub mod invitations;
pub mod list;
pub mod methods;
pub mod password;
pub mod rights;
pub mod sessions;
pub mod sites;
pub mod terms;

use super::{Answered, Body, Input, Method, NoBody, NoQuery, Operation, Problem, Timestamp};
use crate::directory::Administration;
use crate::store::user_search::AccountState;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use idp_core::user as core;
use idp_core::user::ClaimsChange;
use idp_core::user::attribute::AttributeValues;
use idp_core::username::Username;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

const TAG: &str = "People";

/// Whether a person may sign in.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// They may.
    Active,
    /// They may not.
    Disabled,
    /// They asked for the account to be deleted; signing in takes that back.
    Deleting,
}

impl Status {
    /// The word for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Deleting => "deleting",
        }
    }
}

impl From<Status> for AccountState {
    fn from(status: Status) -> Self {
        match status {
            Status::Active => Self::Active,
            Status::Disabled => Self::Disabled,
            Status::Deleting => Self::Deleting,
        }
    }
}

impl From<AccountState> for Status {
    fn from(state: AccountState) -> Self {
        match state {
            AccountState::Active => Self::Active,
            AccountState::Disabled => Self::Disabled,
            AccountState::Deleting => Self::Deleting,
        }
    }
}

/// A person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct User {
    /// Their id: `sub` in tokens.
    pub id: Uuid,
    /// What they go by and sign in with.
    pub username: String,
    /// Whether they may sign in.
    pub status: Status,
    /// When the account is deleted, where they asked for that.
    pub delete_at: Option<Timestamp>,
    /// Their primary address.
    pub email: Option<String>,
    /// Whether it is verified.
    pub email_verified: bool,
    /// What sites may be told of them: standard claims (OpenID Connect Core 5.1), without those that other members say.
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    /// The values of attributes that an operator has defined, by name.
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// Whether they must prove two factors, whatever the installation asks of everybody.
    pub second_factor_required: bool,
    /// Whether a role of theirs asks that of them.
    pub second_factor_required_by_role: bool,
    /// Since when they are asked to set one up.
    pub second_factor_asked_at: Option<Timestamp>,
    /// Since when the account exists.
    pub created_at: Timestamp,
    /// When what sites are told of them last changed.
    pub updated_at: Option<Timestamp>,
}

impl Body for User {}

/// Claims that other members of a person say.
const SAID_ELSEWHERE: [&str; 4] = ["email", "email_verified", "preferred_username", "updated_at"];

impl From<core::Account> for User {
    fn from(account: core::Account) -> Self {
        Self::of(account.user, &account.attributes)
    }
}

impl User {
    /// A person with the values of their attributes.
    pub(super) fn of(user: core::User, attributes: &AttributeValues) -> Self {
        let (email, is_verified) = (user.claims.email.clone(), user.claims.email_verified);
        let updated_at = user.claims.updated_at.map(|at| UnixTime(at).into());
        let mut claims = user.claims.into_members();
        claims.retain(|name, _| !SAID_ELSEWHERE.contains(&name.as_str()));
        Self {
            id: user.id,
            username: user.username.as_str().to_owned(),
            status: AccountState::of(user.status).into(),
            delete_at: user.status.deleted_at().map(Timestamp::from),
            email,
            email_verified: is_verified.unwrap_or(false),
            claims,
            attributes: attributes.to_members(),
            second_factor_required: user.second_factor.is_required,
            second_factor_required_by_role: user.second_factor.is_required_by_role,
            second_factor_asked_at: user.second_factor.asked_at.map(Timestamp::from),
            created_at: user.created_at.into(),
            updated_at,
        }
    }
}

/// Which person.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct UserPath {
    /// Their id.
    pub user: Uuid,
}

fn username(text: &str) -> Result<Username, Problem> {
    Username::parse(text).map_err(|error| Problem::member("username", error))
}

/// A merge patch of claims.
fn claims(members: Map<String, Value>) -> Result<ClaimsChange, Problem> {
    ClaimsChange::parse(&Value::Object(members).to_string()).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Problem::member("claims", all.join("; "))
    })
}

/// Shows a person.
pub struct GetUser;

impl Operation for GetUser {
    const ID: &'static str = "getUser";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/users/{user}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Shows a person";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    const IS_VERSIONED: bool = true;
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = User;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<User>, Problem> {
        Ok(Answered::versioned(by.person(input.path.user).await?.into()))
    }
}
