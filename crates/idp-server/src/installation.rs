//! What every command needs: the private data folder with the master key in it, and the database, in that folder or on a
//! server. Refuses files that other accounts could have reached. What starts or brings up to date makes what is missing,
//! private from the first instant; every other command makes nothing, so that one in the wrong folder says so. A master key
//! is made for an empty database only: a new key opens nothing in a database that is in use.

mod error;
mod inspect;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use idp_core::seal::SealError;

use crate::{
    config::{Database, DatabaseUrl, StorageConfig},
    db::{Connection, Db, DbError, installation_facts::Fact, signing_keys, users},
    random,
    seals::Seals,
    secret_file::{self, FileAccess, MasterKeys, SecretFileError},
};

pub use self::error::InstallationError;

/// An opened installation.
#[derive(Clone)]
pub struct Installation {
    /// The database, its tables up to date.
    pub db: Db,
    /// The key that everything sealed derives from; while it is rotated, with another one that still opens.
    pub master: MasterKeys,
    /// Where the database is.
    pub database: Database,
}

impl Installation {
    /// Opens what `storage` names and makes what is missing.
    ///
    /// # Errors
    /// [`InstallationError`] names the setting, the file and what to do about it.
    pub fn open(storage: &StorageConfig) -> Result<Self, InstallationError> {
        Self::prepare(storage, true, refuse_lost_master_key)?.under_known_key(storage)?.whole(storage)
    }

    /// Opens what `storage` names and makes nothing: no folder, no database, no master key.
    ///
    /// # Errors
    /// [`InstallationError::NotThere`], and as [`Installation::open`].
    pub fn open_existing(storage: &StorageConfig) -> Result<Self, InstallationError> {
        require_there(storage)?;
        let refuse = |key: &Path, database: &Database, _| refuse_lost_master_key(key, database, true);
        Self::prepare(storage, false, refuse)?.under_known_key(storage)?.whole(storage)
    }

    /// Opens what `storage` names, which must be there, although the master key may be lost. It then makes a new master key,
    /// under which nothing sealed in the database opens: the caller must replace all of that.
    ///
    /// # Errors
    /// As [`Installation::open_existing`].
    pub fn open_with_new_master_key(storage: &StorageConfig) -> Result<Self, InstallationError> {
        require_there(storage)?;
        Self::prepare(storage, true, |_, _, _| Ok(()))?.under_any_key(storage)?.whole(storage)
    }

    /// The sealing keys.
    ///
    /// # Errors
    /// When they cannot be derived.
    pub fn seals(&self) -> Result<Seals, SealError> {
        Seals::of(&self.master)
    }

    /// Opens what `storage` names, to be filled by a restore. Makes what is missing, but for the master key, which the caller has
    /// seen to be there.
    ///
    /// # Errors
    /// As [`Installation::open`].
    pub fn open_to_restore(storage: &StorageConfig) -> Result<Self, InstallationError> {
        let refuse = |key: &Path, database: &Database, _| refuse_lost_master_key(key, database, true);
        let opened = Self::prepare(storage, true, refuse)?;
        // What a restore that died has left names the key of its own backup.
        let restoring = opened.db.read_now(|connection| Fact::Restoring.get(connection));
        match restoring.map_err(|source| opened.failed(storage, source))? {
            Some(_) => Ok(opened),
            None => opened.under_known_key(storage),
        }
    }

    /// With the key first that seals, which a rotation or a restore has noted in the database.
    ///
    /// # Errors
    /// [`InstallationError::MissingMasterKey`], or that the database does not answer.
    pub fn under_known_key(self, storage: &StorageConfig) -> Result<Self, InstallationError> {
        let Some(needed) = self.known_key(storage)? else { return Ok(self) };
        match self.master.clone().sealing_under(&needed) {
            Some(master) => Ok(Self { master, ..self }),
            None => {
                let (source_of_keys, database) = (storage.master_keys(), self.database);
                let setting = source_of_keys.setting();
                Err(InstallationError::MissingMasterKey { setting, source_of_keys, needed, database })
            }
        }
    }

