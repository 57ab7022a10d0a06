//! Registrations of clients in memory, for a quarter of a second each. Almost every request needs one, and they hardly ever
//! change. What a request reads here is as good as what it reads in the database, on every node: the transition that takes
//! a right away waits, after its commit, until no node can hold the registration as it was, and is confirmed only then
//! (docs/adr/0035). Nodes need not tell each other anything, so nothing can be lost on the way.

use super::Store;
use crate::clock::Stopwatch;
use crate::db::{DbError, clients};
use idp_core::client::{Client, ClientId};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How long a registration counts from the moment at which the database was asked for it.
const LEASE: Duration = Duration::from_millis(250);
/// What a change waits: a node may look at a lease and use it a moment later.
const WAIT: Duration = Duration::from_millis(260);
/// Leases in memory before those that ended are thrown away.
const MANY: usize = 1024;

/// The registrations that this node holds at the moment.
#[derive(Default)]
pub(super) struct ClientLeases(RwLock<HashMap<ClientId, Lease>>);

struct Lease {
    client: Arc<Client>,
    asked: Stopwatch,
}

impl Lease {
    fn counts(&self) -> bool {
        self.asked.elapsed() < LEASE
    }
}

impl ClientLeases {
    /// The registration, if it is held and still counts.
    pub(super) fn get(&self, id: &ClientId) -> Option<Arc<Client>> {
        let leases = self.0.read().unwrap_or_else(PoisonError::into_inner);
        leases.get(id).filter(|lease| lease.counts()).map(|lease| Arc::clone(&lease.client))
    }

    /// Holds what the database was asked for at `asked`.
    pub(super) fn hold(&self, client: Client, asked: Stopwatch) -> Arc<Client> {
        let client = Arc::new(client);
        let mut leases = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if leases.len() >= MANY {
            leases.retain(|_, lease| lease.counts());
        }
        leases.insert(client.id.clone(), Lease { client: Arc::clone(&client), asked });
        client
    }

    /// Lets go of a registration that this node has just put right.
    pub(super) fn release(&self, id: &ClientId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Waits until no node holds a registration as it was when this was called.
    pub(super) async fn run_out() {
        tokio::time::sleep(WAIT).await;
    }
}

impl Store {
    /// The client with this id, as it counts now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn registered_client(&self, id: &ClientId) -> Result<Option<Arc<Client>>, DbError> {
        if let Some(held) = self.client_leases.get(id) {
            return Ok(Some(held));
        }
        let (asked, wanted) = (Stopwatch::start(), id.clone());
        let found = self.read(move |connection| clients::by_id(connection, &wanted)).await?;
        Ok(found.map(|client| self.client_leases.hold(client, asked)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_change_waits_for_longer_than_any_node_holds_a_registration() {
        let asked = Stopwatch::start();
        ClientLeases::run_out().await;
        assert!(asked.elapsed() > LEASE);
    }
}
