//! Database, Redis, and the files of secrets.

use std::path::{Component, PathBuf};

use super::when;
use crate::config::{Config, DatabaseUrl};

pub(super) fn database_is_of_a_known_kind(config: &Config) -> Option<String> {
    config.storage.database().err().map(|error| error.to_string())
}

pub(super) fn direct_url_goes_with_a_pooler(config: &Config) -> Option<String> {
    let is_server = |url: Option<&DatabaseUrl>| url.is_some_and(DatabaseUrl::is_postgres);
    when(
        config.storage.direct_url.is_some()
            && !(is_server(config.storage.direct_url.as_ref())
                && is_server(config.storage.database_url.as_ref())),
        "storage.direct_url goes with a storage.database_url that leads to a pooler; both are postgres://...",
    )
}

/// What lies below is believed by its folder: a whole system must not become one, and no path may lead out of it by its words.
pub(super) fn mounted_secrets_are_folders_of_their_own(config: &Config) -> Option<String> {
    let is_plain = |folder: &PathBuf| {
        folder.is_absolute()
            && folder.components().count() > 1
            && !folder.components().any(|part| part == Component::ParentDir)
    };
    let folder = config.storage.mounted_secrets.0.iter().find(|folder| !is_plain(folder))?;
    Some(format!(
        "storage.mounted_secrets: {} must be the whole path of a folder, such as /run/secrets",
        folder.display()
    ))
}

pub(super) fn master_key_is_in_one_place(config: &Config) -> Option<String> {
    let storage = &config.storage;
    when(
        storage.master_key_file.is_some() && !storage.master_key_command.is_empty(),
        "storage.master_key_file and storage.master_key_command both say where the master key is; set one",
    )
}

pub(super) fn redis_is_named_in_one_way(config: &Config) -> Option<String> {
    config.redis.topology().err().map(|error| error.to_string())
}
