//! Files that only this account may read, or only one group (`storage.access`): the data folder, the database, the master key, the private key of the
//! certificate. Creates them private from the first instant, under any umask, and refuses a file that another account
//! could have read, written or replaced. Also reads the configuration file, which must not be writable by others.

mod access;
mod error;
mod master_keys;
mod mounted;
mod new_file;
mod program;

pub use access::FileAccess;
pub use error::SecretFileError;
#[cfg(test)]
pub use master_keys::master_key;
pub use master_keys::{MasterKeyFile, MasterKeySource, MasterKeys};
pub use mounted::MountedSecrets;
pub use new_file::NewFile;

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{Access, OFlags},
    io::Errno,
};
use zeroize::Zeroizing;

use access::{require_mode, require_ours};

/// Bits of a mode that let the group or others write.
const FOREIGN_WRITE: u32 = 0o022;
/// No secret file is larger than this; a PEM chain with a 4096-bit key is a tenth of it.
const LARGEST: u64 = 256 * 1024;

type Result<T> = std::result::Result<T, SecretFileError>;

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> SecretFileError {
    let path = path.to_owned();
    move |source| SecretFileError::Io { path, source }
}

/// Makes the folder, or checks that an existing one is private.
///
/// # Errors
/// When it is no folder of ours, or is open to more than `access` says.
pub fn private_folder(path: &Path, access: FileAccess) -> Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) if access == FileAccess::Owner => {}
        // The umask leaves the group nothing.
        Ok(()) => widen_folder(path, access).map_err(io_error(path))?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SecretFileError::NoParent { path: path.to_owned() });
        }
        Err(error) => return Err(io_error(path)(error)),
    }
    inspect_folder(path, access)
}

fn widen_folder(path: &Path, access: FileAccess) -> io::Result<()> {
    let mode = fs::symlink_metadata(path)?.mode();
    fs::set_permissions(path, Permissions::from_mode(access.folder_mode(mode)))
}

/// Checks that an existing folder is private, or that one could be made. Makes nothing.
///
/// # Errors
/// As [`private_folder`].
pub fn inspect_folder(path: &Path, access: FileAccess) -> Result<()> {
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
    access.check(path, &metadata, "700")?;
    require_writable(path, path)
}

/// Checks that an existing file is private, or that one could be made. Makes nothing.
///
/// # Errors
/// As [`private_file`].
pub fn inspect_file(path: &Path, access: FileAccess) -> Result<()> {
    match open_private(path, access) {
        Err(error) if error.is(io::ErrorKind::NotFound) => require_writable(folder_of(path), path),
        outcome => outcome.map(drop),
    }
}

/// That something can be made in the folder; `path` is what.
fn require_writable(folder: &Path, path: &Path) -> Result<()> {
    match rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK) {
        Ok(()) => Ok(()),
        Err(Errno::NOENT) => Err(SecretFileError::NoParent { path: path.to_owned() }),
        Err(error) => Err(io_error(path)(error.into())),
    }
}

/// Makes an empty file, or checks that an existing one is private. For files that
/// another library opens by name afterwards, such as the database.
///
/// # Errors
/// When it is no file of ours, or is open to more than `access` says.
pub fn private_file(path: &Path, access: FileAccess) -> Result<()> {
    match create_new(path, access) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => look_at_private(path, access),
        Err(error) => Err(io_error(path)(error)),
    }
}

/// Without opening it: to close a file gives up all locks that this process has on it (fcntl), those of SQLite too.
fn look_at_private(path: &Path, access: FileAccess) -> Result<()> {
    let metadata = fs::symlink_metadata(path).map_err(io_error(path))?;
    if !metadata.is_file() {
        return Err(SecretFileError::WrongKind { path: path.to_owned(), kind: "file" });
    }
    access.check(path, &metadata, "600")
}

/// Writes a new private file, durably. The name appears when the contents are complete, so that no reader finds half
/// a key, not even after a crash.
///
/// # Errors
/// When a file of that name exists, or writing fails.
pub fn create(path: &Path, access: FileAccess, contents: &[u8]) -> Result<()> {
    let mut new = NewFile::begin(path, access)?;
    new.contents().write_all(contents).map_err(io_error(path))?;
    new.publish()
}

/// Writes a private file in the place of one that may be there, durably. A reader finds the one or the other, whole.
///
/// # Errors
/// When writing fails; then what was there stays.
pub fn replace(path: &Path, access: FileAccess, contents: &[u8]) -> Result<()> {
    let draft = draft_name(path);
    let mut file = create_new(&draft, access).map_err(io_error(path))?;
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

/// Removes what writing the file left that was killed. Another process that writes it at this moment fails.
fn remove_drafts_of(path: &Path) -> io::Result<()> {
    let before = draft_prefix(path);
    for entry in fs::read_dir(folder_of(path))? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix(&before));
        let is_draft = number.and_then(|number| number.split_once('-')).is_some_and(|(process, count)| {
            [process, count].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        });
        if is_draft {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn draft_prefix(path: &Path) -> String {
    format!(".{}.", path.file_name().unwrap_or_default().to_string_lossy())
}

/// A name beside `path` that no other thread or process writes to.
fn draft_name(path: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!("{}{}-{number}", draft_prefix(path), std::process::id()))
}

/// Reads a private file. The checks look at the opened file, so that it cannot be exchanged between
/// the check and the reading.
///
/// # Errors
/// When it is missing, a link, not ours, open to others, or larger than 256 KiB.
pub fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    read_as(path, FileAccess::Owner)
}

fn read_as(path: &Path, access: FileAccess) -> Result<Zeroizing<Vec<u8>>> {
    contents_of(open_private(path, access)?, path)
}

fn contents_of(file: File, path: &Path) -> Result<Zeroizing<Vec<u8>>> {
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

fn create_new(path: &Path, access: FileAccess) -> io::Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    if access != FileAccess::Owner {
        // The umask leaves the group nothing.
        file.set_permissions(Permissions::from_mode(access.file_mode()))?;
    }
    Ok(file)
}

fn open_private(path: &Path, access: FileAccess) -> Result<File> {
    let (file, metadata) = open_regular(path)?;
    access.check(path, &metadata, "600")?;
    Ok(file)
}

/// Not following links and not waiting for a writer, should it be a named pipe.
fn open_regular(path: &Path) -> Result<(File, Metadata)> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let wrong_kind = || SecretFileError::WrongKind { path: path.to_owned(), kind: "file" };
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if is_link_refusal(&error) => return Err(wrong_kind()),
        Err(error) => return Err(io_error(path)(error)),
    };
    let metadata = file.metadata().map_err(io_error(path))?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(wrong_kind()) }
}

/// What `O_NOFOLLOW` answers for a symbolic link.
fn is_link_refusal(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
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
