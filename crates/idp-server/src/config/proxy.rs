//! The `[proxy]` table, and lists of networks as the configuration writes them: `10.0.0.0/8`, `fd00::/8`, or a bare
//! address for that address alone. `client_address` decides what a forwarded address is worth.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};

/// The `[proxy]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyConfig {
    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are trusted; no proxy is when it is empty.
    #[serde(deserialize_with = "networks")]
    pub trusted: Vec<IpNet>,
}

/// Reads a list of networks, in which a bare address means that address alone.
///
/// # Errors
/// An entry that is neither, or that has bits set outside its own mask: `10.1.2.3/8` is more often a mistake than
/// meant.
pub fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let networks = Vec::<Network>::deserialize(deserializer)?;
    Ok(networks.into_iter().map(|network| network.0).collect())
}

/// One entry, so that an error names its position in the list.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Network(IpNet);

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        network(text.trim()).map(Self)
    }
}

fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let network: IpNet =
        text.parse().map_err(|_| "must be an IP address, or a network such as 10.0.0.0/8".to_owned())?;
    let canonical = network.trunc();
    if canonical == network {
        Ok(network)
    } else {
        Err(format!("has bits outside its mask; write {canonical}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s91_a_trusted_network_is_written_exactly() {
        assert_eq!(network("127.0.0.1").map(|n| n.to_string()), Ok("127.0.0.1/32".to_owned()));
        assert_eq!(network("::1").map(|n| n.to_string()), Ok("::1/128".to_owned()));
        assert_eq!(network("10.0.0.0/8").map(|n| n.to_string()), Ok("10.0.0.0/8".to_owned()));
        for text in ["", "10.1.2.3/8", "10.0.0.0/33", "proxy.internal", "10.0.0.0/8,::1"] {
            assert!(network(text).is_err(), "{text:?} was taken");
        }
    }
}
