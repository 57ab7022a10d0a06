//! How a Redis that lost something is noticed. `tide` is the time (ms) up to which its denylist is complete and its
//! data continuous; each node raises it every second, in Redis first and then in SQL, so that in good times SQL's is
//! never ahead. Beside it `count:<epoch>` counts the writes of an era: a script is refused when the count is
//! below what its node has seen, so that a flush, an old dump or a replica that missed the last writes is noticed by
//! the first request and not by the next turn.
//!
//! What was lost cannot be known, so all of it is given up: the denylist is written again from SQL and a new epoch
//! begins, which is part of every key. Codes and families of the old one are orphaned; people sign in again by their
//! session, which is SQL's, without noticing. Epochs only grow, whatever is restored from where.

use super::{Call, EphemeralError, Era, RedisBackend};
use crate::db::Db;
use crate::db::redis_continuity::{self, Continuity};
use futures_util::future::try_join_all;
use idp_core::time::UnixTime;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// In a Cluster every master must hold marks, for each can be lost alone: so many, spread by their hash tags.
const MARKS: u32 = 64;
/// Nodes raise SQL's mark in turn rather than all of them in the same second (ms).
const RAISED_LATELY: i64 = 800;

/// Which revocations were copied when. Those of the last two turns are copied again: a failover may have lost them.
#[derive(Copy, Clone, Default)]
pub(super) struct Pace {
    before: i64,
    last: i64,
}

impl Era {
    const fn begin(epoch: i64) -> Self {
        Self { epoch, seen: AtomicI64::new(0) }
    }

    pub(super) fn count_key(&self) -> String {
        count_key(self.epoch)
    }
}

fn count_key(epoch: i64) -> String {
    format!("count:{epoch}")
}

impl RedisBackend {
    /// One turn: sees whether this Redis still holds everything, puts it right if not, and raises the tide.
    ///
    /// # Errors
    /// [`EphemeralError`]; until a turn succeeds, requests that need hot state are told to come back.
    pub async fn turn(&self, db: &Db, now_ms: i64) -> Result<(), EphemeralError> {
        let mut pace = self.turning.lock().await;
        let outcome = self.take_turn(db, &mut pace, now_ms).await;
        self.in_step.store(outcome.is_ok(), Ordering::Relaxed);
        outcome
    }

    async fn take_turn(&self, db: &Db, pace: &mut Pace, now_ms: i64) -> Result<(), EphemeralError> {
        self.refuse_eviction().await?;
        let known = db.read(redis_continuity::get).await?;
        if let Some(era) = self.era_of(known.epoch)
            && self.holds_all(&era, &known).await?
        {
            self.era.store(Some(Arc::clone(&era)));
            return self.raise(db, &era, pace, &known, now_ms).await;
        }
        // Until it is put right nothing of it is believed.
        self.era.store(None);
        self.begin_again(db, &known, now_ms).await
    }

    /// Finds the era that the nodes are in, for a command that has something to publish. `None` when no node has used
    /// this Redis yet, so that no site asks it.
    pub(super) async fn join(&self, db: &Db) -> Result<Option<Arc<Era>>, EphemeralError> {
        let known = db.read(redis_continuity::get).await?;
        let Some(era) = self.era_of(known.epoch) else {
            return Ok(None);
        };
        if !self.holds_all(&era, &known).await? {
            return Err(EphemeralError::Behind);
        }
        self.era.store(Some(Arc::clone(&era)));
        Ok(Some(era))
    }

    /// The era of this epoch; `None` before there was any.
    fn era_of(&self, epoch: i64) -> Option<Arc<Era>> {
        let known = self.era.load_full().filter(|era| era.epoch == epoch);
        known.or_else(|| (epoch > 0).then(|| Arc::new(Era::begin(epoch))))
    }

    async fn holds_all(&self, era: &Era, known: &Continuity) -> Result<bool, EphemeralError> {
        let looks = self.marks().into_iter().map(|mark| {
            let call = Call::new(&self.scripts.look_at_tide).key(mark).argument(known.watermark_ms);
            self.run::<String>(era, call)
        });
        match try_join_all(looks).await {
            Ok(words) => Ok(words.iter().all(|word| word == "kept")),
            Err(EphemeralError::Behind) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn raise(
        &self,
        db: &Db,
        era: &Era,
        pace: &mut Pace,
        known: &Continuity,
        now_ms: i64,
    ) -> Result<(), EphemeralError> {
        self.publish_after(db, pace.before, Some(era), UnixTime(now_ms / 1000)).await?;
        let at_ms = now_ms.max(known.watermark_ms + 1);
        try_join_all(self.marks().into_iter().map(|mark| {
            let call = Call::new(&self.scripts.raise).key(mark).argument(at_ms).argument(0);
            self.run::<i64>(era, call)
        }))
        .await?;
        if known.watermark_ms + RAISED_LATELY <= now_ms {
            db.write(move |connection| redis_continuity::raise(connection, at_ms)).await?;
        }
        *pace = Pace { before: pace.last, last: self.copied.load(Ordering::Relaxed) };
        Ok(())
    }

    /// The denylist first, then the epoch, and only then a tide that says all is here.
    async fn begin_again(&self, db: &Db, known: &Continuity, now_ms: i64) -> Result<(), EphemeralError> {
        self.scripts.load(&self.link).await?;
        self.publish_after(db, 0, None, UnixTime(now_ms / 1000)).await?;
        let (from, at_ms) = (known.epoch, now_ms.max(known.watermark_ms + 1));
        let epoch = at_ms.max(from + 1);
        if !self.is_cluster {
            self.set(count_key(epoch), 0).await?;
        }
        let first =
            db.write(move |connection| redis_continuity::begin(connection, from, epoch, at_ms)).await?;
        if !first {
            // Another node was first; its epoch, which may bear the same number, is found at the next turn.
            if db.read(redis_continuity::get).await?.epoch != epoch {
                self.forget_key(count_key(epoch)).await?;
            }
            self.lost.notify_one();
            return Err(EphemeralError::Behind);
        }
        for mark in self.marks() {
            self.set(mark, at_ms).await?;
        }
        self.forget_key(count_key(from)).await?;
        self.era.store(Some(Arc::new(Era::begin(epoch))));
        if from > 0 {
            tracing::error!(
                epoch,
                "Redis had lost data: the denylist is written again, people sign in again silently"
            );
        } else {
            tracing::info!(epoch, "Redis holds hot state from now on");
        }
        Ok(())
    }

    async fn set(&self, key: String, number: i64) -> Result<(), EphemeralError> {
        let call = Call::new(&self.scripts.raise).key(key).argument(number).argument(0);
        self.run_unguarded::<i64>(call).await.map(drop)
    }

    fn marks(&self) -> Vec<String> {
        let tagged = (0..MARKS).filter(|_| self.is_cluster).map(|n| format!("tide:{{{n}}}"));
        std::iter::once("tide".to_owned()).chain(tagged).collect()
    }
}
