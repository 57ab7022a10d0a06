//! The `[storage]` table: the private folder, the database in it and the key that seals secrets there.
//! Creating and guarding the files is the work of `secret_file`; opening the database that of `db`.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The `[storage]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StorageConfig {
    /// The provider's private folder, made with mode 0700 on first start.
    pub data_dir: PathBuf,
    /// `sqlite:<path>`; unset means `idp.db` in the data folder.
    pub database_url: Option<String>,
    /// The file with the key that seals signing keys at rest; unset means `master.key` in the data folder.
    pub master_key_file: Option<PathBuf>,
}

impl Default for StorageConfig {
    fn default() -> Self {
        Self { data_dir: PathBuf::from("idp-data"), database_url: None, master_key_file: None }
    }
}

/// Where the database is.
#[derive(Clone, Eq, PartialEq, Debug)]
pub enum Database {
    /// A SQLite file.
    Sqlite(PathBuf),
}

/// The database URL names no kind of database that this binary speaks.
#[derive(Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("storage.database_url must be sqlite:<path>")]
pub struct UnknownDatabase;

impl StorageConfig {
    /// The database that the URL names. The scheme is read here and nowhere else, so that a
    /// mistyped `postgresql:` never becomes the name of a SQLite file.
    ///
    /// # Errors
    /// [`UnknownDatabase`] for any other scheme, and for an empty path.
    pub fn database(&self) -> Result<Database, UnknownDatabase> {
        let Some(url) = &self.database_url else {
            return Ok(Database::Sqlite(self.data_dir.join("idp.db")));
        };
        match url.split_once(':') {
            Some(("sqlite", path)) if !path.trim_start_matches('/').is_empty() => {
                Ok(Database::Sqlite(PathBuf::from(sqlite_path(path))))
            }
            _ => Err(UnknownDatabase),
        }
    }

    /// The file of the master key.
    #[must_use]
    pub fn master_key(&self) -> PathBuf {
        self.master_key_file.clone().unwrap_or_else(|| self.data_dir.join("master.key"))
    }
}

/// `sqlite:///var/lib/idp.db` and `sqlite:/var/lib/idp.db` are the same file.
fn sqlite_path(path: &str) -> &str {
    match path.strip_prefix("//") {
        Some(rest) if rest.starts_with('/') => rest,
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Result<Database, UnknownDatabase> {
        StorageConfig { database_url: Some(url.to_owned()), ..StorageConfig::default() }.database()
    }

    #[test]
    fn the_scheme_decides_and_a_typo_is_refused() {
        let file = |path: &str| Ok(Database::Sqlite(PathBuf::from(path)));
        assert_eq!(StorageConfig::default().database(), file("idp-data/idp.db"));
        assert_eq!(at("sqlite:/var/lib/idp.db"), file("/var/lib/idp.db"));
        assert_eq!(at("sqlite:///var/lib/idp.db"), file("/var/lib/idp.db"));
        assert_eq!(at("sqlite:idp.db"), file("idp.db"));
        for url in ["postgresql:typo", "sqlite:", "sqlite://", "idp.db", "SQLITE:idp.db", ""] {
            assert_eq!(at(url), Err(UnknownDatabase), "{url:?}");
        }
    }
}
