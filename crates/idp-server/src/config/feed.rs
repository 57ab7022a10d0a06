//! The `[feed]` table: how often the revocation feed says that it is complete, and how many may listen.

use serde::{Deserialize, Serialize};

use super::span::Span;

/// The `[feed]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeedConfig {
    /// How often it is said that there is nothing new. No site can ask for a fresher proof than this.
    pub heartbeat: Span,
    /// Listeners of this node.
    pub max_listeners: usize,
    /// Listeners of this node that are one client's.
    pub max_listeners_per_client: usize,
}

impl Default for FeedConfig {
    fn default() -> Self {
        Self { heartbeat: Span::seconds(1), max_listeners: 20_000, max_listeners_per_client: 10_000 }
    }
}
