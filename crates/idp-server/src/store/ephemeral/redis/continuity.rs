//! How a Redis that lost something is noticed. `watermark` is the time (ms) up to which its denylist is complete and its
//! data continuous; each node raises it every second, in Redis first and then in SQL, so that in good times SQL's is
//! never ahead. Beside it `writes:<epoch>` counts the writes of an epoch: a script is refused when the count is
//! below what its node has seen, so that a flush, an old dump or a replica that missed the last writes is noticed by
//! the first request and not by the next check.
//!
//! What was lost cannot be known, so all of it is given up: the denylist is written again from SQL and a new epoch
//! begins, which is part of every key. Codes and families of the old one are orphaned; people sign in again by their
//! session, which is SQL's, without noticing. Epochs only grow, even when SQL or Redis comes from a backup.
//!
//! No watermark is believed that lies further ahead than clocks may differ: a node whose clock was ahead wrote it, and
//! sites would call every token stale until the others have caught up. It is brought back when it is seen (A1). A node
//! whose watermark another node brought back, and whose clock the database contradicts as well, serves nothing
//! that needs Redis until its clock is right: else the two would move the watermark to and fro.

use super::{Call, EphemeralError, Epoch, RedisBackend};
use crate::db::redis_continuity::{self, Continuity};
use crate::db::{Db, Locks, clock};
use futures_util::future::try_join_all;
use idp_core::time::{MAX_LEEWAY, UnixTime};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// In a Cluster every master must hold a watermark, for each can be lost alone: so many, spread by their hash tags.
const WATERMARKS: u32 = 64;
/// Nodes raise SQL's watermark in turn rather than all of them in the same second (ms).
const RAISED_LATELY: i64 = 800;
/// How often to look for the watermark of a node that began an epoch, and the pause between two looks. A node that has
/// not written it by then, in a second, is taken for dead.
const LOOKS: u32 = 100;
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// What the last check leaves for the next one.
#[derive(Copy, Clone, Default)]
pub(super) struct LastCheck {
    /// Up to which number revocations were published by this check, and by the one before: what came since is published
    /// again, since a failover may have lost it.
    published: i64,
    published_before: i64,
    /// The epoch that this node was in last, or began.
    epoch: i64,
    /// The watermark (ms) that this node wrote last.
    watermark_ms: i64,
    /// Whether another node brought it back.
    is_contradicted: bool,
}

impl RedisBackend {
    /// Sees whether this Redis still holds everything, puts it right if not, and raises the watermark.
    ///
    /// # Errors
    /// [`EphemeralError`]; until a later call succeeds, requests that need ephemeral state are told to come back.
    pub async fn keep_in_step(&self, db: &Db, now_ms: i64) -> Result<(), EphemeralError> {
        let mut last = self.checking.lock().await;
        let outcome = self.check(db, &mut last, now_ms).await;
        let is_clock_ahead = matches!(outcome, Err(EphemeralError::ClockAhead { .. }));
        self.clock_ahead.store(is_clock_ahead, Ordering::Relaxed);
        self.in_step.store(outcome.is_ok(), Ordering::Relaxed);
        outcome
    }

    async fn check(&self, db: &Db, last: &mut LastCheck, now_ms: i64) -> Result<(), EphemeralError> {
        self.refuse_eviction().await?;
        let time = Time { now_ms, database_ms: db.read(clock::now_ms).await? };
        let mut known = believed(db, time).await?;
        last.refuse_clock_ahead(&known, time)?;
        let mut looks = 0;
        loop {
            if let Some(epoch) = self.numbered(known.epoch)
                && self.holds_all(&epoch, &known).await?
            {
                self.epoch.store(Some(Arc::clone(&epoch)));
                last.epoch = epoch.number;
                return self.raise(db, &epoch, last, &known, time).await;
            }
            // Another node may have brought the watermark back meanwhile, in SQL first and then in Redis: nothing is lost.
            let again = believed(db, time).await?;
            if again.epoch == known.epoch && again.watermark_ms >= known.watermark_ms {
                // Until it is put right nothing of it is believed.
                self.epoch.store(None);
                // Another node may have begun this epoch and be about to write its watermark: one more epoch would orphan
                // what that node gives out from then on.
                if known.epoch == last.epoch || looks == LOOKS {
                    break;
                }
                looks += 1;
                sleep(LOOK_AGAIN).await;
            }
            known = again;
        }
        last.watermark_ms = time.now_ms;
        self.begin_again(db, last, &known, time).await
    }

