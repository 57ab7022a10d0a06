//! Which events of the audit log the webhook has not taken yet. Ids begin with the time at which a request began, and
//! transactions end when they do: so the last minutes are looked at again, and what was taken of them is remembered by the
//! node that posts. A node that takes over posts these minutes once more: each event arrives once at least.

use super::Store;
use super::audit_chain::SEALED_AFTER;
use crate::db::audit_search::LoggedEvent;
use crate::db::audit_stream::{self, StreamState};
use crate::db::{DbError, Locks, first_id_of, to_uuid};
use idp_core::time::UnixTime;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Events of one request to the webhook.
pub const OF_A_REQUEST: usize = 500;
/// Ids that are read at a time.
const AT_ONCE: i64 = 10_000;
/// Most transactions are over by then.
const JUST_NOW: i64 = 15;
/// How often the minutes before are looked at as well.
const EVERY: u32 = 30;
const LEASE_MS: i64 = 30_000;

/// What a node remembers between two turns.
#[derive(Debug, Default)]
pub struct StreamPosition {
    /// What was taken of the last minutes.
    taken: BTreeSet<Uuid>,
    turns: u32,
    /// Up to where everything is taken once what was handed out last is.
    all_below: Option<Uuid>,
    /// Whether more is waiting than was handed out.
    has_more: bool,
    /// Whether not everything that waits was taken: the next look is at all of it.
    is_behind: bool,
}

impl Store {
    /// Where the stream stands, once there was one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn audit_stream(&self) -> Result<Option<StreamState>, DbError> {
        self.read(audit_stream::state).await
    }

    /// The events to post now, if it is for this node to post.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn events_to_post(
        &self,
        node: Uuid,
        position: &mut StreamPosition,
        now_ms: i64,
    ) -> Result<Vec<LoggedEvent>, DbError> {
        let now = UnixTime(now_ms / 1000);
        let (name, begin) = (node.to_string(), bound(now)?);
        let until_ms = now_ms.saturating_add(LEASE_MS);
        let lock = Locks::named("audit", ["stream"]);
        let is_ours = self
            .write(lock, move |connection| audit_stream::lease(connection, &name, now_ms, until_ms, begin))
            .await?;
        let state = if is_ours { self.audit_stream().await? } else { None };
        let Some(state) = state else {
            *position = StreamPosition::default();
            return Ok(Vec::new());
        };
        let is_whole = position.is_behind || position.turns.is_multiple_of(EVERY);
        position.turns = position.turns.wrapping_add(1);
        let recent = bound(now.plus(-JUST_NOW))?;
        let mut from =
            if is_whole { state.delivered } else { state.delivered.max(recent.min(position.newest())) };
        let mut due = Vec::new();
        loop {
            let ids = self.read(move |connection| audit_stream::ids_from(connection, from, AT_ONCE)).await?;
            due.extend(
                ids.iter().filter(|id| !position.taken.contains(*id)).copied().take(OF_A_REQUEST - due.len()),
            );
            match ids.last() {
                Some(last) if due.len() < OF_A_REQUEST && i64::try_from(ids.len()) == Ok(AT_ONCE) => {
                    from = *last
                }
                _ => break,
            }
        }
        due.dedup();
        let settled = bound(now.plus(-SEALED_AFTER))?;
        let is_cut = due.len() >= OF_A_REQUEST;
        (position.has_more, position.is_behind) = (is_cut, !due.is_empty());
        position.all_below = match due.last() {
            Some(last) if is_cut => Some(settled.min(*last)),
            _ => Some(settled),
        }
        .filter(|_| is_whole);
        if due.is_empty() {
            self.events_were_taken(node, position, &[]).await?;
            return Ok(Vec::new());
        }
        self.read(move |connection| audit_stream::events(connection, &due)).await
    }

    /// Notes that these were taken.
    ///
    /// # Errors
    /// When it is not stored; they are posted again then.
    pub async fn events_were_taken(
        &self,
        node: Uuid,
        position: &mut StreamPosition,
        taken: &[Uuid],
    ) -> Result<(), DbError> {
        position.taken.extend(taken);
        position.is_behind = position.has_more;
        // Nothing is added any more before what is settled, and all of it was looked at.
        let Some(below) = position.all_below.take() else { return Ok(()) };
        let name = node.to_string();
        let lock = Locks::named("audit", ["stream"]);
        self.write(lock, move |connection| audit_stream::delivered(connection, &name, below)).await?;
        position.taken = position.taken.split_off(&below);
        Ok(())
    }

    /// Notes why they were not taken; they are looked for again.
    ///
    /// # Errors
    /// When it is not stored.
    pub async fn events_were_refused(&self, node: Uuid, error: String, now: UnixTime) -> Result<(), DbError> {
        let name = node.to_string();
        let lock = Locks::named("audit", ["stream"]);
        self.write(lock, move |connection| audit_stream::failed(connection, &name, &error, now)).await
    }
}

impl StreamPosition {
    /// The newest event that was taken.
    fn newest(&self) -> Uuid {
        self.taken.last().copied().unwrap_or(Uuid::nil())
    }
}

fn bound(time: UnixTime) -> Result<Uuid, DbError> {
    to_uuid(&first_id_of(time), "a time")
}
