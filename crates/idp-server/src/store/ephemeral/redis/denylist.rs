//! The copy of the denylist, for sites that ask on each request: `blacklist:jti:<jti>`, `blacklist:grant:<id>`,
//! `blacklist:sid:<sid>` and `blacklist:kid:<kid>` hold `1`; `blacklist:sub:<sub>`, `blacklist:client_id:<id>` and
//! `blacklist:all` hold the time before which tokens were issued that are void. Each lives as long as a token it
//! concerns could be accepted anywhere, leeway included (Z04).

use super::{Call, EphemeralError, Epoch, Family, RedisBackend, milliseconds};
use crate::db::{Connection, Db, DbError, grants, revocations};
use crate::fault;
use futures_util::future::try_join_all;
use idp_core::revocation::{Kind, Revocation};
use idp_core::time::{MAX_LEEWAY, UnixTime};
use std::sync::atomic::Ordering;

/// How many are on their way at once.
const AT_ONCE: usize = 256;
/// What stands there is believed as it is; the next check brings back what a clock that was ahead has written.
const BELIEVED: UnixTime = UnixTime(i64::MAX);

impl RedisBackend {
    /// Copies what was revoked since this node last did, and forgets the families that ended with it.
    ///
    /// # Errors
    /// [`EphemeralError`]; then the same is copied at the next call.
    pub async fn publish(&self, db: &Db, now: UnixTime) -> Result<(), EphemeralError> {
        let epoch = match self.is_command {
            true => self.join(db).await?,
            false => Some(self.epoch()?),
        };
        let Some(epoch) = epoch else {
            return Ok(());
        };
        let revoked =
            self.publish_after(db, self.copied.load(Ordering::Relaxed), Some(&epoch), now, BELIEVED).await?;
        if revoked.is_empty() {
            return Ok(());
        }
        fault::point("denylist.copied");
        let ended = db.read_first(move |connection| families(connection, &revoked)).await?;
        // They are dead by SQL; what is left lying goes when it would have expired.
        if let Err(error) = self.forget_families(&ended).await {
            tracing::debug!(%error, "ended families stay for now");
        }
        Ok(())
    }

    /// Copies again what has this number or a greater one; times that a clock ahead has written give way.
    ///
    /// # Errors
    /// [`EphemeralError`]; then Redis refuses what it need not, until the entries expire.
    pub async fn publish_again(&self, db: &Db, first: i64, now: UnixTime) -> Result<(), EphemeralError> {
        let epoch = self.epoch()?;
        let furthest = now.plus(MAX_LEEWAY);
        self.publish_after(db, first - 1, Some(&epoch), now, furthest).await.map(drop)
    }

    /// Copies what has a greater number.
    pub(super) async fn publish_after(
        &self,
        db: &Db,
        number: i64,
        epoch: Option<&Epoch>,
        now: UnixTime,
        furthest: UnixTime,
    ) -> Result<Vec<Revocation>, EphemeralError> {
        let revoked = db.read_first(move |connection| revocations::after(connection, number)).await?;
        for some in revoked.chunks(AT_ONCE) {
            try_join_all(some.iter().map(|revocation| self.deny(revocation, epoch, now, furthest))).await?;
        }
        let last = revoked.iter().map(|revocation| revocation.number).max().unwrap_or(number);
        self.copied.fetch_max(last, Ordering::Relaxed);
        Ok(revoked)
    }

    /// Copies one. Nodes may repeat it: the greater time and the longer life stay.
    async fn deny(
        &self,
        revocation: &Revocation,
        epoch: Option<&Epoch>,
        now: UnixTime,
        furthest: UnixTime,
    ) -> Result<(), EphemeralError> {
        let call = Call::new(&self.scripts.raise)
            .key(key(revocation))
            .argument(revocation.revoked.issued_before.map_or(1, UnixTime::as_secs))
            .argument(milliseconds(revocation.expires_at.seconds_since(now)))
            .argument(furthest.as_secs());
        match epoch {
            Some(epoch) => self.run::<i64>(epoch, call).await.map(drop),
            None => self.run_unguarded::<i64>(call).await.map(drop),
        }
    }
}

fn key(revocation: &Revocation) -> String {
    let (kind, value) = (revocation.revoked.kind, &revocation.revoked.value);
    match kind {
        Kind::All => format!("blacklist:{}", kind.as_str()),
        // A site asks for the `sub` of a token, whosever it is.
        Kind::ClientAsSubject => format!("blacklist:{}:{value}", Kind::User.as_str()),
        _ => format!("blacklist:{}:{value}", kind.as_str()),
    }
}

/// The families of the grants and sessions among `revoked`. What ended with more than that expires by itself.
fn families(connection: &mut Connection, revoked: &[Revocation]) -> Result<Vec<Family>, DbError> {
    let mut families = Vec::new();
    for Revocation { revoked, .. } in revoked {
        let of = match revoked.kind {
            Kind::Grant => revoked.grant_id().map(grants::GrantSelector::Grant),
            Kind::Session => revoked.value.parse().ok().map(grants::GrantSelector::Session),
            _ => None,
        };
        if let Some(of) = of {
            families.extend(grants::named(connection, &of)?.iter().map(Family::of));
        }
    }
    Ok(families)
}
