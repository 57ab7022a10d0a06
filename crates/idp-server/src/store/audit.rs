//! Audit events that belong to no other transition. Those that an attacker can cause at will are recorded only a few
//! times a minute from one source, so that a flood of refusals does not fill the disk; the request log has each of
//! them.

use super::Store;
use super::ephemeral::Ephemeral;
use crate::db::audit_events::{self, AuditContext, AuditEvent};
use crate::db::audit_search::{self, AuditFilter, FoundEvents};
use crate::db::{DbError, Locks, throttles};
use idp_core::throttle::BucketPolicy;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// Five in a row from one source, then one a minute.
const RECORDED: BucketPolicy = BucketPolicy { burst: 5, seconds_per_try: 60 };

impl Store {
    /// Records an event.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn record(&self, event: AuditEvent, about: AuditContext, now: UnixTime) -> Result<(), DbError> {
        self.write(Locks::none(), move |connection| {
            about.check_right(connection)?;
            audit_events::record(connection, event, about, now)
        })
        .await
    }

    /// At most `count` events that fit, the newest first, before this one; and where to go on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn search_audit_log(
        &self,
        filter: AuditFilter,
        before: Option<Uuid>,
        count: usize,
    ) -> Result<FoundEvents, DbError> {
        self.read(move |connection| audit_search::search(connection, &filter, before, count)).await
    }

    /// Records an event unless `source`, a network address, has caused many of late.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn record_rate_limited(
        &self,
        source: &str,
        event: AuditEvent,
        about: AuditContext,
        now: UnixTime,
    ) -> Result<(), DbError> {
        let key = format!("audit:{}:{source}", event.as_str());
        if let Ephemeral::Redis(redis) = &self.ephemeral {
            return match redis.take_try(&key, RECORDED, now).await? {
                Ok(()) => self.record(event, about, now).await,
                Err(_) => Ok(()),
            };
        }
        self.write(Locks::named("throttle", [key.as_str()]), move |connection| {
            let (bucket, taken) = throttles::get(connection, &key)?.take(RECORDED, now);
            throttles::put(connection, &key, bucket)?;
            match taken {
                Ok(()) => audit_events::record(connection, event, about, now),
                Err(_) => Ok(()),
            }
        })
        .await
    }
}