    /// The same, for one that begins anew where that key is lost: the first key there is seals.
    fn under_any_key(self, storage: &StorageConfig) -> Result<Self, InstallationError> {
        let Some(needed) = self.known_key(storage)? else { return Ok(self) };
        if let Some(master) = self.master.clone().sealing_under(&needed) {
            return Ok(Self { master, ..self });
        }
        let forgotten = self.db.write_at_length(|connection| {
            Fact::NextMasterKey.clear(connection)?;
            Fact::MasterKey.clear(connection)
        });
        forgotten.map_err(|source| self.failed(storage, source))?;
        Ok(self)
    }

    fn known_key(&self, storage: &StorageConfig) -> Result<Option<String>, InstallationError> {
        self.db
            .read_now(|connection| Fact::MasterKey.get(connection))
            .map_err(|source| self.failed(storage, source))
    }

    fn failed(&self, storage: &StorageConfig, source: DbError) -> InstallationError {
        InstallationError::Database {
            setting: database_setting(storage),
            database: self.database.clone(),
            source,
        }
    }

    /// That no restore is under way in it.
    fn whole(self, storage: &StorageConfig) -> Result<Self, InstallationError> {
        refuse_half_restored(&self.db, storage, &self.database)?;
        Ok(self)
    }

    /// The database alone, as it is. Makes nothing.
    ///
    /// # Errors
    /// [`InstallationError::NotThere`], or that it cannot be opened.
    pub fn database(storage: &StorageConfig) -> Result<Db, InstallationError> {
        require_there(storage)?;
        let database = storage.database()?;
        let setting = database_setting(storage);
        let failed = |source| InstallationError::Database { database: database.clone(), setting, source };
        let db = match &database {
            Database::Sqlite(file) => Db::open(file).map_err(failed)?,
            Database::Postgres(url) => connect(url, storage, 1).map_err(failed)?,
        };
        refuse_half_restored(&db, storage, &database)?;
        Ok(db)
    }

    /// On a first start the key is made before anything is put into the database. A process that finds something in the
    /// database therefore finds the key as well, even when two start at once, as long as it looks at the database first.
    fn prepare(
        storage: &StorageConfig,
        makes_folder: bool,
        check: CheckMasterKey,
    ) -> Result<Self, InstallationError> {
        // Where everything lies elsewhere there may be none.
        if makes_folder || storage.data_dir.symlink_metadata().is_ok() {
            secret_file::private_folder(&storage.data_dir, storage.access)
                .map_err(named_by("storage.data_dir"))?;
        }
        let (database, keys) = (storage.database()?, storage.master_keys());
        let setting = database_setting(storage);
        let failed = |source| InstallationError::Database { setting, database: database.clone(), source };
        let master_key = || keys.read_or_make(&mut random::rng()).map_err(named_by(keys.setting()));
        // What a program has elsewhere is not lost here.
        let check = |in_use| keys.file().map_or(Ok(()), |file| check(&file.path, &database, in_use));
        let (db, master) = match &database {
            Database::Sqlite(file) => {
                check(has_content(file))?;
                let master = master_key()?;
                secret_file::private_file(file, storage.access).map_err(named_by(setting))?;
                check_companions(file, storage.access).map_err(named_by(setting))?;
                (Db::open(file).map_err(failed)?, master)
            }
            Database::Postgres(url) => {
                let db = connect(url, storage, storage.connections).map_err(failed)?;
                check(db.read_now(is_in_use).map_err(failed)?)?;
                (db, master_key()?)
            }
        };
        Ok(Self { db, master, database })
    }
}

fn connect(url: &DatabaseUrl, storage: &StorageConfig, connections: u32) -> Result<Db, DbError> {
    match storage.direct() {
        Some(direct) => Db::connect_through_pooler(url, &direct, connections),
        None => Db::connect(url, connections),
    }
}

