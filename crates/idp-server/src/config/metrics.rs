//! The `[metrics]` table: where Prometheus reads. `serve` opens the sockets.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::socket_addresses::socket_addresses;

/// The `[metrics]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetricsConfig {
    /// Addresses with their ports, apart from those for browsers and sites; none where nothing is told.
    #[serde(deserialize_with = "socket_addresses")]
    pub listen: Vec<SocketAddr>,
}
