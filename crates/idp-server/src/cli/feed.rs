//! `feed listeners`: who follows the revocation feed, and how far each has come, on the database at hand or on a server elsewhere.

use clap::{Args, Subcommand};
use idp_core::client::ClientId;

use super::{
    api::{Api, ServerFlags},
    failure::Failure,
    output::Output,
};
use crate::admin_api::{
    NoPath,
    feed_listeners::{FeedListener, FeedListenerQuery, ListFeedListeners},
};

const HEADING: [&str; 5] = ["client", "instance", "connected", "lag", "confirmed"];

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Lists the processes of sites that follow it, and how far each has come
    Listeners {
        /// Those of this client alone
        #[arg(long, value_name = "ID", value_parser = ClientId::parse)]
        client: Option<ClientId>,
    },
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let What::Listeners { client } = command.what;
    let query = FeedListenerQuery { client, ..FeedListenerQuery::default() };
    api.print::<ListFeedListeners, _>(NoPath::default, &query, (&HEADING, row), output).await
}

fn row(listener: &FeedListener) -> Vec<String> {
    let connected = if listener.connected { "yes" } else { "no" };
    let confirmed = listener.acknowledged_at.as_ref().map(|at| at.0.clone());
    vec![
        listener.client.clone(),
        listener.instance.clone(),
        connected.to_owned(),
        listener.lag.to_string(),
        confirmed.unwrap_or_default(),
    ]
}
