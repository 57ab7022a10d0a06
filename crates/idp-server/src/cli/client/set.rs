//! `client set`: changes a registration, one flag a property. The flags of `client add` replace what was registered, those
//! here take a property back, and add to or remove from a list. The id, the secrets and whether there are any stay: see
//! `client secret`, and `client add --public`.

use clap::Args;
use idp_core::client::ConsentPolicy;
use serde_json::{Map, Value, json};

use super::{Id, list_flags::ListFlags, metadata_flags::MetadataFlags, show};
use crate::{
    admin_api::{
        IfMatch, client,
        client_effects::{ClientEffect, PreviewClient},
        client_metadata::ClientPatch,
        client_secrets::{RemoveLogo, SetLogo},
        clients::{GetClient, UpdateClient},
    },
    cli::{
        api::{Api, on, on_version, with},
        confirmation::{Confirmation, count_of},
        failure::Failure,
        output::Output,
    },
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    client: Id,
    #[command(flatten)]
    metadata: MetadataFlags,
    #[command(flatten)]
    lists: ListFlags,
    #[command(flatten)]
    back: BackFlags,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// Flags that take back what a flag of `client add` says.
#[derive(Args, Clone, Eq, PartialEq, Default, Debug)]
struct BackFlags {
    /// People are not asked before the client learns about them: a site of your own
    #[arg(long, conflicts_with = "ask_consent")]
    no_ask_consent: bool,
    /// Demands PKCE again
    #[arg(long, conflicts_with = "no_pkce")]
    pkce: bool,
    /// The site is not told of the end of sessions any more
    #[arg(long, conflicts_with_all = ["backchannel_logout_uri", "backchannel_logout_session_required"])]
    no_backchannel_logout: bool,
    /// The site can do without the id of the session
    #[arg(long, conflicts_with = "backchannel_logout_session_required")]
    no_backchannel_logout_session_required: bool,
    /// Its ID tokens are signed only
    #[arg(long, conflicts_with = "id_token_encryption_key")]
    no_id_token_encryption: bool,
    /// The site may not follow the revocation feed any more; a stream that is open ends within the hour
    #[arg(long, conflicts_with = "feed")]
    no_feed: bool,
    /// Sign-ins of any class are good for it
    #[arg(long, conflicts_with = "require_acr")]
    no_require_acr: bool,
    /// People are shown no link to its home page any more
    #[arg(long, conflicts_with = "client_uri")]
    no_client_uri: bool,
    /// People are shown no link to its privacy policy any more
    #[arg(long, conflicts_with = "policy_uri")]
    no_policy_uri: bool,
    /// People are shown no link to its terms of service any more
    #[arg(long, conflicts_with = "tos_uri")]
    no_tos_uri: bool,
    /// Its mark has one of our colours again
    #[arg(long, conflicts_with = "color")]
    no_color: bool,
    /// The site is told of no roles and groups any more
    #[arg(long, conflicts_with = "map_claims")]
    no_map_claims: bool,
    /// No role is needed to sign in there
    #[arg(long, conflicts_with = "allow_roles")]
    no_allow_roles: bool,
    /// No group is needed to sign in there
    #[arg(long, conflicts_with = "allow_groups")]
    no_allow_groups: bool,
    /// People may sign in there from everywhere
    #[arg(long, conflicts_with = "allow_networks")]
    no_allow_networks: bool,
    /// Its mark is a letter again
    #[arg(long, conflicts_with = "logo")]
    no_logo: bool,
}

pub(super) async fn run(arguments: Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let Arguments { client, metadata, lists, back, confirmation } = arguments;
    let nothing = (MetadataFlags::default(), ListFlags::default(), BackFlags::default());
    if (&metadata, &lists, &back) == (&nothing.0, &nothing.1, &nothing.2) {
        return Err(Failure::refused("nothing to change; see client set --help"));
    }
    let (logo, no_logo) = (metadata.logo()?, back.no_logo);
    let said = metadata.members()?;
    let seen = api.call(on::<GetClient>(client.path())).await?;
    let patch: Map<String, Value> =
        said.into_iter().chain(lists.members(&seen.body)?).chain(back.members()).collect();
    if !patch.is_empty() {
        change(&client, patch, seen.version, confirmation, api).await?;
    }
    if let Some(logo) = logo {
        api.call(with::<SetLogo>(client.path(), logo)).await?;
    } else if no_logo {
        api.call(on::<RemoveLogo>(client.path())).await?;
    }
    show::run(&client, api, output).await
}

async fn change(
    client: &Id,
    patch: Map<String, Value>,
    version: IfMatch,
    confirmation: Confirmation,
    api: &Api<'_>,
) -> Result<(), Failure> {
    let patch: ClientPatch = serde_json::from_value(Value::Object(patch)).map_err(anyhow::Error::from)?;
    let would_end = api.call(with::<PreviewClient>(client.path(), patch.clone())).await?.body;
    if let Some(effect) = said(client, &would_end) {
        confirmation.ask(async || Ok(effect)).await?;
    }
    api.call(on_version(with::<UpdateClient>(client.path(), patch), version)).await.map(drop)
}

/// What ends with rights that are taken away, if anything does.
fn said(client: &Id, would_end: &ClientEffect) -> Option<String> {
    let ClientEffect { grants, own_tokens } = would_end;
    if grants.count == 0 && !own_tokens {
        return None;
    }
    let tokens = if *own_tokens { " and the tokens that it got in its own name" } else { "" };
    let grants = count_of(grants.count, grants.more, "grant");
    let id = &client.id;
    Some(format!(
        "This takes rights away from {id}: {grants} of people who are signed in there would end{tokens}"
    ))
}

impl BackFlags {
    /// What is taken back, by the members of the API.
    fn members(self) -> Vec<(String, Value)> {
        // A flag that is added does not compile here until it does something.
        let Self {
            no_ask_consent,
            pkce,
            no_backchannel_logout,
            no_backchannel_logout_session_required,
            no_id_token_encryption,
            no_feed,
            no_require_acr,
            no_client_uri,
            no_policy_uri,
            no_tos_uri,
            no_color,
            no_map_claims,
            no_allow_roles,
            no_allow_groups,
            no_allow_networks,
            no_logo: _,
        } = self;
        let taken = [
            (no_ask_consent, "consent", json!(client::consent_word(ConsentPolicy::FirstParty))),
            (pkce, "require_pkce", json!(true)),
            (no_backchannel_logout, "backchannel_logout_uri", Value::Null),
            (
                no_backchannel_logout || no_backchannel_logout_session_required,
                "backchannel_logout_session_required",
                json!(false),
            ),
            (no_id_token_encryption, "id_token_encryption_key", Value::Null),
            (no_feed, "revocation_feed", json!(false)),
            (no_require_acr, "required_acr", Value::Null),
            (no_client_uri, "client_uri", Value::Null),
            (no_policy_uri, "policy_uri", Value::Null),
            (no_tos_uri, "tos_uri", Value::Null),
            (no_color, "color", Value::Null),
            (no_map_claims, "claims_mapping", json!([])),
            (no_allow_roles, "allowed_roles", json!([])),
            (no_allow_groups, "allowed_groups", json!([])),
            (no_allow_networks, "allowed_networks", json!([])),
        ];
        let taken = taken.into_iter().filter(|(is_taken, ..)| *is_taken);
        taken.map(|(_, member, value)| (member.to_owned(), value)).collect()
    }
}