    /// Finds the epoch that the nodes are in, for a command that has something to publish. `None` when no node has used
    /// this Redis yet, so that no site asks it.
    pub(super) async fn join(&self, db: &Db) -> Result<Option<Arc<Epoch>>, EphemeralError> {
        let known = db.read(redis_continuity::get).await?;
        let Some(epoch) = self.numbered(known.epoch) else {
            return Ok(None);
        };
        if !self.holds_all(&epoch, &known).await? {
            return Err(EphemeralError::Behind);
        }
        self.epoch.store(Some(Arc::clone(&epoch)));
        Ok(Some(epoch))
    }

    /// The same for a command that asks something of it, which then is in that epoch. Nothing where a server runs, which is in one.
    ///
    /// # Errors
    /// [`EphemeralError`]: it does not answer, or has lost something.
    pub async fn find_epoch(&self, db: &Db) -> Result<(), EphemeralError> {
        match self.is_command {
            true => self.join(db).await.map(drop),
            false => Ok(()),
        }
    }

    /// The epoch of this number, with what is known of it; `None` before there was any.
    fn numbered(&self, number: i64) -> Option<Arc<Epoch>> {
        let known = self.epoch.load_full().filter(|epoch| epoch.number == number);
        known.or_else(|| (number > 0).then(|| Arc::new(Epoch::begin(number))))
    }

