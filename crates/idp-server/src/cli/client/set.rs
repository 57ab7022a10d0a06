//! `client set`.

use clap::Args;
use idp_core::client::{Client, ClientId};

use super::{Id, options::Options, show, unknown};
use crate::{
    cli::{Context, failure::Failure},
    db::{
        DbError,
        audit_events::{self, About, Event},
        clients,
    },
    installation::Installation,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    #[command(flatten)]
    client: Id,
    #[command(flatten)]
    options: Options,
    /// The site is not told of the end of sessions any more
    #[arg(long, conflicts_with = "backchannel_logout_uri")]
    no_backchannel_logout: bool,
    /// Its ID tokens are signed only
    #[arg(long, conflicts_with = "id_token_encryption_key")]
    no_id_token_encryption: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    installation: &Installation,
) -> Result<(), Failure> {
    let id = arguments.client.id.clone();
    if arguments.options.is_empty() && !arguments.no_backchannel_logout && !arguments.no_id_token_encryption {
        return Err(Failure::refused("nothing to change; see client set --help"));
    }
    let found = find(installation, &id).await?;
    let mut client = arguments.options.apply(found, &context.config)?;
    if arguments.no_backchannel_logout {
        client.backchannel_logout = None;
    }
    if arguments.no_id_token_encryption {
        client.id_token_encryption_key = None;
    }
    let now = context.clock.now();
    let changed = installation.db.write(move |connection| {
        let changed = clients::set_options(connection, &client)?;
        let about = About { client: Some(client.id.to_string()), ..About::default() };
        if changed {
            audit_events::record(connection, Event::ClientChanged, about, now)?;
        }
        Ok::<bool, DbError>(changed)
    });
    if !changed.await? {
        return Err(unknown(&id));
    }
    show::run(id, context, installation).await
}

async fn find(installation: &Installation, id: &ClientId) -> Result<Client, Failure> {
    let wanted = id.clone();
    let found = installation.db.read(move |connection| clients::by_id(connection, &wanted)).await?;
    found.ok_or_else(|| unknown(id))
}
