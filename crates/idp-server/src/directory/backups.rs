//! Backups, as the audit log tells of them. Only the operator at the console makes and restores them: they are of the whole
//! installation.

use super::{Administration, DirectoryError};
use crate::date::rfc3339;
use crate::db::audit_events::{AuditContext, AuditEvent};
use idp_core::administration::Permissions;
use idp_core::time::UnixTime;

impl Administration<'_> {
    /// Writes down that a copy of everything is about to be made.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that it is not stored.
    pub async fn note_backup(&self, now: UnixTime) -> Result<(), DirectoryError> {
        let about = AuditContext::of(self.right(Permissions::all())?);
        Ok(self.store.record(AuditEvent::BackupMade, about, now).await?)
    }

    /// Ends a restore of the backup that was made at `made_at`: what may not be used again ends, and the installation opens.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that it is not stored.
    pub async fn end_restore(
        &self,
        made_at: UnixTime,
        keeps_sessions: bool,
        now: UnixTime,
    ) -> Result<(), DirectoryError> {
        let sessions = if keeps_sessions { ", sessions kept" } else { "" };
        let detail = Some(format!("made at {}{sessions}", rfc3339(made_at)));
        let about = AuditContext { detail, ..AuditContext::of(self.right(Permissions::all())?) };
        Ok(self.store.end_restore(keeps_sessions, about, now).await?)
    }
}
