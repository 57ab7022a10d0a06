//! `keys`: the keys that sign tokens. A running server notices by itself within a second what was done here, except for
//! a reset, for which it has to be stopped.

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Subcommand;
use idp_core::{
    key::{KeyRing, KeyState, RingKey},
    time::UnixTime,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Context, confirmation::Confirmation, failure::Failure, output::at};
use crate::{
    clock::Stopwatch,
    date::rfc3339,
    directory::{Administration, DirectoryError, keys::in_order},
    installation::Installation,
    store::{Store, nodes::GONE_AFTER, signing_keys::KeysError},
};

/// How often it is looked whether a node has renewed its lease.
const WATCH_EVERY: Duration = Duration::from_millis(250);

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Lists the signing keys
    List,
    /// Lets the next key sign from now on, if it has been published for long enough
    Rotate,
    /// Lets a key sign nothing more, as `rotate` does, but only if it is this one that signs
    Retire {
        /// The key's id, as `keys list` shows it
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Gives up a key that others may have; if it signed, the next one signs at once
    Compromised {
        /// The key's id, as `keys list` shows it
        #[arg(allow_hyphen_values = true)]
        kid: String,
        #[command(flatten)]
        confirmation: Confirmation,
    },
    /// Begins with new keys after the master key was lost, and signs everybody out; stop the server first
    Reset(Confirmation),
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let command = match command {
        Command::Reset(confirmation) => return reset(confirmation, context).await,
        command => command,
    };
    let opened = context.open().await?;
    let (by, now) = (opened.administration(context), context.clock.now());
    maintain(&by, now).await?;
    match command {
        Command::Rotate => by.rotate_keys(now).await?,
        Command::Retire { kid } => by.retire_key(kid, now).await?,
        Command::Compromised { kid, confirmation } => {
            let effect = || what_goes_with(&by.keys.ring(), &kid).map_err(DirectoryError::from);
            confirmation.ask(async || Ok(effect()?)).await?;
            by.give_up_key(kid, now).await?;
        }
        Command::List | Command::Reset(_) => {}
    }
    list(context, &by).await
}

/// A command works on the key that waits as well, and may be the first to look for one.
async fn maintain(by: &Administration<'_>, now: UnixTime) -> Result<(), Failure> {
    Ok(by.keys.maintain(by.store, now).await.map_err(DirectoryError::from)?)
}

/// What giving up a key ends.
fn what_goes_with(ring: &KeyRing, kid: &str) -> Result<String, KeysError> {
    let mut keys = ring.keys().iter();
    let entry = keys.find(|entry| entry.key.kid() == kid);
    let entry = entry.ok_or_else(|| KeysError::Unknown(kid.to_owned()))?;
    let what = match entry.state {
        KeyState::Active { .. } => {
            "signs now. The next key takes over at once, and every token that this one signed is refused everywhere: \
             sites have to get new ones, which those that refresh do by themselves"
        }
        KeyState::Next { .. } => "has signed nothing yet. It is replaced, and no token ends",
        KeyState::Retired { .. } => {
            "signs no more. Tokens that it signed and that still count are refused from now on"
        }
    };
    Ok(format!("Key {kid} {what}"))
}

/// The new keys are made at once: a server that runs on under the lost master key then cannot put keys of its own in
/// their place.
async fn reset(confirmation: Confirmation, context: &Context) -> Result<(), Failure> {
    let effect = "Every signing key is removed, and everybody has to sign in again";
    confirmation.ask(async || Ok(effect.to_owned())).await?;
    refuse_while_nodes_live(context).await?;
    let opened = context.open_with(context.installation_with_new_master_key()?).await?;
    let (by, now) = (opened.administration(context), context.clock.now());
    by.reset_keys(now).await?;
    maintain(&by, now).await?;
    list(context, &by).await
}

/// A node that runs on under the former master key could sign nothing any more. Looked at before a new key is made.
async fn refuse_while_nodes_live(context: &Context) -> Result<(), Failure> {
    let db = Installation::database(&context.config.storage)?;
    let store = Store::for_command(db, &context.config).await.map_err(anyhow::Error::from)?;
    let before = store.leases().await?;
    if before.count() == 0 {
        return Ok(());
    }
    let waited = Stopwatch::start();
    let count = before.count();
    let told = format!("{count} of the nodes on this database have not said that they stopped");
    let _no_terminal = writeln!(io::stderr(), "{told}; watching for {GONE_AFTER} s whether they live");
    while waited.elapsed().as_secs() < GONE_AFTER {
        sleep(WATCH_EVERY).await;
        let living = store.leases().await?.renewed_since(&before);
        if living > 0 {
            return Err(Failure::refused(format!(
                "{living} of the nodes on this database still live and would lose their keys: stop them first"
            )));
        }
    }
    Ok(())
}

async fn list(context: &Context, by: &Administration<'_>) -> Result<(), Failure> {
    let ring = by.signing_keys().await?;
    let keys = in_order(&ring);
    let rows: Vec<_> = keys.iter().copied().map(row).collect();
    let values: Vec<_> = keys.iter().copied().map(value).collect();
    Ok(context.output.table(&["kid", "state", "since"], &rows, &values)?)
}

fn row(entry: &RingKey) -> Vec<String> {
    vec![entry.key.kid().to_owned(), entry.state.name().to_owned(), rfc3339(entry.state.at())]
}

fn value(entry: &RingKey) -> Value {
    json!({ "kid": entry.key.kid(), "state": entry.state.name(), "since": at(entry.state.at()) })
}
