//! The audit log, for administrators to search.

use super::{Administration, DirectoryError};
use crate::db::audit_seals::MarkedSeal;
use crate::db::audit_search::{AuditFilter, FoundEvents};
use idp_core::administration::{Permission, Permissions};
use uuid::Uuid;

impl Administration<'_> {
    /// At most `count` events that fit, the newest first, before this one; and where to go on. Where several filters meet, a page
    /// may be short, or empty, and the log goes on all the same.
    ///
    /// # Errors
    /// [`DirectoryError::NotPermitted`], or that the database does not answer.
    pub async fn audit_events(
        &self,
        filter: AuditFilter,
        before: Option<Uuid>,
        count: usize,
    ) -> Result<FoundEvents, DirectoryError> {
        self.require(Permission::ReadAudit)?;
        Ok(self.store.search_audit_log(filter, before, count).await?)
    }

    /// So many seals over the log with a higher number than this, in order.
    ///
    /// # Errors
    /// As [`Administration::audit_events`].
    pub async fn audit_seals(&self, after: i64, count: i64) -> Result<Vec<MarkedSeal>, DirectoryError> {
        self.require(Permission::ReadAudit)?;
        Ok(self.store.audit_seals_after(after, count).await?)
    }

    /// [`Administration::audit_events`] for a caller who was looked up a while ago, and may have lost the right since.
    ///
    /// # Errors
    /// As [`Administration::audit_events`].
    pub async fn audit_events_still(
        &self,
        filter: AuditFilter,
        before: Option<Uuid>,
        count: usize,
    ) -> Result<FoundEvents, DirectoryError> {
        let held = self.store.permissions_of(self.caller.principal().clone()).await?;
        if !held.contain(Permission::ReadAudit) {
            return Err(DirectoryError::NotPermitted(Permissions::from(Permission::ReadAudit)));
        }
        self.audit_events(filter, before, count).await
    }
}
