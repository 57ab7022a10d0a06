//! Where a request comes from, for the throttle and the log. Only a proxy that the configuration names may speak for
//! another party, and only through `X-Forwarded-For`; `Forwarded` (RFC 7239), `X-Real-IP` and the
//! `X-Forwarded-Host`/`-Proto` family are never read, since one spokesman leaves nothing to disagree about.

use std::{
    future::{Ready, ready},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderMap, HeaderName},
};
use ipnet::IpNet;

/// The one header by which a proxy says whom it speaks for.
pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Hops beyond this are not looked at: no honest chain is longer, and the work stays bounded.
const MOST_HOPS: usize = 32;

/// Stands for a peer that has no address; all clients behind such a peer share it.
const NO_PEER: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// The proxies that may speak for others; kept in the application's data, where [`ClientAddress`] finds
/// it. An application without it trusts no proxy.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// The proxies in `networks`.
    #[must_use]
    pub fn new(networks: &[IpNet]) -> Self {
        Self(networks.into())
    }

    /// Those of the application that `request` came to.
    #[must_use]
    pub fn of_request(request: &HttpRequest) -> Self {
        request.app_data::<Self>().cloned().unwrap_or_default()
    }

    /// Whether `peer` may speak for others.
    #[must_use]
    pub fn contains(&self, peer: IpAddr) -> bool {
        contains(&self.0, peer)
    }
}

/// The address of the client that sent the request, as far as trusted proxies vouch for it.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    /// Reads the chain of `X-Forwarded-For` from its near end: every trusted hop is stepped over, and the
    /// first that is not trusted is the client. What a trusted hop wrote but cannot be read as an
    /// address ends the walk at the hop that wrote it, so that garbage never hides a client
    /// behind no proxy: the caller always gets an address to count against.
    #[must_use]
    pub fn of(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> Self {
        let mut nearest = peer.to_canonical();
        if !contains(trusted, nearest) {
            return Self(nearest);
        }
        let lines: Vec<_> = headers.get_all(X_FORWARDED_FOR).collect();
        let hops = lines.iter().rev().flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
        for hop in hops.take(MOST_HOPS) {
            let Some(address) = parse_hop(hop) else { break };
            nearest = address;
            if !contains(trusted, nearest) {
                break;
            }
        }
        Self(nearest)
    }

    /// The address behind `request`, given the application's [`TrustedProxies`].
    #[must_use]
    pub fn of_request(request: &HttpRequest) -> Self {
        let peer = request.peer_addr().map_or(NO_PEER, |peer| peer.ip());
        Self::of(peer, request.headers(), &TrustedProxies::of_request(request).0)
    }

    /// The address, IPv4 in its own form even when it came mapped into IPv6.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// What the throttle counts by: one IPv4 address, or one IPv6 /64, which is what a single
    /// subscriber gets and can choose addresses from at will.
    #[must_use]
    pub fn throttle_key(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let network = u128::from(address) & !u128::from(u64::MAX);
                format!("{}/64", Ipv6Addr::from(network))
            }
        }
    }

    /// What the throttle counts by beside it: the IPv6 /48 around it, which is what one subscriber may get as well, and holds
    /// 65 536 of these /64. `None` for IPv4: the neighbours of an address there are other people's.
    #[must_use]
    pub fn wide_throttle_key(self) -> Option<String> {
        match self.0 {
            IpAddr::V4(_) => None,
            IpAddr::V6(address) => {
                let network = u128::from(address) & !(u128::MAX >> 48);
                Some(format!("{}/48", Ipv6Addr::from(network)))
            }
        }
    }

    /// The widest network that may be one subscriber's: an IPv4 address, or an IPv6 /48. What has to be kept for each source is kept
    /// for each of these.
    #[must_use]
    pub fn network_key(self) -> String {
        self.wide_throttle_key().unwrap_or_else(|| self.throttle_key())
    }

    /// Whether the address lies in one of `networks`.
    #[must_use]
    pub fn is_in(self, networks: &[IpNet]) -> bool {
        contains(networks, self.0)
    }
}

fn contains(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

impl FromRequest for ClientAddress {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of_request(request)))
    }
}

