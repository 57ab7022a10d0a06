//! The `[backchannel]` table: which addresses the provider may connect to when it sends logout tokens. Public addresses
//! need no setting.

use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::proxy::networks;

/// The `[backchannel]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BackchannelConfig {
    /// Networks that are allowed although they are not public, such as that of the sites' servers.
    #[serde(deserialize_with = "networks")]
    pub allow_networks: Vec<IpNet>,
    /// Certificates (PEM) of authorities that are trusted in addition to the system's.
    pub ca_file: Option<PathBuf>,
}
