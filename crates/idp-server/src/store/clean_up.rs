//! Forgetting what expired. Rows stay a day longer, for the late second use of a code or refresh token, which must
//! still be recognised as one. What happened (sessions with the cause of their end, the audit log) stays for as long
//! as a person or an operator may ask.

use super::Store;
use crate::db::{
    Connection, DbError, Locks, acme_challenges, administrator_links, audit_events, audit_seals,
    denied_tokens, devices, feed_acknowledgements, grants, idempotency_keys, logout_deliveries, mail_links,
    mails, nodes, permission_bundles, registration_links, revocations, second_step_links, sessions,
    throttles,
};
use idp_core::time::UnixTime;
use std::time::Duration;
use tokio::time::sleep;

const DAY: i64 = 24 * 60 * 60;
/// How long a session answers "why was I signed out?" after it ended or lay idle for too long.
const HISTORY: i64 = 90 * DAY;
/// How long an operator sees which sites were told of the end of a session, and which people got a letter.
const TOLD: i64 = 30 * DAY;
/// As long as browsers keep the cookie.
const DEVICES: i64 = 400 * DAY;

/// Rows that one transaction forgets, so that nothing waits for long.
const AT_ONCE: i64 = 200;
/// What requests have to themselves between two of these transactions.
const PAUSE: Duration = Duration::from_millis(50);

/// Forgets rows of a table that are older than a limit, at most so many.
type Purge = fn(&mut Connection, UnixTime, i64) -> Result<usize, DbError>;

/// What a slice of a clean-up locks. Rows that transitions of a person change are deleted while none is under way: a
/// delete that takes other rows along could else wait for a transition that waits for it.
type Lock = fn() -> Locks;

/// The tables whose rows expire and for how many seconds longer they stay.
const TABLES: [(&str, Lock, i64, Purge); 17] = [
    ("grants", Locks::installation, DAY, grants::purge),
    ("denied_tokens", Locks::none, DAY, denied_tokens::purge),
    ("permission_bundles", Locks::none, 0, permission_bundles::purge),
    ("throttles", Locks::none, DAY, throttles::purge),
    ("idempotency_keys", Locks::none, DAY, idempotency_keys::purge),
    ("devices", Locks::installation, DEVICES, devices::purge),
    ("revocations", Locks::none, 0, revocations::purge),
    ("feed_acknowledgements", Locks::none, DAY, feed_acknowledgements::purge),
    ("logout_deliveries", Locks::none, TOLD, logout_deliveries::purge),
    // A day longer: a person who comes late is led on to where they were going.
    ("mail_links", Locks::installation, DAY, mail_links::purge),
    // As long as a form is known that was sent twice.
    ("second_step_links", Locks::installation, 60 * 60, second_step_links::purge),
    ("administrator_links", Locks::installation, DAY, administrator_links::purge),
    ("registration_links", Locks::installation, DAY, registration_links::purge),
    ("mails, what they say", Locks::none, 0, mails::wipe_expired),
    ("mails", Locks::none, TOLD, mails::purge),
    ("acme_challenges", Locks::none, 0, acme_challenges::purge),
    // Those that were killed: one that stops removes its own.
    ("nodes", Locks::none, DAY, nodes::purge),
];

impl Store {
    /// Forgets what expired, table by table. A table that cannot be cleaned is left for the next turn.
    pub async fn clean_up(&self, now: UnixTime) {
        for (table, lock, kept, purge) in TABLES {
            self.forget(table, lock, kept, purge, now).await;
        }
        let kept = self.policies.audit_retention;
        self.forget("audit_events", Locks::none, kept, audit_events::purge, now).await;
        self.forget("audit_seals", Locks::none, kept, audit_seals::purge, now).await;
        if let Err(error) = self.forget_removed_clients().await {
            tracing::warn!(%error, "rows of removed clients are not forgotten yet");
        }
        if let Err(error) = self.forget_removed_memberships().await {
            tracing::warn!(%error, "rows of removed roles and groups are not forgotten yet");
        }
        // A session that can still be used is never that old, however long the configuration lets it idle.
        let kept = HISTORY.saturating_add(self.policies.session.idle);
        self.forget("sessions", Locks::installation, kept, sessions::purge, now).await;
    }

    async fn forget(&self, table: &str, lock: Lock, kept: i64, purge: Purge, now: UnixTime) {
        let limit = now.plus(-kept);
        let mut forgotten = 0;
        loop {
            match self.write(lock(), move |connection| purge(connection, limit, AT_ONCE)).await {
                Ok(0) => break,
                Ok(rows) => forgotten += rows,
                Err(error) => {
                    tracing::warn!(table, forgotten, %error, "expired rows stay for now");
                    return;
                }
            }
            sleep(PAUSE).await;
        }
        if forgotten > 0 {
            tracing::debug!(table, forgotten, "expired rows forgotten");
        }
    }
}
