//! `user`: people who can sign in, on the database at hand or on a server elsewhere. Every change that takes something away ends
//! what was issued before, in the same transaction.

mod add;
mod address_flags;
mod attribute_flags;
pub(super) mod claim_flags;
mod consents;
mod devices;
mod invite;
mod list;
mod methods;
mod password;
mod set;
mod show;
mod sign_out;
mod switch;

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use idp_core::username::Username;

use super::{
    api::{Api, Person, ServerFlags, on, seen},
    confirmation::{Confirmation, count},
    failure::Failure,
    output::Output,
};
use crate::admin_api::users::sessions::ListSessions;

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Adds a person; asks for a password, or reads it from standard input
    Add(Box<add::Arguments>),
    /// Invites a person by a letter to open their account themselves
    Invite(invite::Arguments),
    /// Lists the invitations that were not followed yet, or shows one
    Invitations(invite::Filter),
    /// Takes back an invitation that was not followed yet
    Uninvite(invite::Invited),
    /// Lists the users
    List(list::Arguments),
    /// Shows one person, what sites may be told, and the second steps of signing in
    Show(Name),
    /// Changes a person's username and e-mail addresses, and what sites are told
    Set(Box<set::Arguments>),
    /// Shows where a person is signed in, and why their last sign-ins ended
    Devices(Name),
    /// Shows what sites have of a person
    Consents(Name),
    /// Takes back what a person has allowed a site, and signs them out there
    WithdrawConsent(consents::Withdrawal),
    /// Sets a new password and signs the person out everywhere
    SetPassword(password::Arguments),
    /// Sends a person a link by which they choose a new password; ends nothing before they do
    SendPasswordLink(Name),
    /// Removes one second step of a person, and signs the person out everywhere
    RemoveMethod(methods::Removal),
    /// Removes the second steps of a person who lost them, and signs the person out everywhere
    ResetMethods(Confirmed),
    /// Signs a person out everywhere, of one sign-in or of the others, or everybody; they may sign in again
    SignOut(sign_out::Arguments),
    /// Shuts a person out and signs them out everywhere
    Disable(Confirmed),
    /// Lets a person in again
    Enable(Name),
    /// Signs a person out everywhere and removes the account
    Remove(Confirmed),
}

/// A person, by a name that they sign in with, or by id.
#[derive(Args, Debug)]
struct Name {
    /// The username, a verified e-mail address, or the id
    #[arg(value_parser = Username::parse, allow_hyphen_values = true)]
    username: Username,
}

impl Name {
    /// The person.
    async fn find(&self, api: &Api<'_>) -> Result<Person, Failure> {
        api.person(&self.username).await
    }
}

/// A person who loses something by it.
#[derive(Args, Debug)]
struct Confirmed {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    confirmation: Confirmation,
}

impl Confirmed {
    /// The person, after asking back with what they have open and what becomes of it.
    async fn find(&self, consequence: &str, api: &Api<'_>) -> Result<Person, Failure> {
        let person = self.name.find(api).await?;
        self.confirmation.ask(async || open_of(&person, consequence, api).await).await?;
        Ok(person)
    }
}

/// What a person has open, as far as the caller may see it, and what becomes of it.
async fn open_of(person: &Person, consequence: &str, api: &Api<'_>) -> Result<String, Failure> {
    let Person { id, username } = person;
    let Some(sessions) = seen(api.call(on::<ListSessions>(person.path())).await)? else {
        return Ok(format!("{username} ({id}) may be signed in on devices and at sites: {consequence}"));
    };
    let open = sessions.body.open;
    let sites = open.iter().flat_map(|session| &session.sites);
    let sites: BTreeSet<&str> = sites.map(|site| site.client_id.as_str()).collect();
    let devices = count(open.len(), usize::MAX, "device");
    let sites = match sites.is_empty() {
        true => "no site".to_owned(),
        false => format!("{} ({})", count(sites.len(), usize::MAX, "site"), join(sites)),
    };
    Ok(format!("{username} ({id}) is signed in on {devices} and at {sites}: {consequence}"))
}

fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    match command.what {
        What::Add(arguments) => add::run(*arguments, api, output).await,
        What::Invite(arguments) => invite::invite(arguments, api, output).await,
        What::Invitations(filter) => invite::list(filter, api, output).await,
        What::Uninvite(invited) => invite::uninvite(&invited, api, output).await,
        What::List(arguments) => list::run(&arguments, api, output).await,
        What::Show(name) => show::run(&name, api, output).await,
        What::Set(arguments) => set::run(*arguments, api, output).await,
        What::Devices(name) => devices::run(&name, api, output).await,
        What::Consents(name) => consents::list(&name, api, output).await,
        What::WithdrawConsent(withdrawal) => consents::withdraw(withdrawal, api, output).await,
        What::SetPassword(arguments) => password::set(arguments, api, output).await,
        What::SendPasswordLink(name) => password::send_link(&name, api, output).await,
        What::RemoveMethod(removal) => methods::remove(&removal, api, output).await,
        What::ResetMethods(whom) => methods::reset(&whom, api, output).await,
        What::SignOut(arguments) => sign_out::run(&arguments, api, output).await,
        What::Disable(whom) => switch::disable(&whom, api, output).await,
        What::Enable(name) => switch::enable(&name, api, output).await,
        What::Remove(whom) => switch::remove(&whom, api, output).await,
    }
}
