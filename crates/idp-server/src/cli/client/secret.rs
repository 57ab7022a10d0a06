//! `client secret`: replacing a secret without an outage. Secrets are named by the fingerprints that `client show` prints,
//! oldest first; the last one is never removed.

use clap::{Args, Subcommand};
use serde_json::json;

use super::Id;
use crate::{
    admin_api::client_secrets::{
        AddSecret, ChosenSecret, ListSecrets, RemoveOlderSecrets, RemoveSecret, SecretPath, SetSecret,
    },
    cli::{
        api::{Api, on, seen, with},
        confirmation::Confirmation,
        failure::Failure,
        output::Output,
        secret_input,
    },
    directory::{DirectoryError, client_secrets::SecretChoice},
};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Lists the secrets by their fingerprints, oldest first
    List(Id),
    /// Makes another secret and prints it, once; those there are stay good
    Add(Id),
    /// Adds a secret that you have made; asks for it, or reads it from standard input
    Set(Id),
    /// Removes a secret, or all but the newest
    Remove(Selection),
}

#[derive(Args, Debug)]
pub(super) struct Selection {
    #[command(flatten)]
    client: Id,
    /// The fingerprint that `client show` prints, or its first digits
    #[arg(required_unless_present = "older", conflicts_with = "older")]
    fingerprint: Option<String>,
    /// All but the newest
    #[arg(long)]
    older: bool,
    #[command(flatten)]
    confirmation: Confirmation,
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command {
        Command::List(id) => {
            let secrets = api.call(on::<ListSecrets>(id.path())).await?.body.items;
            let rows: Vec<_> = secrets.iter().map(|secret| vec![secret.clone()]).collect();
            let values: Vec<_> = secrets.iter().map(|secret| json!(secret)).collect();
            Ok(output.table(&["fingerprint"], &rows, &values)?)
        }
        Command::Add(id) => {
            let made = api.call(on::<AddSecret>(id.path())).await?.body;
            let (fingerprint, secret) = (made.fingerprint, made.client_secret);
            let text = format!("Client secret {fingerprint} (shown once): {secret}");
            let value = json!({ "client_id": id.id, "client_secret": secret, "fingerprint": fingerprint });
            Ok(output.show(&text, &value)?)
        }
        Command::Set(id) => {
            let client_secret = secret_input::client_secret()?.to_string();
            api.call(with::<SetSecret>(id.path(), ChosenSecret { client_secret })).await?;
            let text = format!("{} may use the secret; those there were stay good", id.id);
            Ok(output.show(&text, &json!({ "client_id": id.id, "added": true }))?)
        }
        Command::Remove(selection) => remove(&selection, api, output).await,
    }
}

async fn remove(selection: &Selection, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let client = &selection.client;
    let id = &client.id;
    let secrets = seen(api.call(on::<ListSecrets>(client.path())).await)?.map(|secrets| secrets.body.items);
    let which = match (&selection.fingerprint, &secrets) {
        (Some(digits), Some(secrets)) => Some(named(digits, secrets)?),
        // A caller who may not look at them names the whole of it.
        (fingerprint, _) => fingerprint.clone(),
    };
    let there = secrets.map(|secrets| format!(". {id} has {}, oldest first", secrets.join(" ")));
    let effect = format!(
        "A site that still uses the secret gets no tokens any more and cannot sign anybody in{}",
        there.unwrap_or_default()
    );
    selection.confirmation.ask(async || Ok(effect)).await?;
    let removed = match which {
        Some(fingerprint) => {
            let path = SecretPath { client: id.clone(), fingerprint: fingerprint.clone() };
            api.call(on::<RemoveSecret>(path)).await?;
            vec![fingerprint]
        }
        None => api.call(on::<RemoveOlderSecrets>(client.path())).await?.body.items,
    };
    let text = format!("{id}: removed {}", removed.join(" "));
    Ok(output.show(&text, &json!({ "client_id": id, "removed": removed }))?)
}

/// The one fingerprint that begins with these digits.
fn named(digits: &str, fingerprints: &[String]) -> Result<String, Failure> {
    let digits = digits.to_ascii_lowercase();
    let mut fitting = fingerprints.iter().filter(|fingerprint| fingerprint.starts_with(&digits));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) if !digits.is_empty() => Ok(one.clone()),
        (None, _) => Err(DirectoryError::Secret(SecretChoice::NoneFits).into()),
        _ => Err(DirectoryError::Secret(SecretChoice::SeveralFit).into()),
    }
}
