//! `keys list` and `keys rotate`. A running server notices a rotation by itself within a minute.

use clap::Subcommand;
use idp_core::key::{KeyRing, RingKey, ring::NotReady};
use serde_json::{Value, json};

use super::{Context, date::rfc3339, failure::Failure};
use crate::{
    installation::Installation,
    keys::{Keys, KeysError},
    seals::Seals,
};

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Lists the signing keys
    List,
    /// Lets the next key sign from now on, if it has been published for long enough
    Rotate,
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let Installation { db, master, .. } = context.installation()?;
    let seal = Seals::new(&master).map_err(anyhow::Error::from)?.signing_key;
    let (config, now) = (&context.config, context.clock.now());
    let policy = config.key.policy(config.token.access).map_err(Failure::refused)?;
    let keys = Keys::load(&db, &seal, policy, config.key.bits, now).await.map_err(failure)?;
    if let Command::Rotate = command {
        keys.rotate(&db, &seal, now).await.map_err(failure)?;
    }
    list(context, &keys.ring())
}

fn failure(error: KeysError) -> Failure {
    match error {
        KeysError::NotReady(NotReady::PublishedTooLately(from)) => Failure::refused(format!(
            "the next key may sign from {}: until then a site may not hold it",
            rfc3339(from)
        )),
        KeysError::NotReady(reason) => Failure::refused(reason),
        other => Failure::Failed(other.into()),
    }
}

fn list(context: &Context, ring: &KeyRing) -> Result<(), Failure> {
    let rows: Vec<_> = ring.keys().iter().map(row).collect();
    let values: Vec<_> = ring.keys().iter().map(value).collect();
    Ok(context.output.table(&["kid", "state", "since"], &rows, &values)?)
}

fn row(entry: &RingKey) -> Vec<String> {
    vec![entry.key.kid().to_owned(), entry.state.name().to_owned(), rfc3339(entry.state.at())]
}

fn value(entry: &RingKey) -> Value {
    json!({ "kid": entry.key.kid(), "state": entry.state.name(), "since": entry.state.at() })
}
