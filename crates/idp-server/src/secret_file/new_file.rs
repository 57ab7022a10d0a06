//! A private file that appears under its name once it is complete.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
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
            // Unlike a rename, a link never replaces a file that is there.
            .and_then(|()| fs::hard_link(&self.draft, &self.path))
            .and_then(|()| fs::remove_file(&self.draft))
            .and_then(|()| sync_folder_of(&self.path));
        published.map_err(io_error(&self.path))
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = fs::remove_file(&self.draft);
    }
}
