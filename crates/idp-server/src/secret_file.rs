//! Files that only this account may read: the data folder, the database, the master key, the private key of the
//! certificate. Creates them private from the first instant, under any umask, and refuses a file that another account
//! could have read, written or replaced. Also reads the configuration file, which must not be writable by others.

mod master_keys;
mod new_file;

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{Access, OFlags, access},
    io::Errno,
    process::geteuid,
};
use zeroize::Zeroizing;

#[cfg(test)]
pub use self::master_keys::master_key;
pub use self::master_keys::{MasterKeySource, MasterKeys, add_master_key, fingerprint, keep_one_master_key};
pub use self::new_file::NewFile;

/// Bits of a mode that give access to the group or to others.
const GROUP_AND_OTHERS: u32 = 0o077;
/// Bits of a mode that let the group or others write.
const FOREIGN_WRITE: u32 = 0o022;
/// No secret file is larger than this; a PEM chain with a 4096-bit key is a tenth of it.
const LARGEST: u64 = 256 * 1024;

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

type Result<T> = std::result::Result<T, SecretFileError>;

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> SecretFileError {
    let path = path.to_owned();
    move |source| SecretFileError::Io { path, source }
}

/// Makes the folder with mode 0700, or checks that an existing one is private.
///
/// # Errors
/// When it is no folder of ours, or is open to the group or to others.
pub fn private_folder(path: &Path) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SecretFileError::NoParent { path: path.to_owned() });
        }
        Err(error) => return Err(io_error(path)(error)),
    }
    inspect_folder(path)
}

/// Checks that an existing folder is private, or that one could be made. Makes nothing.
///
/// # Errors
/// As [`private_folder`].
pub fn inspect_folder(path: &Path) -> Result<()> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return require_writable(folder_of(path), path);
        }
        Err(error) => return Err(io_error(path)(error)),
    };
    if !metadata.is_dir() {
        return Err(SecretFileError::WrongKind { path: path.to_owned(), kind: "folder" });
    }
    require_ours(path, &metadata)?;
    require_mode(path, &metadata, GROUP_AND_OTHERS, "700")?;
    require_writable(path, path)
}

/// Checks that an existing file is private, or that one could be made. Makes nothing.
///
/// # Errors
/// As [`private_file`].
pub fn inspect_file(path: &Path) -> Result<()> {
    match open_private(path) {
        Err(error) if error.is(io::ErrorKind::NotFound) => {
            // Its folder is made as well, where it is ours to make.
            let folder = folder_of(path);
            if folder.exists() { require_writable(folder, path) } else { Ok(()) }
        }
        outcome => outcome.map(drop),
    }
}

/// That something can be made in the folder; `path` is what.
fn require_writable(folder: &Path, path: &Path) -> Result<()> {
    match access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Ok(()),
        Err(Errno::NOENT) => Err(SecretFileError::NoParent { path: path.to_owned() }),
        Err(error) => Err(io_error(path)(error.into())),
    }
}

/// Makes an empty file with mode 0600, or checks that an existing one is private. For files that
/// another library opens by name afterwards, such as the database.
///
/// # Errors
/// When it is no file of ours, or is open to the group or to others.
pub fn private_file(path: &Path) -> Result<()> {
    match create_new(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => open_private(path).map(drop),
        Err(error) => Err(io_error(path)(error)),
    }
}

/// Writes a new private file, durably. The name appears when the contents are complete, so that no reader finds half
/// a key, not even after a crash.
///
/// # Errors
/// When a file of that name exists, or writing fails.
pub fn create(path: &Path, contents: &[u8]) -> Result<()> {
    let mut new = NewFile::begin(path)?;
    new.contents().write_all(contents).map_err(io_error(path))?;
    new.publish()
}

/// Writes a private file in the place of one that may be there, durably. A reader finds the one or the other, whole.
///
/// # Errors
/// When writing fails; then what was there stays.
pub fn replace(path: &Path, contents: &[u8]) -> Result<()> {
    let draft = draft_name(path);
    let mut file = create_new(&draft).map_err(io_error(path))?;
    let result = file
        .write_all(contents)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path))
        .and_then(|()| sync_folder_of(path));
    if result.is_err() {
        // The draft may be gone already; what counts is the first error.
        let _ = fs::remove_file(&draft);
    }
    result.map_err(io_error(path))
}

/// A name beside `path` that no other thread or process writes to.
fn draft_name(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}-{number}", std::process::id()))
}

/// Reads a private file. The checks look at the opened file, so that it cannot be exchanged between
/// the check and the reading.
///
/// # Errors
/// When it is missing, a link, not ours, open to others, or larger than 256 KiB.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let file = open_private(path)?;
    let mut contents = Zeroizing::new(Vec::with_capacity(4096));
    read_bounded(file, &mut contents).map_err(io_error(path))?;
    Ok(contents)
}

fn read_bounded(file: File, contents: &mut Vec<u8>) -> io::Result<()> {
    file.take(LARGEST + 1).read_to_end(contents)?;
    if contents.len() as u64 > LARGEST {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has more than 256 KiB"));
    }
    Ok(())
}

/// Reads a text file that is no secret but decides about security, such as `idp.toml`: its group and others may read
/// it, but only its owner may write it, and that is this account or root.
///
/// # Errors
/// When another account could have written it, or it cannot be read as text.
pub fn read_configuration(path: &Path) -> Result<String> {
    let flags = OFlags::NONBLOCK.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    let file = opened.map_err(io_error(path))?;
    let metadata = file.metadata().map_err(io_error(path))?;
    if !metadata.is_file() {
        return Err(SecretFileError::WrongKind { path: path.to_owned(), kind: "file" });
    }
    if metadata.uid() != 0 {
        require_ours(path, &metadata)?;
    }
    require_mode(path, &metadata, FOREIGN_WRITE, "go-w")?;
    let mut contents = Vec::new();
    read_bounded(file, &mut contents).map_err(io_error(path))?;
    String::from_utf8(contents)
        .map_err(|_| io_error(path)(io::Error::new(io::ErrorKind::InvalidData, "it is not text in UTF-8")))
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Not following links and not waiting for a writer, should it be a named pipe.
fn open_private(path: &Path) -> Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let wrong_kind = || SecretFileError::WrongKind { path: path.to_owned(), kind: "file" };
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if is_link_refusal(&error) => return Err(wrong_kind()),
        Err(error) => return Err(io_error(path)(error)),
    };
    let metadata = file.metadata().map_err(io_error(path))?;
    if !metadata.is_file() {
        return Err(wrong_kind());
    }
    require_ours(path, &metadata)?;
    require_mode(path, &metadata, GROUP_AND_OTHERS, "600")?;
    Ok(file)
}

/// What `O_NOFOLLOW` answers for a symbolic link.
fn is_link_refusal(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}

fn require_ours(path: &Path, metadata: &Metadata) -> Result<()> {
    let us = geteuid().as_raw();
    let owner = metadata.uid();
    if owner == us { Ok(()) } else { Err(SecretFileError::Foreign { path: path.to_owned(), owner, us }) }
}

fn require_mode(path: &Path, metadata: &Metadata, forbidden: u32, wanted: &'static str) -> Result<()> {
    let mode = metadata.mode() & 0o7777;
    if mode & forbidden == 0 {
        Ok(())
    } else {
        Err(SecretFileError::Exposed { path: path.to_owned(), mode, wanted })
    }
}

/// A new name is durable only when its folder is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    File::open(folder_of(path))?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

#[cfg(test)]
#[path = "secret_file_tests.rs"]
mod tests;
