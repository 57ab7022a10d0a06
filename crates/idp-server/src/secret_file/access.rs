//! Who may reach the private files: their owner alone, or one group as well (`storage.access`).

use std::{fs::Metadata, os::unix::fs::MetadataExt, path::Path};

use rustix::process::{getegid, geteuid, getgroups};
use serde::{Deserialize, Serialize};

use super::{Result, SecretFileError};

/// Bits of a mode that give access to the group or to others.
const GROUP_AND_OTHERS: u32 = 0o077;
/// Bits of a mode that give access to others.
const OTHERS: u32 = 0o007;
/// The bit of a folder that gives new files its group.
const SET_GROUP: u32 = 0o2000;

/// Who may reach the private files of an installation.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum FileAccess {
    /// The account that this process runs as: files have mode 0600, folders 0700.
    #[default]
    Owner,
    /// A group that this process is in: files have mode 0660, folders 0770. Which member owns them does not matter, for only root and
    /// the members of a group can give it a file. For volumes that an orchestrator hands to a group (`fsGroup`), and for
    /// processes whose user is another at each start.
    Group,
}

impl TryFrom<String> for FileAccess {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        match text.as_str() {
            "owner" => Ok(Self::Owner),
            "group" => Ok(Self::Group),
            _ => Err("must be \"owner\" or \"group\"".to_owned()),
        }
    }
}

impl FileAccess {
    /// The mode of a new file.
    pub(super) const fn file_mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Group => 0o660,
        }
    }

    /// The mode of a new folder that has `mode` now.
    pub(super) const fn folder_mode(self, mode: u32) -> u32 {
        match self {
            Self::Owner => 0o700,
            Self::Group => (mode & SET_GROUP) | 0o770,
        }
    }

    /// That no account beside those that may can reach the file or folder. `wanted` is the mode that would do for its owner alone.
    pub(super) fn check(self, path: &Path, metadata: &Metadata, wanted: &'static str) -> Result<()> {
        let owner_alone = || {
            require_ours(path, metadata)?;
            require_mode(path, metadata, GROUP_AND_OTHERS, wanted)
        };
        match self {
            Self::Owner => owner_alone(),
            Self::Group if owner_alone().is_ok() => Ok(()),
            Self::Group => {
                require_our_group(path, metadata)?;
                require_mode(path, metadata, OTHERS, "o-rwx")
            }
        }
    }
}

/// That the file belongs to the account of this process.
pub(super) fn require_ours(path: &Path, metadata: &Metadata) -> Result<()> {
    let us = geteuid().as_raw();
    let owner = metadata.uid();
    if owner == us { Ok(()) } else { Err(SecretFileError::Foreign { path: path.to_owned(), owner, us }) }
}

/// That the file belongs to a group that this process is in.
pub(super) fn require_our_group(path: &Path, metadata: &Metadata) -> Result<()> {
    let group = metadata.gid();
    // A kernel that does not tell leaves the first group alone.
    let others = getgroups().unwrap_or_default();
    let is_ours = group == getegid().as_raw() || others.iter().any(|other| other.as_raw() == group);
    if is_ours { Ok(()) } else { Err(SecretFileError::ForeignGroup { path: path.to_owned(), group }) }
}

/// That the mode has none of the bits of `forbidden`.
pub(super) fn require_mode(
    path: &Path,
    metadata: &Metadata,
    forbidden: u32,
    wanted: &'static str,
) -> Result<()> {
    let mode = metadata.mode() & 0o7777;
    if mode & forbidden == 0 {
        Ok(())
    } else {
        Err(SecretFileError::Exposed { path: path.to_owned(), mode, wanted })
    }
}
