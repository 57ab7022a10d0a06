//! Which nodes serve from this database. Each says every few seconds that it lives, so that a command that takes
//! something from all of them can wait for their end.

use super::Store;
use crate::db::{DbError, nodes};
use idp_core::time::{MAX_LEEWAY, UnixTime};
use uuid::Uuid;

/// A node that has said nothing for so long (seconds) is gone.
pub const GONE_AFTER: i64 = 20;

impl Store {
    /// Notes that a node lives.
    ///
    /// # Errors
    /// When it is not stored; the node counts as gone once that lasts.
    pub async fn note_node(&self, id: Uuid, now: UnixTime) -> Result<(), DbError> {
        self.write(move |connection| nodes::note(connection, &id.to_string(), now)).await
    }

    /// Notes that a node stops.
    ///
    /// # Errors
    /// When it is not stored; the node counts as gone a little later.
    pub async fn forget_node(&self, id: Uuid, now: UnixTime) -> Result<(), DbError> {
        let limit = now.plus(-24 * 60 * 60);
        self.write(move |connection| nodes::forget(connection, &id.to_string(), limit)).await
    }

    /// When the living nodes were last seen, the latest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn living_nodes(&self, now: UnixTime) -> Result<Vec<UnixTime>, DbError> {
        self.read(move |connection| nodes::seen(connection, now.plus(-GONE_AFTER), now.plus(MAX_LEEWAY)))
            .await
    }
}
