//! A clock that was ahead for a moment must not shut people out until the others have caught up (A1). Rules of
//! `idp_core` believe no stored time that lies further ahead than clocks may differ; here such a time is brought back
//! for good, where it is seen: a person's at their next sign-in, a client's when it authenticates, and all of them when a
//! node starts, every hour, and when its own clock was put right.
//!
//! Whether it is the stored time or the node's clock that is wrong, the node cannot know alone: a PostgreSQL server is
//! asked for its time as well. A file has no second clock; a machine whose clock is behind by more than the leeway then
//! shortens marks, for tokens that expire within their lifetime anyway.

use super::Store;
use super::revoke::{Revoking, end};
use crate::db::counters::{self, NOT_BEFORE};
use crate::db::{Connection, DbError, Locks, bring_back, clock, sessions, users};
use idp_core::client::{Client, ClientId};
use idp_core::session::EndCause;
use idp_core::time::{MAX_LEEWAY, UnixTime};
use idp_core::user::User;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

/// Sessions that a clock ahead began, as many as one transaction ends.
const AT_ONCE: i64 = 500;
/// Sessions of which one question looks when they were last used.
const LOOKED_AT: i64 = 1000;
/// What requests have to themselves between two of these.
const PAUSE: Duration = Duration::from_millis(20);

impl Store {
    /// Brings back every stored time of a clock that was ahead, and publishes again what it had voided.
    ///
    /// # Errors
    /// When that is not stored and published; the next call finds what is left.
    pub async fn bring_back_times(&self, now: UnixTime) -> Result<(), DbError> {
        let first = self
            .write_revoking(Locks::installation(), now, move |tx| {
                let furthest = furthest(tx, now)?;
                bring_back::every_user_and_client(tx, furthest, now)?;
                everybody(tx, furthest, now)?;
                bring_back::deliveries(tx, furthest, now)?;
                bring_back::revocations(tx, furthest, now)
            })
            .await?;
        match first {
            Some(first) => Ok(self.ephemeral.publish_again(&self.db, first, now).await?),
            None => Ok(()),
        }
    }

    /// Brings back when sessions were last used, of those that a clock ahead wrote: they would else not lie idle until the
    /// others have caught up. Looks through all sessions, some at a time and with pauses.
    ///
    /// # Errors
    /// When the database does not answer; the next call begins anew.
    pub async fn bring_back_last_uses(&self, now: UnixTime) -> Result<(), DbError> {
        let mut after: Option<String> = None;
        loop {
            let (ahead, last) = self
                .read(move |connection| {
                    let furthest = furthest(connection, now)?;
                    bring_back::used_ahead(connection, after.as_deref(), LOOKED_AT, furthest)
                })
                .await?;
            if !ahead.is_empty() {
                self.write(Locks::installation(), move |connection| {
                    let furthest = furthest(connection, now)?;
                    bring_back::last_uses(connection, &ahead, furthest, now)
                })
                .await?;
            }
            if last.is_none() {
                return Ok(());
            }
            after = last;
            sleep(PAUSE).await;
        }
    }

    /// Brings the mark back that voids what was issued to every user, if a clock that was ahead wrote it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn bring_back_void_mark(&self, now: UnixTime) -> Result<(), DbError> {
        let mark = self.read(|connection| counters::get(connection, NOT_BEFORE)).await?;
        if !UnixTime(mark).is_ahead_of(now) {
            return Ok(());
        }
        self.write_revoking(Locks::installation(), now, move |tx| {
            let furthest = furthest(tx, now)?;
            everybody(tx, furthest, now).map(drop)
        })
        .await
    }

    /// Whether a clock that was ahead wrote a mark that voids what this user is issued.
    pub(super) async fn has_mark_ahead(&self, user: Uuid, now: UnixTime) -> Result<bool, DbError> {
        let user = self.read(move |connection| users::by_id(connection, user)).await?;
        Ok(user.is_some_and(|user| user.not_before.is_ahead_of(now)))
    }

    /// Brings a client's mark back, if a clock that was ahead wrote it.
    pub(super) async fn with_believed_mark(
        &self,
        client: Arc<Client>,
        now: UnixTime,
    ) -> Result<Arc<Client>, DbError> {
        if !client.not_before.is_ahead_of(now) {
            return Ok(client);
        }
        let id: ClientId = client.id.clone();
        let brought_back = self.write(Locks::client(&client.id), move |connection| {
            let furthest = furthest(connection, now)?;
            bring_back::client(connection, id.as_str(), furthest, now)
        });
        Ok(match brought_back.await? {
            true => {
                self.client_leases.release(&client.id);
                Arc::new(Client { not_before: now, ..Client::clone(&client) })
            }
            false => client,
        })
    }
}

/// Brings the marks back that void what this user is issued, in the transaction of their sign-in. One of them may be
/// that of everybody, so the transaction has the installation to itself.
pub(super) fn of_user(tx: &mut Revoking<'_>, user: User, now: UnixTime) -> Result<User, DbError> {
    if !user.not_before.is_ahead_of(now) {
        return Ok(user);
    }
    let furthest = furthest(tx, now)?;
    let own = bring_back::user(tx, &user.id.to_string(), furthest, now)?;
    let brought_back = everybody(tx, furthest, now)? || own;
    Ok(if brought_back { User { not_before: now, ..user } } else { user })
}

fn everybody(tx: &mut Revoking<'_>, furthest: UnixTime, now: UnixTime) -> Result<bool, DbError> {
    if !bring_back::everybody(tx, furthest, now)? {
        return Ok(false);
    }
    for sid in sessions::begun_after(tx, furthest, AT_ONCE)? {
        end::session(tx, sid, EndCause::Administrator, now)?;
    }
    Ok(true)
}

/// The furthest time that a right clock can have written.
fn furthest(connection: &mut Connection, now: UnixTime) -> Result<UnixTime, DbError> {
    let of_database = clock::now_ms(connection)?.map_or(now, |now_ms| UnixTime(now_ms / 1000));
    Ok(of_database.max(now).plus(MAX_LEEWAY))
}
