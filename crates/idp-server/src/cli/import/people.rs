//! Adding the people of a file, some hundred in a transaction, while the next are read.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash as _, Hasher as _};
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt as _, stream::FuturesOrdered};
use idp_core::{
    administration::{GroupName, RoleName},
    user::{SignInName, attribute::Attribute},
};
use tokio::time::sleep;

use super::entry::{Entry, Reading};
use super::reading::Entries;
use super::report::{Kind, Outcome, Report};
use crate::{
    cli::{Context, Opened, failure::Failure},
    db::DbError,
    directory::{
        Administration, DirectoryError,
        import::{ImportedPerson, Verdict, Withheld},
    },
    seals::Seals,
};

/// People of one transaction. More would keep a server that runs beside it waiting.
const TOGETHER: usize = 250;
/// Transactions under way: one is stored while the next is made.
const AT_A_TIME: usize = 3;
/// How often a transaction is tried that a busy database has given up.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(500);
/// After how many people progress is told at a terminal.
const TELL_EVERY: usize = 20_000;

/// Whether anything is changed.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(super) enum Mode {
    Import,
    DryRun,
}

/// Adds people.
pub(super) struct Importer<'a> {
    directory: Administration<'a>,
    attributes: Vec<Attribute>,
    seals: Arc<Seals>,
    context: &'a Context,
    source: &'static str,
    mode: Mode,
    planned: Planned,
}

/// Roles and groups that a dry run would have made before people come.
#[derive(Clone, Debug, Default)]
pub(super) struct Planned {
    pub(super) roles: BTreeSet<RoleName>,
    pub(super) groups: BTreeSet<GroupName>,
}

/// A person who was read, and what became of them.
struct Taken {
    entry: Entry,
    outcome: Outcome,
    /// The fingerprints of their names, that of the username first; where nothing is stored.
    names: Vec<u64>,
}

