//! Passwords of people: where a new one comes from, `user set-password`, and `user send-password-link` for a person who forgot
//! theirs, or whose password may have leaked.

use clap::Args;
use idp_core::password::Password;
use serde_json::json;

use super::{Confirmed, Name};
use crate::{
    admin_api::{
        Timestamp,
        users::password::{self, PasswordSet, SendPasswordLink, SetPassword},
    },
    cli::{
        api::{Api, on, with},
        failure::Failure,
        output::Output,
        secret_input,
    },
    directory::generated_password,
    random,
};

#[derive(Args, Debug)]
pub(super) struct Arguments {
    #[command(flatten)]
    whom: Confirmed,
    #[command(flatten)]
    password: NewPassword,
}

/// Where a new password comes from.
#[derive(Args, Debug)]
pub(super) struct NewPassword {
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

/// A password that was asked for or made.
pub(super) struct Chosen {
    password: Password,
    is_generated: bool,
    /// Whether the person has to replace it at their first sign-in.
    pub(super) is_temporary: bool,
}

impl NewPassword {
    /// Asks for the password or makes it.
    pub(super) fn choose(&self) -> Result<Chosen, Failure> {
        let password = match self.generate {
            true => generated_password::generate(&mut random::rng()).map_err(Failure::refused)?,
            false => secret_input::new_password()?,
        };
        let is_temporary = self.temporary || (self.generate && !self.permanent);
        Ok(Chosen { password, is_generated: self.generate, is_temporary })
    }
}

impl Chosen {
    /// The password, for the body of a request.
    pub(super) fn text(&self) -> String {
        self.password.expose().to_owned()
    }

    /// A generated password, to be printed, because no person knows it yet.
    pub(super) fn generated(&self) -> Option<&str> {
        self.is_generated.then_some(self.password.expose())
    }

    /// The sentences that show a generated password, which is never shown again, and say until when a temporary one signs in.
    pub(super) fn sentences(&self, temporary_until: Option<&Timestamp>) -> String {
        let shown = self.generated().map(|password| format!("\nPassword (shown once): {password}"));
        let until = temporary_until.map(|Timestamp(until)| {
            format!("\nIt is temporary: the person chooses another one at the first sign-in, by {until}")
        });
        [shown, until].into_iter().flatten().collect()
    }
}

pub(super) async fn set(arguments: Arguments, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    // Before the operator is asked for a password.
    let consequence = "all of that ends, and the password that they have is good no more";
    let person = arguments.whom.find(consequence, api).await?;
    let chosen = arguments.password.choose()?;
    let body = password::NewPassword { password: Some(chosen.text()), temporary: chosen.is_temporary };
    let set = api.call(with::<SetPassword>(person.path(), body)).await?.body;
    let PasswordSet { expires_at: until, .. } = set;
    let (username, sentences) = (person.username, chosen.sentences(until.as_ref()));
    let text = format!("{username} has a new password and is signed out everywhere{sentences}");
    let value = json!({ "username": username, "password": chosen.generated(), "temporary_until": until });
    Ok(output.show(&text, &value)?)
}

pub(super) async fn send_link(name: &Name, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    let person = name.find(api).await?;
    api.call(on::<SendPasswordLink>(person.path())).await?;
    let text = format!("a link for a new password is on its way to {}", person.username);
    Ok(output.show(&text, &json!({ "username": person.username, "link": "sent" }))?)
}
