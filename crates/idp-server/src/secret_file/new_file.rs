//! A private file that appears under its name once it is complete.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};

use super::{FileAccess, Result, create_new, draft_name, io_error, sync_folder_of};

/// A file that is being written. Dropped, it leaves nothing behind.
pub struct NewFile {
    file: File,
    draft: PathBuf,
    path: PathBuf,
}

impl NewFile {
    /// Begins one.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub fn begin(path: &Path, access: FileAccess) -> Result<Self> {
        let draft = draft_name(path);
        let file = create_new(&draft, access).map_err(io_error(path))?;
        Ok(Self { file, draft, path: path.to_owned() })
    }

    /// To be written to.
    pub fn contents(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it can be read until it has its name.
    #[must_use]
    pub fn draft(&self) -> &Path {
        &self.draft
    }

    /// Has it on disk, and gives it its name.
    ///
    /// # Errors
    /// When a file of that name exists, or the disk fails.
    pub fn publish(self) -> Result<()> {
        let published = self
            .file
            .sync_all()
            .and_then(|()| give_name(&self.draft, &self.path))
            .and_then(|()| sync_folder_of(&self.path));
        published.map_err(io_error(&self.path))
    }
}

/// Renames it, and replaces nothing. Where a file system knows no such rename (NFS), a link does the same; where it knows neither (mounts
/// of object stores), an empty file of our own is what is replaced.
fn give_name(draft: &Path, path: &Path) -> io::Result<()> {
    match renameat_with(CWD, draft, CWD, path, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        done => return done.map_err(io::Error::from),
    }
    match fs::hard_link(draft, path) {
        Ok(()) => fs::remove_file(draft),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => replace_own(draft, path),
    }
}

fn replace_own(draft: &Path, path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    fs::rename(draft, path).inspect_err(|_| {
        // What counts is the first error.
        let _ = fs::remove_file(path);
    })
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.draft);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// On each kind of file system: by a rename that replaces nothing, and where there is none.
    #[test]
    fn a_file_that_is_there_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let (draft, path) = (folder.path().join("draft"), folder.path().join("name"));
        for naming in [give_name, replace_own] {
            fs::write(&draft, "new").unwrap();
            fs::write(&path, "old").unwrap();
            assert_eq!(naming(&draft, &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(&path).unwrap(), "old");
            fs::remove_file(&path).unwrap();
            naming(&draft, &path).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), "new");
            assert!(!draft.exists());
            fs::remove_file(&path).unwrap();
        }
    }
}
