//! The `[backchannel]` table: whom the provider may connect to by itself, when it tells clients that a session
//! ended. Public addresses need no setting.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::proxy::networks;

/// The `[backchannel]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackchannelConfig {
    /// Networks that are connected to although they are not public, such as the one where the sites' servers are.
    #[serde(deserialize_with = "networks")]
    pub allow_networks: Vec<IpNet>,
    /// Certificates (PEM) that are trusted beside the system's, when sites have them from an authority of the house.
    pub ca_file: Option<PathBuf>,
}
