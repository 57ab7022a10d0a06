//! Fills an empty installation with a backup, in one transaction. A mark is set before and cleared after all that a restore ends
//! is ended, by the store: as long as it is there, nothing but another restore opens the installation.

use std::path::Path;

use idp_core::time::UnixTime;

use super::{
    BackupError, Contents, ReadError,
    contents::{Sink, TableHead},
    read, verify,
};
use crate::{
    age::{AgeError, Opener},
    config::StorageConfig,
    date::rfc3339,
    db::{Connection, Db, DbError, Locks, copied_rows::CopiedTable, installation_facts::Fact},
    fault,
    installation::Installation,
    seals::Seals,
};

/// Rows that one statement inserts, and how long their text may become.
const ROWS: usize = 500;
const LENGTH: usize = 1024 * 1024;

/// An installation that has the rows of a backup, and still the mark of a restore.
pub struct Restore {
    /// What it was filled with.
    pub contents: Contents,
    /// To be opened for what ends the restore, and for nothing else.
    pub installation: Installation,
}

/// Brings the rows of the backup at `path` into the installation of `storage`, which must be empty and have the master key
/// that the backup needs.
///
/// # Errors
/// [`BackupError`]; a restore that begins may be interrupted, and is then repeated.
pub async fn restore(
    path: &Path,
    opener: &Opener<'_>,
    storage: &StorageConfig,
    now: UnixTime,
) -> Result<Restore, BackupError> {
    // All of it is looked at before anything is touched.
    let contents = verify(path, opener)?;
    refuse_other_master_key(path, &contents, storage)?;
    refuse_nul(&contents, storage)?;
    if UnixTime(contents.head.made_at) > now {
        return Err(BackupError::Refused(format!(
            "the backup was made at {}, and the clock of this machine says {}: put the clock right first",
            rfc3339(UnixTime(contents.head.made_at)),
            rfc3339(now)
        )));
    }
    let installation = Installation::open_to_restore(storage)?;
    let db = &installation.db;
    let (known, found) = (db.migrations()?, &contents.head.migrations);
    if known != *found {
        return Err(BackupError::Refused(format!(
            "the backup has the tables of idp-server {} (migration {}), and this version has others ({}): restore it with that \
             version, and then upgrade",
            contents.head.made_by,
            found.last().map_or("none", String::as_str),
            known.last().map_or("none", String::as_str)
        )));
    }
    mark(db, now).await?;
    fill(db, path, opener, &contents).map_err(|error| error.of(path))?;
    Ok(Restore { contents, installation: installation.under_known_key(storage)? })
}

fn refuse_nul(contents: &Contents, storage: &StorageConfig) -> Result<(), BackupError> {
    match (storage.database_url.is_some(), contents.with_nul.words()) {
        (true, Some(words)) => Err(BackupError::Refused(format!(
            "the backup has {words}, which PostgreSQL does not store: take it out of the old database first, and make another"
        ))),
        _ => Ok(()),
    }
}

fn refuse_other_master_key(
    path: &Path,
    contents: &Contents,
    storage: &StorageConfig,
) -> Result<(), BackupError> {
    let (source, needed) = (storage.master_keys(), contents.head.master_keys.join(" and "));
    let master = match source.read() {
        Ok(master) => master,
        Err(error) if error.is(std::io::ErrorKind::NotFound) => {
            return Err(BackupError::Refused(format!(
                "the backup is sealed under the master key {needed}, which is not in it: copy that to {source} (mode 0600) first"
            )));
        }
        Err(error) => return Err(BackupError::Private(error)),
    };
    let (own, first) = (master.fingerprints(), contents.head.master_keys.first());
    let all_are_there = contents.head.master_keys.iter().all(|needed| own.contains(needed));
    let Some(master) = first.filter(|_| all_are_there).and_then(|first| master.sealing_under(first)) else {
        return Err(BackupError::Refused(format!(
            "the backup is sealed under the master key {needed}, and {source} has {}",
            own.join(" and ")
        )));
    };
    let failed = |_| BackupError::File { path: path.to_owned(), source: AgeError::Cryptography };
    if !contents.is_marked_by(&Seals::new(&master).map_err(failed)?.backup) {
        let what = "was not made by one who has the master key".to_owned();
        return Err(BackupError::Contents { path: path.to_owned(), what });
    }
    Ok(())
}

