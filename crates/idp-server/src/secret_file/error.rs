//! Why a file is refused, in words for the operator.

use std::{io, path::PathBuf};

/// Why a file cannot be trusted with a secret, or with settings. The caller names the setting that points to it.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// Reading or creating it failed.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The folder above it does not exist.
    #[error("the folder that is to hold {} does not exist; make it first", path.display())]
    NoParent {
        /// The folder that could not be made.
        path: PathBuf,
    },
    /// It is a symbolic link, a socket, or something else whose contents others may choose.
    #[error("{} must be a regular {kind}, not a link or anything else", path.display())]
    WrongKind {
        /// The file.
        path: PathBuf,
        /// `file` or `folder`.
        kind: &'static str,
    },
    /// It belongs to another account.
    #[error("{} belongs to user {owner}, not to the user this process runs as ({us})", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner.
        owner: u32,
        /// The effective user of this process.
        us: u32,
    },
    /// It belongs to a group that this process is not in.
    #[error("{} belongs to group {group}, which this process is not in", path.display())]
    ForeignGroup {
        /// The file.
        path: PathBuf,
        /// Its group.
        group: u32,
    },
    /// A link in a folder of mounted secrets leads out of it.
    #[error(
        "{} leads to {}, outside of {}, which storage.mounted_secrets names",
        path.display(), target.display(), folder.display()
    )]
    Outside {
        /// The link.
        path: PathBuf,
        /// Where it leads.
        target: PathBuf,
        /// The folder.
        folder: PathBuf,
    },
    /// Its mode lets others in.
    #[error("{} has mode {mode:04o} and is open to others; run: chmod {wanted} {}", path.display(), path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
        /// The change that repairs it, as `chmod` takes it.
        wanted: &'static str,
    },
    /// It does not hold a master key.
    #[error("{} does not hold a master key: 32 bytes in base64, or a few of them, one a line", path.display())]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// An orchestrator mounts it, and nothing is written there.
    #[error("{} is a mounted secret; change it where it comes from", path.display())]
    Mounted {
        /// The file.
        path: PathBuf,
    },
    /// The program that has the master key did not print it.
    #[error("{program} {what}")]
    Command {
        /// The program.
        program: String,
        /// What it did.
        what: String,
    },
}

impl SecretFileError {
    pub(crate) fn is(&self, kind: io::ErrorKind) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == kind)
    }
}
