//! Makes a backup from one snapshot while the provider runs, and reads it back before it gets its name.

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use idp_core::time::UnixTime;

use super::{BackupError, Contents, Head, ReadError, contents::Writer, verify};
use crate::{
    age::{self, AgeError, Identity, Opener, Passphrase, Recipient},
    db::{Connection, Db, DbError, copied_rows::CopiedTable, installation_facts::Fact},
    installation::Installation,
    random,
    seals::Seals,
    secret_file::{FileAccess, NewFile},
};

/// What opens a backup.
pub enum Lock {
    /// The private half of one of these.
    Recipients(Vec<Recipient>),
    /// This passphrase.
    Passphrase(Passphrase),
}

/// Writes everything in the database of `installation` to a new file at `path`, which appears once it is complete, on disk, and
/// was read back. `now` is taken for the time of the snapshot.
///
/// # Errors
/// When there is a file already, it cannot be written or read back, or the database does not answer.
pub fn create(
    path: &Path,
    lock: &Lock,
    installation: &Installation,
    issuer: &str,
    now: UnixTime,
) -> Result<Contents, BackupError> {
    if path.symlink_metadata().is_ok() {
        return Err(BackupError::Refused(format!("{} exists already", path.display())));
    }
    let mut file = NewFile::begin(path, FileAccess::Owner)?;
    let of_file = |error: ReadError| error.of(path);
    let seals = Seals::of(&installation.master).map_err(|_| of_file(AgeError::Cryptography.into()))?;
    let (migrations, master_keys) = (installation.db.migrations()?, installation.master.fingerprints());
    let dummy_hash_key = installation.db.read_now(|connection| Fact::DummyHashKey.get(connection))?;
    let mut head = Head::new(now.as_secs(), issuer, migrations, master_keys);
    head.dummy_hash_key = dummy_hash_key;
    // What only has public keys could not read back what it wrote: so it gets a key of its own, which is forgotten at once.
    let own = [Identity::generate(&mut random::rng())];
    let out = BufWriter::new(file.contents());
    let encrypted = match lock {
        Lock::Recipients(recipients) => {
            let own = own.iter().map(Identity::recipient).collect::<Result<Vec<_>, _>>();
            let all = own.map(|own| [recipients.as_slice(), &own].concat());
            all.and_then(|all| age::encrypt_for(&all, &mut random::rng(), out))
        }
        Lock::Passphrase(passphrase) => age::encrypt_under(passphrase, &mut random::rng(), out),
    };
    let encrypted = encrypted.map_err(|error| of_file(error.into()))?;
    let writer = Writer::begin(head, encrypted).map_err(of_file)?;
    let (written, encrypted) = copy(&installation.db, writer, &seals).map_err(of_file)?;
    encrypted.finish().map_err(|error| of_file(AgeError::from(error).into()))?;
    file.contents().sync_all().map_err(|error| of_file(AgeError::from(error).into()))?;
    let opener = match lock {
        Lock::Recipients(_) => Opener::Identities(&own),
        Lock::Passphrase(passphrase) => Opener::Passphrase(passphrase),
    };
    let read_back = verify(file.draft(), &opener)?;
    if (&read_back.sha256, read_back.rows) != (&written.sha256, written.rows) {
        let what = "reads back as something else than was written".to_owned();
        return Err(BackupError::Contents { path: path.to_owned(), what });
    }
    file.publish()?;
    Ok(written)
}

fn copy<W: Write>(db: &Db, mut writer: Writer<W>, seals: &Seals) -> Result<(Contents, W), ReadError> {
    db.snapshot(move |connection: &mut Connection| {
        // The head names the keys that it needs, the one that seals first.
        let known = Fact::MasterKey.get(connection)?;
        if known.is_some() && known.as_ref() != seals.fingerprints.first() {
            return Err(DbError::OtherMasterKey.into());
        }
        for table in CopiedTable::all(connection)? {
            writer.table(table.name(), table.columns())?;
            table.read(connection, |row| writer.row(row))?;
            writer.end_of_table()?;
        }
        writer.finish(&seals.backup)
    })
}
