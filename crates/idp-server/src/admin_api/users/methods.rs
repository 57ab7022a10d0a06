//! How a person signs in: what there is and when it was used, never a secret of it.

use super::super::{
    Answered, Body, Input, Method as Verb, NoAnswer, NoBody, NoQuery, Operation, Problem, Timestamp,
};
use super::{TAG, UserPath};
use crate::directory::Administration;
use crate::directory::belongings::Methods as Held;
use idp_core::administration::Permission;
use idp_core::passkey::Passkey;
use idp_core::recovery_code::StoredRecoveryCode;
use idp_core::time::UnixTime;
use idp_core::totp::TotpCredential;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What a way to sign in is.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MethodKind {
    /// An authenticator app (RFC 6238).
    Totp,
    /// A passkey (WebAuthn).
    Passkey,
}

/// A second factor of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Method {
    /// Its id.
    pub id: Uuid,
    /// What it is.
    pub kind: MethodKind,
    /// What the person calls it; may be empty.
    pub name: String,
    /// Whether it is asked for after the password. A passkey that a browser saved by itself is not.
    pub is_asked_for: bool,
    /// The model of the authenticator that holds a passkey, as it says itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aaguid: Option<Uuid>,
    /// Whether a passkey is kept elsewhere as well, by the maker of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_backed_up: Option<bool>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When a sign-in last used it.
    pub last_used_at: Option<Timestamp>,
}

/// The password of a person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HeldPassword {
    /// Until when it signs in, where an administrator made it and the person has to replace it.
    pub expires_at: Option<Timestamp>,
}

/// How a person signs in.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Methods {
    /// The password, if there is one.
    pub password: Option<HeldPassword>,
    /// Authenticator apps and passkeys.
    pub second_factors: Vec<Method>,
    /// How many recovery codes are left.
    pub recovery_codes_left: usize,
    /// When these were made, where there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_codes_created_at: Option<Timestamp>,
    /// When one of them was last used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_codes_last_used_at: Option<Timestamp>,
}

impl Body for Methods {}

impl From<TotpCredential> for Method {
    fn from(app: TotpCredential) -> Self {
        Self {
            id: app.id,
            kind: MethodKind::Totp,
            name: app.name,
            is_asked_for: true,
            aaguid: None,
            is_backed_up: None,
            created_at: app.created_at.into(),
            last_used_at: app.last_used_at.map(Timestamp::from),
        }
    }
}

impl From<Passkey> for Method {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            kind: MethodKind::Passkey,
            name: passkey.name,
            is_asked_for: passkey.is_asked_for,
            aaguid: Some(passkey.aaguid),
            is_backed_up: Some(passkey.is_backed_up),
            created_at: passkey.created_at.into(),
            last_used_at: passkey.last_used_at.map(Timestamp::from),
        }
    }
}

impl From<Held> for Methods {
    fn from(Held { password, factors }: Held) -> Self {
        let passkeys = factors.passkeys.into_iter().map(Method::from);
        let newest = factors.codes.iter().filter_map(|code| code.used_at).max();
        Self {
            password: password.map(|until| HeldPassword { expires_at: until.map(Timestamp::from) }),
            second_factors: factors.apps.into_iter().map(Method::from).chain(passkeys).collect(),
            recovery_codes_left: StoredRecoveryCode::left_of(&factors.codes),
            recovery_codes_created_at: factors.codes.first().map(|code| code.created_at.into()),
            recovery_codes_last_used_at: newest.map(Timestamp::from),
        }
    }
}

/// Which second factor of which person.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct MethodPath {
    /// The id of the person.
    pub user: Uuid,
    /// The id of the factor.
    pub method: Uuid,
}

/// Lists how a person signs in.
pub struct ListMethods;

impl Operation for ListMethods {
    const ID: &'static str = "listUserMethods";
    const METHOD: Verb = Verb::Get;
    const PATH: &'static str = "/users/{user}/methods";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists how a person signs in";
    const NEEDS: &'static [Permission] = &[Permission::ReadUsers];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Methods;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Methods>, Problem> {
        Ok(Answered::new(by.methods(input.path.user).await?.into()))
    }
}

/// Removes all second factors and recovery codes, and signs the person out everywhere if there was one; takes what they may as well.
pub struct ResetMethods;

impl Operation for ResetMethods {
    const ID: &'static str = "resetUserMethods";
    const METHOD: Verb = Verb::Delete;
    const PATH: &'static str = "/users/{user}/methods";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Removes all second factors and recovery codes, and signs the person out everywhere if there was one; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageCredentials];
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
        by.reset_methods(input.path.user, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Removes one second factor, and signs the person out everywhere; takes what they may as well.
pub struct RemoveMethod;

impl Operation for RemoveMethod {
    const ID: &'static str = "removeUserMethod";
    const METHOD: Verb = Verb::Delete;
    const PATH: &'static str = "/users/{user}/methods/{method}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Removes one second factor, and signs the person out everywhere; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageCredentials];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = MethodPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        by.remove_method(input.path.user, input.path.method, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
