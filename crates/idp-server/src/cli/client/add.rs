//! `client add`.

use clap::Args;
use idp_core::{
    client::{Client, ClientId, ClientMetadata},
    scope::Scope,
    secret::Secret,
};
use serde_json::{Value, json};

use super::{metadata_flags::MetadataFlags, value};
use crate::{
    cli::{Context, failure::Failure},
    directory::{
        Administration,
        clients::{NewClient, warnings},
    },
};

/// What a site of the usual kind asks for.
const SCOPE_OF_A_SITE: &str = "openid profile email";

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// The client id
    #[arg(value_parser = ClientId::parse, allow_hyphen_values = true)]
    id: ClientId,
    /// The client cannot keep a secret: an app, or a page without a server. Cannot be changed later
    #[arg(long)]
    public: bool,
    #[command(flatten)]
    metadata: MetadataFlags,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let Arguments { id, public, metadata } = arguments;
    let scope = Scope::parse(SCOPE_OF_A_SITE).map_err(Failure::refused)?;
    let logo = metadata.logo()?;
    let metadata = metadata.apply(ClientMetadata::new(&id, scope))?;
    let new = NewClient { id, is_public: public, metadata, logo, secret: None };
    let (client, secret) = directory.add_client(new, context.clock.now()).await?;
    show(context, &client, secret.as_ref())
}

fn show(context: &Context, client: &Client, secret: Option<&Secret>) -> Result<(), Failure> {
    let mut text = format!(
        "Added {}\nIssuer: {}\nClient id: {}",
        client.metadata.name, context.config.issuer.url, client.id
    );
    let mut value = value(client);
    let warnings = warnings(&client.metadata);
    if let (Some(secret), Value::Object(members)) = (secret, &mut value) {
        text.push_str("\nClient secret (shown once): ");
        text.push_str(secret.expose());
        members.insert("client_secret".to_owned(), json!(secret.expose()));
    }
    for warning in &warnings {
        text.push_str("\nNote: ");
        text.push_str(warning);
    }
    if let Value::Object(members) = &mut value {
        members.insert("warnings".to_owned(), warnings.into());
    }
    Ok(context.output.show(&text, &value)?)
}
