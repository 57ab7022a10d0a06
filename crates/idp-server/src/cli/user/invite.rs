//! `user invite`, `user invitations` and `user uninvite`: people who open their account themselves, by a letter.

use clap::Args;
use idp_core::{
    mail_address::MailAddress,
    registration_link::{RegistrationLink, RegistrationOrigin},
    username::Username,
};
use serde_json::{Value, json};

use crate::{
    cli::{Context, PAGE, failure::Failure, output::at},
    config::ConfigDuration,
    date::rfc3339,
    directory::{Administration, registration::Guest},
    words::Language,
};

#[derive(Args, Debug)]
pub(in crate::cli) struct Arguments {
    /// Where the letter goes; it is an address of theirs once they follow the link
    #[arg(value_parser = MailAddress::parse, allow_hyphen_values = true)]
    address: MailAddress,
    /// What they are called; they may change it
    #[arg(long)]
    name: Option<String>,
    /// The username that they get, instead of one of their choice
    #[arg(long, value_parser = Username::parse)]
    username: Option<Username>,
    /// How long the link is good, such as 12h; 30d at most
    #[arg(long, value_name = "DURATION", default_value = "7d")]
    ttl: ConfigDuration,
    /// The language of the letter [default: language.default]
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Invited {
    /// Where the letter went
    #[arg(value_parser = MailAddress::parse, allow_hyphen_values = true)]
    address: MailAddress,
}

pub(super) async fn invite(
    arguments: Arguments,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let Arguments { address, name, username, ttl, language } = arguments;
    let language = language.unwrap_or(context.config.language.default);
    let guest = Guest { address: address.clone(), name, username, language, lifetime: ttl.as_secs() };
    let until = directory.invite(guest, context.clock.now()).await?;
    let text = format!(
        "{address} gets a letter, and the link in it is good until {}; a running server sends it",
        rfc3339(until)
    );
    Ok(context.output.show(&text, &json!({ "address": address.as_str(), "expires_at": at(until) }))?)
}

/// Those that were not followed yet.
pub(super) async fn list(context: &Context, directory: Administration<'_>) -> Result<(), Failure> {
    let mut table = context.output.open_table(&["address", "name", "username", "sent", "good until"]);
    let (mut after, now) = (None, context.clock.now());
    loop {
        let Some((links, last)) = directory.store.invitations_after(after, PAGE).await? else {
            return Ok(table.close()?);
        };
        after = Some(last);
        let live: Vec<_> = links.iter().filter(|link| link.is_live(now)).collect();
        let rows: Vec<_> = live.iter().map(|link| row(link)).collect();
        let values: Vec<_> = live.iter().map(|link| value(link)).collect();
        if !live.is_empty() && !table.add(&rows, &values)? {
            // `| head` has seen enough.
            return Ok(());
        }
    }
}

pub(super) async fn uninvite(
    invited: Invited,
    context: &Context,
    directory: Administration<'_>,
) -> Result<(), Failure> {
    let address = invited.address;
    directory.withdraw_invitation(address.clone(), context.clock.now()).await?;
    let text = format!("The invitation to {address} is good no more");
    Ok(context.output.show(&text, &json!({ "address": address.as_str(), "withdrawn": true }))?)
}

fn row(link: &RegistrationLink) -> Vec<String> {
    let (name, username) = known(link);
    vec![
        link.address.to_string(),
        name.unwrap_or_default().to_owned(),
        username.map(Username::as_str).unwrap_or_default().to_owned(),
        rfc3339(link.created_at),
        rfc3339(link.expires_at),
    ]
}

fn value(link: &RegistrationLink) -> Value {
    let (name, username) = known(link);
    json!({
        "address": link.address.as_str(),
        "name": name,
        "username": username,
        "created_at": at(link.created_at),
        "expires_at": at(link.expires_at),
    })
}

fn known(link: &RegistrationLink) -> (Option<&str>, Option<&Username>) {
    match &link.origin {
        RegistrationOrigin::Invited { name, username } => (name.as_deref(), username.as_ref()),
        RegistrationOrigin::Asked => (None, None),
    }
}
