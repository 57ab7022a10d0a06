//! Backups: everything in the database as one encrypted file, the same from SQLite and from PostgreSQL, and a restore of it into
//! either. `contents` is what stands in the file, `create` makes it from one snapshot and reads it back, `restore` fills an
//! empty installation with it. Which key opens it is `age`'s. The master key is not in it (docs/adr/0079).

mod contents;
mod create;
mod nul;
mod restore;

use std::{
    fs::File,
    io::{self, BufReader},
    path::{Path, PathBuf},
};

pub use self::contents::{Contents, Head};
pub use self::create::{Lock, create};
pub use self::nul::NulRows;
pub use self::restore::{Restore, restore};
use crate::{
    age::{self, AgeError, Opener},
    db::DbError,
    installation::InstallationError,
    secret_file::SecretFileError,
};

/// Why a backup was not made, or is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file cannot be opened, or is encrypted for others.
    #[error("{}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: AgeError,
    },
    /// It was decrypted, and is not what it should be.
    #[error("{} {what}", path.display())]
    Contents {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A private file cannot be read or written.
    #[error(transparent)]
    Private(#[from] SecretFileError),
    /// The installation cannot be opened.
    #[error(transparent)]
    Installation(#[from] InstallationError),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
    /// What was asked for is not possible, and nothing was changed.
    #[error("{0}")]
    Refused(String),
}

impl BackupError {
    /// What is wrong with a file of keys, or with a backup.
    #[must_use]
    pub fn from_age(path: &Path, source: AgeError) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    /// Whether the operating system failed, so that the same file may be taken another time.
    #[must_use]
    pub const fn is_of_the_system(&self) -> bool {
        matches!(self, Self::Private(_) | Self::File { source: AgeError::Io(_), .. })
    }
}

/// Why a file is not read to its end.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Age(#[from] AgeError),
    #[error("{0}")]
    Contents(String),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::InvalidData => {
                Self::Contents(error.to_string().trim_start_matches("it ").to_owned())
            }
            _ => Self::Age(error.into()),
        }
    }
}

impl ReadError {
    fn of(self, path: &Path) -> BackupError {
        match self {
            Self::Age(source) => BackupError::from_age(path, source),
            Self::Contents(what) => BackupError::Contents { path: path.to_owned(), what },
            Self::Db(error) => BackupError::Db(error),
        }
    }
}

/// Reads a backup to its end and holds it to its own counts and digests.
///
/// # Errors
/// [`BackupError`] says what is wrong with it.
pub fn verify(path: &Path, opener: &Opener<'_>) -> Result<Contents, BackupError> {
    read(path, opener, &mut contents::Unkept).map_err(|error| error.of(path))
}

fn read(path: &Path, opener: &Opener<'_>, sink: &mut impl contents::Sink) -> Result<Contents, ReadError> {
    let file = BufReader::with_capacity(64 * 1024, File::open(path).map_err(AgeError::from)?);
    contents::read(BufReader::with_capacity(64 * 1024, age::decrypt(opener, file)?), sink)
}
