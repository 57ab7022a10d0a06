//! Why an installation is not opened, with the setting, the file and what to do about it.

use std::path::PathBuf;

use crate::{
    config::{Database, DatabaseUrlError},
    db::DbError,
    secret_file::{MasterKeySource, SecretFileError},
};

/// Why it cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum InstallationError {
    /// A file is missing, unreadable, or open to others.
    #[error("{setting}")]
    File {
        /// The setting that names the file.
        setting: &'static str,
        /// What is wrong with it.
        source: SecretFileError,
    },
    /// There is no installation where a command looked for one.
    #[error(
        "there is no installation here: {setting} names {place}, {what}; run the command in the folder of the installation, \
         name its configuration with --config, or make a new installation with `idp-server migrate`"
    )]
    NotThere {
        /// The setting that names the database.
        setting: &'static str,
        /// Where it was looked for, with the whole path.
        place: String,
        /// What was found there.
        what: &'static str,
    },
    /// The database is in use and its master key is gone.
    #[error(
        "storage.master_key_file: {} is missing, and {database} is sealed under it; restore it from the backup or copy it from another node, or \
         run `idp-server keys reset` to begin with new keys",
        master_key.display()
    )]
    MasterKeyLost {
        /// Where the key should be.
        master_key: PathBuf,
        /// The database that needs it.
        database: Database,
    },
    /// The file has a master key, and it is another one than that of the database.
    #[error(
        "storage.master_key_file: {} is not the key that {database} is sealed under; restore that one from the backup, or copy it from another node",
        master_key.display()
    )]
    OtherMasterKey {
        /// The file.
        master_key: PathBuf,
        /// The database.
        database: Database,
    },
    /// The master key that seals what is in the database is not among those that there are.
    #[error(
        "{setting}: {source_of_keys} does not have the master key {needed}, under which {database} is sealed"
    )]
    MissingMasterKey {
        /// The setting.
        setting: &'static str,
        /// Where keys were looked for.
        source_of_keys: MasterKeySource,
        /// The fingerprint of the key.
        needed: String,
        /// The database.
        database: Database,
    },
    /// A restore has begun and not come to its end.
    #[error(
        "{database} holds a part of a backup: a restore began at {since} and was interrupted; repeat it with `idp-server restore`"
    )]
    HalfRestored {
        /// The database.
        database: Database,
        /// When it began.
        since: String,
    },
    /// The database URL is malformed.
    #[error(transparent)]
    Url(#[from] DatabaseUrlError),
    /// The database cannot be opened.
    #[error("{setting}: {database}")]
    Database {
        /// The setting that names it.
        setting: &'static str,
        /// Where it is.
        database: Database,
        /// Why.
        source: DbError,
    },
}
