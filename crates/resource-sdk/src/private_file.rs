//! Files that only this process's user may read or write, replaced whole: what outlives a restart.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// Reads a file of at most so many bytes that no other user can have written.
pub(crate) fn read(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    check_permissions(&file)?;
    let mut contents = Vec::new();
    file.take(max_bytes).read_to_end(&mut contents)?;
    Ok(contents)
}

/// Puts these contents in the place of the old ones, down to the disk, or leaves the old ones.
pub(crate) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut draft = path.to_owned().into_os_string();
    draft.push(format!(".{}.new", std::process::id()));
    let draft = PathBuf::from(draft);
    let written = write(&draft, contents).and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        let _left_behind = fs::remove_file(&draft);
    }
    written
}

/// Adds to the end of a file, down to the disk. Of a crash in between, a piece may be there.
#[cfg(feature = "feed")]
pub(crate) fn append(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().append(true).open(path)?;
    check_permissions(&file)?;
    file.write_all(contents)?;
    file.sync_data()
}

fn write(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

fn check_permissions(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if file.metadata()?.permissions().mode() & 0o022 != 0 {
            return Err(io::Error::other("the file can be written by others"));
        }
    }
    Ok(())
}