/// Sets the mark where nothing is, or where an earlier restore set it.
async fn mark(db: &Db, now: UnixTime) -> Result<(), BackupError> {
    let in_use = db.write(Locks::installation(), move |connection| {
        if Fact::Restoring.get(connection)?.is_none()
            && let Some(table) = table_in_use(connection)?
        {
            return Ok(Some(table));
        }
        Fact::Restoring.set(connection, &rfc3339(now)).map(|()| None)
    });
    match in_use.await? {
        None => Ok(()),
        Some(table) => Err(BackupError::Refused(format!(
            "the installation is in use: it has rows in the table {table}. A restore fills an empty one alone: name another \
             database, or begin with an empty one"
        ))),
    }
}

fn table_in_use(connection: &mut Connection) -> Result<Option<&'static str>, DbError> {
    for table in CopiedTable::all(connection)? {
        // Every installation is born with its roles.
        if table.name() != "roles" && table.count(connection)? > 0 {
            return Ok(Some(table.name()));
        }
    }
    Ok(None)
}

fn fill(db: &Db, path: &Path, opener: &Opener<'_>, verified: &Contents) -> Result<(), ReadError> {
    db.write_at_length(|connection| {
        let tables = CopiedTable::all(connection)?;
        // What an interrupted restore has left, and the roles.
        for table in tables.iter().rev() {
            table.empty(connection)?;
        }
        let mut filling =
            Filling { connection, tables: &tables, current: None, batch: String::new(), rows: 0 };
        let contents = read(path, opener, &mut filling)?;
        if contents.sha256 != verified.sha256 {
            return Err(ReadError::Contents("was changed while it was read".to_owned()));
        }
        if let Some(master_key) = contents.head.master_keys.first() {
            Fact::MasterKey.set(connection, master_key)?;
        }
        Fact::NextMasterKey.clear(connection)?;
        match &contents.head.dummy_hash_key {
            Some(sealed) => Fact::DummyHashKey.set(connection, sealed)?,
            None => Fact::DummyHashKey.clear(connection)?,
        }
        CopiedTable::settle(connection)?;
        Ok(())
    })
}

struct Filling<'a> {
    connection: &'a mut Connection,
    tables: &'a [CopiedTable],
    current: Option<&'a CopiedTable>,
    /// Rows that wait, without the bracket that ends their list.
    batch: String,
    rows: usize,
}

impl Filling<'_> {
    fn insert(&mut self) -> Result<(), ReadError> {
        if self.rows == 0 {
            return Ok(());
        }
        self.batch.push(']');
        if let Some(table) = self.current {
            let inserted = table.insert(self.connection, &self.batch)?;
            if inserted != self.rows {
                let words = format!("has rows of {} that the database does not take", table.name());
                return Err(ReadError::Contents(words));
            }
        }
        fault::point("restore.rows");
        self.batch.clear();
        self.rows = 0;
        Ok(())
    }
}

impl Sink for Filling<'_> {
    fn table(&mut self, head: &TableHead) -> Result<(), ReadError> {
        let known = self.tables.iter().find(|table| table.name() == head.name);
        let known = known.filter(|table| table.columns() == head.columns);
        let other =
            || ReadError::Contents(format!("has a table {} that this version does not know so", head.name));
        self.current = Some(known.ok_or_else(other)?);
        Ok(())
    }

    fn row(&mut self, row: &str) -> Result<(), ReadError> {
        self.batch.push(if self.rows == 0 { '[' } else { ',' });
        self.batch.push_str(row);
        self.rows += 1;
        if self.rows == ROWS || self.batch.len() > LENGTH { self.insert() } else { Ok(()) }
    }

    fn end_of_table(&mut self, rows: u64) -> Result<(), ReadError> {
        self.insert()?;
        let Some(table) = self.current.take() else { return Ok(()) };
        if table.count(self.connection)? != rows {
            return Err(ReadError::Contents(format!(
                "was not taken whole: rows of {} are missing",
                table.name()
            )));
        }
        Ok(())
    }
}
