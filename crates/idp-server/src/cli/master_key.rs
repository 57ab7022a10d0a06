//! `keys master`: the key that everything rests sealed under. It is rotated while the provider runs: the new one is added to the
//! file of every node, then everything is sealed anew, and then the old one is dropped.

use std::{
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use clap::Subcommand;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::{Context, failure::Failure};
use crate::{
    clock::Stopwatch,
    random,
    seals::Seals,
    secret_file::{MasterKeyFile, MasterKeySource, MasterKeys},
    store::{
        Store,
        master_key::SealedCount,
        nodes::{GONE_AFTER, Leases},
    },
};

/// How often the nodes are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

#[derive(Subcommand, Clone, Debug)]
pub(super) enum Command {
    /// Says which master keys there are, which one seals, and whether anything rests under another one
    Status,
    /// Adds a new key to the file of this machine; copy the file to the other nodes then
    Add,
    /// Has the newest key of the file seal, on every node, and seals anew what rests under another one. May be repeated
    Rotate,
    /// Removes the keys that seal nothing any more from the file of this machine
    Drop,
}

/// An installation, and the sealing keys of all its master keys.
struct Desk {
    store: Store,
    seals: Arc<Seals>,
    master: MasterKeys,
    source: MasterKeySource,
}

impl Desk {
    async fn open(context: &Context) -> Result<Self, Failure> {
        let installation = context.installation()?;
        let (master, source) = (installation.master.clone(), context.config.storage.master_keys());
        let seals = Arc::new(Seals::of(&master).map_err(anyhow::Error::from)?);
        Ok(Self { store: context.store(installation).await?, seals, master, source })
    }

    fn file(&self) -> Result<&MasterKeyFile, Failure> {
        let words = "the master keys come from a program (storage.master_key_command): add and remove them where it has them";
        self.source.file().ok_or_else(|| Failure::refused(words))
    }

    /// The key that is written last in the file.
    fn newest(&self) -> Result<String, Failure> {
        let keys = self.source.read().map_err(anyhow::Error::from)?.fingerprints();
        keys.last().cloned().ok_or_else(|| Failure::refused("there is no master key"))
    }
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    let desk = Desk::open(context).await?;
    match command {
        Command::Status => status(&desk, context).await,
        Command::Add => add(&desk, context),
        Command::Rotate => rotate(desk, context).await,
        Command::Drop => drop_former(&desk, context).await,
    }
}

async fn status(desk: &Desk, context: &Context) -> Result<(), Failure> {
    let count = desk.store.go_through_sealed(&desk.seals, false).await?;
    let mut lines = Vec::new();
    for (number, key) in desk.master.fingerprints().iter().enumerate() {
        let what = if number == 0 { "seals" } else { "opens, and seals nothing" };
        lines.push(format!("master key {key} {what}"));
    }
    lines.push(words(&count));
    let is_done = count.former == 0;
    if is_done && !desk.master.former().is_empty() {
        lines.push("no other key is needed: `keys master drop` removes it".to_owned());
    }
    Ok(context.output.show(&lines.join("\n"), &value(desk, &count))?)
}

fn add(desk: &Desk, context: &Context) -> Result<(), Failure> {
    let file = desk.file()?;
    if !desk.master.former().is_empty() {
        return Err(Failure::refused(
            "there are two master keys already: finish with `keys master rotate` and `keys master drop` first",
        ));
    }
    let added = file.add(&mut random::rng()).map_err(anyhow::Error::from)?;
    let text = format!(
        "added master key {added} to {}; copy the file to every node, keep a copy where the old key is kept, and run `keys master rotate`",
        file.path.display()
    );
    Ok(context.output.show(&text, &json!({ "added": added }))?)
}

async fn rotate(desk: Desk, context: &Context) -> Result<(), Failure> {
    let (seals, newest) = (desk.seals.fingerprints.clone(), desk.newest()?);
    let current = seals.first().cloned().unwrap_or_default();
    let mut desk = desk;
    if newest != current {
        change_over(&desk, (current, newest), context).await?;
        desk = Desk::open(context).await?;
    } else if seals.len() == 1 {
        return Err(Failure::refused(
            "there is one master key alone: add another one with `keys master add`",
        ));
    }
    // A node that has not changed over would seal more under the old one.
    let first = desk.seals.fingerprints.first().cloned().unwrap_or_default();
    wait_for_nodes(&desk.store, |keys| keys.first() == Some(&first)).await?;
    let count = desk.store.go_through_sealed(&desk.seals, true).await?;
    let sealed = SealedCount { current: count.current + count.former, former: 0, ..count };
    let text =
        format!("master key {first} seals; {} values were sealed anew\n{}", count.former, words(&sealed));
    Ok(context.output.show(&text, &value(&desk, &sealed))?)
}

/// Announces the new key, waits until every node has it, and has it seal.
async fn change_over(
    desk: &Desk,
    (current, newest): (String, String),
    context: &Context,
) -> Result<(), Failure> {
    let (store, now) = (&desk.store, context.clock.now());
    store.announce_master_key(current.clone(), Some(newest.clone())).await?;
    if let Err(missing) = wait_for_nodes(store, |keys| keys.contains(&newest)).await {
        store.announce_master_key(current, None).await?;
        return Err(missing);
    }
    let opened = context.open().await?;
    Ok(opened.administration(context).use_next_master_key(now).await?)
}

/// Waits until `has` is true of the keys of every node that lives. One that was killed is found out by its silence.
async fn wait_for_nodes(store: &Store, has: impl Fn(&[String]) -> bool) -> Result<(), Failure> {
    let before = store.leases().await?;
    if before.count() == 0 {
        return Ok(());
    }
    let (waited, mut is_told) = (Stopwatch::start(), false);
    loop {
        let leases = store.leases().await?;
        if leases.all(&has) {
            return Ok(());
        }
        if waited.elapsed().as_secs() >= GONE_AFTER {
            return refuse_living(&leases, &before, has);
        }
        if !is_told {
            let _no_terminal = writeln!(
                io::stderr(),
                "waiting for the nodes to read their master keys, {GONE_AFTER} s at most"
            );
            is_told = true;
        }
        sleep(LOOK_EVERY).await;
    }
}

fn refuse_living(leases: &Leases, before: &Leases, has: impl Fn(&[String]) -> bool) -> Result<(), Failure> {
    match leases.living(before).filter(|keys| !has(keys)).count() {
        0 => Ok(()),
        count => Err(Failure::refused(format!(
            "{count} of the nodes on this database do not have the new master key: copy the file to them, and repeat this"
        ))),
    }
}

async fn drop_former(desk: &Desk, context: &Context) -> Result<(), Failure> {
    let file = desk.file()?;
    if desk.master.former().is_empty() {
        return Err(Failure::refused("there is one master key alone"));
    }
    if desk.newest()? != desk.seals.fingerprints.first().cloned().unwrap_or_default() {
        return Err(Failure::refused(
            "the newest master key does not seal yet: run `keys master rotate` first",
        ));
    }
    let count = desk.store.go_through_sealed(&desk.seals, false).await?;
    if count.former > 0 {
        return Err(Failure::refused(format!(
            "{} values are sealed under another key still: run `keys master rotate` first",
            count.former
        )));
    }
    file.keep_one(&desk.master).map_err(anyhow::Error::from)?;
    let kept = desk.seals.fingerprints.first().cloned().unwrap_or_default();
    let text = format!("{} has master key {kept} alone; copy the file to every node", file.path.display());
    Ok(context.output.show(&text, &json!({ "kept": kept }))?)
}

fn words(count: &SealedCount) -> String {
    let mut words = format!("{} values rest sealed under it", count.current);
    if count.former > 0 {
        words.push_str(&format!(", and {} under another one: run `keys master rotate`", count.former));
    }
    if count.lost > 0 {
        words.push_str(&format!("; {} open under no key that is here", count.lost));
    }
    words
}

fn value(desk: &Desk, count: &SealedCount) -> Value {
    json!({
        "master_keys": desk.seals.fingerprints,
        "current": count.current,
        "former": count.former,
        "lost": count.lost,
    })
}
