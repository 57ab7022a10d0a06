//! `logout-delivery`: the logout tokens by which sites are told that a session ended (OpenID Connect Back-Channel Logout), on the
//! database at hand or on a server elsewhere.

use clap::{Args, Subcommand};
use idp_core::client::ClientId;
use serde_json::json;

use super::{
    api::{Api, ServerFlags, on},
    failure::Failure,
    output::Output,
};
use crate::admin_api::{
    NoPath,
    deliveries::{
        GiveUpLogoutDelivery, ListLogoutDeliveries, LogoutDelivery, LogoutDeliveryPath, LogoutDeliveryQuery,
        RetryLogoutDelivery,
    },
};

const HEADING: [&str; 7] = ["id", "client", "session", "state", "attempts", "ended", "last error"];

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Lists them, the newest first, and what became of them
    List {
        /// To this client alone
        #[arg(long, value_name = "ID", value_parser = ClientId::parse)]
        client: Option<ClientId>,
        /// In this state alone
        #[arg(long, value_name = "STATE", value_parser = ["pending", "delivered", "given_up"])]
        state: Option<String>,
    },
    /// Has a site told again at once
    Retry(Id),
    /// Gives one up that waits: the site learns of the end by the feed, or when the tokens run out
    GiveUp(Id),
}

#[derive(Args, Debug)]
struct Id {
    /// The delivery, as `logout-delivery list` shows it
    #[arg(allow_hyphen_values = true)]
    id: String,
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::List { client, state } => {
            let query = LogoutDeliveryQuery { client, state, ..LogoutDeliveryQuery::default() };
            api.print::<ListLogoutDeliveries, _>(NoPath::default, &query, (&HEADING, row), output).await
        }
        What::Retry(Id { id }) => {
            api.call(on::<RetryLogoutDelivery>(LogoutDeliveryPath { delivery: id.clone() })).await?;
            let text = format!("{id} is due now; a running server sends it");
            Ok(output.show(&text, &json!({ "id": id, "due": true }))?)
        }
        What::GiveUp(Id { id }) => {
            api.call(on::<GiveUpLogoutDelivery>(LogoutDeliveryPath { delivery: id.clone() })).await?;
            Ok(output.show(&format!("{id} is not sent any more"), &json!({ "id": id, "given_up": true }))?)
        }
    }
}

fn row(delivery: &LogoutDelivery) -> Vec<String> {
    vec![
        delivery.id.clone(),
        delivery.client.clone(),
        delivery.session.clone(),
        delivery.state.replace('_', " "),
        delivery.attempts.to_string(),
        delivery.created_at.0.clone(),
        delivery.last_error.clone().unwrap_or_default(),
    ]
}
