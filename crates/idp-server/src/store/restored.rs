//! The end of a restore. What happened between the backup and the loss cannot be known: what was revoked, which links were used
//! and which refresh tokens were spent. So all that could be used again is ended before the installation opens.

use super::Store;
use super::revoke::everybody;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::installation_facts::Fact;
use crate::db::one_time_links::OneTimeLinks;
use crate::db::{DbError, Locks};
use idp_core::session::EndCause;
use idp_core::time::UnixTime;

/// Why letters that waited in the backup are not sent.
const MAY_HAVE_BEEN_SENT: &str = "it waited when the backup was made, and may have been sent";

impl Store {
    /// Ends what a restored backup may have brought back to life: links in letters, and unless `keeps_sessions` says that they
    /// stay, every session and every token. Then opens the installation.
    ///
    /// # Errors
    /// When it is not stored; the installation stays closed.
    pub async fn end_restore(
        &self,
        keeps_sessions: bool,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.write_revoking(Locks::installation(), now, move |tx| {
            about.check_right(tx)?;
            OneTimeLinks::end_all(tx, MAY_HAVE_BEEN_SENT)?;
            if !keeps_sessions {
                everybody::everybody_restored(tx, EndCause::Administrator, now)?;
            }
            audit_events::record(tx, AuditEvent::Restored, about, now)?;
            Fact::Restoring.clear(tx)
        })
        .await
    }
}
