//! Folders in which an orchestrator mounts secrets (`storage.mounted_secrets`). There a file may be a link, as a Secret of
//! Kubernetes is (`master.key` leads to `..data/master.key`, and `..data` to a folder that an update replaces), may belong to
//! root, and may be readable by a group of this process. What stays: links lead nowhere else, others read nothing, and no other
//! account writes.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    FOREIGN_WRITE, FileAccess, Result, SecretFileError,
    access::{require_mode, require_our_group, require_ours},
    contents_of, io_error, open_regular,
};

/// The bit of a folder in which only its owner and theirs may replace what accounts have put there.
const STICKY: u32 = 0o1000;
/// Group write, and everything of others.
const MORE_THAN_GROUP_READS: u32 = 0o027;
const GROUP_READS: u32 = 0o040;
/// How often a file is looked for that an update takes away in between.
const TRIES: usize = 3;

/// Folders in which an orchestrator mounts secrets.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MountedSecrets(pub Vec<PathBuf>);

impl MountedSecrets {
    /// Reads a secret: by the rules of mounted secrets where `path` lies in one of the folders, else as `secret_file::read`.
    ///
    /// # Errors
    /// `SecretFileError`.
    pub fn read(&self, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
        self.read_as(path, FileAccess::Owner)
    }

    /// Checks that an existing file is private, or that one could be made. Makes nothing.
    ///
    /// # Errors
    /// As `secret_file::inspect_file`; when a mounted secret is missing.
    pub fn inspect_file(&self, path: &Path, access: FileAccess) -> Result<()> {
        match self.folder_of(path) {
            Some(_) => self.read(path).map(drop),
            None => super::inspect_file(path, access),
        }
    }

    /// The same, of a file that a group may read as well where it is not mounted.
    pub(super) fn read_as(&self, path: &Path, access: FileAccess) -> Result<Zeroizing<Vec<u8>>> {
        match self.folder_of(path) {
            Some(folder) => read_mounted(folder, path),
            None => super::read_as(path, access),
        }
    }

    /// The folder of mounted secrets that `path` lies in.
    pub(super) fn folder_of(&self, path: &Path) -> Option<&Path> {
        self.0.iter().map(PathBuf::as_path).find(|folder| path.starts_with(folder))
    }
}

/// An update puts a new folder in the place of the old one, which goes: then the file is looked for again.
fn read_mounted(folder: &Path, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let mut outcome = read_resolved(folder, path);
    for _ in 1..TRIES {
        if !outcome.as_ref().is_err_and(|error| error.is(io::ErrorKind::NotFound)) {
            break;
        }
        outcome = read_resolved(folder, path);
    }
    outcome
}

fn read_resolved(folder: &Path, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let root = fs::canonicalize(folder).map_err(io_error(folder))?;
    let target = fs::canonicalize(path).map_err(io_error(path))?;
    if !target.starts_with(&root) {
        let (path, folder) = (path.to_owned(), folder.to_owned());
        return Err(SecretFileError::Outside { path, target, folder });
    }
    for above in target.ancestors().skip(1).take_while(|above| above.starts_with(&root)) {
        require_no_foreign_writer(above)?;
    }
    let (file, metadata) = open_regular(&target)?;
    require_root_or_us(&target, &metadata)?;
    require_mode(&target, &metadata, MORE_THAN_GROUP_READS, "g-w,o-rwx")?;
    if metadata.mode() & GROUP_READS != 0 {
        require_our_group(&target, &metadata)?;
    }
    contents_of(file, &target)
}

fn require_no_foreign_writer(folder: &Path) -> Result<()> {
    let metadata = fs::symlink_metadata(folder).map_err(io_error(folder))?;
    require_root_or_us(folder, &metadata)?;
    match metadata.mode() & STICKY {
        0 => require_mode(folder, &metadata, FOREIGN_WRITE, "go-w"),
        _ => Ok(()),
    }
}

fn require_root_or_us(path: &Path, metadata: &fs::Metadata) -> Result<()> {
    if metadata.uid() == 0 { Ok(()) } else { require_ours(path, metadata) }
}

#[cfg(test)]
#[path = "mounted_tests.rs"]
mod tests;
