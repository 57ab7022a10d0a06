//! Audit events that strangers can cause at will. They are recorded, but from one source only a few a
//! minute: a flood of refusals must not fill the disk. The request log has every one of them.

use crate::db::audit_events::{self, About, Event};
use crate::db::{Db, DbError, throttles};
use crate::hot::Hot;
use idp_core::throttle::BucketPolicy;
use idp_core::time::UnixTime;

/// Five in a row from one source, then one a minute.
const RECORDED: BucketPolicy = BucketPolicy { burst: 5, seconds_per_try: 60 };

/// Records `event` unless `source` (a network address) has caused many of late.
///
/// # Errors
/// [`DbError`].
pub async fn record(
    db: &Db,
    hot: &Hot,
    source: &str,
    event: Event,
    about: About,
    now: UnixTime,
) -> Result<(), DbError> {
    let key = format!("audit:{}:{source}", event.as_str());
    if let Hot::Redis(home) = hot {
        return match home.take_try(&key, RECORDED, now).await? {
            Ok(()) => db.write(move |connection| audit_events::record(connection, event, about, now)).await,
            Err(_) => Ok(()),
        };
    }
    db.write(move |connection| {
        let (bucket, taken) = throttles::get(connection, &key)?.take(RECORDED, now);
        throttles::put(connection, &key, bucket)?;
        match taken {
            Ok(()) => audit_events::record(connection, event, about, now),
            Err(_) => Ok(()),
        }
    })
    .await
}
