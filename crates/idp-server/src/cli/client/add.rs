//! `client add`.

use clap::Args;
use idp_core::client::ClientId;
use serde_json::{Map, Value, json};

use super::metadata_flags::MetadataFlags;
use crate::{
    admin_api::{NoPath, client::RegisteredClient, client_metadata::NewClient, clients::RegisterClient},
    cli::{
        api::{Api, with},
        failure::Failure,
        output::{Output, value},
    },
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The client id
    #[arg(value_parser = ClientId::parse, allow_hyphen_values = true)]
    id: ClientId,
    /// The client cannot keep a secret: an app, or a page without a server. Cannot be changed later
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    metadata: MetadataFlags,
}

pub(super) async fn run(arguments: Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let Arguments { id, public, metadata } = arguments;
    let logo = metadata.logo()?;
    let own = Map::from_iter([
        ("client_id".to_owned(), json!(id)),
        ("public".to_owned(), json!(public)),
        ("logo".to_owned(), json!(logo)),
    ]);
    let members = own.into_iter().chain(metadata.members()?).filter(|(_, member)| !member.is_null());
    let new: NewClient = serde_json::from_value(members.collect()).map_err(anyhow::Error::from)?;
    let made = api.call(with::<RegisterClient>(NoPath::default(), new)).await?.body;
    show(&made, &api.issuer(), output)
}

fn show(made: &RegisteredClient, issuer: &str, output: Output) -> Result<(), Failure> {
    let RegisteredClient { client, client_secret } = made;
    let mut text = format!("Added {}\nIssuer: {issuer}\nClient id: {}", client.client_name, client.client_id);
    if let Some(secret) = client_secret {
        text.push_str("\nClient secret (shown once): ");
        text.push_str(secret);
    }
    for warning in &client.warnings {
        text.push_str("\nNote: ");
        text.push_str(warning);
    }
    let value: Value = value(made)?;
    Ok(output.show(&text, &value)?)
}
