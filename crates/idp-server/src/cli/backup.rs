//! `backup`: everything in the database as one encrypted file, while the provider runs.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use idp_core::time::UnixTime;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Context, failure::Failure};
use crate::{
    age::{Identity, Opener, Passphrase, Recipient},
    backup::{self, Contents, Lock},
    date::rfc3339,
    db::Tables,
    installation::Installation,
    random,
    secret_file::{self, FileAccess},
};

/// Characters that a passphrase of a new backup has at least.
const SHORTEST_PASSPHRASE: usize = 16;

#[derive(Subcommand, Debug)]
pub(super) enum Command {
    /// Writes one from a single moment, and reads it back. What happens meanwhile is not in it, and waits for nothing
    Create(Create),
    /// Reads one to its end, and says whether it is whole
    Verify(Verify),
    /// Makes a pair of keys for backups: a private one, in a file to be kept elsewhere, and the public one for `create`
    Key {
        /// The new file of the private key
        file: PathBuf,
    },
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("lock").required(true).multiple(true))]
pub(super) struct Create {
    /// The new file
    file: PathBuf,
    /// A public key, age1..., whose private half opens it; may be repeated
    #[arg(long, value_name = "KEY", group = "lock", conflicts_with = "passphrase_file")]
    recipient: Vec<Recipient>,
    /// A private file with a passphrase that opens it
    #[arg(long, value_name = "PATH", group = "lock")]
    passphrase_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(super) struct Verify {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    key: KeyFlags,
}

/// What opens a backup.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct KeyFlags {
    /// The private file with the private key, as `backup key` made it
    #[arg(long, value_name = "PATH")]
    identity_file: Option<PathBuf>,
    /// The private file with the passphrase
    #[arg(long, value_name = "PATH")]
    passphrase_file: Option<PathBuf>,
}

/// What was read from the file.
pub(super) enum Key {
    Identities(Vec<Identity>),
    Passphrase(Passphrase),
}

impl Key {
    pub(super) fn opener(&self) -> Opener<'_> {
        match self {
            Self::Identities(identities) => Opener::Identities(identities),
            Self::Passphrase(passphrase) => Opener::Passphrase(passphrase),
        }
    }
}

impl KeyFlags {
    pub(super) fn read(&self) -> Result<Key, Failure> {
        match (&self.identity_file, &self.passphrase_file) {
            (Some(file), _) => {
                let identities = Identity::read_all(&text_of(file)?);
                Ok(Key::Identities(
                    identities.map_err(|error| Failure::refused(error).about(file.display()))?,
                ))
            }
            (None, Some(file)) => Ok(Key::Passphrase(passphrase(file)?)),
            (None, None) => Err(Failure::refused("name a key with --identity-file or --passphrase-file")),
        }
    }
}

pub(super) async fn run(command: Command, context: &Context) -> Result<(), Failure> {
    match command {
        Command::Create(create) => self::create(create, context).await,
        Command::Verify(verify) => {
            let contents = backup::verify(&verify.file, &verify.key.read()?.opener())?;
            let text = format!("{} is whole: {}", verify.file.display(), words(&contents));
            Ok(context.output.show(&text, &value(&contents))?)
        }
        Command::Key { file } => make_key(&file, context),
    }
}

async fn create(create: Create, context: &Context) -> Result<(), Failure> {
    let lock = match &create.passphrase_file {
        Some(file) => Lock::Passphrase(long_passphrase(file)?),
        None => Lock::Recipients(create.recipient),
    };
    let storage = &context.config.storage;
    match Installation::inspect(storage)? {
        Tables::Behind(_) => {
            return Err(Failure::refused(
                "the tables are of an earlier version, and this command would bring them up to date: make the backup with that version",
            ));
        }
        // It does not know all of them.
        Tables::Ahead => {
            return Err(Failure::refused(
                "the tables were made by a newer version: make the backup with that one",
            ));
        }
        Tables::None | Tables::Current => {}
    }
    let (installation, now) = (context.installation()?, context.clock.now());
    let opened = context.open_with(installation.clone()).await?;
    // Before the copy is made, so that it tells of itself.
    opened.administration(context).note_backup(now).await?;
    let issuer = context.config.issuer.url.as_str();
    let contents = backup::create(&create.file, &lock, &installation, issuer, now)?;
    let text = format!("wrote {}, and read it back: {}", create.file.display(), words(&contents));
    Ok(context.output.show(&text, &value(&contents))?)
}

fn make_key(file: &std::path::Path, context: &Context) -> Result<(), Failure> {
    let failed = |error| Failure::from(anyhow::Error::from(error));
    let identity = Identity::generate(&mut random::rng());
    let recipient =
        identity.recipient().map_err(|error| failed(backup::BackupError::from_age(file, error)))?;
    let text = identity.text().map_err(|error| failed(backup::BackupError::from_age(file, error)))?;
    let contents = Zeroizing::new(format!("# public key: {recipient}\n{}\n", *text));
    secret_file::create(file, FileAccess::Owner, contents.as_bytes()).map_err(anyhow::Error::from)?;
    let recipient = recipient.to_string();
    Ok(context.output.show(&recipient, &json!({ "recipient": recipient }))?)
}

fn text_of(file: &std::path::Path) -> Result<Zeroizing<String>, Failure> {
    let contents = secret_file::read(file).map_err(anyhow::Error::from)?;
    let text = std::str::from_utf8(&contents)
        .map_err(|_| Failure::refused("it is not text in UTF-8").about(file.display()))?;
    Ok(Zeroizing::new(text.to_owned()))
}

fn passphrase(file: &std::path::Path) -> Result<Passphrase, Failure> {
    Ok(Passphrase::new(first_line(file)?))
}

/// One that a new file may be encrypted under: nothing slows those down who try one after the other.
fn long_passphrase(file: &std::path::Path) -> Result<Passphrase, Failure> {
    let line = first_line(file)?;
    if line.chars().count() < SHORTEST_PASSPHRASE {
        let words = format!(
            "the passphrase has fewer than {SHORTEST_PASSPHRASE} characters, and a backup can be tried against for years: take one of six random words"
        );
        return Err(Failure::refused(words).about(file.display()));
    }
    Ok(Passphrase::new(line))
}

/// An editor may have ended it.
fn first_line(file: &std::path::Path) -> Result<Zeroizing<String>, Failure> {
    let text = text_of(file)?;
    match text.lines().next().unwrap_or_default() {
        "" => Err(Failure::refused("it has no passphrase on its first line").about(file.display())),
        line => Ok(Zeroizing::new(line.to_owned())),
    }
}

pub(super) fn words(contents: &Contents) -> String {
    let people = match contents.people {
        1 => "1 person".to_owned(),
        count => format!("{count} people"),
    };
    let nul = contents.with_nul.words().map_or_else(String::new, |words| {
        format!(". It has {words}, so it can be restored into SQLite alone")
    });
    format!(
        "{people}, {} rows of {} tables of {}, as of {}, under the master key {}{nul}",
        contents.rows,
        contents.tables,
        contents.head.issuer,
        rfc3339(UnixTime(contents.head.made_at)),
        contents.head.master_keys.join(" and ")
    )
}

pub(super) fn value(contents: &Contents) -> serde_json::Value {
    json!({
        "made_at": rfc3339(UnixTime(contents.head.made_at)),
        "made_by": contents.head.made_by,
        "issuer": contents.head.issuer,
        "master_keys": contents.head.master_keys,
        "people": contents.people,
        "rows": contents.rows,
        "tables": contents.tables,
        "rows_with_nul": contents.with_nul,
        "sha256": contents.sha256,
    })
}
