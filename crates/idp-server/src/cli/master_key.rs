//! `keys master`: the key that everything rests sealed under. It is rotated while the provider runs: the new one is added to the
//! file of every node, then everything is sealed anew, and then the old one is dropped.

use std::{
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use clap::Subcommand;
use serde_json::{Value, json};
use tokio::{
    signal::{
        ctrl_c,
        unix::{SignalKind, signal},
    },
    time::sleep,
};

use super::{Context, failure::Failure};
use crate::{
    clock::Stopwatch,
    random,
    seals::Seals,
    secret_file::{MasterKeyFile, MasterKeySource, MasterKeys},
    store::{
        Store,
        master_key::{MasterKeyChange, SealedCount},
        nodes::GONE_AFTER,
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
    /// Removes the keys that seal nothing any more from the file of this machine; where they come from elsewhere, it says what to
    /// remove there
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

    /// The file, where it is one that this machine may change.
    fn own_file(&self) -> Option<&MasterKeyFile> {
        self.source.file().filter(|file| file.is_own())
    }

    /// The key that seals.
    fn first(&self) -> String {
        self.seals.fingerprints.first().cloned().unwrap_or_default()
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
    let announced = desk.store.known_master_keys().await?.next;
    let mut lines = Vec::new();
    for (number, key) in desk.master.fingerprints().iter().enumerate() {
        let what = if number == 0 { "seals" } else { "opens, and seals nothing" };
        lines.push(format!("master key {key} {what}"));
    }
    lines.push(words(&count));
    if let Some(next) = &announced {
        lines.push(format!(
            "master key {next} is announced, and does not seal yet: run `keys master rotate` again"
        ));
    }
    if announced.is_none() && count.former == 0 && !desk.master.former().is_empty() {
        lines.push("no other key is needed: `keys master drop` removes it".to_owned());
    }
    Ok(context.output.show(&lines.join("\n"), &value(desk, &count))?)
}

fn add(desk: &Desk, context: &Context) -> Result<(), Failure> {
    let Some(file) = desk.own_file() else {
        return Err(Failure::refused(format!(
            "the master keys come from elsewhere ({}): add a second one there, behind the first, and run `keys master rotate`",
            desk.source
        )));
    };
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
    let change = MasterKeyChange { current: desk.first(), next: desk.newest()? };
    let mut desk = desk;
    if change.next != change.current {
        change_over(&desk, change, context).await?;
        desk = Desk::open(context).await?;
    } else if desk.master.former().is_empty() {
        return Err(Failure::refused(
            "there is one master key alone: add another one with `keys master add`",
        ));
    }
    let first = desk.first();
    wait_until_all_seal(&desk.store, &first).await?;
    let count = desk.store.go_through_sealed(&desk.seals, true).await?;
    let sealed = SealedCount { current: count.current + count.former, former: 0, ..count };
    let text =
        format!("master key {first} seals; {} values were sealed anew\n{}", count.former, words(&sealed));
    Ok(context.output.show(&text, &value(&desk, &sealed))?)
}

/// Announces the new key, waits until every node has it, and has it seal. A signal takes the announcement back.
async fn change_over(desk: &Desk, change: MasterKeyChange, context: &Context) -> Result<(), Failure> {
    let (store, now) = (&desk.store, context.clock.now());
    let mut terminate = signal(SignalKind::terminate())?;
    if !store.announce_master_key(change.clone()).await? {
        return Err(changed_meanwhile());
    }
    let all_have_it = tokio::select! {
        all = wait_for_nodes(store, |keys| keys.contains(&change.next), LACKS_IT) => all,
        _ = ctrl_c() => Err(interrupted()),
        _ = terminate.recv() => Err(interrupted()),
    };
    if let Err(missing) = all_have_it {
        store.withdraw_master_key(change).await?;
        return Err(missing);
    }
    let opened = context.open().await?;
    match opened.administration(context).use_next_master_key(change, now).await? {
        true => Ok(()),
        false => Err(changed_meanwhile()),
    }
}

fn changed_meanwhile() -> Failure {
    Failure::refused(
        "another `keys master` command has changed the master keys meanwhile: look at `keys master status`, and repeat this",
    )
}

fn interrupted() -> Failure {
    Failure::refused("interrupted: the new master key does not seal")
}

/// What is wrong with a node that cannot read what the others seal.
const LACKS_IT: &str = "do not have the new master key: copy it to them, and repeat this";
/// With one that has not changed over.
const SEALS_OTHERWISE: &str =
    "do not seal under this master key: see that they have it and reach the database, and repeat this";

/// What travels through browsers a node seals without asking the database: one that has not changed over makes pages that are not
/// good for long.
async fn wait_until_all_seal(store: &Store, first: &str) -> Result<(), Failure> {
    wait_for_nodes(store, |keys| keys.first().is_some_and(|key| key == first), SEALS_OTHERWISE).await
}

/// Waits until `has` is true of the keys of every node that lives. One that was killed is found out by its silence.
async fn wait_for_nodes(
    store: &Store,
    has: impl Fn(&[String]) -> bool,
    lack: &'static str,
) -> Result<(), Failure> {
    let before = store.leases().await?;
    let (waited, mut is_told) = (Stopwatch::start(), false);
    loop {
        let leases = store.leases().await?;
        if leases.all(&has) {
            return Ok(());
        }
        if waited.elapsed().as_secs() >= GONE_AFTER {
            return match leases.living(&before).filter(|keys| !has(keys)).count() {
                0 => Ok(()),
                count => Err(Failure::refused(format!("{count} of the nodes on this database {lack}"))),
            };
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

async fn drop_former(desk: &Desk, context: &Context) -> Result<(), Failure> {
    if desk.master.former().is_empty() {
        return Err(Failure::refused("there is one master key alone"));
    }
    let kept = desk.first();
    if desk.newest()? != kept {
        return Err(Failure::refused(
            "the newest master key does not seal yet: run `keys master rotate` first",
        ));
    }
    wait_until_all_seal(&desk.store, &kept).await?;
    let count = desk.store.go_through_sealed(&desk.seals, false).await?;
    if count.former > 0 {
        return Err(Failure::refused(format!(
            "{} values are sealed under another key still: run `keys master rotate` first",
            count.former
        )));
    }
    let text = match desk.own_file() {
        Some(file) => {
            file.keep_one(&desk.master).map_err(anyhow::Error::from)?;
            let path = file.path.display();
            format!("{path} has master key {kept} alone; copy the file to every node")
        }
        None => {
            let former: Vec<String> = desk.seals.fingerprints.iter().skip(1).cloned().collect();
            format!(
                "nothing needs master key {}: remove it where the keys come from ({}), so that {kept} is there alone",
                former.join(" or "),
                desk.source
            )
        }
    };
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
