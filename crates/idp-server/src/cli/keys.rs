//! `keys`: the keys that sign tokens, on the database at hand or on a server elsewhere. A running server notices by itself within a
//! second what was done beside it, except for a reset, for which it has to be stopped.

use std::io::{self, Write as _};
use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::Value;
use tokio::time::sleep;

use super::{
    Context,
    api::{Api, ServerFlags, on},
    confirmation::Confirmation,
    failure::Failure,
    master_key,
    output::{Output, value},
};
use crate::{
    admin_api::{
        NoPath,
        keys::{GiveUpKey, Key, KeyPath, Keys, ListKeys, RetireKey, RotateKeys},
    },
    clock::Stopwatch,
    directory::DirectoryError,
    installation::Installation,
    store::{Store, nodes::GONE_AFTER, signing_keys::KeysError},
};

/// How often it is looked whether a node has renewed its lease.
const WATCH_EVERY: Duration = Duration::from_millis(250);

#[derive(Args, Debug)]
pub(super) struct Command {
    #[command(flatten)]
    pub(super) place: ServerFlags,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
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
    /// Begins with new keys after the master key was lost, and signs everybody out; stop the server first. On the database at hand
    /// alone
    Reset(Confirmation),
    /// The key that everything rests sealed under. On the database at hand alone
    #[command(subcommand)]
    Master(master_key::Command),
}

/// Why the master key is not looked after on a server elsewhere.
const MASTER_IS_HERE: &str =
    "master keys are in files of each machine: run keys master on one that has them, without --server";
/// Why keys are not reset on a server elsewhere.
const RESET_IS_HERE: &str =
    "the master key is lost where the server runs: run keys reset there, without --server";

impl Command {
    /// Why it works on the database at hand alone, where it does.
    pub(super) const fn only_here(&self) -> Option<&'static str> {
        match self.what {
            What::Reset(_) => Some(RESET_IS_HERE),
            What::Master(_) => Some(MASTER_IS_HERE),
            _ => None,
        }
    }

    /// What it does with the master key, where that is what it is about.
    pub(super) fn master(&self) -> Option<master_key::Command> {
        match &self.what {
            What::Master(command) => Some(command.clone()),
            _ => None,
        }
    }

    /// Whether it resets them, and is sure.
    pub(super) const fn reset(&self) -> Option<Confirmation> {
        match &self.what {
            What::Reset(confirmation) => Some(*confirmation),
            _ => None,
        }
    }
}

pub(super) async fn run(command: Command, api: &Api<'_>, output: Output) -> Result<(), Failure> {
    maintain(api).await?;
    let keys = match command.what {
        What::List => return list(api, output).await,
        What::Rotate => api.call(on::<RotateKeys>(NoPath::default())).await?,
        What::Retire { kid } => api.call(on::<RetireKey>(KeyPath { kid })).await?,
        What::Compromised { kid, confirmation } => {
            let keys = api.call(on::<ListKeys>(NoPath::default())).await?.body;
            let effect = what_goes_with(&keys, &kid)?;
            confirmation.ask(async || Ok(effect)).await?;
            api.call(on::<GiveUpKey>(KeyPath { kid })).await?
        }
        What::Reset(_) => return Err(Failure::refused(RESET_IS_HERE)),
        What::Master(_) => return Err(Failure::refused(MASTER_IS_HERE)),
    };
    show(&keys.body, output)
}

/// A command on the database works on the key that waits as well, and may be the first to look for one. A server does so by itself.
async fn maintain(api: &Api<'_>) -> Result<(), Failure> {
    match api {
        Api::Here { by, now } => {
            Ok(by.keys.maintain(by.store, *now).await.map(drop).map_err(DirectoryError::from)?)
        }
        Api::There(_) => Ok(()),
    }
}

/// What giving up a key ends.
fn what_goes_with(keys: &Keys, kid: &str) -> Result<String, Failure> {
    let key = keys.items.iter().find(|key| key.kid == kid);
    let key = key.ok_or_else(|| DirectoryError::Keys(KeysError::Unknown(kid.to_owned())))?;
    let what = match key.state.as_str() {
        "active" => {
            "signs now. The next key takes over at once, and every token that this one signed is refused everywhere: \
             sites have to get new ones, which those that refresh do by themselves"
        }
        "next" => "has signed nothing yet. It is replaced, and no token ends",
        _ => "signs no more. Tokens that it signed and that still count are refused from now on",
    };
    Ok(format!("Key {kid} {what}"))
}

/// The new keys are made at once: a server that runs on under the lost master key then cannot put keys of its own in
/// their place.
pub(super) async fn reset(confirmation: Confirmation, context: &Context) -> Result<(), Failure> {
    let effect = "Every signing key is removed, and everybody has to sign in again";
    confirmation.ask(async || Ok(effect.to_owned())).await?;
    refuse_while_nodes_live(context).await?;
    let opened = context.open_with(context.installation_with_new_master_key()?).await?;
    let (by, now) = (opened.administration(context), context.clock.now());
    by.reset_keys(now).await?;
    let api = Api::here(&opened, context);
    maintain(&api).await?;
    list(&api, context.output).await
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

async fn list(api: &Api<'_>, output: Output) -> Result<(), Failure> {
    show(&api.call(on::<ListKeys>(NoPath::default())).await?.body, output)
}

fn show(keys: &Keys, output: Output) -> Result<(), Failure> {
    let row = |key: &Key| vec![key.kid.clone(), key.state.clone(), key.since.0.clone()];
    let rows: Vec<_> = keys.items.iter().map(row).collect();
    let values: Vec<Value> = keys.items.iter().map(value).collect::<Result<_, _>>()?;
    Ok(output.table(&["kid", "state", "since"], &rows, &values)?)
}
