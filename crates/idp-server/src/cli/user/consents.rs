//! `user consents` and `user withdraw-consent`: what sites have of a person, and taking it back.

use clap::Args;
use idp_core::client::ClientId;
use serde_json::json;

use super::Name;
use crate::{
    admin_api::users::sites::{Consent, ConsentPath, ListConsents, WithdrawConsent},
    cli::{
        api::{Api, on},
        confirmation::Confirmation,
        failure::Failure,
        output::{Output, value},
    },
};

const HEADING: [&str; 6] = ["client", "name", "scope", "asked", "since", "sessions"];

#[derive(Args, Debug)]
pub(super) struct Withdrawal {
    #[command(flatten)]
    name: Name,
    /// The id of the client
    #[arg(value_parser = ClientId::parse, allow_hyphen_values = true)]
    client: ClientId,
    #[command(flatten)]
    confirmation: Confirmation,
}

pub(super) async fn list(name: &Name, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let person = name.find(api).await?;
    let consents = api.call(on::<ListConsents>(person.path())).await?.body.items;
    let rows: Vec<_> = consents.iter().map(row).collect();
    let values = consents.iter().map(value).collect::<Result<Vec<_>, _>>()?;
    Ok(output.table(&HEADING, &rows, &values)?)
}

fn row(consent: &Consent) -> Vec<String> {
    let asked = if consent.asked { "yes" } else { "no" };
    vec![
        consent.client_id.clone(),
        consent.name.clone(),
        consent.scope.clone(),
        asked.to_owned(),
        consent.since.0.clone(),
        consent.sessions.to_string(),
    ]
}

pub(super) async fn withdraw(withdrawal: Withdrawal, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let Withdrawal { name, client, confirmation } = withdrawal;
    let person = name.find(api).await?;
    let username = &person.username;
    let effect = format!(
        "{username} ({}) is signed out at {client}, which loses its access and is told nothing more before they allow it again",
        person.id
    );
    confirmation.ask(async || Ok(effect)).await?;
    api.call(on::<WithdrawConsent>(ConsentPath { user: person.id, client: client.to_string() })).await?;
    let value = json!({ "username": username, "client_id": client, "withdrawn": true });
    Ok(output.show(&format!("{client} has nothing of {username} any more"), &value)?)
}
