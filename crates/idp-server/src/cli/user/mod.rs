//! `user`: people who can sign in. Every change that takes something away ends what was issued before, in the same
//! transaction.

mod add;
mod address_flags;
pub(super) mod claim_flags;
mod devices;
mod invite;
mod list;
mod remove;
mod reset_methods;
mod send_password_link;
mod set;
mod set_password;
mod show;
mod sign_out;
mod switch;

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use idp_core::password::Password;
use idp_core::time::UnixTime;
use idp_core::{
    user::{Account, KnownAddress, User},
    username::Username,
};
use serde_json::{Value, json};

use super::{
    Context,
    confirmation::{Confirmation, count},
    failure::Failure,
    output::{at, maybe_at},
    secret_input,
};
use crate::{
    date::rfc3339,
    directory::{Administration, generated_password},
    random,
};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Adds a person; asks for a password, or reads it from standard input
    Add(Box<add::Arguments>),
    /// Invites a person by a letter to open their account themselves
    Invite(invite::Arguments),
    /// Lists the invitations that were not followed yet
    Invitations,
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
    /// Sets a new password and signs the person out everywhere
    SetPassword(set_password::Arguments),
    /// Sends a person a link by which they choose a new password; ends nothing before they do
    SendPasswordLink(Name),
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

/// A person, by a name that they sign in with.
#[derive(Args, Debug)]
pub(super) struct Name {
    /// The username, or a verified e-mail address
    #[arg(value_parser = Username::parse, allow_hyphen_values = true)]
    username: Username,
}

/// A person who loses something by it.
#[derive(Args, Debug)]
pub(super) struct Confirmed {
    #[command(flatten)]
    name: Name,
    #[command(flatten)]
    confirmation: Confirmation,
}

impl Confirmed {
    /// Asks back with what the person has open, and what becomes of it.
    async fn ask(
        &self,
        consequence: &str,
        context: &Context,
        directory: Administration<'_>,
    ) -> Result<(), Failure> {
        let effect = async || open_of(&self.name.username, consequence, context, directory).await;
        self.confirmation.ask(effect).await
    }
}

/// What a person has open, and what becomes of it.
async fn open_of(
    username: &Username,
    consequence: &str,
    context: &Context,
    directory: Administration<'_>,
) -> Result<String, Failure> {
    let user = directory.user(username).await?;
    let found = directory.devices(user.id, context.clock.now()).await?;
    let sites: BTreeSet<&str> =
        found.open.iter().flat_map(|open| &open.sites).map(|site| site.client.as_str()).collect();
    let devices = count(found.open.len(), usize::MAX, "device");
    let sites = match sites.is_empty() {
        true => "no site".to_owned(),
        false => format!("{} ({})", count(sites.len(), usize::MAX, "site"), join(sites)),
    };
    let name = user.username.as_str();
    Ok(format!("{name} ({}) is signed in on {devices} and at {sites}: {consequence}", user.id))
}

fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().collect::<Vec<_>>().join(", ")
}

/// Where a new password comes from.
#[derive(Args, Debug)]
struct NewPassword {
    /// Makes a password and prints it, instead of asking for one
    #[arg(long)]
    generate: bool,
    /// Has the person choose another one at their first sign-in, before anything else; one that is made is so by itself
    #[arg(long)]
    temporary: bool,
    /// Lets the person keep the password that is made
    #[arg(long, requires = "generate", conflicts_with = "temporary")]
    permanent: bool,
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let opened = context.open().await?;
    let directory = opened.administration(context);
    match command {
        Command::Add(arguments) => add::run(*arguments, context, directory).await,
        Command::Invite(arguments) => invite::invite(arguments, context, directory).await,
        Command::Invitations => invite::list(context, directory).await,
        Command::Uninvite(invited) => invite::uninvite(invited, context, directory).await,
        Command::List(arguments) => list::run(arguments, context, directory).await,
        Command::Show(name) => show::run(name, context, directory).await,
        Command::Set(arguments) => set::run(*arguments, context, directory).await,
        Command::Devices(name) => devices::run(name, context, directory).await,
        Command::SetPassword(arguments) => set_password::run(arguments, context, directory).await,
        Command::SendPasswordLink(name) => send_password_link::run(&name, context, directory).await,
        Command::ResetMethods(whom) => reset_methods::run(whom, context, directory).await,
        Command::SignOut(arguments) => sign_out::run(arguments, context, directory).await,
        Command::Disable(whom) => switch::disable(whom, context, directory).await,
        Command::Enable(name) => switch::enable(&name.username, context, directory).await,
        Command::Remove(whom) => remove::run(whom, context, directory).await,
    }
}

/// A user, with everything that sites may be told.
fn value(user: &User) -> Value {
    let mut value = json!({
        "id": user.id,
        "username": user.username,
        "status": user.status,
        "claims": claims(user),
        "created_at": at(user.created_at),
        "second_factor_required": user.second_factor.is_required,
        "second_factor_required_by_role": user.second_factor.is_required_by_role,
        "second_factor_asked_at": user.second_factor.asked_at,
        "second_factor_asked_at": maybe_at(user.second_factor.asked_at),
    });
    if let (Some(members), Some(due)) = (value.as_object_mut(), user.status.deleted_at()) {
        members.insert("deleted_at".to_owned(), at(due));
    }
    value
}

/// What sites may be told, but for the one time in it, which they are told in seconds: here it is as every other.
fn claims(user: &User) -> Value {
    let mut claims = json!(user.known_claims());
    if let Some(updated_at) = claims.get_mut("updated_at") {
        *updated_at = updated_at.as_i64().map_or(Value::Null, |seconds| at(UnixTime(seconds)));
    }
    claims
}

/// The same, with the addresses.
fn account_value(account: &Account) -> Value {
    let mut value = value(&account.user);
    let addresses: Vec<Value> = account.addresses.iter().map(address_value).collect();
    if let Some(members) = value.as_object_mut() {
        members.insert("addresses".to_owned(), addresses.into());
    }
    value
}

fn address_value(known: &KnownAddress) -> Value {
    json!({
        "address": known.address.as_str(),
        "primary": known.is_primary,
        "verified": known.verified_at.is_some(),
        "verified_at": maybe_at(known.verified_at),
    })
}

/// A password that was asked for or made.
struct Chosen {
    password: Password,
    is_generated: bool,
    /// Whether the person has to replace it at their first sign-in.
    is_temporary: bool,
}

impl NewPassword {
    /// Asks for the password or makes it.
    fn choose(&self) -> Result<Chosen, Failure> {
        let password = match self.generate {
            true => generated_password::generate(&mut random::rng()).map_err(Failure::refused)?,
            false => secret_input::new_password()?,
        };
        let is_temporary = self.temporary || (self.generate && !self.permanent);
        Ok(Chosen { password, is_generated: self.generate, is_temporary })
    }
}

impl Chosen {
    /// A generated password, to be printed, because no person knows it yet.
    fn generated(&self) -> Option<&str> {
        self.is_generated.then_some(self.password.expose())
    }

    /// The sentences that show a generated password, which is never shown again, and say until when a temporary one signs in.
    fn sentences(&self, temporary_until: Option<UnixTime>) -> String {
        let shown = self.generated().map(|password| format!("\nPassword (shown once): {password}"));
        let until = temporary_until.map(|until| {
            let until = rfc3339(until);
            format!("\nIt is temporary: the person chooses another one at the first sign-in, by {until}")
        });
        [shown, until].into_iter().flatten().collect()
    }
}