impl<'a> Importer<'a> {
    /// `attributes` are those that there are.
    pub(super) fn new(
        opened: &'a Opened,
        context: &'a Context,
        attributes: Vec<Attribute>,
        (source, mode): (&'static str, Mode),
    ) -> Self {
        let (directory, seals) = (opened.administration(context), opened.seals.load_full());
        Self { directory, attributes, seals, context, source, mode, planned: Planned::default() }
    }

    /// Takes these roles and groups for made.
    pub(super) fn suppose(&mut self, planned: Planned) {
        self.planned = planned;
    }

    /// Takes all of them.
    ///
    /// # Errors
    /// When the file cannot be read to its end, or the database does not answer. What was added before stays.
    pub(super) async fn take(&self, mut entries: Entries, report: &mut Report) -> Result<(), Failure> {
        let (mut under_way, mut is_over) = (FuturesOrdered::new(), false);
        let (mut rehearsal, mut progress) = (Rehearsal::default(), Progress::default());
        loop {
            while under_way.len() < AT_A_TIME && !is_over {
                let batch = entries.next(TOGETHER).await;
                is_over = batch.is_empty();
                if !is_over {
                    under_way.push_back(self.take_some(batch));
                }
            }
            let Some(batch) = under_way.next().await else { break };
            for Taken { entry, outcome, names } in batch? {
                let outcome = rehearsal.again(outcome, &names);
                report.line((Kind::User, &entry.place, &entry.name), &outcome, &entry.notes)?;
                progress.tell();
            }
        }
        entries.end().await
    }

    async fn take_some(&self, batch: Vec<Entry>) -> Result<Vec<Taken>, Failure> {
        let mut taken = Vec::with_capacity(batch.len());
        let (mut people, mut places) = (Vec::with_capacity(batch.len()), Vec::with_capacity(batch.len()));
        for mut entry in batch {
            let read = std::mem::replace(&mut entry.read, Reading::LeftOut(String::new()));
            let (outcome, names) = match read {
                Reading::Refused(why) => (Outcome::Refused(why), Vec::new()),
                Reading::LeftOut(why) => (Outcome::LeftOut(why), Vec::new()),
                Reading::Person(mut person) => {
                    person.roles.retain(|name| !self.planned.roles.contains(name));
                    person.groups.retain(|name| !self.planned.groups.contains(name));
                    let now = self.context.clock.now();
                    match self
                        .directory
                        .prepare_person(*person, &self.attributes, &self.seals.totp_secret, now)
                        .await
                    {
                        Ok(person) => {
                            let names = self.fingerprints(&person);
                            people.push(person);
                            places.push(taken.len());
                            (Outcome::Added, names)
                        }
                        Err(error) if error.is_refusal() => (Outcome::Refused(error.to_string()), Vec::new()),
                        Err(error) => return Err(error.into()),
                    }
                }
            };
            taken.push(Taken { entry, outcome, names });
        }
        let verdicts = self.store(people.into()).await?;
        for (place, verdict) in places.into_iter().zip(verdicts) {
            if let Some(one) = taken.get_mut(place) {
                one.outcome = told(verdict, &mut one.entry.notes);
            }
        }
        Ok(taken)
    }

    /// Adds these, or looks what would become of them. A database that is busy with its other work is asked again: whom it added
    /// after all is there then.
    async fn store(&self, people: Arc<[ImportedPerson]>) -> Result<Vec<Verdict>, Failure> {
        for attempt in 1.. {
            let asked = Arc::clone(&people);
            let answer = match self.mode {
                Mode::DryRun => self.directory.weigh_people(asked).await,
                Mode::Import => self.directory.add_people(asked, self.source, self.context.clock.now()).await,
            };
            match answer {
                Ok(verdicts) => return Ok(verdicts),
                Err(DirectoryError::Store(error)) if can_be_tried_again(&error) && attempt < TRIES => {
                    sleep(PAUSE.saturating_mul(attempt)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Vec::new())
    }

    fn fingerprints(&self, person: &ImportedPerson) -> Vec<u64> {
        if self.mode == Mode::Import {
            return Vec::new();
        }
        let username = SignInName::from(&person.account.user.username);
        let names = person.account.sign_in_names().into_iter().filter(|name| *name != username);
        [username.clone()].into_iter().chain(names).map(|name| fingerprint(&name)).collect()
    }
}

const fn can_be_tried_again(error: &DbError) -> bool {
    matches!(error, DbError::Busy | DbError::TooSlow(_) | DbError::Unavailable(_) | DbError::Exists)
}

fn told(verdict: Verdict, notes: &mut Vec<String>) -> Outcome {
    match verdict {
        Verdict::Added(withheld) => {
            notes.extend(withheld.iter().map(|withheld| match withheld {
                Withheld::Role(name) => {
                    format!("role {name} is not given: it permits something here; give it with: role give")
                }
                Withheld::Group(name) => {
                    format!(
                        "group {name} is left out: its roles permit something here; see: group add-member"
                    )
                }
            }));
            Outcome::Added
        }
        // What would have been left out of a new one says nothing of them.
        Verdict::Exists => {
            notes.clear();
            Outcome::Exists
        }
        Verdict::NameTaken(name) => Outcome::Refused(DirectoryError::NameTaken(name).to_string()),
        Verdict::NoRole(name) => Outcome::Refused(format!("there is no role {:?}", name.as_str())),
        Verdict::AttributesChanged => Outcome::Refused(
            "an attribute of theirs was defined otherwise meanwhile; import the file again".to_owned(),
        ),
        Verdict::NoGroup(name) => Outcome::Refused(format!("there is no group {:?}", name.as_str())),
    }
}

fn fingerprint(name: &SignInName) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Whom a dry run would have added before: nothing is stored that could be looked up.
#[derive(Default)]
struct Rehearsal {
    /// Of each name, that of the username of its owner.
    owners: HashMap<u64, u64>,
}

impl Rehearsal {
    fn again(&mut self, outcome: Outcome, names: &[u64]) -> Outcome {
        let (Outcome::Added, Some(username)) = (&outcome, names.first()) else {
            return outcome;
        };
        if self.owners.get(username) == Some(username) {
            return Outcome::Exists;
        }
        if names.iter().any(|name| self.owners.contains_key(name)) {
            return Outcome::Refused(
                "another person of the file signs in with one of these names".to_owned(),
            );
        }
        self.owners.extend(names.iter().map(|name| (*name, *username)));
        outcome
    }
}

/// Tells at a terminal how far it is.
struct Progress {
    people: usize,
    is_watched: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Self { people: 0, is_watched: io::stderr().is_terminal() }
    }
}

impl Progress {
    fn tell(&mut self) {
        self.people += 1;
        if self.is_watched && self.people.is_multiple_of(TELL_EVERY) {
            let _ = writeln!(io::stderr(), "{} people so far", self.people);
        }
    }
}
