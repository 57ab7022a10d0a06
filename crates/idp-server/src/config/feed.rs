//! The `[feed]` table: how often the revocation feed proves that it is complete, and how many listeners it takes.

use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

use super::{duration::ConfigDuration, listen::ListenConfig};

/// The `[feed]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedConfig {
    /// How often the feed proves that there is nothing new. No site can ask for a fresher proof than this.
    pub heartbeat: ConfigDuration,
    /// Listeners of this node; fewer where there are too few connections for them.
    pub max_listeners: usize,
    /// Listeners of this node that belong to one client.
    pub max_listeners_per_client: usize,
}

impl FeedConfig {
    /// How many may listen on a server with these sockets: three of four connections at most, so that sign-ins
    /// and refreshes always find one. A listener keeps its connection for ever.
    #[must_use]
    pub fn most_listeners(&self, listen: &ListenConfig) -> usize {
        let workers = listen.workers.unwrap_or_else(|| available_parallelism().map_or(1, usize::from));
        let connections = workers.saturating_mul(listen.connections_per_worker);
        self.max_listeners.min(connections / 4 * 3)
    }
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self {
            heartbeat: ConfigDuration::seconds(1),
            max_listeners: 20_000,
            max_listeners_per_client: 10_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_of_the_connections_is_left_to_requests() {
        let listen = |workers, connections_per_worker| ListenConfig {
            workers: Some(workers),
            connections_per_worker,
            ..ListenConfig::default()
        };
        let feed = FeedConfig::default();
        assert_eq!(feed.most_listeners(&listen(2, 10_000)), 15_000);
        assert_eq!(feed.most_listeners(&listen(4, 10_000)), feed.max_listeners);
        assert_eq!(feed.most_listeners(&listen(1, 1)), 0);
    }
}