/// That somebody has made the database. An empty file is what a first start leaves that died before it wrote anything.
fn require_there(storage: &StorageConfig) -> Result<(), InstallationError> {
    let (setting, database) = (database_setting(storage), storage.database()?);
    let (place, what) = match &database {
        Database::Sqlite(file) if !has_content(file) => {
            let place = std::path::absolute(file).unwrap_or_else(|_| file.clone());
            (place.display().to_string(), "which does not exist or is empty")
        }
        Database::Sqlite(_) => return Ok(()),
        Database::Postgres(url) => {
            let has_tables = Db::has_tables(storage.direct().as_ref().unwrap_or(url));
            let failed = |source| InstallationError::Database { setting, database: database.clone(), source };
            if has_tables.map_err(failed)? {
                return Ok(());
            }
            (database.to_string(), "which has no tables")
        }
    };
    Err(InstallationError::NotThere { setting, place, what })
}

fn has_content(file: &Path) -> bool {
    fs::symlink_metadata(file).is_ok_and(|file| file.len() > 0)
}

fn named_by(setting: &'static str) -> impl FnOnce(SecretFileError) -> InstallationError {
    move |source| InstallationError::File { setting, source }
}

fn database_setting(storage: &StorageConfig) -> &'static str {
    if storage.database_url.is_some() { "storage.database_url" } else { "storage.data_dir" }
}

/// Looks at the file of the master key, at the database, and at whether that one is in use.
type CheckMasterKey = fn(&Path, &Database, bool) -> Result<(), InstallationError>;

fn refuse_lost_master_key(
    master_key: &Path,
    database: &Database,
    in_use: bool,
) -> Result<(), InstallationError> {
    let missing =
        || fs::symlink_metadata(master_key).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
    if in_use && missing() {
        let (master_key, database) = (master_key.to_owned(), database.clone());
        return Err(InstallationError::MasterKeyLost { master_key, database });
    }
    Ok(())
}

fn refuse_half_restored(
    db: &Db,
    storage: &StorageConfig,
    database: &Database,
) -> Result<(), InstallationError> {
    let setting = database_setting(storage);
    let failed = |source| InstallationError::Database { setting, database: database.clone(), source };
    match db.read_now(|connection| Fact::Restoring.get(connection)).map_err(failed)? {
        Some(since) => Err(InstallationError::HalfRestored { database: database.clone(), since }),
        None => Ok(()),
    }
}

/// Whether a migrated database holds signing keys or users.
fn is_in_use(connection: &mut Connection) -> Result<bool, DbError> {
    Ok(!signing_keys::all(connection)?.is_empty() || users::exist(connection)?)
}

