//! `client set`.

use clap::Args;

use super::{Id, options::Options, show};
use crate::{
    cli::{Context, failure::Failure},
    directory::Directory,
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
    /// The site may not follow the revocation feed any more; a stream that is open ends within the hour
    #[arg(long, conflicts_with = "feed")]
    no_feed: bool,
}

pub(super) async fn run(
    arguments: Arguments,
    context: &Context,
    directory: Directory<'_>,
) -> Result<(), Failure> {
    let id = &arguments.client.id;
    let withdraws = arguments.no_backchannel_logout || arguments.no_id_token_encryption || arguments.no_feed;
    if arguments.options.is_empty() && !withdraws {
        return Err(Failure::refused("nothing to change; see client set --help"));
    }
    let mut client = arguments.options.apply(directory.client(id).await?)?;
    if arguments.no_backchannel_logout {
        client.backchannel_logout = None;
    }
    if arguments.no_id_token_encryption {
        client.id_token_encryption_key = None;
    }
    if arguments.no_feed {
        client.follows_feed = false;
    }
    directory.change_client(client, context.clock.now()).await?;
    show::run(id, context, directory).await
}
