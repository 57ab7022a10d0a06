//! The secrets of a client, of which several are good at once, so that one is replaced without an outage; and its logo.

use super::client::fingerprints;
use super::client_metadata::{LogoFile, chosen_secret};
use super::clients::{ClientPath, TAG};
use super::{Answered, Body, Input, Method, NoAnswer, NoBody, NoQuery, Operation, Problem};
use crate::directory::Administration;
use crate::directory::client_secrets::SecretSelector;
use idp_core::administration::Permission;
use idp_core::client::ClientId;
use idp_core::secret::Secret;
use idp_core::time::UnixTime;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

/// Secrets, by the fingerprints of their hashes.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Fingerprints {
    /// The fingerprints, oldest first.
    pub items: Vec<String>,
}

impl Body for Fingerprints {}

/// A secret that was made just now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewSecret {
    /// Its fingerprint.
    pub fingerprint: String,
    /// The secret, which is never told again.
    pub client_secret: String,
}

impl Body for NewSecret {}

/// Which secret of which client.
#[derive(Clone, Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct SecretPath {
    /// The id of the client.
    #[param(value_type = String, pattern = "^[A-Za-z0-9._~-]{1,64}$")]
    pub client: ClientId,
    /// The fingerprint of the secret.
    #[param(pattern = "^[0-9a-f]{8}$")]
    pub fingerprint: String,
}

/// Lists the secrets of a client.
pub struct ListSecrets;

impl Operation for ListSecrets {
    const ID: &'static str = "listClientSecrets";
    const METHOD: Method = Method::Get;
    const PATH: &'static str = "/clients/{client}/secrets";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Lists the secrets of a client by their fingerprints, oldest first";
    const NEEDS: &'static [Permission] = &[Permission::ReadClients];
    const REFUSALS: &'static [u16] = &[404];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Fingerprints;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        _now: UnixTime,
    ) -> Result<Answered<Fingerprints>, Problem> {
        let client = by.client(&input.path.client).await?;
        Ok(Answered::new(Fingerprints { items: fingerprints(&client.kind) }))
    }
}

/// Makes a further secret.
pub struct AddSecret;

impl Operation for AddSecret {
    const ID: &'static str = "addClientSecret";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/clients/{client}/secrets";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Makes a further secret, which is in this answer and in no other; those there are stay good. \
                                   Takes the permissions among the scope of the client as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageClients];
    const REFUSALS: &'static [u16] = &[404, 409];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NewSecret;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NewSecret>, Problem> {
        let secret = by.add_client_secret(&input.path.client, now).await?;
        let fingerprint = secret.hash().fingerprint();
        Ok(Answered::new(NewSecret { fingerprint, client_secret: secret.expose().to_owned() }))
    }
}

/// Adds a secret that the caller has made.
pub struct SetSecret;

/// A secret that was made elsewhere.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenSecret {
    /// The secret, made by chance: 24 to 256 visible ASCII characters.
    #[schema(min_length = 24, max_length = 256, pattern = "^[!-~]+$")]
    pub client_secret: String,
}

impl Body for ChosenSecret {}

impl ChosenSecret {
    /// This secret.
    #[must_use]
    pub fn of(secret: &Secret) -> Self {
        Self { client_secret: secret.expose().to_owned() }
    }
}

impl Operation for SetSecret {
    const ID: &'static str = "setClientSecret";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/clients/{client}/secrets";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Adds a secret that the caller has made; those there are stay good, and one that is there already stays. \
                                   Takes the permissions among the scope of the client as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageClients];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = ChosenSecret;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let secret = chosen_secret(&Zeroizing::new(input.body.client_secret))?;
        by.add_chosen_client_secret(&input.path.client, secret, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Removes one secret.
pub struct RemoveSecret;

impl Operation for RemoveSecret {
    const ID: &'static str = "removeClientSecret";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/clients/{client}/secrets/{fingerprint}";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Removes a secret, never the last. Takes the permissions among the scope of the client as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageClients];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404, 409];
    type Path = SecretPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        let which = SecretSelector::Fingerprint(input.path.fingerprint);
        by.remove_client_secrets(&input.path.client, &which, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Removes the older secrets.
pub struct RemoveOlderSecrets;

impl Operation for RemoveOlderSecrets {
    const ID: &'static str = "removeOlderClientSecrets";
    const METHOD: Method = Method::Post;
    const PATH: &'static str = "/clients/{client}/secrets/remove-older";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str = "Removes all secrets but the newest, and answers which. Takes the permissions among the \
                                   scope of the client as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageClients];
    const REFUSALS: &'static [u16] = &[404, 409];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = Fingerprints;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<Fingerprints>, Problem> {
        let items = by.remove_client_secrets(&input.path.client, &SecretSelector::Older, now).await?;
        Ok(Answered::new(Fingerprints { items }))
    }
}

/// Gives a client a logo.
pub struct SetLogo;

impl Operation for SetLogo {
    const ID: &'static str = "setClientLogo";
    const METHOD: Method = Method::Put;
    const PATH: &'static str = "/clients/{client}/logo";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Gives a client the logo that people see. Takes the permissions among its scope as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageClients];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = LogoFile;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        by.set_client_logo(&input.path.client, Some(input.body.read()?), now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}

/// Takes the logo of a client away.
pub struct RemoveLogo;

impl Operation for RemoveLogo {
    const ID: &'static str = "removeClientLogo";
    const METHOD: Method = Method::Delete;
    const PATH: &'static str = "/clients/{client}/logo";
    const TAG: &'static str = TAG;
    const SUMMARY: &'static str =
        "Takes the logo of a client away, if it has one. Takes the permissions among its scope as well";
    const NEEDS: &'static [Permission] = &[Permission::ManageClients];
    const SUCCESS: u16 = 204;
    const REFUSALS: &'static [u16] = &[404];
    type Path = ClientPath;
    type Query = NoQuery;
    type Body = NoBody;
    type Answer = NoAnswer;

    async fn run(
        by: &Administration<'_>,
        input: Input<Self>,
        now: UnixTime,
    ) -> Result<Answered<NoAnswer>, Problem> {
        by.set_client_logo(&input.path.client, None, now).await?;
        Ok(Answered::new(NoAnswer {}))
    }
}
