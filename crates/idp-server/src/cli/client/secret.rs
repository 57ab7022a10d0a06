//! `client secret`: replacing a secret without an outage. Secrets are named by the fingerprints that `client show` prints,
//! oldest first; the last one is never removed.

use clap::{Args, Subcommand};
use idp_core::client::ClientId;
use serde_json::json;

use super::Id;
use crate::{
    cli::{Context, confirmation::Confirmation, failure::Failure},
    directory::{Administration, client_secrets::SecretSelector},
};

#[derive(Subcommand, Debug)]
pub(in crate::cli) enum Command {
    /// Makes another secret and prints it, once; those there are stay good
    Add(Id),
    /// Removes a secret, or all but the newest
    Remove(Selection),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Selection {
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

pub(super) async fn run(
    command: Command,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    match command {
        Command::Add(id) => add(&id.id, context, directory).await,
        Command::Remove(selection) => remove(selection, context, directory).await,
    }
}

async fn add(id: &ClientId, context: &Context, directory: Administration<'_>) -> Result<(), Failure> {
    let secret = directory.add_client_secret(id, context.clock.now()).await?;
    let fingerprint = secret.hash().fingerprint();
    let text = format!("Client secret {fingerprint} (shown once): {}", secret.expose());
    let value = json!({ "client_id": id, "client_secret": secret.expose(), "fingerprint": fingerprint });
    Ok(context.output.show(&text, &value)?)
}

async fn remove(
    selection: Selection,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let id = &selection.client.id;
    let effect = async || {
        let client = directory.client(id).await?;
        let secrets = super::fingerprints(&client.kind).join(" ");
        Ok(format!(
            "A site that still uses the secret gets no tokens any more and cannot sign anybody in. {id} has {secrets}, oldest first"
        ))
    };
    selection.confirmation.ask(effect).await?;
    let which = selection.fingerprint.map_or(SecretSelector::Older, SecretSelector::Fingerprint);
    let removed = directory.remove_client_secrets(id, &which, context.clock.now()).await?;
    let text = format!("{id}: removed {}", removed.join(" "));
    Ok(context.output.show(&text, &json!({ "client_id": id, "removed": removed }))?)
}
