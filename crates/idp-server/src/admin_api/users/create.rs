//! Adding a person.

use super::super::member::objects;
use super::super::{
    Answered, Body, EntityTag, Input, Method, NoPath, NoQuery, Operation, Problem, Timestamp,
};
use super::{TAG, User, claims, username};
use crate::directory::users::{self as directory, FirstPassword};
use crate::directory::{Administration, generated_password};
use crate::random;
use idp_core::administration::Permission;
use idp_core::mail_address::MailAddress;
use idp_core::password::Password;
use idp_core::time::UnixTime;
use idp_core::user::attribute::AttributesChange;
use idp_core::user::{AddressChange, StandardClaims, UserStatus};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An address of a new person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    /// The address.
    #[schema(schema_with = super::super::schema::mail_address)]
    pub address: String,
    /// Whether it is known to be theirs: then they sign in with it as well.
    #[serde(default)]
    pub verified: bool,
}

impl NewAddress {
    pub(super) fn read(&self) -> Result<AddressChange, Problem> {
        let address = MailAddress::parse(&self.address).map_err(|error| Problem::member("address", error))?;
        Ok(if self.verified { AddressChange::Vouch(address) } else { AddressChange::Add(address) })
    }
}

impl Body for NewAddress {}

/// A person to add. Without `password` and `password_hash` a password is made that they replace at their first sign-in.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// What they go by and sign in with.
    #[schema(min_length = 1, max_length = 256)]
    pub username: String,
    /// What sites may be told of them: standard claims (OpenID Connect Core 5.1), without those of addresses.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub claims: Map<String, Value>,
    /// The values of attributes that an operator has defined, by name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub attributes: Map<String, Value>,
    /// Their addresses; the first one is the primary one.
    #[serde(default, deserialize_with = "objects")]
    #[schema(max_items = 20)]
    pub addresses: Vec<NewAddress>,
    /// Their first password, which the policy weighs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Whether they replace `password` at their first sign-in.
    #[serde(default)]
    pub temporary: bool,
    /// The hash of their password, as another system kept it: argon2, bcrypt, scrypt or PBKDF2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_hash: Option<String>,
    /// Whether the account begins switched off: its person may not sign in.
    #[serde(default)]
    pub disabled: bool,
}

impl Body for NewUser {}

/// A person who was added.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CreatedUser {
    /// The person.
    pub user: User,
    /// The password that was made for them. It is answered here and nowhere else.
    pub password: Option<String>,
    /// Until when a temporary password signs in.
    pub password_expires_at: Option<Timestamp>,
}

impl Body for CreatedUser {}

/// A password to be typed in, and whether it was made here.
pub(super) fn chosen(password: Option<String>) -> Result<(Password, bool), Problem> {
    let read =
        |text: String| Password::typed(text.into()).map_err(|error| Problem::member("password", error));
    match password {
        Some(text) => Ok((read(text)?, false)),
        None => {
            let made = generated_password::generate(&mut random::rng());
            let made = made.map_err(|error| Problem::new(500, "internal", error.to_string()))?;
            Ok((made, true))
        }
    }
}

/// Adds a person.
pub struct CreateUser;

impl Operation for CreateUser {
    const ID: &'static str = "createUser";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Adds a person";
    const NEEDS: &'static [Permission] = &[Permission::ManageUsers];
    const SUCCESS: u16 = 201;
    const CREATED_ID: &'static str = "/user/id";
    const REFUSALS: &'static [u16] = &[409];
    const IS_VERSIONED: bool = true;
    type Path = NoPath;
    type Query = NoQuery;
    type Body = NewUser;
    type Answer = CreatedUser;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<CreatedUser>, Problem> {
        let new = input.body;
        let (mut made, mut expires_at) = (None, None);
        let password = match (new.password_hash, new.password) {
            (Some(_), Some(_)) => {
                return Err(Problem::member("password_hash", "cannot be given beside a password"));
            }
            (Some(hash), None) => FirstPassword::Hashed(hash),
            (None, given) => {
                let (password, is_made) = chosen(given)?;
                made = is_made.then(|| password.expose().to_owned());
                expires_at = (is_made || new.temporary).then(|| by.temporary_until(now));
                match expires_at {
                    Some(_) => FirstPassword::Temporary(password),
                    None => FirstPassword::Typed(password),
                }
            }
        };
        let read = |(place, address): (usize, &NewAddress)| {
            address.read().map_err(|problem| problem.within(&format!("addresses/{place}")))
        };
        let addresses = new.addresses.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let claims = claims(new.claims)?.apply(StandardClaims::default());
        let account = directory::NewUser {
            username: username(&new.username)?,
            claims: claims.map_err(|error| Problem::member("claims", error))?,
            addresses,
            attributes: AttributesChange::merge(new.attributes),
            password,
            status: if new.disabled { UserStatus::Disabled } else { UserStatus::Active },
        };
        let user = User::from(by.add_user(account, now).await?);
        let (tag, location) = (EntityTag::of(&user), format!("/users/{}", user.id));
        let body = CreatedUser { user, password: made, password_expires_at: expires_at.map(Timestamp::from) };
        Ok(Answered { body, tag: Some(tag), location: Some(location) })
    }
}
