//! The `[listen]` and `[tls]` tables: which sockets the server opens, its time limits for a peer, and the certificate
//! for TLS in the server itself. `serve` opens the sockets, `tls` reads the certificate.

use std::{
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
};

use serde::{Deserialize, Deserializer, Serialize};

use super::{acme::AcmeConfig, duration::ConfigDuration};

/// The `[listen]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListenConfig {
    /// Addresses to bind, each with the same port.
    #[serde(deserialize_with = "addresses")]
    pub addresses: Vec<IpAddr>,
    /// The port; 0 lets the operating system choose, for tests.
    pub port: u16,
    /// Threads that serve requests; unset means one for each core.
    pub workers: Option<usize>,
    /// How long a peer may take to send a request's head, and then its form, before it gets 408.
    pub request_timeout: ConfigDuration,
    /// How long an idle connection is kept for the next request.
    pub keep_alive: ConfigDuration,
    /// How long after SIGTERM requests are still taken, while `/health/ready` says 503: until load balancers have seen it.
    pub drain_delay: ConfigDuration,
    /// How long requests under way may take to finish after that.
    pub shutdown_timeout: ConfigDuration,
    /// Connections one worker holds at once; further ones wait in the listen queue.
    pub connections_per_worker: usize,
}

impl Default for ListenConfig {
    fn default() -> Self {
        Self {
            addresses: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
            port: 8080,
            workers: None,
            request_timeout: ConfigDuration::seconds(5),
            keep_alive: ConfigDuration::seconds(75),
            drain_delay: ConfigDuration::seconds(0),
            shutdown_timeout: ConfigDuration::seconds(20),
            connections_per_worker: 10_000,
        }
    }
}

fn addresses<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpAddr>, D::Error> {
    let addresses = Vec::<Address>::deserialize(deserializer)?;
    Ok(addresses.into_iter().map(|address| address.0).collect())
}

/// One entry, so that an error names its position in the list.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Address(IpAddr);

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        text.parse().map(Self).map_err(|_| "must be an IP address, such as 127.0.0.1 or ::")
    }
}

/// The `[tls]` table; both files set, or neither.
#[derive(Clone, Eq, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file with the certificate and the chain above it; read again when it is another one, and on SIGHUP.
    pub certificate: Option<PathBuf>,
    /// PEM file with the private key of the certificate, readable by this account alone.
    pub key: Option<PathBuf>,
    /// Certificates that the server orders by itself, in the place of files.
    pub acme: AcmeConfig,
}

impl TlsConfig {
    /// Whether the server speaks TLS itself.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.certificate.is_some() || self.acme.is_on()
    }

    /// What does not fit together, in words for the operator; `host` is that of `issuer.url`, and `ports` are taken by others.
    pub(super) fn fault(&self, host: &str, ports: &[u16]) -> Option<String> {
        if self.certificate.is_some() != self.key.is_some() {
            return Some("tls.certificate and tls.key belong together: set both or neither".to_owned());
        }
        if self.certificate.is_some() && self.acme.is_on() {
            let words =
                "tls.certificate and tls.acme.domains both say where the certificate is from; set one";
            return Some(words.to_owned());
        }
        self.acme.fault(host, ports)
    }
}
