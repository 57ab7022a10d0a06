//! `user invite`, `user invitations` and `user uninvite`: people who open their account themselves, by a letter.

use clap::Args;
use idp_core::{mail_address::MailAddress, username::Username};
use serde_json::json;

use crate::{
    admin_api::{
        NoPath, PageQuery, Timestamp,
        users::invitations::{
            CreateInvitation, GetInvitation, Invitation, InvitationPath, ListInvitations, NewInvitation,
            WithdrawInvitation,
        },
    },
    cli::{
        api::{Api, on, with},
        failure::Failure,
        output::{Output, lines, value},
    },
    config::ConfigDuration,
    directory::DirectoryError,
    store::registration::invitation_id,
    words::Language,
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
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
pub(super) struct Filter {
    /// The one to this address alone, with all that is known of it
    #[arg(value_parser = MailAddress::parse, allow_hyphen_values = true)]
    address: Option<MailAddress>,
}

#[derive(Args, Debug)]
pub(super) struct Invited {
    /// Where the letter went
    #[arg(value_parser = MailAddress::parse, allow_hyphen_values = true)]
    address: MailAddress,
}

pub(super) async fn invite(arguments: Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let Arguments { address, name, username, ttl, language } = arguments;
    let new = NewInvitation {
        address: address.to_string(),
        name,
        username: username.map(|name| name.as_str().to_owned()),
        language: language.map(|language| language.tag().to_owned()),
        expires_in: Some(ttl.as_secs()),
    };
    let made = api.call(with::<CreateInvitation>(NoPath::default(), new)).await?.body;
    let Timestamp(until) = &made.expires_at;
    let text = format!(
        "{address} gets a letter, and the link in it is good until {until}; a running server sends it"
    );
    Ok(output.show(&text, &json!({ "address": address.as_str(), "expires_at": until }))?)
}

/// Those that were not followed yet, or one of them.
pub(super) async fn list(filter: Filter, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    if let Some(address) = filter.address {
        let found = api.call(on::<GetInvitation>(path(&address))).await;
        let value = value(&found.map_err(|failure| said(failure, &address))?.body)?;
        return Ok(output.show(&lines(&value), &value)?);
    }
    let table = (&["address", "name", "username", "sent", "good until"][..], row);
    api.print::<ListInvitations, _>(NoPath::default, &PageQuery::default(), table, output).await
}

pub(super) async fn uninvite(invited: &Invited, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let address = &invited.address;
    let withdrawn = api.call(on::<WithdrawInvitation>(path(address))).await;
    withdrawn.map_err(|failure| said(failure, address))?;
    let text = format!("The invitation to {address} is good no more");
    Ok(output.show(&text, &json!({ "address": address.as_str(), "withdrawn": true }))?)
}

fn path(address: &MailAddress) -> InvitationPath {
    InvitationPath { invitation: invitation_id(address) }
}

/// Its id says nothing to an operator.
fn said(failure: Failure, address: &MailAddress) -> Failure {
    match failure.is_not_found() {
        true => DirectoryError::NoInvitation(address.clone()).into(),
        false => failure,
    }
}

fn row(invitation: &Invitation) -> Vec<String> {
    vec![
        invitation.address.clone(),
        invitation.name.clone().unwrap_or_default(),
        invitation.username.clone().unwrap_or_default(),
        invitation.created_at.0.clone(),
        invitation.expires_at.0.clone(),
    ]
}
