//! Name look-up: `localhost` and every name under it are this machine, regardless of the system's
//! resolver thinks (RFC 6761 section 6.3); all other names are the system's business.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

pub(super) struct LocalhostResolver;

impl Resolve for LocalhostResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            if is_localhost(name.as_str()) {
                return Ok(this_machine());
            }
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses: Vec<SocketAddr> = found.collect();
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether a host name is `localhost` or ends in `.localhost`.
pub(crate) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

/// Both loopback addresses; the connector puts the port in.
fn this_machine() -> Addrs {
    let addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    Box::new(addresses.into_iter())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn localhost_names_never_reach_the_system_resolver() {
        for name in ["localhost", "idp.localhost", "a.b.localhost", "IDP.LOCALHOST", "x.localhost."] {
            assert!(is_localhost(name), "{name}");
            let found = LocalhostResolver.resolve(name.parse().unwrap()).await.unwrap();
            assert!(found.into_iter().all(|address| address.ip().is_loopback()), "{name}");
        }
        for name in ["localhost.example", "notlocalhost", "localhost.localdomain", ""] {
            assert!(!is_localhost(name), "{name}");
        }
    }
}
