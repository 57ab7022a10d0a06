//! Clean-up. Rows that expired stay a day longer, for the late second use of a code or refresh token, which must still
//! be recognised as one. What happened (sessions with the cause of their end, the audit log) stays for as long
//! as somebody may ask. What the hashes of the passwords cost is looked at again on the way.

use std::{sync::Arc, time::Duration};

use idp_core::time::UnixTime;

use crate::{
    app::App,
    db::{
        Connection, DbError, audit_events, authorization_codes, denied_tokens, devices, feed_receipts,
        grants, logout_deliveries, revocations, sessions, throttles,
    },
};

pub(super) const EVERY: Duration = Duration::from_secs(60 * 60);

const DAY: i64 = 24 * 60 * 60;
/// How long a session answers "why was I signed out?" after it ended or lay idle for too long.
const HISTORY: i64 = 90 * DAY;
/// How long an operator sees which sites were told of the end of a session.
const TOLD: i64 = 30 * DAY;
/// How long the audit log reaches back.
const AUDIT: i64 = 400 * DAY;

type Purge = fn(&mut Connection, UnixTime) -> Result<usize, DbError>;

/// The tables whose rows expire and for how many seconds longer they stay, each in a transaction of its own so that
/// nobody waits long.
const TABLES: [(&str, i64, Purge); 9] = [
    ("authorization_codes", DAY, authorization_codes::purge),
    ("grants", DAY, grants::purge),
    ("denied_tokens", DAY, denied_tokens::purge),
    ("throttles", DAY, throttles::purge),
    ("audit_events", AUDIT, audit_events::purge),
    // As long as browsers keep the cookie.
    ("devices", AUDIT, devices::purge),
    ("revocations", 0, revocations::purge),
    ("feed_receipts", DAY, feed_receipts::purge),
    ("logout_deliveries", TOLD, logout_deliveries::purge),
];

pub(super) async fn turn(app: Arc<App>) {
    for (table, kept, purge) in TABLES {
        forget(&app, table, kept, purge).await;
    }
    // A session that can still be used is never that old, however long the configuration lets it idle.
    forget(&app, "sessions", HISTORY.saturating_add(app.session_policy().idle), sessions::purge).await;
    if let Err(error) = app.decoys.refresh(&app.db).await {
        tracing::warn!(%error, "the costs of password hashes were not looked at");
    }
}

async fn forget(app: &App, table: &str, kept: i64, purge: Purge) {
    let limit = app.now().plus(-kept);
    match app.db.tidy(move |connection| purge(connection, limit)).await {
        Ok(0) => {}
        Ok(rows) => tracing::debug!(table, rows, "expired rows forgotten"),
        Err(error) => tracing::warn!(table, %error, "expired rows stay for now"),
    }
}
