//! `client list`.

use idp_core::client::Client;

use super::value;
use crate::{
    cli::{Context, failure::Failure},
    directory::Directory,
};

pub(super) async fn run(context: &Context, directory: Directory<'_>) -> Result<(), Failure> {
    let clients = directory.store.clients().await?;
    let rows: Vec<_> = clients.iter().map(row).collect();
    let values: Vec<_> = clients.iter().map(value).collect();
    Ok(context.output.table(&["id", "kind", "name", "audience"], &rows, &values)?)
}

fn row(client: &Client) -> Vec<String> {
    let kind = if client.is_public() { "public" } else { "confidential" };
    vec![
        client.id.to_string(),
        kind.to_owned(),
        client.metadata.name.clone(),
        client.metadata.audience.clone(),
    ]
}
