//! The `[storage]` table: the private data folder, the database and the master key. `secret_file` makes and checks the
//! files, `db` opens the database.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::database_url::{Database, DatabaseUrl, DatabaseUrlError};
use crate::secret_file::{FileAccess, MasterKeyFile, MasterKeySource, MountedSecrets};

/// The `[storage]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// The provider's private folder, made on first start.
    pub data_dir: PathBuf,
    /// Who may reach the data folder and what is in it: the owner alone, or a group.
    pub access: FileAccess,
    /// `sqlite:<path>` or `postgres://...`; unset means `idp.db` in the data folder.
    pub database_url: Option<DatabaseUrl>,
    /// The server itself, where `database_url` leads to a pooler that lends its connections for a transaction at a time:
    /// for what needs a session, which is migrations and `LISTEN`.
    pub direct_url: Option<DatabaseUrl>,
    /// The most connections one node has to PostgreSQL at a time.
    pub connections: u32,
    /// The file with the key that seals signing keys at rest; unset means `master.key` in the data folder. Nodes that
    /// share a database need the same key.
    pub master_key_file: Option<PathBuf>,
    /// Folders in which an orchestrator mounts secrets.
    pub mounted_secrets: MountedSecrets,
    /// A program with its arguments that prints the master key, in the place of a file.
    pub master_key_command: Vec<String>,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self {
            data_dir: PathBuf::from("idp-data"),
            access: FileAccess::Owner,
            database_url: None,
            direct_url: None,
            connections: 16,
            master_key_file: None,
            mounted_secrets: MountedSecrets::default(),
            master_key_command: Vec::new(),
        }
    }
}

impl StorageConfig {
    /// The database: the one that the URL names, or a file in the data folder.
    ///
    /// # Errors
    /// The URL is malformed.
    pub fn database(&self) -> Result<Database, DatabaseUrlError> {
        match &self.database_url {
            Some(url) => url.with_mounted(&self.mounted_secrets).database(),
            None => Ok(Database::Sqlite(self.data_dir.join("idp.db"))),
        }
    }

    /// The server itself, where `database_url` leads to a pooler.
    #[must_use]
    pub fn direct(&self) -> Option<DatabaseUrl> {
        self.direct_url.as_ref().map(|url| url.with_mounted(&self.mounted_secrets))
    }

    /// Where the master key is.
    #[must_use]
    pub fn master_keys(&self) -> MasterKeySource {
        match self.master_key_command.is_empty() {
            true => MasterKeySource::File(MasterKeyFile {
                path: self.master_key(),
                access: self.access,
                mounted: self.mounted_secrets.clone(),
            }),
            false => MasterKeySource::Command(self.master_key_command.clone()),
        }
    }

    /// The file of the master key, where it is in one.
    #[must_use]
    pub fn master_key(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_url_the_database_is_a_file_in_the_data_folder() {
        let file = Database::Sqlite(PathBuf::from("idp-data/idp.db"));
        assert_eq!(StorageConfig::default().database(), Ok(file));
    }
}
