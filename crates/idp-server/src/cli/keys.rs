//! `keys`: the keys that sign tokens. A running server notices by itself within a second what was done here, except for
//! a reset, for which it has to be stopped.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use idp_core::{
    key::{KeyRing, KeyState, RingKey, ring::NotReady},
    session::EndCause,
    time::UnixTime,
};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Context, confirmation::Confirmation, failure::Failure, output::at};
use crate::{
    clock::Stopwatch,
    date::rfc3339,
    db::audit_events::AuditContext,
    installation::Installation,
    keys::Keys,
    seals::{Seal, Seals},
    store::{Store, nodes::GONE_AFTER, revoke::Target, signing_keys::KeysError},
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
    let admin = match command {
        Command::Reset(confirmation) => return reset(confirmation, context).await,
        _ => KeyAdmin::open(context, context.installation()?).await?,
    };
    let keys = admin.load(context).await?;
    match command {
        Command::Rotate => keys.rotate(&admin.store, admin.now).await.map_err(failure)?,
        Command::Retire { kid } => keys.retire(&admin.store, kid, admin.now).await.map_err(failure)?,
        Command::Compromised { kid, confirmation } => {
            confirmation.ask(async || what_goes_with(&keys.ring(), &kid).map_err(failure)).await?;
            keys.compromised(&admin.store, kid, admin.now).await.map_err(failure)?;
        }
        Command::List | Command::Reset(_) => {}
    }
    list(context, &keys.ring())
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
    let admin = KeyAdmin::open(context, context.installation_with_new_master_key()?).await?;
    let (about, cause) = (AuditContext::default(), EndCause::Administrator);
    admin.store.revoke(Target::SigningKeys, cause, about, admin.now).await?;
    list(context, &admin.load(context).await?.ring())
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

/// What working on the keys takes.
struct KeyAdmin {
    store: Store,
    seal: Arc<Seal>,
    now: UnixTime,
}

impl KeyAdmin {
    async fn open(context: &Context, installation: Installation) -> Result<Self, Failure> {
        let seal = Seals::new(&installation.master).map_err(anyhow::Error::from)?.signing_key;
        Ok(Self { store: context.store(installation).await?, seal, now: context.clock.now() })
    }

    async fn load(&self, context: &Context) -> Result<Keys, Failure> {
        let config = &context.config;
        let policy = config.key.policy(config.token.access).map_err(Failure::refused)?;
        let keys = Keys::load(&self.store, &self.seal, policy, config.key.bits, self.now).await;
        let keys = keys.map_err(failure)?;
        // A command works on the key that waits as well, and may be the first to look for one.
        keys.maintain(&self.store, self.now).await.map_err(failure)?;
        Ok(keys)
    }
}

fn failure(error: KeysError) -> Failure {
    match error {
        KeysError::NotReady(NotReady::PublishedTooLately(from)) => Failure::refused(format!(
            "the next key may sign from {}: until then a site may not hold it",
            rfc3339(from)
        )),
        KeysError::NotReady(reason) => Failure::refused(reason),
        refused @ (KeysError::Unknown(_) | KeysError::DoesNotSign { .. }) => Failure::refused(refused),
        other => Failure::Failed(other.into()),
    }
}

fn list(context: &Context, ring: &KeyRing) -> Result<(), Failure> {
    let mut keys: Vec<&RingKey> = ring.keys().iter().collect();
    keys.sort_by_key(|entry| (entry.state.at(), entry.key.kid()));
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
