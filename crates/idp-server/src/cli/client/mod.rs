//! `client`: sites that people sign in to. A secret is made here, printed once, and kept as a hash only.

mod add;
mod list;
mod metadata_flags;
mod remove;
mod secret;
mod set;
mod show;

use clap::{Args, Subcommand};
use idp_core::{
    backchannel::BackchannelLogoutUri,
    client::{Client, ClientId, ClientKind, GrantType},
    grant::Grant,
    key::{EncryptionKey, encryption_key::EncryptionAlgorithm},
    logo::LogoName,
    secret::SecretHash,
    token::encrypted::CONTENT_ENCRYPTION,
};
use serde_json::{Value, json};

use super::{Context, confirmation::count, failure::Failure, output::at};
use crate::directory::Administration;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Registers a client and prints its secret, once
    Add(Box<add::Arguments>),
    /// Changes a registration; a right that is taken away ends what the client was given by it
    Set(Box<set::Arguments>),
    /// Lists every client
    List,
    /// Shows one client
    Show(Id),
    /// Removes a client; its refresh tokens end at once
    Remove(remove::Arguments),
    /// The secrets of a client: add a new one, roll it out, remove the old one
    #[command(subcommand)]
    Secret(secret::Command),
}

/// A client, by id.
#[derive(Args, Debug)]
pub(super) struct Id {
    /// The client id
    #[arg(value_parser = ClientId::parse, allow_hyphen_values = true)]
    id: ClientId,
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let opened = context.open().await?;
    let directory = opened.administration(context);
    match command {
        Command::Add(arguments) => add::run(*arguments, context, directory).await,
        Command::Set(arguments) => set::run(*arguments, context, directory).await,
        Command::List => list::run(context, directory).await,
        Command::Show(id) => show::run(&id.id, context, directory).await,
        Command::Remove(arguments) => remove::run(arguments, context, directory).await,
        Command::Secret(command) => secret::run(command, context, directory).await,
    }
}

/// The registration; of its secrets, which are kept as hashes, the fingerprints, oldest first.
fn value(client: &Client) -> Value {
    let metadata = &client.metadata;
    let key = metadata.id_token_encryption_key.as_ref();
    json!({
        "client_id": client.id,
        "client_name": metadata.name,
        "public": client.is_public(),
        "client_secrets": fingerprints(&client.kind),
        "redirect_uris": metadata.redirect_uris,
        "post_logout_redirect_uris": metadata.post_logout_redirect_uris,
        "grant_types": grant_words(client),
        "scope": metadata.scope.to_string(),
        "audience": metadata.audience,
        "require_pkce": metadata.require_pkce,
        "consent": metadata.consent,
        "access_token_lifetime": metadata.access_token_lifetime,
        "backchannel_logout_uri": metadata.backchannel_logout_uri.as_ref().map(BackchannelLogoutUri::as_str),
        "backchannel_logout_session_required": metadata.backchannel_logout_session_required,
        "id_token_encrypted_response_alg": key.map(|_| EncryptionAlgorithm::RsaOaep256.as_str()),
        "id_token_encrypted_response_enc": key.map(|_| CONTENT_ENCRYPTION),
        "id_token_encryption_key": key.map(EncryptionKey::kid),
        "revocation_feed": metadata.follows_feed,
        "required_acr": metadata.required_acr,
        "client_uri": metadata.client_uri,
        "policy_uri": metadata.policy_uri,
        "tos_uri": metadata.tos_uri,
        "color": metadata.color,
        "logo": client.logo.as_ref().map(LogoName::as_str),
        "claims_mapping": metadata.claims_mapping.as_slice().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "allowed_roles": metadata.allowed_roles,
        "allowed_groups": metadata.allowed_groups,
        "allowed_networks": metadata.allowed_networks,
        "created_at": at(client.created_at),
    })
}

fn grant_words(client: &Client) -> Vec<&'static str> {
    client.metadata.grant_types.iter().copied().map(GrantType::as_str).collect()
}

fn fingerprints(kind: &ClientKind) -> Vec<String> {
    match kind {
        ClientKind::Public => Vec::new(),
        ClientKind::Confidential { secrets } => secrets.iter().map(SecretHash::fingerprint).collect(),
    }
}

/// Grants are counted no further.
const MOST_COUNTED: i64 = 10_000;

/// How many of the open grants of a client these are.
async fn count_grants(
    id: &ClientId,
    directory: Administration<'_>,
    is_one: impl Fn(&Grant) -> bool,
) -> Result<usize, Failure> {
    let grants = directory.store.open_grants_of_client(id.clone(), MOST_COUNTED + 1).await?;
    Ok(grants.iter().filter(|grant| is_one(grant)).count())
}

fn said_grants(number: usize) -> String {
    count(number, usize::try_from(MOST_COUNTED).unwrap_or(usize::MAX), "grant")
}
