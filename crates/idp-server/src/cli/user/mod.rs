//! `user`: people who can sign in. Every change that takes something away ends what was issued before, in the same
//! transaction.

mod add;
mod devices;
mod list;
mod set_password;
mod sign_out;
mod switch;

use clap::{Args, Subcommand};
use idp_core::{
    password::{self, PasswordParams},
    user::User,
    username::Username,
};
use zeroize::Zeroizing;

use super::{Context, failure::Failure, readable_password, secret_input};
use crate::{chance, db::users, installation::Installation};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Adds a person; asks for a password, or reads it from standard input
    Add(Box<add::Arguments>),
    /// Lists everybody
    List,
    /// Shows where a person is signed in, and why their last sign-ins ended
    Devices(Name),
    /// Sets a new password and signs the person out everywhere
    SetPassword(set_password::Arguments),
    /// Signs a person out everywhere, of one sign-in or of the others, or everybody; they may sign in again
    SignOut(sign_out::Arguments),
    /// Shuts a person out and signs them out everywhere
    Disable(Name),
    /// Lets a person in again
    Enable(Name),
}

/// A person, by sign-in name.
#[derive(Args, Debug)]
pub(super) struct Name {
    /// The sign-in name
    #[arg(value_parser = Username::parse)]
    username: Username,
}

/// Where a new password comes from.
#[derive(Args, Debug)]
struct NewPassword {
    /// Makes a password and prints it, instead of asking for one
    #[arg(long)]
    generate: bool,
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let installation = context.installation()?;
    match command {
        Command::Add(arguments) => add::run(*arguments, context, &installation).await,
        Command::List => list::run(context, &installation).await,
        Command::Devices(name) => devices::run(name, context, &installation).await,
        Command::SetPassword(arguments) => set_password::run(arguments, context, &installation).await,
        Command::SignOut(arguments) => sign_out::run(arguments, context, &installation).await,
        Command::Disable(name) => switch::disable(name.username, context, &installation).await,
        Command::Enable(name) => switch::enable(name.username, context, &installation).await,
    }
}

async fn find(username: &Username, installation: &Installation) -> Result<User, Failure> {
    let name = username.clone();
    let found = installation.db.read(move |connection| users::by_username(connection, &name)).await?;
    match found {
        Some(found) => Ok(found.user),
        None => Err(Failure::refused(format!("there is no user {:?}", username.as_str()))),
    }
}

/// A password that was asked for or made, and its hash.
struct Chosen {
    /// To be printed, because nobody else knows it.
    generated: Option<Zeroizing<String>>,
    hash: String,
}

impl NewPassword {
    /// Asks for the password or makes it; `names` are those a guesser would try in it.
    fn choose(&self, context: &Context, names: &[&str]) -> Result<Chosen, Failure> {
        let password = if self.generate {
            readable_password::generate(&mut chance::rng())
        } else {
            secret_input::new_password()?
        };
        let config = &context.config;
        let names: Vec<&str> = names.iter().copied().chain([config.issuer.service_name.as_str()]).collect();
        config
            .password
            .policy()
            .map_err(Failure::refused)?
            .check(&password, &names)
            .map_err(Failure::refused)?;
        let params: PasswordParams = config.password.params().map_err(Failure::refused)?;
        let hash = password::hash(&password, &params, &mut chance::rng(), &mut Vec::new())
            .map_err(Failure::refused)?;
        Ok(Chosen { generated: self.generate.then_some(password), hash })
    }
}

impl Chosen {
    /// The sentence that shows a generated password, which is never shown again.
    fn sentence(&self) -> String {
        match &self.generated {
            Some(password) => format!("\nPassword (shown once): {}", password.as_str()),
            None => String::new(),
        }
    }
}
