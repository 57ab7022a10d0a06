//! The `[traces]` table: where traces go, how many, and whose are continued. The module `traces` of the server sends them.

use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::proxy::networks;

/// The `[traces]` table.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TracesConfig {
    /// The collector, which takes OTLP over HTTP. Unset, no trace is made.
    pub endpoint: Option<TracesEndpoint>,
    /// The part of the requests that are traced, where no request before them has decided.
    pub ratio: SamplingRatio,
    /// What this service is called there.
    pub service_name: String,
    /// A file with headers for the collector, one `Name: value` a line.
    pub headers_file: Option<PathBuf>,
    /// Networks of sites' servers, whose traces are continued.
    #[serde(deserialize_with = "networks")]
    pub trusted: Vec<IpNet>,
    /// Whether the trusted proxies begin the traces, and let no `traceparent` of a client through.
    pub proxies_begin: bool,
}

impl Default for TracesConfig {
    fn default() -> Self {
        Self {
            endpoint: None,
            ratio: SamplingRatio::ALL,
            service_name: "idp-server".to_owned(),
            headers_file: None,
            trusted: Vec::new(),
            proxies_begin: false,
        }
    }
}

impl TracesConfig {
    /// Whether there are traces.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.endpoint.is_some()
    }

    /// What does not fit together, in words for the operator.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let is_in_the_clear = |endpoint: &TracesEndpoint| !endpoint.is_private();
        [
            (self.service_name.trim().is_empty(), "traces.service_name is empty"),
            (
                self.headers_file.is_some() && self.endpoint.is_none(),
                "traces.endpoint is not set, so traces.headers_file means nothing",
            ),
            (
                self.headers_file.is_some() && self.endpoint.as_ref().is_some_and(is_in_the_clear),
                "traces.endpoint begins with http://: what is in traces.headers_file would travel in the clear to another machine",
            ),
        ]
        .into_iter()
        .find_map(|(is_wrong, words)| is_wrong.then_some(words))
    }

    /// What is allowed but probably not meant.
    pub(super) fn doubt(&self) -> Option<&'static str> {
        let is_everybody = self.trusted.iter().any(|network| network.prefix_len() == 0);
        is_everybody.then_some(
            "traces.trusted names every address: browsers and strangers decide what is traced, and in whose trace it stands",
        )
    }
}

/// The address of a collector: http or https, with a path at most.
#[derive(Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TracesEndpoint(Url);

/// It is no such address.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error(
    "must be the address of an OTLP collector over HTTP, such as http://127.0.0.1:4318, without a user, a query or a fragment"
)]
pub struct UnfitTracesEndpoint;

impl TracesEndpoint {
    /// Where spans are posted: below the address (OTLP 1.x, "OTLP/HTTP Request").
    #[must_use]
    pub fn of_spans(&self) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        url
    }

    /// Whether no other machine can read along.
    fn is_private(&self) -> bool {
        self.0.scheme() == "https"
            || match self.0.host() {
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                Some(Host::Domain(name)) => name == "localhost",
                None => false,
            }
    }
}

impl FromStr for TracesEndpoint {
    type Err = UnfitTracesEndpoint;

    fn from_str(text: &str) -> Result<Self, UnfitTracesEndpoint> {
        let url = Url::parse(text).map_err(|_| UnfitTracesEndpoint)?;
        let is_fit = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        is_fit.then_some(Self(url)).ok_or(UnfitTracesEndpoint)
    }
}

impl TryFrom<String> for TracesEndpoint {
    type Error = UnfitTracesEndpoint;

    fn try_from(text: String) -> Result<Self, UnfitTracesEndpoint> {
        text.parse()
    }
}

impl From<TracesEndpoint> for String {
    fn from(endpoint: TracesEndpoint) -> Self {
        endpoint.0.into()
    }
}

/// A part of all, from 0 to 1, in steps of a millionth.
#[derive(Copy, Clone, Eq, PartialEq, Debug, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct SamplingRatio(u32);

/// It is no part of all.
#[derive(Copy, Clone, Eq, PartialEq, Debug, thiserror::Error)]
#[error("must be a number from 0 to 1, such as 0.01")]
pub struct UnfitRatio;

const MILLION: f64 = 1_000_000.0;

impl SamplingRatio {
    /// All of them.
    pub const ALL: Self = Self(1_000_000);
}

impl TryFrom<f64> for SamplingRatio {
    type Error = UnfitRatio;

    fn try_from(ratio: f64) -> Result<Self, UnfitRatio> {
        if (0.0..=1.0).contains(&ratio) {
            Ok(Self((ratio * MILLION).round() as u32))
        } else {
            Err(UnfitRatio)
        }
    }
}

impl From<SamplingRatio> for f64 {
    fn from(ratio: SamplingRatio) -> Self {
        Self::from(ratio.0) / MILLION
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn spans_go_below_the_address_of_the_collector() {
        for (address, spans) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://otlp.example/", "https://otlp.example/v1/traces"),
            ("https://otlp.example/otlp/", "https://otlp.example/otlp/v1/traces"),
        ] {
            assert_eq!(address.parse::<TracesEndpoint>().unwrap().of_spans().as_str(), spans);
        }
        for unfit in [
            "",
            "127.0.0.1:4318",
            "grpc://127.0.0.1:4317",
            "https://me:word@otlp.example",
            "https://otlp.example/?key=1",
        ] {
            assert!(unfit.parse::<TracesEndpoint>().is_err(), "{unfit}");
        }
    }

    #[test]
    fn s111_headers_do_not_travel_in_the_clear() {
        let with = |endpoint: &str| TracesConfig {
            endpoint: Some(endpoint.parse().unwrap()),
            headers_file: Some("headers".into()),
            ..TracesConfig::default()
        };
        for fit in
            ["https://otlp.example", "http://127.0.0.1:4318", "http://[::1]:4318", "http://localhost:4318"]
        {
            assert_eq!(with(fit).fault(), None, "{fit}");
        }
        for unfit in ["http://otlp.example", "http://10.0.0.7:4318", "http://localhost.example:4318"] {
            assert!(with(unfit).fault().is_some(), "{unfit}");
        }
    }

    #[test]
    fn s91_to_trust_everybody_is_told() {
        let trusting = |network: &str| TracesConfig {
            trusted: vec![network.parse().unwrap()],
            ..TracesConfig::default()
        };
        assert_eq!(trusting("10.0.0.0/8").doubt(), None);
        for everybody in ["0.0.0.0/0", "::/0"] {
            assert!(trusting(everybody).doubt().is_some(), "{everybody}");
        }
    }

    #[test]
    fn a_ratio_is_a_part_of_all() {
        for fit in [0.0, 0.01, 0.5, 1.0] {
            assert_eq!(f64::from(SamplingRatio::try_from(fit).unwrap()).to_bits(), fit.to_bits());
        }
        for unfit in [-0.1, 1.01, f64::NAN, f64::INFINITY] {
            assert!(SamplingRatio::try_from(unfit).is_err(), "{unfit}");
        }
    }
}
