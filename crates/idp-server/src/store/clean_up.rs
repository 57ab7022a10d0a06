//! Forgetting what expired. Rows stay a day longer, for the late second use of a code or refresh token, which must
//! still be recognised as one. What happened (sessions with the cause of their end, the audit log) stays for as long
//! as a person or an operator may ask.

use super::Store;
use crate::db::{
    Connection, DbError, audit_events, authorization_codes, denied_tokens, devices, feed_acknowledgements,
    grants, logout_deliveries, revocations, sessions, throttles,
};
use idp_core::time::UnixTime;

const DAY: i64 = 24 * 60 * 60;
/// How long a session answers "why was I signed out?" after it ended or lay idle for too long.
const HISTORY: i64 = 90 * DAY;
/// How long an operator sees which sites were told of the end of a session.
const TOLD: i64 = 30 * DAY;
/// How long the audit log reaches back.
const AUDIT: i64 = 400 * DAY;

type Purge = fn(&mut Connection, UnixTime) -> Result<usize, DbError>;

/// The tables whose rows expire and for how many seconds longer they stay, each in a transaction of its own so that
/// no request waits long.
const TABLES: [(&str, i64, Purge); 9] = [
    ("authorization_codes", DAY, authorization_codes::purge),
    ("grants", DAY, grants::purge),
    ("denied_tokens", DAY, denied_tokens::purge),
    ("throttles", DAY, throttles::purge),
    ("audit_events", AUDIT, audit_events::purge),
    // As long as browsers keep the cookie.
    ("devices", AUDIT, devices::purge),
    ("revocations", 0, revocations::purge),
    ("feed_acknowledgements", DAY, feed_acknowledgements::purge),
    ("logout_deliveries", TOLD, logout_deliveries::purge),
];

impl Store {
    /// Forgets what expired, table by table. A table that cannot be cleaned is left for the next turn.
    pub async fn clean_up(&self, now: UnixTime) {
        for (table, kept, purge) in TABLES {
            self.forget(table, kept, purge, now).await;
        }
        // A session that can still be used is never that old, however long the configuration lets it idle.
        let kept = HISTORY.saturating_add(self.policies.session.idle);
        self.forget("sessions", kept, sessions::purge, now).await;
    }

    async fn forget(&self, table: &str, kept: i64, purge: Purge, now: UnixTime) {
        let limit = now.plus(-kept);
        match self.db.background(move |connection| purge(connection, limit)).await {
            Ok(0) => {}
            Ok(rows) => tracing::debug!(table, rows, "expired rows forgotten"),
            Err(error) => tracing::warn!(table, %error, "expired rows stay for now"),
        }
    }
}