/// One hop: an address, bare, bracketed, or with the port that some proxies add.
fn parse_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim_matches([' ', '\t']);
    let address = text
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip()))
        .or_else(|| text.strip_prefix('[')?.strip_suffix(']')?.parse::<Ipv6Addr>().ok().map(IpAddr::V6))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use actix_web::http::header::HeaderValue;

    use super::*;

    fn client(peer: &str, lines: &[&[u8]]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
        }
        ClientAddress::of(peer.parse().unwrap(), &headers, &trusted).ip().to_string()
    }

    #[test]
    fn s91_an_untrusted_peer_speaks_for_itself_only() {
        assert_eq!(client("198.51.100.7", &[b"203.0.113.1"]), "198.51.100.7");
        assert_eq!(client("198.51.100.7", &[b"10.0.0.1"]), "198.51.100.7");
        assert_eq!(client("::ffff:198.51.100.7", &[]), "198.51.100.7");
    }

    #[test]
    fn s91_a_trusted_proxy_is_stepped_over_from_the_near_end() {
        assert_eq!(client("10.0.0.1", &[b"203.0.113.1"]), "203.0.113.1");
        assert_eq!(client("::ffff:10.0.0.1", &[b"203.0.113.1"]), "203.0.113.1");
        // The client wrote the first entry itself; the proxy added the second.
        assert_eq!(client("10.0.0.1", &[b"127.0.0.1, 203.0.113.1"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &[b"192.0.2.9, 203.0.113.1, 10.0.0.2"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &[b"192.0.2.9", b"203.0.113.1, 10.0.0.2"]), "203.0.113.1");
        assert_eq!(client("fd00::1", &[b"[2001:db8::5]:443"]), "2001:db8::5");
        assert_eq!(client("10.0.0.1", &[b"203.0.113.1:4711"]), "203.0.113.1");
        assert_eq!(client("10.0.0.1", &[b"::ffff:203.0.113.1"]), "203.0.113.1");
    }

    #[test]
    fn s91_what_cannot_be_read_counts_for_the_hop_that_wrote_it() {
        let garbage: &[&[u8]] = &[
            b"",
            b",",
            b" ",
            b"unknown",
            b"_hidden",
            b"203.0.113.1;",
            b"203.0.113",
            b"0x7f.1",
            b"\xff\xfe",
            b"203.0.113.1, ",
            b"203.0.113.1, unknown",
            b"[::1",
            b"1.2.3.4:99999",
            b"fe80::1%eth0",
        ];
        for line in garbage {
            assert_eq!(client("10.0.0.1", &[line]), "10.0.0.1", "{:?}", String::from_utf8_lossy(line));
        }
        assert_eq!(client("10.0.0.1", &[b"203.0.113.1, unknown, 10.0.0.2"]), "10.0.0.2");
        assert_eq!(client("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn s91_a_chain_of_trusted_hops_alone_ends_at_the_farthest() {
        assert_eq!(client("10.0.0.1", &[b"10.0.0.3, 10.0.0.2"]), "10.0.0.3");
    }

    #[test]
    fn s91_an_endless_chain_is_cut() {
        let chain = ["203.0.113.1"].into_iter().chain([", 10.0.0.2"; 5000]).collect::<String>();
        assert_eq!(client("10.0.0.1", &[chain.as_bytes()]), "10.0.0.2");
    }

    #[test]
    fn s91_no_other_header_is_believed() {
        let mut headers = HeaderMap::new();
        for name in ["forwarded", "x-real-ip", "x-client-ip", "true-client-ip", "x-forwarded-host"] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("203.0.113.1"));
        }
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(ClientAddress::of(peer, &headers, &trusted).ip(), peer);
    }

    #[test]
    fn s85_one_subscriber_has_one_bucket() {
        let key = |text: &str| ClientAddress(text.parse::<IpAddr>().unwrap().to_canonical()).throttle_key();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(key("2001:db8:1:2:ffff::1"), "2001:db8:1:2::/64");
        assert_eq!(key("203.0.113.1"), "203.0.113.1");
        assert_eq!(key("::ffff:203.0.113.1"), "203.0.113.1");
        let wide = |text: &str| ClientAddress(text.parse::<IpAddr>().unwrap().to_canonical()).network_key();
        assert_eq!(wide("2001:db8:1:2:3:4:5:6"), "2001:db8:1::/48");
        assert_eq!(wide("2001:db8:1:ffff::1"), "2001:db8:1::/48");
        assert_ne!(wide("2001:db8:2::1"), "2001:db8:1::/48");
        assert_eq!(wide("::ffff:203.0.113.1"), "203.0.113.1");
    }
}