    async fn holds_all(&self, epoch: &Epoch, known: &Continuity) -> Result<bool, EphemeralError> {
        let looks = self.watermarks().into_iter().map(|watermark| {
            let call = Call::new(&self.scripts.check_watermark).key(watermark).argument(known.watermark_ms);
            self.run::<String>(epoch, call)
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
        epoch: &Epoch,
        last: &mut LastCheck,
        known: &Continuity,
        time: Time,
    ) -> Result<(), EphemeralError> {
        self.publish_after(db, last.published_before, Some(epoch), time.now(), time.furthest()).await?;
        let at_ms = time.now_ms.max(known.watermark_ms + 1);
        try_join_all(self.watermarks().into_iter().map(|watermark| {
            let call = Call::new(&self.scripts.raise)
                .key(watermark)
                .argument(at_ms)
                .argument(0)
                .argument(time.furthest_ms());
            self.run::<i64>(epoch, call)
        }))
        .await?;
        if known.watermark_ms + RAISED_LATELY <= time.now_ms {
            db.write(Locks::named("redis", ["continuity"]), move |connection| {
                redis_continuity::raise(connection, at_ms)
            })
            .await?;
        }
        last.watermark_ms = at_ms;
        last.published_before = last.published;
        last.published = self.copied.load(Ordering::Relaxed);
        Ok(())
    }

    /// The denylist first, then the epoch, and only then a watermark that says all is here.
    async fn begin_again(
        &self,
        db: &Db,
        last: &mut LastCheck,
        known: &Continuity,
        time: Time,
    ) -> Result<(), EphemeralError> {
        self.scripts.load(&self.connection).await?;
        self.publish_after(db, 0, None, time.now(), time.furthest()).await?;
        let (from, at_ms) = (known.epoch, time.now_ms.max(known.watermark_ms + 1));
        let number = at_ms.max(from + 1);
        if !self.is_cluster {
            self.set(Epoch::begin(number).writes_key(), 0, time).await?;
        }
        let first = db
            .write(Locks::named("redis", ["continuity"]), move |connection| {
                redis_continuity::begin(connection, from, number, at_ms)
            })
            .await?;
        if !first {
            // Another node was first; its epoch, which may bear the same number, is found at the next check.
            if db.read(redis_continuity::get).await?.epoch != number {
                self.forget_key(Epoch::begin(number).writes_key()).await?;
            }
            self.lost.notify_one();
            return Err(EphemeralError::Behind);
        }
        last.epoch = number;
        for watermark in self.watermarks() {
            self.set(watermark, at_ms, time).await?;
        }
        self.forget_key(Epoch::begin(from).writes_key()).await?;
        self.epoch.store(Some(Arc::new(Epoch::begin(number))));
        if from > 0 {
            tracing::error!(
                epoch = number,
                "Redis had lost data: the denylist is written again, people sign in again silently"
            );
        } else {
            tracing::info!(epoch = number, "Redis holds ephemeral state from now on");
        }
        Ok(())
    }

    async fn set(&self, key: String, value: i64, time: Time) -> Result<(), EphemeralError> {
        let call =
            Call::new(&self.scripts.raise).key(key).argument(value).argument(0).argument(time.furthest_ms());
        self.run_unguarded::<i64>(call).await.map(drop)
    }

    fn watermarks(&self) -> Vec<String> {
        let tagged = (0..WATERMARKS).filter(|_| self.is_cluster).map(|n| format!("watermark:{{{n}}}"));
        std::iter::once("watermark".to_owned()).chain(tagged).collect()
    }
}

impl LastCheck {
    /// Two clocks against one: another node brought back what this one wrote, and the database agrees with it.
    fn refuse_clock_ahead(&mut self, known: &Continuity, time: Time) -> Result<(), EphemeralError> {
        let ahead_ms = time.database_ms.map_or(0, |database_ms| time.now_ms.saturating_sub(database_ms));
        let is_brought_back = self.watermark_ms > known.watermark_ms.saturating_add(LEEWAY_MS);
        self.is_contradicted = ahead_ms > LEEWAY_MS && (self.is_contradicted || is_brought_back);
        if self.is_contradicted {
            return Err(EphemeralError::ClockAhead { seconds: ahead_ms / 1000 });
        }
        Ok(())
    }
}

/// By how much clocks may differ (ms).
const LEEWAY_MS: i64 = MAX_LEEWAY * 1000;

/// The time of a check (ms).
#[derive(Copy, Clone)]
struct Time {
    now_ms: i64,
    /// By the clock of the database server, if it has one.
    database_ms: Option<i64>,
}

impl Time {
    const fn now(self) -> UnixTime {
        UnixTime(self.now_ms / 1000)
    }

    /// The furthest time (ms) that a right clock can have written. A node whose clock is behind must not bring right times
    /// back, for what they took back would count again: so the clock of the database server counts as well.
    fn furthest_ms(self) -> i64 {
        self.database_ms.unwrap_or(self.now_ms).max(self.now_ms).saturating_add(LEEWAY_MS)
    }

    fn furthest(self) -> UnixTime {
        UnixTime(self.furthest_ms() / 1000)
    }
}

/// What SQL remembers, once a watermark of a clock that was ahead is brought back.
async fn believed(db: &Db, time: Time) -> Result<Continuity, EphemeralError> {
    let known = db.read(redis_continuity::get).await?;
    let (now_ms, furthest_ms) = (time.now_ms, time.furthest_ms());
    if known.watermark_ms <= furthest_ms {
        return Ok(known);
    }
    tracing::warn!("a watermark of a clock that was ahead is brought back");
    db.write(Locks::named("redis", ["continuity"]), move |connection| {
        redis_continuity::bring_back(connection, furthest_ms, now_ms)
    })
    .await?;
    Ok(Continuity { watermark_ms: now_ms, ..known })
}
