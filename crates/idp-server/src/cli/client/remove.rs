//! `client remove`.

use clap::Args;
use serde_json::json;

use super::Id;
use crate::{
    admin_api::{
        client_effects::CountGrants,
        clients::{DeleteClient, GetClient},
        everybody::OpenCount,
    },
    cli::{
        api::{Api, on, on_version},
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
    confirmation: Confirmation,
}

pub(super) async fn run(arguments: &Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let id = &arguments.client.id;
    let path = || arguments.client.path();
    let seen = api.call(on::<GetClient>(path())).await?;
    let effect = async || {
        let name = &seen.body.client_name;
        let OpenCount { count, more } = api.call(on::<CountGrants>(path())).await?.body;
        let grants = count_of(count, more, "grant");
        Ok(format!(
            "The client {id} ({name}) has {grants} of people who are signed in there: they end, its secrets and registration \
             are removed, and it can sign nobody in any more"
        ))
    };
    arguments.confirmation.ask(effect).await?;
    api.call(on_version(on::<DeleteClient>(path()), seen.version)).await?;
    Ok(output.show(&format!("Removed {id}"), &json!({ "client_id": id, "removed": true }))?)
}
