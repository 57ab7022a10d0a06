//! `client remove`.

use clap::Args;
use serde_json::json;

use super::{Id, count_grants, said_grants};
use crate::{
    cli::{Context, confirmation::Confirmation, failure::Failure},
    directory::Administration,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    client: Id,
    #[command(flatten)]
    confirmation: Confirmation,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let id = &arguments.client.id;
    let effect = async || {
        let name = directory.client(id).await?.metadata.name;
        let grants = said_grants(count_grants(id, directory, |_| true).await?);
        Ok(format!(
            "The client {id} ({name}) has {grants} of people who are signed in there: they end, its secrets and registration \
             are removed, and it can sign nobody in any more"
        ))
    };
    arguments.confirmation.ask(effect).await?;
    directory.remove_client(id, context.clock.now()).await?;
    Ok(context.output.show(&format!("Removed {id}"), &json!({ "client_id": id, "removed": true }))?)
}
