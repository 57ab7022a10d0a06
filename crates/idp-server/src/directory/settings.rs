//! The configuration in force, for administrators to see.

use super::{Administration, DirectoryError};
use crate::config::{Setting, settings, warnings};
use idp_core::administration::Permission;

impl Administration<'_> {
    /// Each key of the configuration of this process, secrets masked, and what an operator should know about it.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`].
    pub fn settings(&self) -> Result<(Vec<Setting>, Vec<String>), DirectoryError> {
        self.require(Permission::ReadSettings)?;
        let all = settings(self.config, self.origins).map_err(|_| DirectoryError::Settings)?;
        Ok((all, warnings(self.config)))
    }
}
