//! What a story looks up in the database of its provider.

use crate::TestIdp;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::sessions;
use uuid::Uuid;

impl TestIdp {
    /// How often this was recorded.
    pub async fn recorded(&self, event: AuditEvent) -> i64 {
        self.db.read(move |connection| audit_events::count(connection, event)).await.unwrap()
    }

    /// How many sessions of this person are open.
    pub async fn open_sessions(&self, user: Uuid) -> usize {
        self.db.read(move |connection| sessions::open_of(connection, user)).await.unwrap().len()
    }
}
