//! What opening an installation would find wrong, while nothing is made or changed: for a check before a start.

use std::{io, path::Path};

use super::{
    Installation, InstallationError, check_companions, database_setting, has_content, is_in_use, named_by,
};
use crate::{
    config::{Database, StorageConfig},
    db::{Connection, Db, DbError, Tables, installation_facts::Fact, signing_keys},
    seals::Seals,
    secret_file::{self, SecretFileError},
};

/// What is known of tables that this version knows.
struct Content {
    in_use: bool,
    /// Since when a restore is under way.
    restoring: Option<String>,
    /// The master key that seals, where a rotation has noted it.
    sealed_under: Option<String>,
    /// Names and sealed texts.
    keys: Vec<(String, String)>,
}

impl Installation {
    /// How the database stands. Looks at everything that [`Installation::open`] looks at.
    ///
    /// # Errors
    /// As [`Installation::open`]; [`InstallationError::OtherMasterKey`].
    pub fn inspect(storage: &StorageConfig) -> Result<Tables, InstallationError> {
        secret_file::inspect_folder(&storage.data_dir, storage.access)
            .map_err(named_by("storage.data_dir"))?;
        let (database, setting) = (storage.database()?, database_setting(storage));
        let failed = |source| InstallationError::Database { setting, database: database.clone(), source };
        let (tables, content) = match &database {
            Database::Sqlite(file) => {
                if !has_folder_to_come(storage, file) {
                    secret_file::inspect_file(file, storage.access).map_err(named_by(setting))?;
                }
                check_companions(file, storage.access).map_err(named_by(setting))?;
                match has_content(file) {
                    true => Db::inspect_file(file, content).map_err(failed)?,
                    false => (Tables::None, None),
                }
            }
            Database::Postgres(url) => {
                Db::inspect_server(url, storage.direct().as_ref(), content).map_err(failed)?
            }
        };
        if let Some(since) = content.as_ref().and_then(|content| content.restoring.clone()) {
            return Err(InstallationError::HalfRestored { database, since });
        }
        // Of tables that this version does not know yet nobody can say whether they are in use.
        let in_use = content.as_ref().map_or(tables != Tables::None, |content| content.in_use);
        inspect_master_key(storage, database, content.as_ref(), in_use)?;
        Ok(tables)
    }
}

/// Whether a start makes the folder of this file first.
fn has_folder_to_come(storage: &StorageConfig, path: &Path) -> bool {
    path.parent() == Some(&storage.data_dir) && storage.data_dir.symlink_metadata().is_err()
}

fn content(connection: &mut Connection) -> Result<Content, DbError> {
    let keys = signing_keys::all(connection)?;
    let keys = keys.into_iter().map(|key| (key.kid, key.sealed_pem)).collect();
    let (restoring, sealed_under) = (Fact::Restoring.get(connection)?, Fact::MasterKey.get(connection)?);
    Ok(Content { in_use: is_in_use(connection)?, restoring, sealed_under, keys })
}

fn inspect_master_key(
    storage: &StorageConfig,
    database: Database,
    content: Option<&Content>,
    in_use: bool,
) -> Result<(), InstallationError> {
    let (source, master_key) = (storage.master_keys(), storage.master_key());
    let named = named_by(source.setting());
    let master = match source.read() {
        Ok(master) => master,
        Err(error) if error.is(io::ErrorKind::NotFound) && in_use => {
            return Err(InstallationError::MasterKeyLost { master_key, database });
        }
        Err(error) if error.is(io::ErrorKind::NotFound) => {
            return match has_folder_to_come(storage, &master_key) {
                true => Ok(()),
                false => storage.mounted_secrets.inspect_file(&master_key, storage.access).map_err(named),
            };
        }
        Err(error) => return Err(named(error)),
    };
    if let Some(needed) = content.and_then(|content| content.sealed_under.clone())
        && !master.fingerprints().contains(&needed)
    {
        let setting = source.setting();
        return Err(InstallationError::MissingMasterKey {
            setting,
            source_of_keys: source,
            needed,
            database,
        });
    }
    let Ok(seals) = Seals::of(&master) else {
        return Err(named(SecretFileError::NotAKey { path: master_key }));
    };
    let opens = |(kid, sealed): &(String, String)| seals.signing_key.open::<String>(sealed, kid).is_some();
    match content.is_none_or(|content| content.keys.iter().all(opens)) {
        true => Ok(()),
        false => Err(InstallationError::OtherMasterKey { master_key, database }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{fs, os::unix::fs::PermissionsExt as _};

    use super::*;

    fn storage(folder: &tempfile::TempDir) -> StorageConfig {
        StorageConfig { data_dir: folder.path().join("data"), ..StorageConfig::default() }
    }

    #[test]
    fn nothing_is_made_where_there_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Installation::inspect(&storage(&folder)).unwrap(), Tables::None);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let nowhere = StorageConfig { data_dir: folder.path().join("not/there"), ..StorageConfig::default() };
        let refused = Installation::inspect(&nowhere).unwrap_err();
        assert!(
            matches!(refused, InstallationError::File { source: SecretFileError::NoParent { .. }, .. }),
            "{refused}"
        );
    }

    #[test]
    fn what_is_there_is_looked_at_as_a_start_would() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder);
        drop(Installation::open(&storage).unwrap());
        assert_eq!(Installation::inspect(&storage).unwrap(), Tables::Current);
        let database = folder.path().join("data/idp.db");
        for path in [&database, &storage.master_key(), &folder.path().join("data")] {
            let private = fs::metadata(path).unwrap().permissions();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
            let refused = Installation::inspect(&storage).unwrap_err();
            assert!(matches!(refused, InstallationError::File { .. }), "{refused}");
            fs::set_permissions(path, private).unwrap();
        }
        fs::write(storage.master_key(), "no key").unwrap();
        assert!(matches!(
            Installation::inspect(&storage).unwrap_err(),
            InstallationError::File { source: SecretFileError::NotAKey { .. }, .. }
        ));
        // Nothing is sealed yet: a start would make another one.
        fs::remove_file(storage.master_key()).unwrap();
        assert_eq!(Installation::inspect(&storage).unwrap(), Tables::Current);
        assert!(!storage.master_key().exists());
        fs::write(&database, "a letter, and not a short one, to someone who keeps databases").unwrap();
        let refused = Installation::inspect(&storage).unwrap_err();
        assert!(matches!(refused, InstallationError::Database { .. }), "{refused}");
    }
}
