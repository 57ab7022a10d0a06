//! `client`: sites that people sign in to, on the database at hand or on a server elsewhere. A secret is made there, printed once,
//! and kept as a hash only.

mod add;
mod flag_names;
mod list_flags;
mod metadata_flags;
mod remove;
mod secret;
mod set;
mod show;

use clap::{Args, Subcommand};
use idp_core::client::ClientId;

use super::{
    api::{Api, ServerFlags},
    failure::Failure,
    output::Output,
};
use crate::admin_api::{
    NoPath,
    client::Client,
    clients::{ClientPath, ClientQuery, ListClients},
};

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Registers a client and prints its secret, once
    Add(Box<add::Arguments>),
    /// Changes a registration; a right that is taken away ends what the client was given by it
    Set(Box<set::Arguments>),
    /// Lists every client
    List(Filter),
    /// Shows one client
    Show(Id),
    /// Removes a client; its refresh tokens end at once
    Remove(remove::Arguments),
    /// The secrets of a client: add a new one, roll it out, remove the old one
    #[command(subcommand)]
    Secret(secret::Command),
}

/// A client, by id.
#[derive(Args, Debug)]
struct Id {
    /// The client id
    #[arg(value_parser = ClientId::parse, allow_hyphen_values = true)]
    id: ClientId,
}

impl Id {
    /// Where operations about it are.
    fn path(&self) -> ClientPath {
        ClientPath { client: self.id.clone() }
    }
}

#[derive(Args, Debug)]
struct Filter {
    /// Those alone whose id or name begins like this
    #[arg(value_name = "BEGINNING")]
    beginning: Option<String>,
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::Add(arguments) => add::run(*arguments, api, output).await.map_err(flag_names::said),
        What::Set(arguments) => set::run(*arguments, api, output).await.map_err(flag_names::said),
        What::List(Filter { beginning: q }) => {
            let query = ClientQuery { q, ..ClientQuery::default() };
            let table = (&["id", "kind", "name", "audience"][..], row);
            api.print::<ListClients, _>(NoPath::default, &query, table, output).await
        }
        What::Show(id) => show::run(&id, api, output).await,
        What::Remove(arguments) => remove::run(&arguments, api, output).await,
        What::Secret(command) => secret::run(command, api, output).await,
    }
}

fn row(client: &Client) -> Vec<String> {
    let kind = if client.public { "public" } else { "confidential" };
    vec![client.client_id.clone(), kind.to_owned(), client.client_name.clone(), client.audience.clone()]
}