/// SQLite keeps recent changes in files beside the database. An account that can write these can write the database.
fn check_companions(database_file: &Path, access: FileAccess) -> Result<(), SecretFileError> {
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut name = database_file.as_os_str().to_owned();
        name.push(suffix);
        let companion = PathBuf::from(name);
        if companion.symlink_metadata().is_ok() {
            secret_file::private_file(&companion, access)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    fn storage(folder: &tempfile::TempDir) -> StorageConfig {
        StorageConfig { data_dir: folder.path().join("data"), ..StorageConfig::default() }
    }

    #[tokio::test]
    async fn s110_everything_made_on_first_start_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::open(&storage(&folder)).unwrap();
        installation.db.write(crate::db::Locks::none(), |_| Ok(())).await.unwrap();
        for entry in fs::read_dir(folder.path().join("data")).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        }
    }

    #[test]
    fn s110_a_database_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(Installation::open(&storage(&folder)).unwrap());
        let file = folder.path().join("data/idp.db");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        let refused = Installation::open(&storage(&folder));
        assert!(matches!(
            refused,
            Err(InstallationError::File { source: SecretFileError::Exposed { .. }, .. })
        ));
    }

    #[test]
    fn s110_a_write_ahead_log_that_others_can_write_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(Installation::open(&storage(&folder)).unwrap());
        let file = folder.path().join("data/idp.db-wal");
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        let refused = Installation::open(&storage(&folder));
        assert!(matches!(
            refused,
            Err(InstallationError::File { source: SecretFileError::Exposed { .. }, .. })
        ));
    }

    #[test]
    fn s110_a_database_without_its_master_key_is_refused_and_no_key_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder);
        drop(Installation::open(&storage).unwrap());
        let key = storage.master_key();
        let before = fs::read(&key).unwrap();
        fs::remove_file(&key).unwrap();
        for _ in 0..2 {
            let refused = Installation::open(&storage).map(drop).unwrap_err();
            assert!(matches!(refused, InstallationError::MasterKeyLost { .. }), "{refused}");
            assert!(!key.exists());
        }
        drop(Installation::open_with_new_master_key(&storage).unwrap());
        assert_ne!(fs::read(&key).unwrap(), before);
        assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Installation::open(&storage).is_ok());
    }

    #[test]
    fn s110_a_first_start_that_died_before_the_database_was_written_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder);
        secret_file::private_folder(&storage.data_dir, storage.access).unwrap();
        secret_file::private_file(&storage.data_dir.join("idp.db"), storage.access).unwrap();
        assert!(Installation::open(&storage).is_ok());
    }

    #[test]
    fn s110_what_needs_an_installation_makes_none() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder);
        let is_refused = |refused: InstallationError| matches!(refused, InstallationError::NotThere { .. });
        let all_are_refused = || {
            assert!(is_refused(Installation::open_existing(&storage).map(drop).unwrap_err()));
            assert!(is_refused(Installation::open_with_new_master_key(&storage).map(drop).unwrap_err()));
            assert!(is_refused(Installation::database(&storage).map(drop).unwrap_err()));
        };
        all_are_refused();
        assert!(!storage.data_dir.exists());
        // A first start that died before the database was written.
        secret_file::private_folder(&storage.data_dir, storage.access).unwrap();
        secret_file::private_file(&storage.data_dir.join("idp.db"), storage.access).unwrap();
        all_are_refused();
        assert_eq!(fs::read_dir(&storage.data_dir).unwrap().count(), 1);
        drop(Installation::open(&storage).unwrap());
        assert!(Installation::open_existing(&storage).is_ok());
        fs::remove_file(storage.master_key()).unwrap();
        let refused = Installation::open_existing(&storage).map(drop).unwrap_err();
        assert!(matches!(refused, InstallationError::MasterKeyLost { .. }), "{refused}");
    }

    #[test]
    fn a_restore_is_repeated_with_a_backup_under_another_master_key() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder);
        let installation = Installation::open(&storage).unwrap();
        // What one that died after its rows has left.
        let left = installation.db.write_at_length(|connection| {
            Fact::MasterKey.set(connection, "0123456789abcdef")?;
            Fact::Restoring.set(connection, "2026-12-01T00:00:00Z")
        });
        left.unwrap();
        let opened = Installation::open_to_restore(&storage).unwrap();
        opened.db.write_at_length(|connection| Fact::Restoring.clear(connection)).unwrap();
        let refused = Installation::open_to_restore(&storage).map(drop).unwrap_err();
        assert!(matches!(refused, InstallationError::MissingMasterKey { .. }), "{refused}");
    }

    #[tokio::test]
    async fn s88_a_first_start_has_no_account_and_no_client() {
        let folder = tempfile::tempdir().unwrap();
        let installation = Installation::open(&storage(&folder)).unwrap();
        let users = installation.db.read(|connection| users::page(connection, None, 9)).await.unwrap();
        let clients = installation.db.read(|c| crate::db::clients::page(c, None, 10)).await.unwrap();
        assert!(users.is_empty() && clients.is_empty());
    }
}
