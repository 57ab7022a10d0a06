//! Signing everybody out. One number voids everything that was issued before, so that it takes a moment however many
//! sessions there are; the sessions are then ended some at a time, so that no transaction takes long, causes are kept
//! and sites without the feed are told.

use super::{Revoking, end};
use crate::clock::CLOCK_LEEWAY;
use crate::db::counters::{self, NOT_BEFORE, SESSIONS_ENDED_BEFORE};
use crate::db::sessions::{self, OpenSession};
use crate::db::{DbError, Locks};
use crate::store::Store;
use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;
use uuid::Uuid;

/// How many sessions one transaction ends.
const AT_ONCE: i64 = 50;

/// Voids every session and grant, and ends the newest sessions, those of this very second among them.
pub(in crate::store) fn everybody(
    tx: &mut Revoking<'_>,
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    void_all(tx, now, cause, now)
}

/// The same after a restore. What the lost machine issued last bears the time of its clock, which may have been ahead of this one by what
/// clocks are forgiven, and its sessions are in no table.
pub(in crate::store) fn everybody_restored(
    tx: &mut Revoking<'_>,
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    void_all(tx, now.plus(CLOCK_LEEWAY), cause, now)
}

fn void_all(
    tx: &mut Revoking<'_>,
    issued_by: UnixTime,
    cause: EndCause,
    now: UnixTime,
) -> Result<(), DbError> {
    counters::raise(tx, NOT_BEFORE, now.as_secs())?;
    tx.log(vec![Revoked::all(issued_by)], cause, now)?;
    let open = sessions::open_before(tx, now.plus(1), AT_ONCE)?;
    end_these(tx, &open, cause, now).map(drop)
}

fn end_these(
    tx: &mut Revoking<'_>,
    open: &[OpenSession],
    cause: EndCause,
    now: UnixTime,
) -> Result<usize, DbError> {
    let sids: Vec<Uuid> = open.iter().map(|open| open.sid).collect();
    end::session_rows(tx, &sids, cause, now)
}

/// How far the sessions are ended that were voided when everybody was signed out: those that began later are. A search
/// from the newest on would pass over all of these each time.
#[derive(Default)]
pub struct VoidedSessions {
    begun_by: Option<UnixTime>,
}

impl Store {
    /// Ends some more of the sessions that were voided when everybody was signed out, as transitions of their persons alone: no other
    /// person waits. Answers how many; 0 when none is left.
    ///
    /// # Errors
    /// When the database does not answer; the sessions are void all the same.
    pub async fn end_voided_sessions(
        &self,
        so_far: &mut VoidedSessions,
        now: UnixTime,
    ) -> Result<usize, DbError> {
        let Some(void_before) = self.read(void_before).await? else {
            return Ok(0);
        };
        let limit = so_far.begun_by.map_or(void_before, |begun_by| void_before.min(begun_by.plus(1)));
        let open = self.read(move |connection| sessions::open_before(connection, limit, AT_ONCE)).await?;
        let Some(last) = open.last() else {
            self.note_ended_before(void_before).await?;
            return Ok(0);
        };
        so_far.begun_by = Some(last.began);
        let (count, persons) = (open.len(), open.iter().map(|open| open.user).collect::<Vec<_>>());
        self.write_revoking(Locks::persons(persons), now, move |tx| {
            end_these(tx, &open, EndCause::Administrator, now)
        })
        .await?;
        Ok(count)
    }

    /// Notes that no session is left from before, unless a clock that was put right brings another one.
    async fn note_ended_before(&self, void_before: UnixTime) -> Result<(), DbError> {
        self.write(Locks::installation(), move |connection| {
            match sessions::open_before(connection, void_before, 1)?.is_empty() {
                true => counters::raise(connection, SESSIONS_ENDED_BEFORE, void_before.as_secs()),
                false => Ok(()),
            }
        })
        .await
    }
}

/// The time before which sessions are void that may not have been ended yet.
fn void_before(connection: &mut crate::db::Connection) -> Result<Option<UnixTime>, DbError> {
    let (ended, void) =
        (counters::get(connection, SESSIONS_ENDED_BEFORE)?, counters::get(connection, NOT_BEFORE)?);
    Ok((ended < void).then_some(UnixTime(void)))
}
