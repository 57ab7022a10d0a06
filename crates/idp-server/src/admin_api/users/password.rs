//! Setting a person's password.

use super::super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoQuery, Operation, Problem, Timestamp};
use super::create::chosen;
use super::{TAG, UserPath};
use crate::directory::Administration;
use idp_core::administration::Permission;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A password to set. Without `password` one is made that the person replaces at the next sign-in.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password, which the policy weighs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Whether the person replaces it at the next sign-in.
    #[serde(default)]
    pub temporary: bool,
}

impl Body for NewPassword {}

/// A password that was set.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct PasswordSet {
    /// The password, where it was made here. It is answered here and nowhere else.
    pub password: Option<String>,
    /// Until when it signs in, where it is temporary.
    pub expires_at: Option<Timestamp>,
}

impl Body for PasswordSet {}

/// Sets a password, and signs the person out everywhere; takes what they may as well.
pub struct SetPassword;

impl Operation for SetPassword {
    const ID: &'static str = "setUserPassword";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/password";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Sets a password, and signs the person out everywhere; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageCredentials];
    const REFUSALS: &'static [u16] = &[404];
    type Path = UserPath;
    type Query = NoQuery;
    type Body = NewPassword;
    type Answer = PasswordSet;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<PasswordSet>, Problem> {
        let (password, is_made) = chosen(input.body.password)?;
        let made = is_made.then(|| password.expose().to_owned());
        let user = input.path.user;
        let expires_at = match is_made || input.body.temporary {
            true => Some(by.set_temporary_password(user, password, now).await?.into()),
            false => {
                by.set_password(user, password, now).await?;
                None
            }
        };
        Ok(Answered::new(PasswordSet { password: made, expires_at }))
    }
}

/// Sends a person a link by which they choose a new password; takes what they may as well.
pub struct SendPasswordLink;

impl Operation for SendPasswordLink {
    const ID: &'static str = "sendUserPasswordLink";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/users/{user}/password-link";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Sends a person a link by which they choose a new password; takes what they may as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageCredentials];
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
        by.send_password_link(input.path.user, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
