//! What a story looks up in the database of its provider.

use crate::TestIdp;
use diesel::prelude::*;
use idp_server::db::audit_events::{self, AuditEvent};
use idp_server::db::schema::audit_events as audit_rows;
use idp_server::db::sessions;
use uuid::Uuid;

impl TestIdp {
    /// How often this was recorded.
    pub async fn recorded(&self, event: AuditEvent) -> i64 {
        self.db.read(move |connection| audit_events::count(connection, event)).await.unwrap()
    }

    /// How often this was recorded as an act of `actor`.
    pub async fn recorded_by(&self, event: &'static str, actor: &'static str) -> i64 {
        let of_both =
            audit_rows::table.filter(audit_rows::event.eq(event)).filter(audit_rows::actor.eq(actor));
        let asked = self.db.read(move |connection| Ok(of_both.count().get_result(connection)?));
        asked.await.unwrap()
    }

    /// How many sessions of this person are open.
    pub async fn open_sessions(&self, user: Uuid) -> usize {
        self.db.read(move |connection| sessions::open_of(connection, user)).await.unwrap().len()
    }
}
