//! The `[proxy]` table, and lists of networks as configuration writes them: `10.0.0.0/8`, `fd00::/8`, or a
//! bare address for a network of one. What a forwarded address is worth is decided in
//! `client_address`; here are only the names of those who may speak.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};

/// The `[proxy]` table.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyConfig {
    /// Proxies whose `X-Forwarded-For` and `X-Request-Id` are believed; empty believes nobody.
    #[serde(deserialize_with = "networks")]
    pub trusted: Vec<IpNet>,
}

/// Reads a list of networks, in which a bare address means that address alone.
///
/// # Errors
/// An entry that is neither, or that has bits set outside its own mask (`10.1.2.3/8` is a slip more
/// often than a wish).
pub fn networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    Vec::<String>::deserialize(deserializer)?
        .iter()
        .map(|text| network(text.trim()).map_err(de::Error::custom))
        .collect()
}

fn network(text: &str) -> Result<IpNet, String> {
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(IpNet::from(address));
    }
    let network: IpNet = text
        .parse()
        .map_err(|_| format!("{text:?} is neither an address nor a network such as 10.0.0.0/8"))?;
    let canonical = network.trunc();
    if canonical == network {
        Ok(network)
    } else {
        Err(format!("{text:?} has bits outside its mask; write {canonical}"))
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
