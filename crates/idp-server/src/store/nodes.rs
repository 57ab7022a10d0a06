//! Which nodes serve from this database. Each renews a lease every few seconds, so that a command that takes something
//! from all of them can wait for their end. Whether a node lives is seen by its renewing, and never by a time that
//! it wrote: its clock may be another one (A9).

use super::Store;
use crate::db::nodes::Lease;
use crate::db::{DbError, Locks, nodes};
use idp_core::time::UnixTime;
use std::collections::BTreeMap;
use uuid::Uuid;

/// A node that has not renewed its lease for so long (seconds) is gone.
pub const GONE_AFTER: u64 = 20;

/// How often each node that has not stopped in good order had renewed its lease at one moment.
#[derive(Clone, Eq, PartialEq, Debug)]
pub struct Leases(BTreeMap<String, Lease>);

impl Leases {
    /// How many nodes hold one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether this is true of the master keys of each node.
    #[must_use]
    pub fn all(&self, has: impl Fn(&[String]) -> bool) -> bool {
        self.0.values().all(|lease| has(&lease.master_keys))
    }

    /// How many of the nodes have renewed or taken a lease since `earlier`: these live.
    #[must_use]
    pub fn renewed_since(&self, earlier: &Self) -> usize {
        self.living(earlier).count()
    }

    /// The master keys of each of these.
    pub fn living(&self, earlier: &Self) -> impl Iterator<Item = &[String]> {
        let earlier = earlier.0.clone();
        let lives = move |(node, lease): &(&String, &Lease)| {
            earlier.get(*node).map(|before| before.renewals) != Some(lease.renewals)
        };
        self.0.iter().filter(lives).map(|(_, lease)| lease.master_keys.as_slice())
    }
}

impl Store {
    /// Renews the lease of a node, which has these master keys.
    ///
    /// # Errors
    /// When it is not stored; the node counts as gone once that lasts.
    pub async fn renew_lease(
        &self,
        node: Uuid,
        master_keys: Vec<String>,
        now: UnixTime,
    ) -> Result<(), DbError> {
        self.write(Locks::none(), move |connection| {
            nodes::renew(connection, &node.to_string(), &master_keys, now)
        })
        .await
    }

    /// Notes that a node stops.
    ///
    /// # Errors
    /// When it is not stored; the node counts as gone a little later.
    pub async fn forget_node(&self, id: Uuid) -> Result<(), DbError> {
        self.write(Locks::none(), move |connection| nodes::forget(connection, &id.to_string())).await
    }

    /// The leases that nodes hold now.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn leases(&self) -> Result<Leases, DbError> {
        self.read(nodes::leases).await.map(Leases)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leases(renewals: &[(&str, i64)]) -> Leases {
        let lease = |count: i64| Lease { renewals: count, ..Lease::default() };
        Leases(renewals.iter().map(|(node, count)| ((*node).to_owned(), lease(*count))).collect())
    }

    #[test]
    fn a9_a_node_lives_when_it_renews_its_lease_and_not_when_its_clock_says_so() {
        let earlier = leases(&[("killed", 7), ("lives", 3), ("stopped", 1)]);
        let later = leases(&[("killed", 7), ("lives", 4), ("started", 0)]);
        assert_eq!(later.renewed_since(&earlier), 2);
        assert_eq!(earlier.renewed_since(&earlier), 0);
    }
}
