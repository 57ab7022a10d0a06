//! What is left of clients that were removed. It is dead from the moment of the removal, since every reader of a grant, a
//! consent or a delivery asks for the client as well. It is forgotten some rows at a time, so that no request waits for long.
//! What is left of roles and groups goes in the same way (`memberships`).

use super::Store;
use crate::db::{Connection, DbError, Locks, clients, consents, grants, logout_deliveries};
use idp_core::client::ClientId;
use std::time::Duration;
use tokio::time::sleep;

/// Rows that one transaction forgets.
pub(super) const AT_ONCE: i64 = 200;
/// Transactions that the operator who removes the client waits for. The rest is the clean-up's.
pub(super) const TURNS_AT_ONCE: usize = 5;
/// What requests have to themselves between two transactions of the clean-up.
pub(super) const PAUSE: Duration = Duration::from_millis(50);

impl Store {
    /// Forgets all that names a client that was just removed, if that is little; else the clean-up goes on.
    pub(super) async fn forget_what_is_little(&self, id: &ClientId) {
        for _ in 0..TURNS_AT_ONCE {
            match self.forget_some_of_removed(id).await {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) => return tracing::warn!(%error, "rows of a removed client are not forgotten yet"),
            }
        }
    }

    /// Forgets all that names a removed client of this id, so that another can have the id.
    pub(super) async fn make_room_for(&self, id: &ClientId) -> Result<(), DbError> {
        while self.forget_some_of_removed(id).await? > 0 {}
        Ok(())
    }

    /// Forgets all that names removed clients, with pauses.
    ///
    /// # Errors
    /// When the database does not answer; the next turn goes on.
    pub(super) async fn forget_removed_clients(&self) -> Result<(), DbError> {
        let mut last: Option<ClientId> = None;
        while let Some(id) =
            self.read(move |connection| clients::next_removed(connection, last.as_ref())).await?
        {
            while self.forget_some_of_removed(&id).await? > 0 {
                sleep(PAUSE).await;
            }
            tracing::info!(client = %id, "all that a removed client was given is forgotten");
            last = Some(id);
        }
        Ok(())
    }

    /// Rows that transitions of a person change are deleted while none is under way.
    async fn forget_some_of_removed(&self, id: &ClientId) -> Result<usize, DbError> {
        let id = id.clone();
        self.write(Locks::installation(), move |connection| forget_some(connection, &id)).await
    }
}

/// Forgets some of what names a removed client, and once nothing does, the client. How many rows went; 0 when there is no
/// removed client of this id (any more).
fn forget_some(connection: &mut Connection, id: &ClientId) -> Result<usize, DbError> {
    if !clients::is_removed(connection, id)? {
        return Ok(0);
    }
    for forget in [grants::forget_some_of, consents::forget_some_of, logout_deliveries::forget_some_of] {
        let forgotten = forget(connection, id, AT_ONCE)?;
        if forgotten > 0 {
            return Ok(forgotten);
        }
    }
    clients::forget(connection, id)
}
