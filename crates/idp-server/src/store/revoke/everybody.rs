//! Signing everybody out. One number voids everything that was issued before, so that it takes a moment however many
//! sessions there are; the sessions are then ended some at a time, so that no transaction takes long, causes are kept
//! and sites without the feed are told.

use super::{Revoking, end};
use crate::db::counters::{self, NOT_BEFORE, SESSIONS_ENDED_BEFORE};
use crate::db::{DbError, revocations, sessions};
use crate::store::Store;
use idp_core::revocation::Revoked;
use idp_core::session::EndCause;
use idp_core::time::UnixTime;

/// How many sessions one transaction ends.
const AT_ONCE: i64 = 500;

/// Voids every session and grant, and ends the newest sessions, those of this very second among them.
pub(super) fn everybody(tx: &mut Revoking<'_>, cause: EndCause, now: UnixTime) -> Result<(), DbError> {
    counters::raise(tx, NOT_BEFORE, now.as_secs())?;
    revocations::append(tx, &[Revoked::all(now)], cause, now)?;
    end_some(tx, now.plus(1), cause, now).map(drop)
}

impl Store {
    /// Ends some of the sessions that were voided when everybody was signed out. Answers whether none is left.
    ///
    /// # Errors
    /// When the database does not answer; the sessions are void all the same.
    pub async fn end_voided_sessions(&self, now: UnixTime) -> Result<bool, DbError> {
        if !self.read(|connection| Ok(void_before(connection)?.is_some())).await? {
            return Ok(true);
        }
        self.write_revoking(now, move |tx| {
            let Some(void_before) = void_before(tx)? else {
                return Ok(true);
            };
            let is_last = !end_some(tx, void_before, EndCause::Administrator, now)?;
            if is_last {
                counters::raise(tx, SESSIONS_ENDED_BEFORE, void_before.as_secs())?;
            }
            Ok(is_last)
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

/// Ends sessions that began before a time. The log has said already that they are void. Answers whether there may be
/// more.
fn end_some(
    tx: &mut Revoking<'_>,
    began_before: UnixTime,
    cause: EndCause,
    now: UnixTime,
) -> Result<bool, DbError> {
    let open = sessions::open_before(tx, began_before, AT_ONCE)?;
    for sid in &open {
        end::session_rows(tx, *sid, cause, now)?;
    }
    Ok(!open.is_empty())
}
