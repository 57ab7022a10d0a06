//! `client list`.

use idp_core::client::Client;

use super::value;
use crate::{
    cli::{Context, PAGE, failure::Failure},
    directory::Administration,
};

pub(super) async fn run(context: &Context, directory: Administration<'_>) -> Result<(), Failure> {
    let mut table = context.output.open_table(&["id", "kind", "name", "audience"]);
    let mut after = None;
    loop {
        let clients = directory.clients(None, after, PAGE).await?;
        let Some(last) = clients.last() else {
            return Ok(table.close()?);
        };
        after = Some(last.id.clone());
        let rows: Vec<_> = clients.iter().map(row).collect();
        let values: Vec<_> = clients.iter().map(value).collect();
        if !table.add(&rows, &values)? {
            // `| head` has seen enough.
            return Ok(());
        }
    }
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
